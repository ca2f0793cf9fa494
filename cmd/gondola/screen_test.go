package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/creack/pty"
	"github.com/hinshun/vt10x"
)

// screenColumns is the width of the terminal of the tests. It is as long as
// what is written, so that nothing scrolls.
const screenColumns = 160

// terminal is one end of a terminal: what a program writes there is kept.
type terminal struct {
	*os.File
	mu    sync.Mutex
	bytes []byte
	more  chan struct{} // of size one: there are new bytes
}

// wait returns when text has been written.
func (tty *terminal) wait(t *testing.T, text string) {
	t.Helper()
	for {
		tty.mu.Lock()
		found := bytes.Contains(tty.bytes, []byte(text))
		tty.mu.Unlock()
		if found {
			return
		}
		select {
		case <-tty.more:
		case <-time.After(20 * time.Second):
			t.Fatalf("%q has not come: %q", text, tty.bytes)
		}
	}
}

// onTerminal calls do with a terminal and returns the bytes that reached it.
func onTerminal(t *testing.T, do func(tty *terminal)) []byte {
	t.Helper()
	screen, file, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = screen.Close() }()
	if err := pty.Setsize(screen, &pty.Winsize{Rows: 60, Cols: screenColumns}); err != nil {
		t.Fatal(err)
	}
	tty := &terminal{File: file, more: make(chan struct{}, 1)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, err := screen.Read(b)
			tty.mu.Lock()
			tty.bytes = append(tty.bytes, b[:n]...)
			tty.mu.Unlock()
			select {
			case tty.more <- struct{}{}:
			default:
			}
			if err != nil { // EIO when the other side is closed
				return
			}
		}
	}()
	do(tty)
	if err := tty.Close(); err != nil {
		t.Fatal(err)
	}
	<-done
	return tty.bytes
}

// wrapped is vt10x's mark of a last letter whose line goes on below.
const wrapped = 1 << 6

// barMoves are what the progress bar redraws itself with: cursor up, erase
// below.
var barMoves = regexp.MustCompile(`\x1b\[\d*A\x1b\[J`)

// changes says what out does to a terminal beside showing letters, line after
// line: nothing, if it is harmless.
func changes(t *testing.T, out []byte) (list []string) {
	t.Helper()
	found := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if !utf8.Valid(out) {
		found("bytes that are no UTF-8")
	}
	text := strings.ReplaceAll(barMoves.ReplaceAllString(string(out), ""), "\r\n", "\n")
	for _, r := range text {
		switch {
		case r == '\n' || r == '\t':
		case r < 0x20, 0x7f <= r && r <= 0x9f:
			found("control %U", r)
		case r == 0x061c, r == 0x180e, r == 0x200b, r == 0x200e, r == 0x200f, 0x2028 <= r && r <= 0x202e,
			0x2060 <= r && r <= 0x206f, r == 0xfeff, 0xe0000 <= r && r <= 0xe007f:
			found("hidden %U", r)
		}
	}
	rows := 2 + strings.Count(text, "\n") + utf8.RuneCountInString(text)/screenColumns
	var replies bytes.Buffer
	term := vt10x.New(vt10x.WithSize(screenColumns, rows), vt10x.WithWriter(&replies))
	fresh := vt10x.New()
	if _, err := term.Write(out); err != nil {
		found("the terminal says %v", err)
	}
	if replies.Len() > 0 {
		found("the terminal answers %q", replies.String())
	}
	if term.Title() != "" {
		found("the title is %q", term.Title())
	}
	if term.Mode() != fresh.Mode() || !term.CursorVisible() {
		found("the mode is %b", term.Mode())
	}
	if a, b := term.Cursor(), fresh.Cursor(); a.Attr != b.Attr || a.State != b.State {
		found("the cursor is %v", a)
	}
	if bytes.IndexByte(out, 0x1b) >= 0 {
		return list // the progress bar has drawn over itself
	}
	// Every letter stands where it was written, in the colour of the terminal.
	type cell struct{ x, y int }
	letters := map[cell]rune{}
	x, y, off := 0, 0, 0
	for _, r := range text {
		switch {
		case r == '\n':
			x, y = 0, y+1
			continue
		case r == '\t':
			x = min((x/8+1)*8, screenColumns-1)
			continue
		case x == screenColumns:
			x, y = 0, y+1
		}
		letters[cell{x, y}] = r
		x++
	}
	for at, r := range letters {
		c := term.Cell(at.x, at.y)
		if at.x == screenColumns-1 {
			c.Mode &^= wrapped
		}
		if c.Char != r || c.Mode != 0 || c.FG != vt10x.DefaultFG || c.BG != vt10x.DefaultBG {
			off++
		}
	}
	if off > 0 {
		found("%d letters are not where they were written, or not as plain", off)
	}
	return list
}
