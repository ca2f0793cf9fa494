package kernel

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"gondola/pipeline"
)

// maxPrinted is how many bytes of a cell's printing a front end gets; the rest
// goes to a file.
const maxPrinted = 1 << 20

// maxPiece is how many bytes wait before they are sent without waiting longer.
const maxPiece = 64 << 10

// spillFile makes the file for what a cell prints beyond the bound.
type spillFile func() (io.WriteCloser, string, error)

// streams gathers what a cell prints into few messages.
type streams struct {
	publish func(publication)
	spill   spillFile

	text   strings.Builder
	stderr bool
	since  time.Time // when text got its first byte

	sent  int   // bytes
	lines int64 // that went to the file
	file  io.WriteCloser
	path  string
	err   error // of the file
}

// streamContent is the content of a stream message.
type streamContent struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// write takes a piece of what is printed.
func (s *streams) write(text string, stderr bool) {
	if text == "" {
		return
	}
	if stderr != s.stderr {
		s.flush()
		s.stderr = stderr
	}
	if s.sent+s.text.Len()+len(text) > maxPrinted {
		text = s.cut(text)
	}
	if s.text.Len() == 0 {
		s.since = time.Now()
	}
	s.text.WriteString(text)
	if s.text.Len() >= maxPiece {
		s.flushAfter(streamEvery / 2) // ten messages a second at most
	}
}

// cut keeps what there is room for, to the end of a line, and sends the rest to
// the file.
func (s *streams) cut(text string) string {
	keep := ""
	if s.file == nil && s.err == nil {
		room := max(0, min(len(text), maxPrinted-s.sent-s.text.Len()))
		keep = text[:strings.LastIndexByte(text[:room], '\n')+1]
		text = text[len(keep):]
		s.file, s.path, s.err = s.spill()
	}
	s.lines += int64(strings.Count(text, "\n"))
	if s.file != nil && s.err == nil {
		_, s.err = io.WriteString(s.file, text)
	}
	return keep
}

// flushAfter sends what has waited for so long.
func (s *streams) flushAfter(wait time.Duration) {
	if s.text.Len() > 0 && time.Since(s.since) >= wait {
		s.send()
	}
}

func (s *streams) send() {
	if s.text.Len() == 0 {
		return
	}
	name := "stdout"
	if s.stderr {
		name = "stderr"
	}
	s.sent += s.text.Len()
	s.publish(publication{"stream", streamContent{name, s.text.String()}})
	s.text.Reset()
}

// flush sends what has been gathered: something else is about to be shown.
func (s *streams) flush() { s.send() }

// finish sends the rest, and tells what went to the file.
func (s *streams) finish() {
	s.send()
	if s.file == nil && s.err == nil {
		return
	}
	note := fmt.Sprintf("%s more lines in %s\n", pipeline.Thousands(s.lines), s.path)
	if s.file != nil {
		s.err = errors.Join(s.err, s.file.Close())
	}
	if s.err != nil {
		note = fmt.Sprintf("%s more lines are lost: %v\n", pipeline.Thousands(s.lines), s.err)
	}
	s.publish(publication{"stream", streamContent{"stderr", note}})
	s.file, s.err = nil, nil
}

// tempSpill makes the files in the system's folder for what may be lost.
func tempSpill(cell int) spillFile {
	return func() (io.WriteCloser, string, error) {
		f, err := os.CreateTemp("", fmt.Sprintf("gondola-cell-%d-*.txt", cell))
		if err != nil {
			return nil, "", err
		}
		return f, f.Name(), nil
	}
}
