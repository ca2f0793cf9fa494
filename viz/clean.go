package viz

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Clean makes s safe to print on a terminal, over several lines. The rules,
// first match wins:
//
//	escape sequences                 removed whole: CSI (ESC [ ... or U+009B ...), and
//	                                 the strings OSC, DCS, SOS, PM, APC up to BEL or ST;
//	                                 of an unfinished one only the introducer goes, so
//	                                 that it cannot swallow the text behind it
//	ESC and the byte it applies to   removed (ESC c is a full reset)
//	newline, tab                     kept
//	CR LF                            one newline
//	other CR                         shown as ␍ (it would go back and overwrite)
//	other C0, DEL, C1                removed (BEL, BS, U+0085, ...)
//	bidi marks and controls          shown as <U+202E> (U+061C, U+200E-200F,
//	                                 U+202A-202E, U+2066-2069)
//	line and paragraph separator     shown as <U+2028>, <U+2029>
//	invisible format characters      shown as <U+200B> (U+180E, U+200B, U+2060-2064,
//	                                 U+206A-206F, U+FEFF, U+FFF9-FFFB), tags too
//	                                 (U+E0000-E007F) outside the flag of a region
//	bytes that are no UTF-8          shown as \x9B
//	all else                         kept, also ZWJ and ZWNJ and variation selectors:
//	                                 emoji and Persian need them
//
// Clean(Clean(s)) equals Clean(s).
func Clean(s string) string { return clean(s, false) }

// CleanLine is Clean for text that must stay on one line, such as a cell of a
// table: a newline is shown as ␊ and a tab as ␉.
func CleanLine(s string) string { return clean(s, true) }

func clean(s string, line bool) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02X`, s[0])
		case r == '\r' && strings.HasPrefix(s, "\r\n"):
			// The newline follows.
		case r == '\r':
			b.WriteRune('␍')
		case r == '\n' && line:
			b.WriteRune('␊')
		case r == '\t' && line:
			b.WriteRune('␉')
		case r == '\n', r == '\t':
			b.WriteRune(r)
		case r == 0x1b, 0x80 <= r && r <= 0x9f:
			size = sequence(s, r, size)
		case r < 0x20, r == 0x7f:
			// Removed.
		case r == blackFlag:
			size = flag(s)
			b.WriteString(s[:size])
		case isHidden(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

// A flag of a region, such as Scotland's, is a black flag, the letters of the
// region as tags and an end (UTS #51, annex C). Elsewhere tags hide text.
const (
	blackFlag = 0x1f3f4
	tagEnd    = 0xe007f
)

// flag returns the length in bytes of the flag that s begins with.
func flag(s string) int {
	_, black := utf8.DecodeRuneInString(s)
	for i, n := black, 0; n <= 6; n++ { // a region is two letters to six
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		letter := 0xe0061 <= r && r <= 0xe007a || 0xe0030 <= r && r <= 0xe0039
		switch {
		case r == tagEnd && n >= 2:
			return i
		case !letter:
			return black
		}
	}
	return black
}

// isPlain says that s is printable ASCII, as most cells are.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

// sequence returns the length in bytes of the escape sequence that s begins
// with: ECMA-48 in its 7-bit form (ESC and a letter) and its 8-bit form (a C1
// control, as UTF-8). r is the first rune of s, size its length.
func sequence(s string, r rune, size int) int {
	if r == 0x1b {
		if len(s) < 2 || s[1] < 0x20 || s[1] > 0x7e {
			return 1
		}
		r, size = rune(s[1]), 2
		switch {
		case r < 0x30: // ESC ( B and the like: intermediates, one final byte
			for size < len(s) && 0x20 <= s[size] && s[size] <= 0x2f {
				size++
			}
			if size < len(s) && 0x30 <= s[size] && s[size] <= 0x7e {
				size++
			}
			return size
		case 0x40 <= r && r <= 0x5f:
			r += 0x40 // ESC [ is U+009B
		}
	}
	switch r {
	case 0x9b: // CSI: parameters, intermediates, one final byte
		i := size
		for i < len(s) && 0x20 <= s[i] && s[i] <= 0x3f {
			i++
		}
		if i < len(s) && 0x40 <= s[i] && s[i] <= 0x7e {
			return i + 1
		}
	case 0x90, 0x98, 0x9d, 0x9e, 0x9f: // DCS, SOS, OSC, PM, APC: a string
		if end := stringEnd(s[size:]); end > 0 {
			return size + end
		}
	}
	return size
}

// stringEnd returns where the body of a control string ends, its terminator
// included; 0 when it has none.
func stringEnd(s string) int {
	end := 0
	for _, t := range []string{"\a", "\x1b\\", "\u009c"} {
		if i := strings.Index(s, t); i >= 0 && (end == 0 || i+len(t) < end) {
			end = i + len(t)
		}
	}
	return end
}

// isHidden says that r changes how its neighbours are shown, or shows nothing
// at all, and is not needed to write a language or an emoji.
func isHidden(r rune) bool {
	switch {
	case r == 0x061c, 0x200e <= r && r <= 0x200f, 0x202a <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069: // bidi
		return true
	case r == 0x2028, r == 0x2029: // line and paragraph separator
		return true
	case r == 0x180e, r == 0x200b, 0x2060 <= r && r <= 0x2064, 0x206a <= r && r <= 0x206f,
		r == 0xfeff, 0xfff9 <= r && r <= 0xfffb, 0xe0000 <= r && r <= tagEnd:
		return true
	}
	return false
}
