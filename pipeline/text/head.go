package text

import "unicode/utf8"

// HeadEnd returns the byte where the head of the title ends: the part that
// names the thing, before what is said about it. It ends at the first comma
// (not one between digits), opening bracket or |, at a dash between blanks, or
// at " with " or " w/ "; without any of these it is the whole title. English
// product names end with the kind of the thing, so the last words of the head
// are the best candidates for a tag.
//
// [Tokenizer.Tokenize] takes the whole title where the head holds no kept
// word, as in "(2 pack) batteries".
func HeadEnd(title string) int {
	for i := 0; i < len(title); i++ {
		c := title[i]
		if c >= utf8.RuneSelf {
			if wideBreak(title, i) {
				return i
			}
			continue
		}
		switch asciiBreak[c] {
		case 0:
		case breakComma:
			between := i > 0 && isDigitByte(title[i-1]) && i+1 < len(title) && isDigitByte(title[i+1])
			if !between {
				return i
			}
		case breakAlways:
			return i
		case breakBlank:
			if blankBreak(title[i+1:]) {
				return i
			}
		}
	}
	return len(title)
}

const (
	breakComma = 1 + iota
	breakAlways
	breakBlank
)

var asciiBreak = [utf8.RuneSelf]uint8{
	',': breakComma, '(': breakAlways, '[': breakAlways, '{': breakAlways, '|': breakAlways,
	' ': breakBlank, '\t': breakBlank,
}

// blankBreak tells whether what follows a blank ends the head.
func blankBreak(s string) bool {
	if len(s) < 2 {
		return false
	}
	switch s[0] {
	case '-':
		return s[1] == ' '
	case 'w', 'W':
		if s[1] == '/' {
			return true
		}
		return len(s) >= 5 && s[4] == ' ' && lowerASCII(s[1:4]) == "ith"
	case 0xE2: // En dash and em dash, U+2013 and U+2014.
		return len(s) >= 4 && s[1] == 0x80 && (s[2] == 0x93 || s[2] == 0x94) && s[3] == ' '
	}
	return false
}

// wideBreak tells whether the rune at i is the full-width form of a break.
func wideBreak(s string, i int) bool {
	switch r, _ := utf8.DecodeRuneInString(s[i:]); r {
	case '，', '、', '（', '［', '【', '｛', '｜':
		return true
	}
	return false
}

func isDigitByte(c byte) bool { return '0' <= c && c <= '9' }
