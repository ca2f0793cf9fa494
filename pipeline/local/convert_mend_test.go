package local

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func TestMendText(t *testing.T) {
	long := strings.Repeat("é", 1<<19) + "x" // beyond the buffer, with a rune across its end
	for _, c := range []struct {
		what, in, want string
		lines          int64
	}{
		{"nothing", "", "", 0},
		{"good text", "café\n猪🍕\n", "café\n猪🍕\n", 0},
		{"Latin-1", "caf\xe9 a\xe9\nok\nb\xe9", "caf\uFFFD a\uFFFD\nok\nb\uFFFD", 2},
		{"one for each byte", "a\xff\xfe\xfdb", "a\uFFFD\uFFFD\uFFFDb", 1},
		{"a cut rune", "a\xf0\x9f\x8d", "a\uFFFD\uFFFD\uFFFD", 1},
		{"a cut rune before a line end", "a\xe7\n\n", "a\uFFFD\n\n", 1},
		{"a surrogate", "\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD", 1},
		{"a byte order mark", "\ufeffid\n", "\ufeffid\n", 0},
		{"NUL", "a\x00b", "a\x00b", 0},
		{"long", "x" + long, "x" + long, 0},
		{"long and bad", "x" + long + "\xff" + long + "\xff\n", "x" + long + "\uFFFD" + long + "\uFFFD\n", 1},
	} {
		t.Run(c.what, func(t *testing.T) {
			readers := map[string]io.Reader{"whole": strings.NewReader(c.in), "data with the end": iotest.DataErrReader(strings.NewReader(c.in))}
			if len(c.in) < 1000 {
				readers["byte by byte"] = iotest.OneByteReader(strings.NewReader(c.in))
			}
			for how, in := range readers {
				var out bytes.Buffer
				lines, err := mendText(in, &out)
				if err != nil || out.String() != c.want || lines != c.lines {
					t.Errorf("%s: %d lines, want %d; %v; %.60q, want %.60q", how, lines, c.lines, err, out.String(), c.want)
				}
			}
		})
	}
	if _, err := mendText(strings.NewReader("\xff\xfei\x00"), io.Discard); !errors.Is(err, errUTF16) {
		t.Errorf("UTF-16: %v", err)
	}
	if _, err := mendText(iotest.ErrReader(io.ErrUnexpectedEOF), io.Discard); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a reader that fails: %v", err)
	}
}

func FuzzMendText(f *testing.F) {
	f.Add([]byte("caf\xe9\n\xff\xfe"), 3)
	f.Fuzz(func(t *testing.T, b []byte, at int) {
		var whole, parts bytes.Buffer
		n, err := mendText(bytes.NewReader(b), &whole)
		if errors.Is(err, errUTF16) {
			return
		}
		m, err2 := mendText(iotest.HalfReader(iotest.OneByteReader(bytes.NewReader(b))), &parts)
		if err != nil || err2 != nil || !utf8.Valid(whole.Bytes()) || bytes.Count(b, []byte("\n")) != bytes.Count(whole.Bytes(), []byte("\n")) {
			t.Fatalf("%q: %q, %v, %v", b, whole.Bytes(), err, err2)
		}
		if n != m || !bytes.Equal(whole.Bytes(), parts.Bytes()) || utf8.Valid(b) != (n == 0) {
			t.Fatalf("%q: %d and %d lines", b, n, m)
		}
	})
}
