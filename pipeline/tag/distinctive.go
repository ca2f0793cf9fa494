package tag

import (
	"cmp"
	"math"
	"slices"
)

// DistinctiveWord is a word that sets a cluster apart from the other titles.
type DistinctiveWord struct {
	ID     int32
	Titles int64   // titles of the cluster that hold it
	Lift   float64 // share of the cluster's titles that hold it, over the share of all titles
	Score  float64 // z-score of the log-odds ratio
}

// distinctivePrior is the weight of the prior, in titles.
const distinctivePrior = 100

// Distinctive returns up to n words that set the cluster apart, most telling
// first. The score is the log-odds ratio with informative Dirichlet prior,
// cluster against the rest, divided by its standard deviation (Monroe,
// Colaresi, Quinn: Fightin' Words, 2008, equations 16 and 22), over titles
// that hold a word; the prior is the whole corpus with the weight of 100
// titles. A plain ratio would name rare words, a plain difference frequent
// ones. Only words that the cluster holds more often than the rest are given.
func (s *Stats) Distinctive(cluster, n int) []DistinctiveWord {
	if cluster < 0 || cluster >= s.Clusters() || n <= 0 {
		return nil
	}
	var words []DistinctiveWord
	inside := float64(s.ClusterTitles[cluster])
	outside := float64(s.Titles) - inside
	for w := range int32(s.Words()) {
		titles, _ := s.Pair(w, cluster)
		if titles == 0 {
			continue
		}
		prior := distinctivePrior * float64(s.DF[w]) / float64(s.Titles)
		in := float64(titles) + prior
		out := float64(s.DF[w]) - float64(titles) + prior
		ratio := logOdds(in, inside+distinctivePrior) - logOdds(out, outside+distinctivePrior)
		if ratio <= 0 {
			continue
		}
		words = append(words, DistinctiveWord{
			ID:     w,
			Titles: int64(titles),
			Lift:   float64(titles) / inside / (float64(s.DF[w]) / float64(s.Titles)),
			Score:  ratio / math.Sqrt(1/in+1/out),
		})
	}
	slices.SortFunc(words, func(a, b DistinctiveWord) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.ID, b.ID))
	})
	return words[:min(n, len(words))]
}

// logOdds is ln(n / (total - n)), kept finite where all titles hold the word.
func logOdds(n, total float64) float64 {
	return math.Log(n / max(total-n, 0.5))
}
