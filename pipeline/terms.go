package pipeline

import (
	"cmp"
	"math"
	"slices"
)

// Term is a word in a cluster.
type Term struct {
	Cluster int
	Word    string
	Titles  int64 // of the cluster that hold it
	All     int64 // of all clusters that hold it
}

// Relevance orders the words of a cluster between the frequent and the telling:
// lambda 1 goes by the share of the cluster's titles that hold the word, 0 by
// how many times that is the share of all titles (lift), both as logarithms
// (Sievert and Shirley, LDAvis, 2014, equation 1). inCluster and all are numbers of titles.
func (t Term) Relevance(lambda float64, inCluster, all int64) float64 {
	share := float64(t.Titles) / float64(max(1, inCluster))
	lift := share / (float64(max(1, t.All)) / float64(max(1, all)))
	return lambda*math.Log(share) + (1-lambda)*math.Log(lift)
}

// Relevant returns the terms of one cluster that are among its n most relevant
// ones for some lambda of 0, 0.2 ... 1, the most frequent first. Words of fewer
// than 5 titles of the cluster, where there are others, do not take part: any lift is chance there.
func Relevant(terms []Term, n int, inCluster, all int64) []Term {
	const least, steps = 5, 5
	terms = slices.Clone(terms)
	frequent := slices.DeleteFunc(slices.Clone(terms), func(t Term) bool { return t.Titles < least })
	if len(frequent) >= n {
		terms = frequent
	}
	byFrequency := func(a, b Term) int { return cmp.Or(cmp.Compare(b.Titles, a.Titles), cmp.Compare(a.Word, b.Word)) }
	slices.SortFunc(terms, byFrequency)
	taken := map[string]bool{}
	var out []Term
	for step := 0; step <= steps; step++ {
		lambda := float64(step) / steps
		order := slices.Clone(terms)
		slices.SortStableFunc(order, func(a, b Term) int {
			return cmp.Compare(b.Relevance(lambda, inCluster, all), a.Relevance(lambda, inCluster, all))
		})
		for _, t := range order[:min(n, len(order))] {
			if !taken[t.Word] {
				taken[t.Word] = true
				out = append(out, t)
			}
		}
	}
	slices.SortFunc(out, byFrequency)
	return out
}

// Merge joins two groups of clusters into one. Groups are numbered as by scipy's
// linkage: 0 to n-1 are the n clusters that are joined, n+i is what merge i made.
type Merge struct {
	A, B     int
	Distance float64 // mean distance of their centres
	Size     int     // clusters in the new group
}
