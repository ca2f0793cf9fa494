package enginetest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/pipeline"
)

// project holds for engines that are Projectors too.
func (s *suite) project(t *testing.T) {
	t.Run("Words", s.projectWords)
	t.Run("Titles", s.projectTitles)
	t.Run("OtherTable", s.projectOtherTable)
	t.Run("Together", s.projectTogether)
	t.Run("Repeats", s.projectRepeats)
	t.Run("Errors", s.projectErrors)
}

// smallProjection is a map that takes a moment.
func smallProjection(m *trained) pipeline.Projection {
	return pipeline.Projection{
		Vectors: m.words, Clusters: m.clusters, N: 150, Method: pipeline.ProjectUMAP, Metric: "cosine", NNeighbors: 15, MinDist: 0.1, Seed: 7,
	}
}

func (s *suite) mustProject(t testing.TB, p pipeline.Projection) *pipeline.Table {
	t.Helper()
	table, err := s.projector.Project(s.ctx(t), p, nil)
	if err != nil {
		t.Fatalf("map: %v", err)
	}
	want := []pipeline.TableColumn{pipeline.Col("label", pipeline.String), pipeline.Col("x", pipeline.Float), pipeline.Col("y", pipeline.Float)}
	if p.Clusters != nil {
		want = append(want, pipeline.Col("cluster", pipeline.Int))
	}
	want = append(want, pipeline.Col("count", pipeline.Int))
	if d := cmp.Diff(want, table.Columns); d != "" {
		t.Fatalf("columns (-want +got):\n%s", d)
	}
	if table.Title == "" || strings.Contains(table.Title, "\n") || len(table.Rows) == 0 || len(table.Rows) > p.N {
		t.Fatalf("%d rows for n %d, title %q", len(table.Rows), p.N, table.Title)
	}
	labels := map[any]bool{}
	for _, row := range table.Rows {
		x, _ := row[1].(float64)
		y, _ := row[2].(float64)
		n, _ := row[len(row)-1].(int64)
		if math.IsNaN(x+y) || math.IsInf(x+y, 0) || n < 1 || labels[row[0]] {
			t.Fatalf("row %v", row)
		}
		labels[row[0]] = true
	}
	return table
}

func (s *suite) projectWords(t *testing.T) {
	m := s.trained(t)
	for _, method := range []string{pipeline.ProjectUMAP, pipeline.ProjectPCA} {
		p := smallProjection(m)
		p.Method, p.N, p.Clusters = method, 40, nil
		table := s.mustProject(t, p)
		var words []string
		for i, row := range table.Rows {
			words = append(words, row[0].(string))
			if i > 0 && row[3].(int64) > table.Rows[i-1][3].(int64) {
				t.Errorf("%s: %v is more frequent than %v before it", method, row, table.Rows[i-1])
			}
		}
		frequent := m.words.WordsByPrefix("", 40)
		slices.Sort(frequent)
		slices.Sort(words)
		if d := cmp.Diff(frequent, words); d != "" {
			t.Errorf("%s: the words of the map are not the most frequent (-want +got):\n%s", method, d)
		}
	}
	p := smallProjection(m)
	p.N = pipeline.MaxProjected
	if table := s.mustProject(t, p); len(table.Rows) != m.words.Words() {
		t.Errorf("%d words, want all %d", len(table.Rows), m.words.Words())
	}
	p.Vectors = nil // those of the clusters
	s.mustProject(t, p)
}

func (s *suite) projectTitles(t *testing.T) {
	m := s.trained(t)
	labels := s.labels(t, m, m.clusters)
	rows, cluster := map[string]int64{}, map[string]any{}
	for i, title := range m.corpus.titles {
		rows[title]++
		cluster[title] = labels[i]
	}
	for _, n := range []int{150, pipeline.MaxProjected} {
		p := smallProjection(m)
		p.Titles, p.N = m.clean, n
		if n > 150 {
			p.Method = pipeline.ProjectPCA // for the time
		}
		table := s.mustProject(t, p)
		var shown int64
		for _, row := range table.Rows {
			title, count := row[0].(string), row[4].(int64)
			if count < rows[title] || rows[title] == 0 {
				t.Errorf("%q stands for %d rows, want %d or, with others of the same words, more", title, count, rows[title])
			}
			if row[3] != cluster[title] {
				t.Errorf("%q is in cluster %v, assign says %v", title, row[3], cluster[title])
			}
			shown += count
		}
		all := int64(len(m.corpus.titles))
		want := pipeline.Completeness{Rows: all, Sample: shown, Seed: 7}
		if table.Shows != want || n == 150 && (len(table.Rows) != 150 || shown >= all) || n > 150 && shown != all {
			t.Errorf("%d titles of %d rows, shows %+v, want %+v", len(table.Rows), shown, table.Shows, want)
		}
	}
}

// projectOtherTable shows a table that was not preprocessed for these words: it is
// read as they were.
func (s *suite) projectOtherTable(t *testing.T) {
	m := s.trained(t)
	c := m.corpus
	var titles []any
	rows := map[string]int64{}
	for i := range 900 {
		title := c.titles[i%317]
		titles = append(titles, title)
		rows[title]++
	}
	titles = append(titles, nil, "", "zzzz unknown wwww")
	other := s.loadRows(t, []string{"id", "title"}, titleRows(titles...))
	for _, n := range []int{100, 1000} {
		p := smallProjection(m)
		p.Titles, p.N = other, n
		table := s.mustProject(t, p)
		var shown int64
		for _, row := range table.Rows {
			if count := row[4].(int64); count < rows[row[0].(string)] || rows[row[0].(string)] == 0 {
				t.Errorf("%v: want %d rows or, with others of the same words, more", row, rows[row[0].(string)])
			}
			shown += row[4].(int64)
		}
		if want := (pipeline.Completeness{Rows: 903, Sample: shown, Seed: 7}); table.Shows != want || n == 1000 && shown != 900 || n == 100 && len(table.Rows) != 100 {
			t.Errorf("%d titles, shows %+v, want %+v", len(table.Rows), table.Shows, want)
		}
	}
}

// projectTogether: titles of a topic lie together.
func (s *suite) projectTogether(t *testing.T) {
	m := s.trained(t)
	topic := map[string]int{}
	for i, title := range m.corpus.titles {
		topic[title] = m.corpus.topic[i]
	}
	p := smallProjection(m)
	p.Titles, p.N = m.clean, 300
	table := s.mustProject(t, p)
	right := 0
	for i, a := range table.Rows {
		best, at := math.Inf(1), 0
		for j, b := range table.Rows {
			if d := math.Hypot(a[1].(float64)-b[1].(float64), a[2].(float64)-b[2].(float64)); i != j && d < best {
				best, at = d, j
			}
		}
		if topic[a[0].(string)] == topic[table.Rows[at][0].(string)] {
			right++
		}
	}
	if share := float64(right) / float64(len(table.Rows)); share < 0.9 {
		t.Errorf("%.2f of the titles have a neighbour of their topic, want 0.9", share)
	}
}

func (s *suite) projectRepeats(t *testing.T) {
	m := s.trained(t)
	p := smallProjection(m)
	p.Titles = m.clean
	p.Workers = 1
	first := s.mustProject(t, p)
	p.Workers = 3
	if d := cmp.Diff(first, s.mustProject(t, p)); d != "" {
		t.Errorf("the same seed gives another map (-first +again):\n%s", d)
	}
	p.Seed++
	labels := func(table *pipeline.Table) (out []string) {
		for _, row := range table.Rows {
			out = append(out, fmt.Sprint(row[0]))
		}
		return out
	}
	if cmp.Equal(labels(first), labels(s.mustProject(t, p))) {
		t.Error("another seed draws the same titles")
	}
}

func (s *suite) projectErrors(t *testing.T) {
	m := s.trained(t)
	for name, change := range map[string]func(*pipeline.Projection){
		"n":           func(p *pipeline.Projection) { p.N = pipeline.MaxProjected + 1 },
		"method":      func(p *pipeline.Projection) { p.Method = "mds" },
		"metric":      func(p *pipeline.Projection) { p.Metric = "dot" },
		"n_neighbors": func(p *pipeline.Projection) { p.NNeighbors = 1 },
		"min_dist":    func(p *pipeline.Projection) { p.MinDist = 1.5 },
		"vectors":     func(p *pipeline.Projection) { p.Vectors, p.Clusters = nil, nil },
		"workers":     func(p *pipeline.Projection) { p.Workers = -1 },
	} {
		p := smallProjection(m)
		change(&p)
		_, err := s.projector.Project(s.ctx(t), p, nil)
		wantError(t, "map", err, name)
	}
	p := smallProjection(m)
	p.Titles = s.loadRows(t, []string{"id", "title"}, titleRows("zzzz", "wwww vvvv", nil))
	_, err := s.projector.Project(s.ctx(t), p, nil)
	wantError(t, "map of titles without a vector", err, "vector")
}
