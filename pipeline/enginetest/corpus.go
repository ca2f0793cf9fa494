package enginetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// topics is the number of topics of a corpus.
const topics = 6

// corpus is titles about a few topics that share no words but brands. A title
// ends with the kind of thing it names, as English product names do.
type corpus struct {
	titles []string
	topic  []int          // of each title
	of     map[string]int // topic of a word; brands have none
	heads  [][]string     // the kinds of things of a topic
}

// newCorpus draws n titles. Equal seeds give equal corpora.
func newCorpus(seed uint64, n int) *corpus {
	r := rand.New(rand.NewPCG(seed, 0))
	words := newWords(r)
	c := &corpus{of: map[string]int{}, heads: make([][]string, topics)}
	brands := words(30)
	modifiers := make([][]string, topics)
	for topic := range topics {
		c.heads[topic], modifiers[topic] = words(4), words(12)
		for _, w := range append(append([]string(nil), c.heads[topic]...), modifiers[topic]...) {
			c.of[w] = topic
		}
	}
	for i := range n {
		topic := i % topics
		title := ""
		if r.IntN(2) == 0 {
			title = pick(r, brands) + " "
		}
		for range 2 + r.IntN(2) {
			title += pick(r, modifiers[topic]) + " "
		}
		c.titles = append(c.titles, title+pick(r, c.heads[topic]))
		c.topic = append(c.topic, topic)
	}
	return c
}

// newWords returns a function that makes new words: three syllables, always
// different. They end in a vowel, so that no plural joins two of them, and no
// stop list has them.
func newWords(r *rand.Rand) func(n int) []string {
	seen := map[string]bool{}
	return func(n int) []string {
		list := make([]string, 0, n)
		for len(list) < n {
			word := ""
			for range 3 {
				word += string("bdfgklmnprtvz"[r.IntN(13)]) + string("aeiou"[r.IntN(5)])
			}
			if !seen[word] {
				seen[word] = true
				list = append(list, word)
			}
		}
		return list
	}
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// file writes the corpus as CSV with the columns id, title and topic.
func (c *corpus) file(t testing.TB, dir string) string {
	t.Helper()
	rows := make([][]any, len(c.titles))
	for i := range rows {
		rows[i] = []any{fmt.Sprintf("p%05d", i), c.titles[i], fmt.Sprintf("topic%d", c.topic[i])}
	}
	return writeCSV(t, dir, "topics.csv", []string{"id", "title", "topic"}, rows)
}

// titleRows numbers titles: rows with an id and a title.
func titleRows(titles ...any) [][]any {
	rows := make([][]any, len(titles))
	for i, title := range titles {
		rows[i] = []any{fmt.Sprintf("r%05d", i), title}
	}
	return rows
}

func anys[T any](list []T) []any {
	out := make([]any, len(list))
	for i, x := range list {
		out[i] = x
	}
	return out
}
