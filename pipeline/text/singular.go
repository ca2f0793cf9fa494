package text

import "strings"

// base gives the counted form of a shown word: without accents and
// apostrophes, and the singular where plurals_en.txt has it. What the rules
// would make of a regular plural, Singulars tells.
func (t *Tokenizer) base(word string, ascii bool, known entry) string {
	if t.opts.Synonyms != nil {
		return t.opts.Synonyms.of(t, word, t.plainBase(word, ascii, known))
	}
	return t.plainBase(word, ascii, known)
}

// plainBase is base without synonyms.
func (t *Tokenizer) plainBase(word string, ascii bool, known entry) string {
	if known.base != "" {
		return known.base
	}
	if !ascii {
		word = foldAccents(word)
	}
	if strings.IndexByte(word, '\'') >= 0 {
		word = strings.ReplaceAll(word, "'", "")
	}
	part := lastPart(word)
	if e := t.lexicon[part]; e.base != "" {
		if len(part) == len(word) {
			return e.base
		}
		return word[:len(word)-len(part)] + e.base
	}
	return word
}

// lastPart is the part of a compound that is declined: the shoes of
// rain-shoes.
func lastPart(word string) string { return word[strings.LastIndexByte(word, '-')+1:] }

// Singulars appends to dst what the singular of a counted form may be if it is
// a regular plural in -s, the English rule first. A tokenizer does not know
// which of them is a word, or whether the form is a plural at all (ananas):
// that the other titles tell. Words of up to three letters, words that do not
// end in s or end in ss, us, is, and those of plurals_en.txt have none.
//
//	cookies   cooky, cookie     -ies: -y, -ie
//	tranches  tranch, tranche   -ches, -shes, -xes, -sses, -zzes, -oes: without es, without s
//	chips     chip              all others
func (t *Tokenizer) Singulars(base string, dst []string) []string {
	part := lastPart(base)
	n := len(part)
	if n <= 3 || part[n-1] != 's' || t.lexicon[part].base != "" {
		return dst
	}
	switch part[n-2] {
	case 's', 'u', 'i':
		return dst
	case 'e':
		switch stem := part[:n-2]; {
		case stem[len(stem)-1] == 'i' && n > 4:
			dst = append(dst, base[:len(base)-3]+"y")
		case strings.HasSuffix(stem, "ch"), strings.HasSuffix(stem, "sh"), strings.HasSuffix(stem, "x"),
			strings.HasSuffix(stem, "ss"), strings.HasSuffix(stem, "zz"), strings.HasSuffix(stem, "o") && n > 4:
			dst = append(dst, base[:len(base)-2])
		}
	}
	return append(dst, base[:len(base)-1])
}
