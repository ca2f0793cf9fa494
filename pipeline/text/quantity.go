package text

import "strings"

// number judges a token that begins with a digit and tells whether it is
// dropped or kept as a number here; otherwise it is a word (7up, 3d, 4k).
// Quantities swallow what belongs to them: the sign in 100%, the unit in
// "12 oz", the rest of "2 x 500 ml".
func (s *scanner) number(token *Token, w span) bool {
	shape := s.tok.shape(token.Text)
	switch {
	case shape == shapeWord:
		return false
	case !s.tok.opts.Units:
		if shape != shapeNumber {
			return false
		}
	default:
		end := s.quantityEnd(w.end, shape)
		if shape != shapeNumber || end > w.end {
			token.Drop = Quantity
			token.End = end
			if end > w.end {
				whole := span{start: token.Start, end: end, capital: true}
				whole.wide = !isASCII(s.title[token.Start:end])
				token.Text = s.fold(whole)
			}
			return true
		}
	}
	token.Drop = Number
	if s.tok.opts.KeepNumbers {
		token.Drop = Kept
		token.Base = s.tok.opts.Synonyms.of(s.tok, token.Text, foldAccents(token.Text))
	}
	return true
}

type shape uint8

const (
	shapeWord     shape = iota
	shapeNumber         // 12, 1.5, 3/4, 2nd, 80s
	shapeSize           // 10x15: a quantity already, and a unit may follow
	shapeQuantity       // 12oz, 6-pack, 2x500ml, 3-in-1
)

// shape reads a word that begins with a digit: numbers, each perhaps with a
// unit behind it, held together by x, × or a hyphen.
func (t *Tokenizer) shape(word string) shape {
	found := shapeNumber
	for i := 0; ; {
		digits := numberLen(word[i:])
		if digits == 0 {
			return shapeWord
		}
		i += digits
		if i == len(word) {
			return found
		}
		rest := word[i:]
		unit := rest
		if rest[0] == '-' {
			unit = rest[1:]
		}
		unit = unit[:lettersLen(unit)]
		switch {
		case unit == "":
		case digits+len(unit) == len(word) && isOrdinal(word[:digits], unit):
			return shapeNumber
		case (unit == "x" || unit == "by") && i+len(unit) < len(word) && numberLen(word[i+len(unit):]) > 0:
			found = max(found, shapeSize)
			i += len(unit)
			continue
		case t.lexicon[unit].use&useUnit != 0:
			found = shapeQuantity
			i = len(word) - len(rest) + strings.Index(rest, unit) + len(unit)
		default:
			return shapeWord
		}
		if i == len(word) {
			return found
		}
		switch c := word[i]; {
		case c == '-', c == 'x':
			i++
		case strings.HasPrefix(word[i:], "×"):
			found = max(found, shapeSize)
			i += len("×")
		default:
			return shapeWord
		}
	}
}

// isOrdinal tells whether the suffix makes an ordinal or a decade of the
// number: 2nd, 80s; but a 6s is a telephone.
func isOrdinal(number, suffix string) bool {
	switch suffix {
	case "st", "nd", "rd", "th":
		return true
	case "s":
		return number[len(number)-1] == '0'
	}
	return false
}

// numberLen is the length of the number at the start of s: digits, with
// . , / : between them.
func numberLen(s string) int {
	i := 0
	for i < len(s) {
		kind, size := kindAt(s, i)
		if kind != kindDigit {
			if i == 0 || !strings.ContainsAny(s[i:i+size], ".,/:⁄") {
				break
			}
			if next, _ := kindAt(s, i+size); next != kindDigit {
				break
			}
		}
		i += size
	}
	return i
}

// lettersLen is the length of the letters at the start of s.
func lettersLen(s string) int {
	i := 0
	for i < len(s) {
		kind, size := kindAt(s, i)
		if kind != kindLetter && kind != kindUpper {
			break
		}
		i += size
	}
	return i
}

// quantityEnd follows a number that ends at i to the end of its quantity: a
// sign, or after blanks a unit, or x and another number. It returns i where
// the number stands alone.
func (s *scanner) quantityEnd(i int, found shape) int {
	if n := signLen(s.title[i:]); n > 0 {
		i += n
		found = shapeQuantity
	}
	for {
		from, word := s.shortWord(i)
		after := from + len(word)
		switch word {
		case "x", "by", "in": // 2 x 500 ml, 3 in 1
			next, shape := s.numberAfter(after)
			switch {
			case shape != shapeWord:
				i, found = next, max(shape, shapeSize)
				continue
			case word == "x" && found == shapeNumber: // 2 x Batteries
				return after
			}
		}
		if found != shapeQuantity && s.tok.lexicon[word].use&useAfter != 0 {
			i = after
			if word == "fl" || word == "sq" {
				if next, second := s.shortWord(skipDot(s.title, i)); isDoubleUnit(word, second) {
					i = next + len(second)
				}
			}
		}
		return i
	}
}

// numberAfter returns the end of the number or quantity after the blanks at i,
// its sign with it, and its shape: shapeWord if there is none.
func (s *scanner) numberAfter(i int) (int, shape) {
	i = skipBlanks(s.title, i)
	s.wants = s.wants || i == len(s.title)
	if first, _ := kindAt(s.title, i); first != kindDigit {
		return i, shapeWord
	}
	w := s.run(i)
	if w.end-w.start > longestPart {
		return i, shapeWord
	}
	found := s.tok.shape(s.fold(w))
	if found == shapeNumber {
		if n := signLen(s.title[w.end:]); n > 0 {
			return w.end + n, shapeQuantity
		}
	}
	return w.end, found
}

// longestPart bounds how far a quantity looks ahead, in bytes, so that a title
// of any length costs linear time.
const longestPart = 16

// shortWord returns the plain letters after blanks at i, in lower case and no
// longer than any unit, and where they start; "" if there are none.
func (s *scanner) shortWord(i int) (from int, word string) {
	from = skipBlanks(s.title, i)
	if from == i {
		s.past = s.past || i == len(s.title)
		return i, ""
	}
	if word = shortWordAt(s.title, from); word == "" {
		return i, ""
	}
	return from, word
}

// shortWordAt returns the plain letters at i as shortWord does.
func shortWordAt(title string, i int) string {
	end := i
	for end < len(title) && end-i <= longestPart {
		kind, size := kindAt(title, end)
		if kind != kindLetter && kind != kindUpper {
			if kind == kindDigit || kind == kindMark || size > 0 && joins(title, end, size, kindLetter, span{letters: end - i}) {
				return ""
			}
			break
		}
		end += size
	}
	if end-i > longestPart {
		return ""
	}
	return lowerASCII(title[i:end])
}

// skipBlanks goes over at most two spaces at i.
func skipBlanks(s string, i int) int {
	for n := 0; n < 2 && i < len(s) && s[i] == ' '; n++ {
		i++
	}
	return i
}

func skipDot(s string, i int) int {
	if i < len(s) && s[i] == '.' {
		return i + 1
	}
	return i
}

// isDoubleUnit tells whether two units make one: fl oz, sq ft.
func isDoubleUnit(first, second string) bool {
	switch first {
	case "fl":
		return second == "oz" || second == "ounce" || second == "ounces"
	case "sq":
		return second == "ft" || second == "feet" || second == "m" || second == "in"
	}
	return false
}

// signLen is the length of a sign that makes the number before it a quantity:
// also of the units that touch their number in Chinese, Japanese and Thai.
func signLen(s string) int {
	for _, sign := range [...]string{"%", "\"", "''", "'", "°c", "°f", "°C", "°F", "°", "″", "”", "′", "¢", "€", "£", "$"} {
		if strings.HasPrefix(s, sign) {
			return len(sign)
		}
	}
	if s == "" || s[0] < 0xE0 {
		return 0
	}
	for _, unit := range [...]string{
		"克", "公克", "千克", "公斤", "毫克", "毫升", "公升", "升", "度", "入", "枚", "個", "个", "粒", "袋", "包", "片", "本",
		"กรัม", "มล", "กก", "ลิตร",
	} {
		if strings.HasPrefix(s, unit) {
			return len(unit)
		}
	}
	return 0
}
