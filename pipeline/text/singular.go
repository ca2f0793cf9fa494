package text

import "strings"

// base gives the counted form of a shown word.
func (t *Tokenizer) base(word string, ascii bool, known entry) string {
	if known.base != "" {
		return known.base
	}
	if !ascii {
		word = foldAccents(word)
	}
	if strings.IndexByte(word, '\'') >= 0 {
		word = strings.ReplaceAll(word, "'", "")
	}
	// Of a compound only the last part is declined: rain-shoes, rain-shoe.
	part := word[strings.LastIndexByte(word, '-')+1:]
	if len(part) < 3 {
		return word
	}
	if e := t.lexicon[part]; e.base != "" {
		if len(part) == len(word) {
			return e.base
		}
		return word[:len(word)-len(part)] + e.base
	}
	cut, add := singular(part)
	if add == "" {
		return word[:len(word)-cut]
	}
	return word[:len(word)-cut] + add
}

// singular tells how an English plural becomes its singular: how many bytes
// fall off the end and what is put there. Words of up to three letters, and
// words that do not end in s or end in ss, us, is, stay. -ies of longer words
// becomes -y; -ches, -shes, -xes, -sses, -zzes, -oes lose es; all others lose
// the s. Exceptions stand in plurals_en.txt.
func singular(word string) (cut int, add string) {
	n := len(word)
	if n <= 3 || word[n-1] != 's' {
		return 0, ""
	}
	switch word[n-2] {
	case 's', 'u', 'i':
		return 0, ""
	case 'e':
		switch stem := word[:n-2]; {
		case stem[len(stem)-1] == 'i' && n > 4:
			return 3, "y"
		case strings.HasSuffix(stem, "ch"), strings.HasSuffix(stem, "sh"), strings.HasSuffix(stem, "x"),
			strings.HasSuffix(stem, "ss"), strings.HasSuffix(stem, "zz"), strings.HasSuffix(stem, "o") && n > 4:
			return 2, ""
		}
	}
	return 1, ""
}
