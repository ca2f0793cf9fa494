package local

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"gondola/lake"
)

// mendFiles copies text files into a folder of the work folder, decompressed,
// and puts U+FFFD in the place of bytes that are not UTF-8. lines is how many
// lines were touched. Folders such as dt=2017-01-31 stay, since they are
// columns.
func (e *Engine) mendFiles(ctx context.Context, files []lake.DataFile) (mended []lake.DataFile, lines int64, err error) {
	dir := e.work.path("mended")
	for i, f := range files {
		name := filepath.Join(dir, fmt.Sprint(i))
		for _, p := range f.Partitions {
			name = filepath.Join(name, partitionFolder(f.Name, p.Key))
		}
		base := strings.TrimSuffix(strings.TrimSuffix(filepath.Base(f.Name), ".gz"), ".zst")
		name = filepath.Join(name, base)
		n, err := e.mendFile(ctx, f.Name, name)
		if err != nil {
			return nil, 0, errors.Join(err, os.RemoveAll(dir))
		}
		lines += n
		mended = append(mended, lake.DataFile{Info: lake.Info{Name: name}, Partitions: f.Partitions})
	}
	return mended, lines, nil
}

// partitionFolder is the folder of a path that gives the column key, as it is
// spelt there.
func partitionFolder(path, key string) string {
	for _, folder := range strings.Split(filepath.ToSlash(filepath.Dir(path)), "/") {
		if len(lake.Partitions(folder+"/x")) == 1 && lake.Partitions(folder + "/x")[0].Key == key {
			return folder
		}
	}
	return key + "="
}

func (e *Engine) mendFile(ctx context.Context, from, to string) (lines int64, err error) {
	in, err := lake.OpenText(ctx, e.store, from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return 0, err
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return 0, err
	}
	lines, err = mendText(in, out)
	if errors.Is(err, errUTF16) {
		err = fmt.Errorf("%s is %w: convert it, as with iconv -f utf-16 -t utf-8", from, err)
	}
	return lines, errors.Join(err, out.Close())
}

var errUTF16 = errors.New("UTF-16 and not UTF-8")

// mendText copies text and puts U+FFFD in the place of each byte that is part
// of no character. It counts the lines that hold such bytes.
func mendText(in io.Reader, out io.Writer) (lines int64, err error) {
	buf := make([]byte, 1<<20)
	kept, begun, touched := 0, false, false
	for {
		n, readErr := in.Read(buf[kept:])
		if readErr != nil && readErr != io.EOF {
			return lines, readErr
		}
		text := buf[:kept+n]
		if !begun && len(text) >= 2 {
			begun = true
			if text[0] == 0xff && text[1] == 0xfe || text[0] == 0xfe && text[1] == 0xff {
				return 0, errUTF16
			}
		}
		whole := len(text)
		if readErr == nil {
			whole -= cutRune(text)
		}
		if utf8.Valid(text[:whole]) {
			touched = touched && bytes.IndexByte(text[:whole], '\n') < 0
			_, err = out.Write(text[:whole])
		} else {
			for piece := range bytes.SplitAfterSeq(text[:whole], []byte{'\n'}) {
				if !utf8.Valid(piece) {
					if !touched {
						lines++
					}
					touched = true
					piece = []byte(string([]rune(string(piece)))) // a U+FFFD for each bad byte
				}
				if bytes.HasSuffix(piece, []byte{'\n'}) {
					touched = false
				}
				if _, err = out.Write(piece); err != nil {
					break
				}
			}
		}
		if err != nil || readErr != nil {
			return lines, err
		}
		kept = copy(buf, text[whole:])
	}
}

// cutRune is how many bytes at the end of text may begin a rune that the next
// bytes complete.
func cutRune(text []byte) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if utf8.RuneStart(text[len(text)-n]) {
			if utf8.FullRune(text[len(text)-n:]) {
				return 0
			}
			return n
		}
	}
	return 0
}
