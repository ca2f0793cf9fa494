package main

import (
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"

	"gondola/viz"
)

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// screen is how a stream can be written to.
type screen struct {
	terminal bool
	width    int
	ascii    bool
	color    bool
}

// defaultWidth is that of a stream that is no terminal and where COLUMNS does
// not say another.
const defaultWidth = 120

func screenOf(f *os.File, color string) screen {
	s := screen{terminal: isTerminal(f), width: defaultWidth, ascii: !utf8Locale()}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		s.width = n
	}
	if s.terminal {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			s.width = w
		}
	}
	switch {
	case color == "always":
		s.color = true
	case color == "never" || os.Getenv("NO_COLOR") != "":
	case os.Getenv("FORCE_COLOR") != "" && os.Getenv("FORCE_COLOR") != "0":
		s.color = true
	default:
		s.color = s.terminal && os.Getenv("TERM") != "dumb"
	}
	return s
}

// utf8Locale says whether the terminal shows UTF-8: it does unless a locale
// is set that says otherwise.
func utf8Locale() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// writer returns what text for the stream is written to. A terminal without
// UTF-8 takes the bytes of a letter one by one, and those from 0x80 to 0x9f
// for controls: it gets a question mark for each letter outside ASCII.
func (s screen) writer(f *os.File) io.Writer {
	if s.terminal && s.ascii {
		return asciiWriter{f}
	}
	return f
}

type asciiWriter struct{ to io.Writer }

func (w asciiWriter) Write(b []byte) (int, error) {
	if _, err := w.to.Write(toASCII(nil, b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// toASCII appends b to dst with a question mark for each first byte of a
// letter, and nothing for its others. It keeps no state: a letter may be cut.
func toASCII(dst, b []byte) []byte {
	for _, c := range b {
		switch {
		case c < 0x80:
			dst = append(dst, c)
		case c >= 0xc0:
			dst = append(dst, '?')
		}
	}
	return dst
}

// complain writes an error that comes before there is a printer, and what to
// do about it.
func complain(f *os.File, text, hint string) {
	_, _ = io.WriteString(screenOf(f, "never").writer(f), "gondola: "+viz.CleanLine(text)+"\n"+hint)
}
