package tageval

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// Corpus is a file of titles made ready for measuring.
type Corpus struct {
	Rows   []Row
	titles []title // by row; only labelled ones are filled
	df     map[string]int
}

// title is a title in the forms that the measures ask for.
type title struct {
	stems []string // of all words

	// With a label only:
	gold    []string // stems of the leaf; nil without a label
	content []string // stems of the content words
	head    []string // stems of the content words of the head
}

// NewCorpus computes the gold of every row and, over all rows, in how many
// titles each stem occurs.
func NewCorpus(rows []Row) *Corpus {
	c := &Corpus{Rows: rows, titles: make([]title, len(rows))}
	leaves := make(map[string][]string)
	for i, row := range rows {
		folded := fold(row.Title)
		all := words(folded)
		t := &c.titles[i]
		t.stems = stems(all)
		if row.Category == "" {
			continue
		}
		leaf := row.Leaf()
		if _, ok := leaves[leaf]; !ok {
			leaves[leaf] = append([]string{}, gold(leaf)...)
		}
		t.gold, t.content = leaves[leaf], t.stems
		if kept := content(all); len(kept) < len(all) {
			t.content = stems(kept)
		}
		t.head = t.content
		if part := head(folded); len(part) < len(folded) {
			t.head = stems(content(words(part)))
		}
	}
	c.count()
	return c
}

// Source returns the corpus of one source alone, in which document
// frequencies count its own titles only.
func (c *Corpus) Source(name string) *Corpus {
	part := &Corpus{}
	for i, row := range c.Rows {
		if row.Source == name {
			part.Rows = append(part.Rows, row)
			part.titles = append(part.titles, c.titles[i])
		}
	}
	part.count()
	return part
}

// count counts the titles that hold each stem.
func (c *Corpus) count() {
	c.df = make(map[string]int)
	for _, t := range c.titles {
		for i, stem := range t.stems {
			if !slices.Contains(t.stems[:i], stem) {
				c.df[stem]++
			}
		}
	}
}

// Labelled tells whether row i has a category, so that tags can hit or miss.
func (c *Corpus) Labelled(i int) bool { return c.titles[i].gold != nil }

// Hit tells whether a tag of row i hits: its stem is a word of the leaf, or of
// a phrase (ice cream) that of one of its words.
func (c *Corpus) Hit(i int, tag string) bool {
	return slices.ContainsFunc(strings.Fields(tag), func(w string) bool { return c.goldHas(i, TagStem(w)) })
}

// SplitHit tells whether any word of the tag hits, a hyphen separating words:
// t-shirt then hits where the leaf says shirt.
func (c *Corpus) SplitHit(i int, tag string) bool {
	return slices.ContainsFunc(Words(tag), func(w string) bool { return c.goldHas(i, Stem(w)) })
}

// Reachable tells whether any word of title i would hit: the ceiling.
func (c *Corpus) Reachable(i int) bool {
	return slices.ContainsFunc(c.titles[i].stems, func(stem string) bool { return c.goldHas(i, stem) })
}

// Baseline names a way to tag that learns nothing.
type Baseline string

// The baselines. DF counts titles of the whole corpus; ties go to the word
// first in the alphabet.
const (
	Random   Baseline = "random"  // a word of the title drawn at random: expected hits
	Last     Baseline = "last"    // the last word as written
	LastStar Baseline = "last*"   // the last content word of the head
	LastTwo  Baseline = "last*2"  // the last two different ones
	DF1      Baseline = "df1"     // the content word in the most titles
	DF2      Baseline = "df2"     // the two
	TFIDF    Baseline = "tf-idf"  // the content word of highest tf-idf
	Ceiling  Baseline = "ceiling" // any word of the title
)

// Baselines lists them in the order of the tables.
func Baselines() []Baseline {
	return []Baseline{Ceiling, Random, Last, LastStar, LastTwo, DF1, DF2, TFIDF}
}

// Rate returns the share of labelled titles of which a baseline's tag hits, 0
// without labelled titles.
func (c *Corpus) Rate(b Baseline) float64 {
	var labelled, hits float64
	for i := range c.Rows {
		if c.Labelled(i) {
			labelled++
			hits += c.hits(i, b)
		}
	}
	return hits / max(1, labelled)
}

// hits is 1 or 0, or for Random the expected value.
func (c *Corpus) hits(i int, b Baseline) float64 {
	switch b {
	case Ceiling:
		return oneIf(c.Reachable(i))
	case Random:
		n := 0.0
		for _, stem := range c.titles[i].stems {
			n += oneIf(c.goldHas(i, stem))
		}
		return n / math.Max(1, float64(len(c.titles[i].stems)))
	}
	return oneIf(slices.ContainsFunc(c.baselineTags(i, b), func(stem string) bool { return c.goldHas(i, stem) }))
}

func (c *Corpus) goldHas(i int, stem string) bool { return slices.Contains(c.titles[i].gold, stem) }

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// baselineTags returns the stems that a baseline gives to row i.
func (c *Corpus) baselineTags(i int, b Baseline) []string {
	t := &c.titles[i]
	switch b {
	case Last:
		return lastWords(t.stems, 1)
	case LastStar:
		return lastWords(t.head, 1)
	case LastTwo:
		return lastWords(t.head, 2)
	}
	n := 1
	score := func(stem string) float64 { return float64(c.df[stem]) }
	switch b {
	case DF2:
		n = 2
	case TFIDF:
		score = func(stem string) float64 {
			tf := 0.0
			for _, s := range t.content {
				tf += oneIf(s == stem)
			}
			return tf * math.Log(float64(len(c.Rows))/float64(c.df[stem]))
		}
	}
	different := slices.Compact(slices.Sorted(slices.Values(t.content)))
	slices.SortStableFunc(different, func(a, b string) int { return cmp.Compare(score(b), score(a)) })
	return different[:min(n, len(different))]
}

// lastWords returns the last n different stems, the last first.
func lastWords(all []string, n int) []string {
	var last []string
	for i := len(all) - 1; i >= 0 && len(last) < n; i-- {
		if !slices.Contains(last, all[i]) {
			last = append(last, all[i])
		}
	}
	return last
}

func stems(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = Stem(w)
	}
	return out
}
