package tageval

import (
	"fmt"
	"math"
	"strings"
)

// Purity is the share of items that carry the most frequent label of their
// cluster: 1 when no cluster holds two labels. It rises with the number of
// clusters by itself. Items in a cluster below 0 or with an empty label are
// left out; without any, it is 0.
func Purity(clusters []int, labels []string) float64 {
	t := contingency(clusters, labels)
	most := make(map[int]float64)
	for cell, n := range t.cells {
		most[cell.cluster] = max(most[cell.cluster], n)
	}
	sum := 0.0
	for _, n := range most {
		sum += n
	}
	return sum / max(1, t.n)
}

// NMI is the mutual information of clusters and labels over the mean of their
// entropies, as scikit-learn's normalized_mutual_info_score: 0 when one says
// nothing about the other, 1 when they are the same partition. Items are left
// out as in [Purity].
func NMI(clusters []int, labels []string) float64 {
	t := contingency(clusters, labels)
	if t.n == 0 {
		return 0
	}
	information := 0.0
	for cell, n := range t.cells {
		information += n / t.n * math.Log(n*t.n/(t.clusters[cell.cluster]*t.labels[cell.label]))
	}
	mean := (entropy(t.clusters, t.n) + entropy(t.labels, t.n)) / 2
	if mean == 0 {
		return 1 // One cluster, one label: the same partition.
	}
	return max(0, information/mean)
}

type cell struct {
	cluster int
	label   string
}

type table struct {
	n        float64
	cells    map[cell]float64
	clusters map[int]float64
	labels   map[string]float64
}

func contingency(clusters []int, labels []string) table {
	t := table{cells: make(map[cell]float64), clusters: make(map[int]float64), labels: make(map[string]float64)}
	for i, c := range clusters {
		if c < 0 || labels[i] == "" {
			continue
		}
		t.n++
		t.cells[cell{c, labels[i]}]++
		t.clusters[c]++
		t.labels[labels[i]]++
	}
	return t
}

func entropy[K comparable](counts map[K]float64, n float64) float64 {
	h := 0.0
	for _, count := range counts {
		h -= count / n * math.Log(count/n)
	}
	return h
}

// ClusterScore says how well clusters agree with the categories of one part.
type ClusterScore struct {
	Part                            string
	Titles                          int
	Clusters, Departments, Leaves   int // different ones among the titles
	DepartmentPurity, DepartmentNMI float64
	LeafPurity, LeafNMI             float64
}

// Clusters scores the cluster of every row (-1 for none) against departments
// and leaves, by part as in [Result]. Those of the same name in two sources
// are two.
func (c *Corpus) Clusters(clusters []int) []ClusterScore {
	var scores []ClusterScore
	for _, part := range c.parts() {
		departments, leaves := make([]string, len(c.Rows)), make([]string, len(c.Rows))
		for i, row := range c.Rows {
			if c.Labelled(i) && (part == All || part == row.Source || part == Main && row.Source != Control) {
				departments[i], leaves[i] = row.Source+separator+row.Department(), row.Source+separator+row.Leaf()
			}
		}
		t := contingency(clusters, leaves)
		scores = append(scores, ClusterScore{
			Part:             part,
			Titles:           int(t.n),
			Leaves:           len(t.labels),
			Clusters:         len(t.clusters),
			Departments:      len(contingency(clusters, departments).labels),
			DepartmentPurity: Purity(clusters, departments),
			DepartmentNMI:    NMI(clusters, departments),
			LeafPurity:       Purity(clusters, leaves),
			LeafNMI:          NMI(clusters, leaves),
		})
	}
	return scores
}

// ClustersMarkdown renders the scores as a table.
func ClustersMarkdown(scores []ClusterScore) string {
	var b strings.Builder
	b.WriteString("| part | titles | departments | purity | NMI | leaves | purity | NMI |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, s := range scores {
		fmt.Fprintf(&b, "| %s | %d | %d | %.3f | %.3f | %d | %.3f | %.3f |\n",
			s.Part, s.Titles, s.Departments, s.DepartmentPurity, s.DepartmentNMI, s.Leaves, s.LeafPurity, s.LeafNMI)
	}
	return b.String()
}
