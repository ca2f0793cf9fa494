package text

import (
	"math"
	"strings"
	"unicode"
)

// PhraseJoin stands between the counted forms of the two words of a phrase:
// ice_cream. It is what gensim joins with. No word holds it, since it
// separates words in a title; and unlike a blank it may stand in a file of
// word vectors. People are shown a blank: see [ShowPhrase].
const PhraseJoin = "_"

// ShowPhrase returns the counted form of a word or phrase as people read it:
// ice_cream as "ice cream".
func ShowPhrase(base string) string { return strings.ReplaceAll(base, PhraseJoin, " ") }

// Adjacent tells whether two kept tokens of a title, b the next one after a,
// stand next to each other, so that they may be a phrase: both in the head or
// both behind it, and nothing between them but blanks. A comma, a dash, a sign
// or a dropped piece (a stop word, a number) keeps them apart.
func Adjacent(title string, a, b *Token) bool {
	if a.Head != b.Head || a.End >= b.Start {
		return false
	}
	for _, r := range title[a.End:b.Start] {
		if !unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

// NPMI is the normalised pointwise mutual information of two words that stand
// next to each other,
//
//	ln(p(ab) / (p(a) p(b))) / -ln p(ab)
//
// where p is a count over the number of all words (Bouma, Normalized
// (Pointwise) Mutual Information in Collocation Extraction, 2009). It is 1 for
// words that occur only together, 0 for words that meet as often as chance has
// it, and near -1 for words that hardly meet. gensim's Phrases computes the
// same with scoring="npmi". Counts that are zero or do not fit together give
// minus infinity.
func NPMI(a, b, ab, words int64) float64 {
	if a <= 0 || b <= 0 || ab <= 0 || ab >= words {
		return math.Inf(-1)
	}
	n := float64(words)
	pa, pb, pab := float64(a)/n, float64(b)/n, float64(ab)/n
	return math.Log(pab/(pa*pb)) / -math.Log(pab)
}
