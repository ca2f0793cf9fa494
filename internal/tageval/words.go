package tageval

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold is the spelling in which everything is compared: case folded, accents
// removed (NFKD without combining marks), the curly apostrophe made straight.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	s = cases.Fold().String(s)
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.M, r):
			return -1
		case r == '’':
			return '\''
		}
		return r
	}, norm.NFKD.String(s))
	return s
}

// Words returns the words of a text: folded, then every match of
// [a-z0-9]+(?:'[a-z]+)? that holds a letter.
func Words(s string) []string { return words(fold(s)) }

func words(s string) []string {
	var found []string
	for i := 0; i < len(s); {
		if !isAlnum(s[i]) {
			i++
			continue
		}
		start, letters := i, false
		for i < len(s) && isAlnum(s[i]) {
			letters = letters || isLetter(s[i])
			i++
		}
		if i+1 < len(s) && s[i] == '\'' && isLetter(s[i+1]) {
			letters = true
			for i++; i < len(s) && isLetter(s[i]); {
				i++
			}
		}
		if letters {
			found = append(found, s[start:i])
		}
	}
	return found
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }
func isAlnum(c byte) bool  { return isLetter(c) || '0' <= c && c <= '9' }

// Stem returns the form in which words of tag, title and category are
// compared: 's and apostrophes off, the irregular list, then the plural rules.
func Stem(word string) string {
	word = strings.TrimSuffix(word, "'s")
	word = strings.ReplaceAll(word, "'", "")
	if stem, ok := irregular[word]; ok {
		return stem
	}
	n := len(word)
	if n <= 3 || word[n-1] != 's' {
		return word
	}
	for _, end := range []string{"ss", "us", "is"} {
		if strings.HasSuffix(word, end) {
			return word
		}
	}
	if strings.HasSuffix(word, "ies") {
		if n > 4 {
			return word[:n-3] + "y"
		}
		return word[:n-1]
	}
	for _, end := range []string{"ches", "shes", "xes", "sses", "zzes", "oes"} {
		if strings.HasSuffix(word, end) {
			return word[:n-2]
		}
	}
	return word[:n-1]
}

// TagStem is the stem of a whole tag, read as one word: a hyphen does not
// split it.
func TagStem(tag string) string { return Stem(fold(tag)) }

// content returns the content words: those of two letters or more that are
// neither stop words nor units, or all words if none is left.
func content(words []string) []string {
	var kept []string
	for _, w := range words {
		if len(w) >= 2 && !stopWords[w] {
			kept = append(kept, w)
		}
	}
	if kept == nil {
		return words
	}
	return kept
}

// head returns the folded title up to the first comma, bracket, |, " - " or
// " with "; the whole title if that leaves no word.
func head(folded string) string {
	end := len(folded)
	for _, stop := range []string{",", "(", "[", "|", " - ", " with "} {
		if i := strings.Index(folded[:end], stop); i >= 0 {
			end = i
		}
	}
	if len(words(folded[:end])) == 0 {
		return folded
	}
	return folded[:end]
}

// gold returns the stems of the words of a category's name, without
// connectors.
func gold(leaf string) []string {
	var stems []string
	for _, w := range Words(leaf) {
		if stem := Stem(w); !connectors[w] && !slices.Contains(stems, stem) {
			stems = append(stems, stem)
		}
	}
	return stems
}

func set(list string) map[string]bool {
	m := make(map[string]bool)
	for word := range strings.FieldsSeq(list) {
		m[word] = true
	}
	return m
}

var connectors = set("and or of for the other others misc general more all non with mixed a an in to unknown missing")

var stopWords = set(`a an and the of for with in on to by from or at as is it its your our no not all any per de la le du
	des et el con y x n s t w o oz fl lb lbs g gr gm gms kg mg ml l cl lt ltr litre liter ct count pk pack pcs pc piece
	pieces cm mm inch inches in ft new set size`)

var irregular = func() map[string]string {
	m := make(map[string]string)
	for line := range strings.SplitSeq(`knives knife, leaves leaf, loaves loaf, shelves shelf, scarves scarf, halves half,
		mice mouse, feet foot, women woman, men man, children child, cookies cookie, smoothies smoothie, brownies brownie,
		hoodies hoodie, pies pie, ties tie, movies movie, gas gas, bus bus, lens lens, lenses lens, molasses molasses,
		asparagus asparagus, glasses glass, sunglasses sunglass, hummus hummus, swiss swiss, accessories accessory,
		tomatoes tomato, potatoes potato, shoes shoe, veggies veggie, selfies selfie, pastries pastry, tvs tv, cpus cpu,
		gpus gpu, menus menu, skis ski, chilis chili, bikinis bikini, kiwis kiwi, zucchinis zucchini, paninis panini,
		clothes clothes, series series, jeans jean, canoes canoe`, ",") {
		fields := strings.Fields(line)
		m[fields[0]] = fields[1]
	}
	return m
}()
