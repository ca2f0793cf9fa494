package receipts

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A form is a way of writing a phrase. All are made once, when the catalogue
// is read, so that making a line is only putting them together.
type form int

const (
	written form = iota // as in the catalogue: lower case, names capitalised
	titled              // Every Word Capitalised
	lowered             // all lower case
	upper               // CAPITALS, without accents, as tills print
	short               // CAPITALS and ABBRVTD
	numForms
)

// phrase is one name, colour, flavour and so on in all its forms.
type phrase [numForms]string

// speller makes the forms of words and sizes, each text once.
type speller struct {
	abbreviations map[string]string
	units         map[string]string
	accents       *strings.Replacer
	phrases       map[string]phrase
	sizes         map[string]size
}

func newSpeller() *speller {
	return &speller{
		abbreviations: map[string]string{}, units: unitNames(), accents: strings.NewReplacer(accents()...),
		phrases: map[string]phrase{}, sizes: map[string]size{},
	}
}

// phrase makes the forms of s. When every word of s abbreviates to nothing,
// the full capitals stand in.
func (sp *speller) phrase(s string) phrase {
	if p, ok := sp.phrases[s]; ok {
		return p
	}
	p := phrase{
		written: s, titled: titleCase(s), lowered: strings.ToLower(s), upper: strings.ToUpper(sp.accents.Replace(s)),
	}
	var out []string
	for w := range strings.FieldsSeq(p[upper]) {
		if a := abbreviate(w, sp.abbreviations); a != "" {
			out = append(out, a)
		}
	}
	p[short] = strings.Join(out, " ")
	if p[short] == "" {
		p[short] = p[upper]
	}
	sp.phrases[s] = p
	return p
}

// small words stay small in titles, except at the front.
const small = " a and at by de for from in la lb mg ml mm of on or oz per the to with x "

func titleCase(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		if i > 0 && strings.Contains(small, " "+w+" ") {
			continue
		}
		parts := strings.Split(w, "-")
		for k, part := range parts {
			// "3-in-1" and "t-shirt": the first letter always, later parts
			// when they are words.
			if k == 0 || len(part) > 2 && !strings.Contains(small, " "+part+" ") {
				r, n := utf8.DecodeRuneInString(part)
				parts[k] = string(unicode.ToUpper(r)) + part[n:]
			}
			if part == "" {
				parts[k] = ""
			}
		}
		words[i] = strings.Join(parts, "-")
	}
	return strings.Join(words, " ")
}

// accents lists the accented letters of the catalogue and what a till prints
// for them; a test sees to it that none is missing.
func accents() []string {
	return []string{
		"á", "a", "à", "a", "â", "a", "ä", "a", "ã", "a", "å", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e",
		"í", "i", "ï", "i", "î", "i", "ñ", "n", "ó", "o", "ô", "o", "ö", "o", "ø", "o", "ú", "u", "û", "u", "ü", "u",
		"É", "E", "Ø", "O", "Ö", "O", "Å", "A", "Ü", "U", "’", "'", "–", "-", "½", "1/2", "°", "",
	}
}

// abbreviate shortens a word in capitals: by the list if it is there,
// otherwise by leaving out vowels after the first letter, and what is doubled.
func abbreviate(w string, abbreviations map[string]string) string {
	if a, ok := abbreviations[w]; ok {
		return a
	}
	if len(w) <= 4 || strings.ContainsAny(w, "0123456789/&.%") {
		return w
	}
	out := make([]byte, 0, len(w))
	for i := range len(w) {
		c := w[i]
		if i > 0 && (strings.IndexByte("AEIOU'", c) >= 0 || c == out[len(out)-1]) {
			continue
		}
		out = append(out, c)
	}
	switch {
	case len(out) < 3:
		return w[:4]
	case len(out) > 6:
		return string(out[:6])
	}
	return string(out)
}

// A spelling is a way of writing sizes, named by how it writes 12 oz.
type spelling int

const (
	spaced      spelling = iota // 12 oz
	tight                       // 12oz
	tightUpper                  // 12OZ
	spacedUpper                 // 12 OZ
	hyphened                    // 12-oz
	spelledOut                  // 12 Ounce
	dotted                      // 12 oz.
	numSpellings
)

// spellings finds a spelling by its example.
func spellings() map[string]spelling {
	return map[string]spelling{
		"12 oz": spaced, "12oz": tight, "12OZ": tightUpper, "12 OZ": spacedUpper, "12-oz": hyphened,
		"12 Ounce": spelledOut, "12 oz.": dotted,
	}
}

// unitNames gives the units that have spellings, and their long names.
func unitNames() map[string]string {
	return map[string]string{
		"oz": "Ounce", "fl oz": "Fluid Ounce", "lb": "Pound", "g": "Gram", "kg": "Kilogram", "ml": "Milliliter",
		"L": "Liter", "gal": "Gallon", "qt": "Quart", "pt": "Pint", "ct": "Count", "pk": "Pack", "pc": "Piece",
		"in": "Inch", "ft": "Foot", "yd": "Yard", "mm": "mm", "cm": "cm", "mg": "mg", "GB": "GB", "TB": "TB", "W": "Watt",
		"V": "Volt", "sheets": "Sheets", "rolls": "Rolls", "loads": "Loads", "tablets": "Tablets", "mAh": "mAh",
		"pods": "Pods", "bags": "Bags", "wipes": "Wipes", "sq ft": "Square Feet", "page": "Page", "caps": "Capsules",
	}
}

// size is a size in all its spellings.
type size struct {
	forms [numSpellings]string
	// weighed marks what is sold by the pound: the till prints the weight.
	weighed bool
	// single marks "1 ct", which only tills print.
	single bool
}

// How the catalogue marks what the shop weighs, and what comes one at a time.
const (
	weighedSize = "per lb"
	singleSize  = "1 ct"
)

// size makes the spellings of s. What is not a number and a known unit
// ("king", "32x32") is only put in capitals where the spelling has capitals.
func (sp *speller) size(s string) size {
	if z, ok := sp.sizes[s]; ok {
		return z
	}
	z := sp.spell(s)
	sp.sizes[s] = z
	return z
}

func (sp *speller) spell(s string) size {
	z := size{weighed: s == weighedSize, single: s == singleSize}
	number, unit, _ := strings.Cut(s, " ")
	long, known := sp.units[unit]
	if _, err := strconv.ParseFloat(number, 64); err != nil || !known {
		for k := range z.forms {
			z.forms[k] = s
		}
		z.forms[tightUpper] = strings.ToUpper(sp.accents.Replace(s))
		z.forms[spacedUpper] = z.forms[tightUpper]
		z.forms[spelledOut] = titleCase(s)
		return z
	}
	joined := strings.ReplaceAll(unit, " ", "")
	z.forms = [numSpellings]string{
		spaced:      s,
		tight:       number + joined,
		tightUpper:  number + strings.ToUpper(joined),
		spacedUpper: strings.ToUpper(s),
		hyphened:    number + "-" + unit,
		spelledOut:  number + " " + long,
		dotted:      s + ".",
	}
	if len(unit) > 2 && !strings.HasSuffix(unit, "oz") {
		z.forms[dotted] = s
	}
	return z
}
