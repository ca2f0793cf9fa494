package tag

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"gondola/pipeline/simd"
)

// Method names a tagger.
type Method string

// The taggers; see the package comment.
const (
	MethodRanked Method = "ranked"
	MethodNear   Method = "near"
	MethodTitle  Method = "title"
)

// Options choose a tagger. Start from [DefaultOptions].
type Options struct {
	Method Method

	// Max is the most tags a title gets; 0 means no limit.
	Max int

	// MinScore leaves out words that score less: a sum of parts with ranked, a
	// dot product or cosine with near and title. Minus infinity leaves out
	// none.
	MinScore float64

	// Near is how many near words each centre has (near), or each title
	// (title).
	Near int

	// MinDF leaves words in fewer titles out of the near words.
	MinDF int

	// Metric measures nearness for near and title. Ranked always takes the
	// cosine for its part of that name.
	Metric Metric

	// Weights of ranked.
	Weights Weights

	// Kernels are those that TagBatch computes with; nil is simd.Best(). They
	// make no difference to the tags.
	Kernels *simd.Kernels
}

// DefaultOptions are the measured defaults of a method: two tags, no least
// score, 200 near words a centre or 300 a title, by dot product.
func DefaultOptions(method Method) Options {
	o := Options{Method: method, Max: 2, MinScore: math.Inf(-1), Near: 200, Metric: MetricDot, Weights: DefaultWeights()}
	if method == MethodTitle {
		o.Near = 300
	}
	return o
}

func (o Options) validate() error {
	switch {
	case o.Method != MethodRanked && o.Method != MethodNear && o.Method != MethodTitle:
		return fmt.Errorf("method: %q, want ranked, near or title", o.Method)
	case o.Max < 0:
		return fmt.Errorf("max: %d, want 0 (no limit) or more", o.Max)
	case math.IsNaN(o.MinScore):
		return fmt.Errorf("min-score: not a number")
	case o.Near < 1 && o.Method != MethodRanked:
		return fmt.Errorf("near: %d words, want 1 or more", o.Near)
	case o.MinDF < 0:
		return fmt.Errorf("min-df: %d, want 0 or more", o.MinDF)
	case o.Metric != MetricDot && o.Metric != MetricCosine:
		return fmt.Errorf("metric: %d, want dot or cosine", o.Metric)
	}
	return nil
}

// Title is a title as the taggers see it.
type Title struct {
	// IDs are the kept words in their order, as ids of the dictionary; -1 for
	// a word that it does not have.
	IDs []int32
	// HeadLen is how many of them lie in the head; 0 means all.
	HeadLen int
	// Cluster is the title's cluster; -1 for a title none of whose words has a
	// vector.
	Cluster int
}

// Scored is a chosen word.
type Scored struct {
	Index int // its first place in Title.IDs
	Score float64
}

// Tagger chooses tags by one method. It does not change once it is made and
// may be shared by goroutines, each with a Scratch of its own.
type Tagger struct {
	model *Model
	opts  Options
	words *wordTable // ranked
	near  *nearTable // near

	once  sync.Once
	table *fastTable // see fast
}

// Scratch is working space for one goroutine; the zero value is ready.
type Scratch struct {
	mean       []float32
	neighbours []Neighbour
	scores     map[int32]float64
	seen       map[int32]struct{}
}

// NewTagger prepares a tagger: the near words of all centres, or the parts
// that depend on the word alone. It ends early with context.Cause(ctx).
func (m *Model) NewTagger(ctx context.Context, o Options) (*Tagger, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	t := &Tagger{model: m, opts: o}
	switch o.Method {
	case MethodRanked:
		words, err := newWordTable(ctx, m.Stats)
		if err != nil {
			return nil, err
		}
		t.words = words
	case MethodNear:
		near, err := m.Near(ctx, o.Near, o.MinDF, o.Metric)
		if err != nil {
			return nil, err
		}
		t.near = newNearTable(len(m.Rows), near)
	}
	return t, nil
}

// Options returns what the tagger was made with.
func (t *Tagger) Options() Options { return t.opts }

// Tag appends the tags of the title to dst, best first, and returns it. Words
// that occur twice are taken once; ties go to the word that comes first.
func (t *Tagger) Tag(title Title, s *Scratch, dst []Scored) []Scored {
	first := len(dst)
	switch t.opts.Method {
	case MethodRanked:
		dst = t.ranked(title, s, dst)
	case MethodNear:
		dst = t.nearest(title, s, dst)
	case MethodTitle:
		dst = t.nearTitle(title, s, dst)
	}
	found := dst[first:]
	slices.SortFunc(found, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Index, b.Index))
	})
	if t.opts.Max > 0 && len(found) > t.opts.Max {
		dst = dst[:first+t.opts.Max]
	}
	return dst
}

// ranked appends all words of the title with their scores.
func (t *Tagger) ranked(title Title, s *Scratch, dst []Scored) []Scored {
	mean, norm := t.mean(title, s)
	last, before := headWords(title)
	s.distinct(title.IDs, func(i int, id int32) {
		score := t.opts.Weights.Score(t.features(id, title, last, before, mean, norm))
		if score >= t.opts.MinScore {
			dst = append(dst, Scored{i, score})
		}
	})
	return dst
}

// nearest appends the words of the title that are near words of its cluster.
func (t *Tagger) nearest(title Title, s *Scratch, dst []Scored) []Scored {
	if title.Cluster < 0 {
		return dst
	}
	s.distinct(title.IDs, func(i int, id int32) {
		if rank, score := t.near.look(id, title.Cluster); rank > 0 && score >= t.opts.MinScore {
			dst = append(dst, Scored{i, score})
		}
	})
	return dst
}

// nearTitle appends the words of the title that are near words of itself.
func (t *Tagger) nearTitle(title Title, s *Scratch, dst []Scored) []Scored {
	near := t.nearOfTitle(title, s)
	s.distinct(title.IDs, func(i int, id int32) {
		if score, ok := near[id]; ok && score >= t.opts.MinScore {
			dst = append(dst, Scored{i, score})
		}
	})
	return dst
}

// nearOfTitle returns the near words of the title with their scores.
func (t *Tagger) nearOfTitle(title Title, s *Scratch) map[int32]float64 {
	if s.scores == nil {
		s.scores = make(map[int32]float64, t.opts.Near)
	}
	clear(s.scores)
	mean, norm := t.mean(title, s)
	if norm == 0 {
		return s.scores
	}
	s.neighbours, _ = t.model.nearest(context.Background(), mean, t.opts.Near, t.opts.MinDF, t.opts.Metric, s.neighbours)
	for _, word := range s.neighbours {
		s.scores[word.ID] = word.Score
	}
	return s.scores
}

// mean returns the title's mean vector and its length.
func (t *Tagger) mean(title Title, s *Scratch) (mean []float32, norm float64) {
	if len(s.mean) != t.model.Dim {
		s.mean = make([]float32, t.model.Dim)
	}
	t.model.Mean(title.IDs, s.mean)
	return s.mean, sqrt(dot(s.mean, s.mean))
}

// distinct calls f with the first place of each different word. Words that
// the dictionary does not have are all different.
func (s *Scratch) distinct(ids []int32, f func(i int, id int32)) {
	const short = 32 // Below, a look back is faster than a map.
	if len(ids) > short {
		if s.seen == nil {
			s.seen = make(map[int32]struct{}, len(ids))
		}
		clear(s.seen)
	}
	for i, id := range ids {
		if id >= 0 {
			if len(ids) > short {
				if _, ok := s.seen[id]; ok {
					continue
				}
				s.seen[id] = struct{}{}
			} else if slices.Contains(ids[:i], id) {
				continue
			}
		}
		f(i, id)
	}
}
