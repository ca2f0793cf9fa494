package artifact

import "gondola/pipeline/text"

// NewDictionary returns the dictionary of words whose counted forms, counts
// and shown forms stand in the slices, which it keeps. The same slices and
// tokenizer make the same dictionary, so these are what is stored of one.
func NewDictionary(t *text.Tokenizer, words []string, counts []int64, shown []string) *Dictionary {
	d := &Dictionary{Tokenizer: t, Words: words, Counts: counts, shown: shown, ids: make(map[string]int32, len(words))}
	for id, word := range words {
		d.ids[word] = int32(id)
	}
	return d
}
