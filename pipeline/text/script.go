package text

import "unicode/utf8"

// script is the script of a run, as far as it matters where words end. In the
// scripts that are written without blanks a change of script ends a word.
type script uint8

const (
	scriptNone   script = iota // no letter yet
	scriptSpaced               // words are parted by blanks: Latin, Cyrillic, Greek, Arabic, Hangul, ...
	scriptHan
	scriptHiragana
	scriptKatakana
	scriptThai // also Lao, Khmer, Burmese
)

// scriptOf judges a letter by the blocks of Unicode.
func scriptOf(r rune) script {
	switch {
	case r < 0x0E00:
		return scriptSpaced
	case r <= 0x0EFF, 0x1000 <= r && r <= 0x109F, 0x1780 <= r && r <= 0x17FF, 0xA9E0 <= r && r <= 0xA9FF, 0xAA60 <= r && r <= 0xAA7F:
		return scriptThai
	case r < 0x2E80:
		return scriptSpaced
	case 0x3040 <= r && r <= 0x309F, 0x1B000 <= r && r <= 0x1B16F:
		return scriptHiragana
	case 0x30A0 <= r && r <= 0x30FF, 0x31F0 <= r && r <= 0x31FF, 0xFF65 <= r && r <= 0xFF9F:
		return scriptKatakana
	case r <= 0x2FDF, 0x3005 <= r && r <= 0x3007, 0x3021 <= r && r <= 0x303C,
		0x3400 <= r && r <= 0x4DBF, 0x4E00 <= r && r <= 0x9FFF, 0xF900 <= r && r <= 0xFAFF, 0x20000 <= r && r <= 0x3FFFF:
		return scriptHan
	}
	return scriptSpaced
}

// takes tells whether the run goes on with the character at i. It notes the
// script of the run.
func (w *span) takes(title string, i int, kind kind, size int) bool {
	var next script
	switch kind {
	case kindLetter, kindUpper:
		next = scriptSpaced
		if size > 1 {
			r, _ := utf8.DecodeRuneInString(title[i:])
			if isLengthMark(r) && (w.script == scriptHiragana || w.script == scriptKatakana) {
				return true
			}
			next = scriptOf(r)
		}
	case kindDigit:
		return w.script <= scriptSpaced // 3d, but 80克 and ビタミン100
	default:
		return true
	}
	if next > scriptSpaced && w.digits > 0 || w.script > scriptNone && next != w.script {
		return false
	}
	w.script = next
	return true
}

// isLengthMark reports the signs that lengthen or voice the kana before them,
// whichever they are.
func isLengthMark(r rune) bool {
	switch r {
	case 'ー', 'ｰ', 'ﾞ', 'ﾟ', '゛', '゜':
		return true
	}
	return false
}

// blankLetter reports the letters by category that are nothing to see: fillers
// of Hangul.
func blankLetter(r rune) bool {
	switch r {
	case 0x115F, 0x1160, 0x3164, 0xFFA0:
		return true
	}
	return false
}
