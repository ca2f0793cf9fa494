package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// lowerASCII lowers A to Z and leaves every other byte alone, so that places
// in the result are places in s. It allocates only where there is a capital.
func lowerASCII(s string) string {
	i := 0
	for i < len(s) && (s[i] < 'A' || 'Z' < s[i]) {
		i++
	}
	if i == len(s) {
		return s
	}
	var short [128]byte // On the stack: most titles fit.
	b := append(short[:0], s...)
	for ; i < len(b); i++ {
		if c := b[i]; 'A' <= c && c <= 'Z' {
			b[i] = c + ('a' - 'A')
		}
	}
	return string(b)
}

// isASCII reports that s has no byte above 0x7F.
func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldText gives the shown form of a word in any script: lower case, NFC,
// straight apostrophes and hyphens, format characters off.
func foldText(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	letters := 0
	for i, r := range s {
		switch {
		case r == utf8.RuneError, ignorable(r):
			continue
		case isApostrophe(r):
			r = '\''
		case isHyphen(r):
			r = '-'
		case r == 'Σ' && letters > 0 && !letterFollows(s[i+len("Σ"):]):
			r = 'ς' // The form that ends a Greek word; unicode.ToLower knows no context.
		default:
			r = unicode.ToLower(r)
		}
		letters++
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

func letterFollows(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsMark(r)
}

// foldAccents gives the counted form of a word that is not plain ASCII:
// compatibility forms resolved (ﬁ, full width), accents off Latin and Greek
// letters, letters with a stroke or ligature spelled out. Marks of other
// scripts stay: there they are vowels, or make another letter (й, ガ).
func foldAccents(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	bare := false
	for _, r := range norm.NFKD.String(s) {
		if unicode.Is(unicode.Mn, r) {
			if bare {
				continue
			}
		} else {
			bare = unicode.In(r, unicode.Latin, unicode.Greek)
		}
		switch r {
		case 'ß':
			b.WriteString("ss")
		case 'æ':
			b.WriteString("ae")
		case 'œ':
			b.WriteString("oe")
		case 'ø':
			b.WriteByte('o')
		case 'ł':
			b.WriteByte('l')
		case 'đ', 'ð':
			b.WriteByte('d')
		case 'þ':
			b.WriteString("th")
		case 'ı':
			b.WriteByte('i')
		case 'ς':
			b.WriteRune('σ')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return norm.NFC.String(b.String())
}

// ignorable reports characters that are invisible inside a word and say
// nothing: format characters, variation selectors, the keycap frame.
func ignorable(r rune) bool {
	switch {
	case r < 0xAD, r == 0x200B: // The zero-width space separates words.
		return false
	case 0xFE00 <= r && r <= 0xFE0F, r == 0x20E3, 0xE0100 <= r && r <= 0xE01EF:
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

func isApostrophe(r rune) bool {
	switch r {
	case '\'', '’', '‘', 'ʼ', '＇', '´', '`':
		return true
	}
	return false
}

func isHyphen(r rune) bool {
	return r == '-' || r == '‐' || r == '‑' // U+2010, U+2011; dashes separate.
}
