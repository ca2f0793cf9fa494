package enginetest

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"

	"gondola/pipeline"
)

func (s *suite) cluster(t *testing.T) {
	t.Run("Model", func(t *testing.T) {
		m := s.trained(t)
		c := m.clusters
		if c.K() != topics || c.Words() != m.words.Words() || c.Dim() != m.words.Dim() {
			t.Errorf("k %d, %d words, %d dimensions; want %d, %d, %d", c.K(), c.Words(), c.Dim(), topics, m.words.Words(), m.words.Dim())
		}
		if len(c.Facts()) == 0 {
			t.Error("cluster tells no facts")
		}
		word := m.corpus.heads[0][0]
		if got, want := mustSimilar(t, c, word), mustSimilar(t, m.words, word); !reflect.DeepEqual(got, want) {
			t.Error("the words of the clusters have other neighbours than those of the vectors")
		}
	})
	t.Run("Inspect", s.inspect)
	t.Run("Purity", func(t *testing.T) {
		m := s.trained(t)
		for metric, init := range map[string]string{"euclidean": "k-means++", "cosine": "random"} {
			k := smallKMeans(m.words, 2*topics) // more centres than topics: none has to be split in a lucky way
			k.Metric, k.Init = metric, init
			labels := s.labels(t, m, s.mustCluster(t, m.clean, k))
			if p := purity(labels, m.corpus.topic); p < 0.95 {
				t.Errorf("%s, %s: purity %.2f, want 0.95", metric, init, p)
			}
		}
	})
	t.Run("Deterministic", func(t *testing.T) {
		m := s.trained(t)
		first := s.labels(t, m, m.clusters)
		if again := s.labels(t, m, s.mustCluster(t, m.clean, smallKMeans(m.words, topics))); !reflect.DeepEqual(first, again) {
			t.Error("the same seed gives other clusters")
		}
	})
	t.Run("One", func(t *testing.T) {
		m := s.trained(t)
		c := s.mustCluster(t, m.clean, smallKMeans(m.words, 1))
		if got := mustInspect(t, c, 0); got.Titles != int64(len(m.corpus.titles)) || math.Abs(got.Share-1) > 1e-9 {
			t.Errorf("the only cluster has %d titles, share %v; want all", got.Titles, got.Share)
		}
	})
	t.Run("TooMany", func(t *testing.T) { // more clusters than titles: fewer of them, or an error that says so
		ds := s.mustTransform(t, s.loadRows(t, []string{"id", "title"}, titleRows("red pizza", "red salsa", "red pizza")), plainPreprocess())
		w := smallWord2Vec()
		w.MinCount = 1
		words := s.mustTrain(t, ds, w)
		model, err := s.engine.Fit(s.ctx(t), ds, smallKMeans(words, 50), nil)
		if err != nil {
			checkLine(t, "k above the number of titles", err)
			return
		}
		checkSizes(t, model.(pipeline.ClusterModel), 3)
	})
	t.Run("Unprocessed", func(t *testing.T) {
		m := s.trained(t)
		_, err := s.engine.Fit(s.ctx(t), m.raw, smallKMeans(m.words, topics), nil)
		wantError(t, "cluster", err, "preprocess")
	})
}

// inspect checks the description of each cluster.
func (s *suite) inspect(t *testing.T) {
	m := s.trained(t)
	checkSizes(t, m.clusters, int64(len(m.corpus.titles)))
	titles := map[string]bool{}
	for _, title := range m.corpus.titles {
		titles[title] = true
	}
	for i := range m.clusters.K() {
		c := mustInspect(t, m.clusters, i)
		what := fmt.Sprintf("cluster %d", i)
		if len(c.Near) != 5 || len(c.Distinctive) == 0 || len(c.Distinctive) > 5 || len(c.Typical) == 0 || len(c.Typical) > 5 {
			t.Errorf("%s: %d near words, %d distinctive ones, %d typical titles; want 5 of each, or fewer where there are not more",
				what, len(c.Near), len(c.Distinctive), len(c.Typical))
		}
		for j, d := range c.Distinctive {
			if d.Titles < 1 || d.Titles > c.Titles || d.Lift <= 1 {
				t.Errorf("%s: distinctive word %+v of %d titles", what, d, c.Titles)
			}
			if j > 0 && d.Score > c.Distinctive[j-1].Score {
				t.Errorf("%s: distinctive words are not best first: %+v", what, c.Distinctive)
			}
		}
		for j, typical := range c.Typical {
			if !titles[typical.Title] {
				t.Errorf("%s: typical title %q is none of the table", what, typical.Title)
			}
			if j > 0 && typical.Distance < c.Typical[j-1].Distance {
				t.Errorf("%s: typical titles are not nearest first: %+v", what, c.Typical)
			}
		}
	}
	for _, i := range []int{-1, m.clusters.K()} {
		_, err := m.clusters.Inspect(i, 5)
		wantError(t, fmt.Sprintf("inspect %d", i), err)
	}
}

func mustInspect(t testing.TB, m pipeline.ClusterModel, i int) pipeline.Cluster {
	t.Helper()
	c, err := m.Inspect(i, 5)
	if err != nil {
		t.Fatalf("inspect %d: %v", i, err)
	}
	if c.ID != i {
		t.Errorf("inspect %d describes cluster %d", i, c.ID)
	}
	return c
}

// checkSizes checks that the clusters hold so many titles together.
func checkSizes(t testing.TB, m pipeline.ClusterModel, titles int64) {
	t.Helper()
	if m.K() < 1 {
		t.Errorf("%d clusters", m.K())
	}
	sum, shares := int64(0), 0.0
	for i := range m.K() {
		c := mustInspect(t, m, i)
		sum += c.Titles
		shares += c.Share
	}
	if sum != titles {
		t.Errorf("the clusters have %d titles, want %d", sum, titles)
	}
	if titles > 0 && math.Abs(shares-1) > 1e-6 {
		t.Errorf("the shares of the clusters sum to %v", shares)
	}
}

// labels assigns the titles of the topic corpus.
func (s *suite) labels(t testing.TB, m *trained, c pipeline.ClusterModel) []any {
	t.Helper()
	return s.column(t, s.mustTransform(t, m.clean, pipeline.Assign{Clusters: c}), pipeline.ClusterColumn)
}

// purity is the share of titles that have the most frequent topic of their
// cluster.
func purity(labels []any, topic []int) float64 {
	counts := map[any][]int{}
	for i, label := range labels {
		if counts[label] == nil {
			counts[label] = make([]int, topics)
		}
		counts[label][topic[i]]++
	}
	right := 0
	for _, c := range counts {
		right += slices.Max(c)
	}
	return float64(right) / float64(len(labels))
}

func (s *suite) assign(t *testing.T) {
	t.Run("Columns", func(t *testing.T) {
		m := s.trained(t)
		ds := s.mustTransform(t, m.clean, pipeline.Assign{Clusters: m.clusters})
		wantRows(t, "rows and their order", s.rows(t, ds, "id", "title", "topic"), s.rows(t, m.raw))
		sizes := make([]int64, m.clusters.K())
		for i, row := range s.rows(t, ds, pipeline.ClusterColumn, pipeline.DistanceColumn) {
			cluster, isInt := row[0].(int64)
			distance, isFloat := row[1].(float64)
			if !isInt || !isFloat || cluster < 0 || cluster >= int64(len(sizes)) || distance < 0 || math.IsNaN(distance) {
				t.Fatalf("row %d: cluster %v, distance %v", i, row[0], row[1])
			}
			sizes[cluster]++
		}
		for i, n := range sizes {
			if want := mustInspect(t, m.clusters, i).Titles; n != want {
				t.Errorf("cluster %d: %d rows are assigned, Inspect tells of %d", i, n, want)
			}
		}
	})
	t.Run("Nulls", func(t *testing.T) { // no title, or no word with a vector: no cluster
		ds := s.mustTransform(t, s.loadRows(t, []string{"id", "title"}, titleRows("red pizza", nil, "", "rare", "red pizza", "-- 12")), plainPreprocess())
		words := s.mustTrain(t, ds, smallWord2Vec())
		c := s.mustCluster(t, ds, smallKMeans(words, 1))
		ds = s.mustTransform(t, ds, pipeline.Assign{Clusters: c})
		var got []any
		for _, row := range s.rows(t, ds, pipeline.ClusterColumn, pipeline.DistanceColumn) {
			if (row[0] == nil) != (row[1] == nil) {
				t.Errorf("cluster %v has distance %v", row[0], row[1])
			}
			got = append(got, row[0])
		}
		if want := []any{int64(0), nil, nil, nil, int64(0), nil}; !reflect.DeepEqual(got, want) {
			t.Errorf("clusters %v, want %v", got, want)
		}
		checkSizes(t, c, 2)
	})
	t.Run("OtherTable", func(t *testing.T) { // the clusters of one table on another: all rows, or an error
		m := s.trained(t)
		ds := s.mustTransform(t, s.loadRows(t, []string{"id", "title"}, titleRows(m.corpus.titles[0], nil, "unseen words")), plainPreprocess())
		out, err := s.engine.Transform(s.ctx(t), ds, pipeline.Assign{Clusters: m.clusters}, nil)
		if err != nil {
			checkLine(t, "assign", err)
			return
		}
		rows := s.rows(t, out, pipeline.ClusterColumn)
		if want := s.labels(t, m, m.clusters)[0]; len(rows) != 3 || rows[0][0] != want || rows[1][0] != nil || rows[2][0] != nil {
			t.Errorf("clusters %v, want %v and nulls", rows, want)
		}
	})
	t.Run("Unprocessed", func(t *testing.T) {
		m := s.trained(t)
		_, err := s.engine.Transform(s.ctx(t), m.raw, pipeline.Assign{Clusters: m.clusters}, nil)
		if err != nil && !errors.Is(err, errors.ErrUnsupported) {
			checkLine(t, "assign", err)
		}
	})
}
