package history

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
)

// Records yields the records of the file, the oldest first. What is no record
// is skipped: the last line of a killed process, or what somebody else wrote.
// A missing file has no records. It takes no lock and may run beside writers;
// it then sees the file as it was, or with some of the new lines.
func (f File) Records(ctx context.Context) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		file, err := os.Open(f.Path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer func() { _ = file.Close() }() // only read
		in := bufio.NewReaderSize(file, 1<<16)
		for {
			line, err := readLine(in)
			if err == nil {
				err = context.Cause(ctx)
			}
			if errors.Is(err, io.EOF) {
				return // without its newline the last line may be half a number
			}
			if err != nil {
				yield(Record{}, err)
				return
			}
			var r Record
			if json.Unmarshal(line, &r) != nil || r.Statement == "" {
				continue
			}
			if !yield(r, nil) {
				return
			}
		}
	}
}

// maxLine is longer than any line of ours: a statement of MaxStatement bytes,
// each escaped, and the rest of the record.
const maxLine = 6*MaxStatement + 1<<16

// readLine reads a line with its newline. Of a line longer than maxLine it
// gives a part that is no record.
func readLine(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadSlice('\n')
	if !errors.Is(err, bufio.ErrBufferFull) {
		return line, err
	}
	long := bytes.Clone(line)
	for errors.Is(err, bufio.ErrBufferFull) {
		line, err = in.ReadSlice('\n')
		if len(long) < maxLine {
			long = append(long, line...)
		}
	}
	return long, err
}
