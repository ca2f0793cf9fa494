package pipeline

import (
	"context"
	"fmt"
)

// MaxProjected is the most words or titles that a map shows: what a browser draws
// at ease, and a person can look at.
const MaxProjected = 5000

// Methods of a Projection.
const (
	ProjectUMAP = "umap" // near points stay near: shows groups
	ProjectPCA  = "pca"  // the two directions of the largest variance: shows the large picture
)

// Projection lays words or titles out in a plane by their vectors. The names are
// umap-learn's.
type Projection struct {
	Vectors  WordModel    `json:"-"` // whose words; nil: those of Clusters
	Clusters ClusterModel `json:"-"` // nearest centre of each; nil: none
	Titles   Dataset      `json:"-"` // rows whose titles are shown; nil: words are

	N          int    // words, the most frequent ones, or titles, a seeded sample of the different ones
	Method     string // ProjectUMAP or ProjectPCA
	Metric     string // of the vectors: "cosine" or "euclidean"
	NNeighbors int    // UMAP: near points that each is linked with, itself among them
	MinDist    float64
	Seed       uint64
	Workers    int `json:"-"`
}

// Verb returns "map".
func (Projection) Verb() string { return "map" }

// Validate checks that there are vectors, and the choices.
func (p Projection) Validate() error {
	switch {
	case p.Vectors == nil && p.Clusters == nil:
		return &ParamError{"vectors", nil, "train vectors first"}
	case p.N < 1 || p.N > MaxProjected:
		return &ParamError{"n", p.N, fmt.Sprintf("must be from 1 to %d", MaxProjected)}
	case p.Method != ProjectUMAP && p.Method != ProjectPCA:
		return &ParamError{"method", p.Method, "must be umap or pca"}
	case p.Metric != "cosine" && p.Metric != "euclidean":
		return &ParamError{"metric", p.Metric, "must be cosine or euclidean"}
	case p.NNeighbors < 2 || p.NNeighbors > 200:
		return &ParamError{"n_neighbors", p.NNeighbors, "must be from 2 to 200"}
	case !(p.MinDist >= 0 && p.MinDist <= 1):
		return &ParamError{"min_dist", p.MinDist, "must be from 0 to 1"}
	case p.Workers < 0:
		return &ParamError{"workers", p.Workers, "must be 0 (one for each processor) or more"}
	}
	return nil
}

// Columns of a projected table.
const (
	LabelColumn = "label" // the word, or the title
	CountColumn = "count" // of a word its occurrences, of a title the rows that have it
)

// Projector is an engine that makes maps. The table has a row for each word or
// title that has a vector: label, x, y, with clusters cluster (the nearest centre,
// null for words outside the clusters' vocabulary), and count. The vector of a
// title is the mean of its words' vectors, as k-means has it; titles of the same
// words may be shown as one. Equal projections of equal inputs give equal tables.
//
// The table's title says how far the map can be trusted (see
// projection.Trustworthiness); its Shows, for titles, how many rows of the dataset
// the titles stand for, and the seed by which they were drawn.
type Projector interface {
	Project(ctx context.Context, p Projection, report Report) (*Table, error)
}
