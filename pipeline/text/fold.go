package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
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

// mostMarks is how many marks in a row a letter may carry. No language needs
// more, and without a limit a word could be drawn over all around it.
const mostMarks = 8

// foldText gives the shown form of a word in any script: lower case (the
// simple one of Unicode: I is i in Turkish too), NFC, straight apostrophes and
// hyphens, full-width letters and half-width kana in their usual width, format
// characters off, and no more than mostMarks marks on a letter.
func foldText(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	letters, marks := 0, 0
	narrow := true
	for i, r := range s {
		if marks++; !unicode.IsMark(r) {
			marks = 0
		}
		switch {
		case r == utf8.RuneError, ignorable(r), marks > mostMarks:
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
		narrow = narrow && (r < 0xFF00 || 0xFFEF < r)
		b.WriteRune(r)
	}
	if !narrow {
		return norm.NFC.String(width.Fold.String(b.String()))
	}
	return norm.NFC.String(b.String())
}

func letterFollows(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsMark(r)
}

// foldAccents gives the counted form of a word that is not plain ASCII:
// compatibility forms resolved (ﬁ, full width), accents off Latin and Greek
// letters, letters with a stroke or ligature spelled out, vowel points off
// Arabic and Hebrew ones, the Arabic stroke that only lengthens off, alef with
// hamza or madda as alef, Russian ё as е and its stress off. Marks of other
// scripts stay: there they are vowels, or make another letter (й, ガ).
func foldAccents(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	var letter rune // the last that is no mark
	for _, r := range norm.NFKD.String(s) {
		if unicode.Is(unicode.Mn, r) {
			if silent(letter, r) {
				continue
			}
		} else {
			letter = r
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
		case 'ـ', ' ', 'ʼ': // Tatweel; and to what a few Arabic ligatures and ŉ come apart.
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	folded := thaiAM.Replace(norm.NFC.String(b.String()))
	if strings.HasSuffix(folded, "σ") && utf8.RuneCountInString(folded) > 1 {
		folded = strings.TrimSuffix(folded, "σ") + "ς" // as it is read
	}
	return folded
}

// thaiAM joins again the vowel of Thai and Lao that NFKD takes apart.
var thaiAM = strings.NewReplacer("\u0e4d\u0e32", "\u0e33", "\u0ecd\u0eb2", "\u0eb3")

// silent tells whether a mark on a letter does not count.
func silent(letter, mark rune) bool {
	switch {
	case unicode.In(letter, unicode.Latin, unicode.Greek):
		return true
	case unicode.Is(unicode.Arabic, letter):
		switch {
		case 0x064B <= mark && mark <= 0x0652, mark == 0x0670, 0x06D6 <= mark && mark <= 0x06ED: // harakat, Koranic signs
			return true
		}
		return letter == 'ا' && 0x0653 <= mark && mark <= 0x0655
	case unicode.Is(unicode.Hebrew, letter):
		return true
	case unicode.Is(unicode.Cyrillic, letter):
		const diaeresis, grave, acute = 0x0308, 0x0300, 0x0301
		return mark == diaeresis && (letter == 'е' || letter == 'Е') ||
			(mark == acute || mark == grave) && strings.ContainsRune("аеиоуыэюяіАЕИОУЫЭЮЯІ", letter)
	}
	return false
}

// ignorable reports characters that are invisible inside a word and say
// nothing: format characters, variation selectors, the keycap frame.
func ignorable(r rune) bool {
	switch {
	case r < 0xAD, r == 0x200B: // The zero-width space separates words.
		return false
	case r == 0x034F, 0x180B <= r && r <= 0x180F, blankLetter(r):
		return true
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
