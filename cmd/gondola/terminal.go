package main

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/term"
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
