package tag

import (
	"context"
	"math"
)

// Weights are the weights of the six parts of ranked's score.
type Weights struct {
	DF         float64 // of ln(titles that hold the word)
	HeadPrior  float64 // of ln(HeadPrior of the word in the title's cluster)
	Last       float64 // of 1 for the word that ends the title's head
	BeforeLast float64 // of 1 for the word before it
	Cos        float64 // of the cosine of the word and the title
	Entropy    float64 // of H(cluster | word), in nats; below zero
}

// DefaultWeights are a logistic regression on labelled titles (hit against
// not, titles that can be hit, every shop with the same weight), rounded.
// Fitted without one shop they serve that shop as well.
func DefaultWeights() Weights {
	return Weights{DF: 0.9, HeadPrior: 0.8, Last: 1.6, BeforeLast: 0.9, Cos: 8, Entropy: -1}
}

// Part is one term of a score: Product = Value x Weight.
type Part struct {
	Value, Weight, Product float64
}

// Parts are the terms of ranked's score of one word in one title.
type Parts struct {
	DF         Part // ln of the titles that hold the word: kinds recur, names and numbers do not
	HeadPrior  Part // ln of how readily it ends a head in this cluster: English product names end with the kind
	Last       Part // 1 if it ends this title's head
	BeforeLast Part // 1 if it stands before the word that does
	Cos        Part // cosine with the mean of the title's words: does it fit the rest of the title
	Entropy    Part // nats over the clusters: "organic" is everywhere, "salsa" in few places
}

// NamedPart is a part with its name, as tables show it.
type NamedPart struct {
	Name string
	Part
}

// List returns the parts in a fixed order with their names.
func (p *Parts) List() []NamedPart {
	return []NamedPart{
		{"df", p.DF},
		{"head prior", p.HeadPrior},
		{"last", p.Last},
		{"before last", p.BeforeLast},
		{"cos", p.Cos},
		{"entropy", p.Entropy},
	}
}

// Score is the sum of the products.
func (p *Parts) Score() float64 {
	return p.DF.Product + p.HeadPrior.Product + p.Last.Product + p.BeforeLast.Product + p.Cos.Product + p.Entropy.Product
}

// Features are the raw values of the six parts, in the order of [Parts.List].
type Features [6]float64

// Score is the weighted sum.
func (w Weights) Score(f Features) float64 {
	return w.DF*f[0] + w.HeadPrior*f[1] + w.Last*f[2] + w.BeforeLast*f[3] + w.Cos*f[4] + w.Entropy*f[5]
}

func (w Weights) parts(f Features) *Parts {
	part := func(value, weight float64) Part { return Part{value, weight, value * weight} }
	return &Parts{
		DF:         part(f[0], w.DF),
		HeadPrior:  part(f[1], w.HeadPrior),
		Last:       part(f[2], w.Last),
		BeforeLast: part(f[3], w.BeforeLast),
		Cos:        part(f[4], w.Cos),
		Entropy:    part(f[5], w.Entropy),
	}
}

// wordTable holds, for speed, what ranked needs to know of a word whatever
// the title, and of a word within a cluster.
type wordTable struct {
	lnDF      []float32 // by word
	entropy   []float32 // by word
	lnHead    []float32 // by word: ln of HeadShare
	lnInPairs []float32 // by (word, cluster) pair: ln of HeadPrior
}

func newWordTable(ctx context.Context, s *Stats) (*wordTable, error) {
	t := &wordTable{
		lnDF:      make([]float32, s.Words()),
		entropy:   make([]float32, s.Words()),
		lnHead:    make([]float32, s.Words()),
		lnInPairs: make([]float32, len(s.PairCluster)),
	}
	for w := range int32(s.Words()) {
		if w%8192 == 0 && ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		t.lnDF[w] = float32(math.Log(max(1, float64(s.DF[w]))))
		t.entropy[w] = float32(s.Entropy(w))
		g := s.HeadShare(w)
		t.lnHead[w] = float32(math.Log(g))
		for i := s.PairStart[w]; i < s.PairStart[w+1]; i++ {
			t.lnInPairs[i] = float32(math.Log((float64(s.PairEnds[i]) + 5*g) / (float64(s.PairTitles[i]) + 5)))
		}
	}
	return t, nil
}

// lnUnknownHead is ln of HeadShare of a word never seen: (0+1)/(0+3).
var lnUnknownHead = math.Log(1.0 / 3)

// features computes the raw parts of the word in the title; mean is the sum of
// the vectors of the title's words and norm its length. A word without a
// vector has cosine 0; one that the dictionary does not have counts as never
// seen: ln df 0, head share 1/3, entropy 0.
func (t *Tagger) features(id int32, title Title, last, before int32, mean []float32, norm float64) Features {
	f := Features{1: lnUnknownHead}
	switch id {
	case last:
		f[2] = 1
	case before:
		f[3] = 1
	}
	if id < 0 || int(id) >= len(t.words.lnDF) {
		return f
	}
	f[0] = float64(t.words.lnDF[id])
	f[1] = float64(t.words.lnHead[id])
	f[5] = float64(t.words.entropy[id])
	if i := t.model.Stats.pair(id, title.Cluster); i >= 0 {
		f[1] = float64(t.words.lnInPairs[i])
	}
	if row := t.model.Rows[id]; row >= 0 {
		f[4] = t.model.similarity(row, mean, norm, MetricCosine)
	}
	return f
}

// headWords returns the word that ends the title's head and the different one
// before it, -2 where there is none.
func headWords(title Title) (last, before int32) {
	last, before = noWord, noWord
	end := headEnd(len(title.IDs), title.HeadLen)
	if end == 0 {
		return last, before
	}
	last = title.IDs[end-1]
	for i := end - 2; i >= 0; i-- {
		if title.IDs[i] != last {
			return last, title.IDs[i]
		}
	}
	return last, before
}

// noWord is no id, and not the -1 of an unknown word either.
const noWord = -2

func sqrt(x float32) float64 { return math.Sqrt(float64(x)) }
