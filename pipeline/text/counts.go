package text

import (
	"cmp"
	"slices"
	"strings"
)

// countsCap is how many different dropped pieces Counts remembers of each
// reason. Stop words and units are fewer; of numbers and quantities the rare
// ones are let go.
const countsCap = 2048

// MostCounted is the last place of Counts.Pieces and Counts.Words: titles of so
// many or more.
const MostCounted = 60

// Counts sums up what a tokenizer kept and dropped over many titles, in
// bounded memory. It is for one goroutine; give each its own and Merge them.
// The zero value is ready.
type Counts struct {
	Titles  int64          // titles added
	NoWords int64          // of these, titles without a kept word
	Tokens  [Reasons]int64 // tokens by reason; [Kept] are the words
	// Pieces and Words are titles by how many tokens they have, and by how many of
	// these are kept.
	Pieces, Words [MostCounted + 1]int64

	seen [Reasons]map[string]int64
	lost [Reasons]int64 // what the counts in seen may be too low by
}

// Example is a dropped piece of text and how often it was dropped. N is exact
// while a reason has up to 2,048 different pieces, and a lower bound beyond.
type Example struct {
	Text string
	N    int64
}

// Add counts the tokens of one title.
func (c *Counts) Add(tokens []Token) {
	c.Titles++
	words := 0
	for i := range tokens {
		t := &tokens[i]
		c.Tokens[t.Drop]++
		if t.Drop == Kept {
			words++
			continue
		}
		c.note(t.Drop, t.Text, 1)
	}
	c.Pieces[min(len(tokens), MostCounted)]++
	c.Words[min(words, MostCounted)]++
	if words == 0 {
		c.NoWords++
	}
}

// AddTitles counts n titles with so many kept words and dropped pieces each.
// The pieces themselves are added by AddDropped.
func (c *Counts) AddTitles(words, dropped int, n int64) {
	c.Titles += n
	c.Pieces[min(words+dropped, MostCounted)] += n
	c.Words[min(words, MostCounted)] += n
	c.Tokens[Kept] += int64(words) * n
	if words == 0 {
		c.NoWords += n
	}
}

// AddDropped counts a piece that was dropped n times.
func (c *Counts) AddDropped(r Reason, text string, n int64) {
	c.Tokens[r] += n
	c.note(r, text, n)
}

// Merge adds the counts of o, which stays as it is.
func (c *Counts) Merge(o *Counts) {
	c.Titles += o.Titles
	c.NoWords += o.NoWords
	for i := range o.Words {
		c.Pieces[i] += o.Pieces[i]
		c.Words[i] += o.Words[i]
	}
	for r := range o.Tokens {
		c.Tokens[r] += o.Tokens[r]
		c.lost[r] += o.lost[r]
		for text, n := range o.seen[r] {
			c.noteUncut(Reason(r), text, n)
		}
		if len(c.seen[r]) > 2*countsCap {
			c.cut(Reason(r))
		}
	}
}

// Dropped is the number of dropped tokens.
func (c *Counts) Dropped() int64 {
	var n int64
	for r := Kept + 1; r < Reasons; r++ {
		n += c.Tokens[r]
	}
	return n
}

// Top returns the up to n pieces most often dropped for the reason, ties in
// the order of the text.
func (c *Counts) Top(r Reason, n int) []Example {
	top := make([]Example, 0, len(c.seen[r]))
	for text, count := range c.seen[r] {
		top = append(top, Example{text, count})
	}
	slices.SortFunc(top, func(a, b Example) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Text, b.Text))
	})
	return top[:min(n, len(top))]
}

func (c *Counts) note(r Reason, text string, n int64) {
	c.noteUncut(r, text, n)
	if len(c.seen[r]) > 2*countsCap {
		c.cut(r)
	}
}

func (c *Counts) noteUncut(r Reason, text string, n int64) {
	if c.seen[r] == nil {
		c.seen[r] = make(map[string]int64)
	}
	if have, ok := c.seen[r][text]; ok {
		c.seen[r][text] = have + n
		return
	}
	c.seen[r][strings.Clone(text)] = n // Do not hold on to the title.
}

// cut brings the examples of a reason down to countsCap by the rule of Misra
// and Gries (1982), which keeps summaries mergeable (Agarwal et al. 2012): the
// count of the first one over is taken off all, and what is left at zero goes.
func (c *Counts) cut(r Reason) {
	if len(c.seen[r]) <= countsCap {
		return
	}
	counts := make([]int64, 0, len(c.seen[r]))
	for _, n := range c.seen[r] {
		counts = append(counts, n)
	}
	slices.SortFunc(counts, func(a, b int64) int { return cmp.Compare(b, a) })
	off := counts[countsCap]
	c.lost[r] += off
	for text, n := range c.seen[r] {
		if n <= off {
			delete(c.seen[r], text)
			continue
		}
		c.seen[r][text] = n - off
	}
}
