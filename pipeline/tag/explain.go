package tag

import (
	"cmp"
	"slices"
)

// Outcome says what became of a word of the title.
type Outcome uint8

// The outcomes.
const (
	Chosen     Outcome = iota // it is a tag
	Repeated                  // the same word stands earlier in the title
	NoVector                  // too rare for a vector, so near to nothing (near, title)
	NoCluster                 // the title has no cluster (near)
	NotNear                   // not among the near words (near, title)
	BelowScore                // below the least score
	BeyondMax                 // more tags are not wanted
)

// String returns the outcome in words.
func (o Outcome) String() string {
	switch o {
	case Chosen:
		return "tag"
	case Repeated:
		return "same word as before"
	case NoVector:
		return "too rare for a vector"
	case NoCluster:
		return "title has no cluster"
	case NotNear:
		return "not among the near words"
	case BelowScore:
		return "below the least score"
	case BeyondMax:
		return "beyond the number of tags"
	}
	return "unknown"
}

// Candidate is a word of a title and what the tagger made of it.
type Candidate struct {
	Index   int // its place in Title.IDs
	ID      int32
	Score   float64
	Parts   *Parts // of the score, with ranked; else nil
	Rank    int    // among the near words of the cluster, 1 the nearest, with near; else 0
	Outcome Outcome
}

// Explain returns every word of the title with its score and what became of
// it: first the tags, as [Tagger.Tag] gives them, then the rest from best to
// worst, words without a score last.
func (t *Tagger) Explain(title Title) []Candidate {
	var s Scratch
	seen := make(map[int32]struct{}, len(title.IDs))
	judge := t.judge(title, &s)
	all := make([]Candidate, len(title.IDs))
	for i, id := range title.IDs {
		c := &all[i]
		*c = Candidate{Index: i, ID: id}
		if _, again := seen[id]; again && id >= 0 {
			c.Outcome = Repeated
			continue
		}
		seen[id] = struct{}{}
		judge(c)
		if c.Outcome == Chosen && c.Score < t.opts.MinScore {
			c.Outcome = BelowScore
		}
	}
	slices.SortStableFunc(all, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Outcome.order(), b.Outcome.order()), cmp.Compare(b.Score, a.Score), cmp.Compare(a.Index, b.Index))
	})
	for i := range all {
		if t.opts.Max > 0 && i >= t.opts.Max && all[i].Outcome == Chosen {
			all[i].Outcome = BeyondMax
		}
	}
	return all
}

// order ranks the outcomes for Explain: tags, those with a score, the rest.
func (o Outcome) order() int {
	switch o {
	case Chosen:
		return 0
	case BelowScore:
		return 1
	}
	return 2
}

// judge returns the function that scores the words of a title by the
// tagger's method.
func (t *Tagger) judge(title Title, s *Scratch) func(c *Candidate) {
	switch t.opts.Method {
	case MethodNear:
		return func(c *Candidate) {
			rank, score := t.near.look(c.ID, title.Cluster)
			c.Score, c.Rank = score, int(rank)
			switch {
			case title.Cluster < 0:
				c.Outcome = NoCluster
			case t.model.row(c.ID) < 0:
				c.Outcome = NoVector
			case rank == 0:
				c.Outcome = NotNear
			}
		}
	case MethodTitle:
		near := t.nearOfTitle(title, s)
		return func(c *Candidate) {
			score, ok := near[c.ID]
			c.Score = score
			switch {
			case t.model.row(c.ID) < 0:
				c.Outcome = NoVector
			case !ok:
				c.Outcome = NotNear
			}
		}
	}
	mean, norm := t.mean(title, s)
	last, before := headWords(title)
	return func(c *Candidate) {
		c.Parts = t.opts.Weights.parts(t.features(c.ID, title, last, before, mean, norm))
		c.Score = c.Parts.Score()
	}
}

// Features returns the raw parts of each word of the title that ranked would
// score, with its place: what [FitWeights] learns from. The tagger must be
// one of MethodRanked.
func (t *Tagger) Features(title Title, s *Scratch, dst []WordFeatures) []WordFeatures {
	mean, norm := t.mean(title, s)
	last, before := headWords(title)
	s.distinct(title.IDs, func(i int, id int32) {
		dst = append(dst, WordFeatures{i, t.features(id, title, last, before, mean, norm)})
	})
	return dst
}

// WordFeatures are the raw parts of the word at a place of a title.
type WordFeatures struct {
	Index int
	Features
}
