package enginetest

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gondola/pipeline"
)

func (s *suite) tag(t *testing.T) {
	for _, method := range methods() {
		t.Run(method, func(t *testing.T) {
			m := s.trained(t)
			for _, limit := range []int{1, 2, 100} {
				step := smallTag(m.clusters, method)
				step.Max = limit
				ds := s.mustTransform(t, m.clean, step)
				if len(ds.Facts()) == 0 {
					t.Error("tag tells no facts")
				}
				wantRows(t, "rows and their order", s.rows(t, ds, "id", "title", "topic"), s.rows(t, m.raw))
				tags := s.rows(t, ds, pipeline.TokensColumn, pipeline.TagsColumn)
				checkTags(t, tags, limit)
				if share := tagged(tags); share < 0.9 {
					t.Errorf("%.0f %% of the titles have tags, want 90 %%", 100*share)
				}
			}
		})
	}
	t.Run("Heads", func(t *testing.T) { // ranked finds the kind of thing: by chance one in four
		m := s.trained(t)
		step := smallTag(m.clusters, pipeline.MethodRanked)
		step.Max = 1
		hits := 0
		rows := s.rows(t, s.mustTransform(t, m.clean, step), pipeline.TagsColumn)
		for i, row := range rows {
			if tags := list(row[0]); len(tags) == 1 && slices.Contains(m.corpus.heads[m.corpus.topic[i]], tags[0]) {
				hits++
			}
		}
		if share := float64(hits) / float64(len(rows)); share < 0.9 {
			t.Errorf("the first tag of %.0f %% of the titles is the kind of thing it names, want 90 %%", 100*share)
		}
	})
	t.Run("WorkersAgree", func(t *testing.T) {
		m := s.trained(t)
		for _, method := range methods() {
			one, four := smallTag(m.clusters, method), smallTag(m.clusters, method)
			one.Workers, four.Workers = 1, 4
			wantRows(t, method, s.rows(t, s.mustTransform(t, m.clean, four), pipeline.TagsColumn),
				s.rows(t, s.mustTransform(t, m.clean, one), pipeline.TagsColumn))
		}
	})
	t.Run("Again", func(t *testing.T) { // the second one replaces the first
		m := s.trained(t)
		one := smallTag(m.clusters, pipeline.MethodRanked)
		one.Max = 1
		first := s.mustTransform(t, m.clean, one)
		second := s.mustTransform(t, first, smallTag(m.clusters, pipeline.MethodNear))
		fresh := s.mustTransform(t, m.clean, smallTag(m.clusters, pipeline.MethodNear))
		wantRows(t, "tags", s.rows(t, second, pipeline.TagsColumn), s.rows(t, fresh, pipeline.TagsColumn))
		checkTags(t, s.rows(t, first, pipeline.TokensColumn, pipeline.TagsColumn), 1)
	})
	t.Run("Assigned", func(t *testing.T) { // with and without an assign before it
		m := s.trained(t)
		step := smallTag(m.clusters, pipeline.MethodRanked)
		direct := s.mustTransform(t, m.clean, step)
		assigned := s.mustTransform(t, s.mustTransform(t, m.clean, pipeline.Assign{Clusters: m.clusters}), step)
		wantRows(t, "tags", s.rows(t, assigned, pipeline.TagsColumn), s.rows(t, direct, pipeline.TagsColumn))
		if labels := s.column(t, assigned, pipeline.ClusterColumn); !reflect.DeepEqual(labels, s.labels(t, m, m.clusters)) {
			t.Error("tag changes the clusters that assign gave")
		}
	})
	t.Run("MinScore", s.minScore)
	t.Run("Form", s.form)
}

// form checks tags in base form on titles of which every second one has
// plurals and capitals: the same words are chosen, and one thing has one tag.
func (s *suite) form(t *testing.T) {
	corpus := *s.trained(t).corpus
	corpus.titles = slices.Clone(corpus.titles)
	for i := range corpus.titles {
		if i/topics%2 == 0 {
			continue
		}
		corpus.titles[i] = strings.ToUpper(strings.Join(strings.Fields(corpus.titles[i]), "s ")) + "S"
	}
	m := &trained{corpus: &corpus, raw: s.mustLoad(t, pipeline.Load{URI: corpus.file(t, s.Dir(t))})}
	m.clean = s.mustTransform(t, m.raw, plainPreprocess())
	m.words = s.mustTrain(t, m.clean, smallWord2Vec())
	m.clusters = s.mustCluster(t, m.clean, smallKMeans(m.words, topics))
	for _, method := range methods() {
		written, counted := smallTag(m.clusters, method), smallTag(m.clusters, method)
		written.Form, counted.Form = pipeline.FormTitle, pipeline.FormBase
		as := s.rows(t, s.mustTransform(t, m.clean, written), pipeline.TokensColumn, pipeline.TagsColumn)
		checkTags(t, as, written.Max)
		bases := s.rows(t, s.mustTransform(t, m.clean, counted), pipeline.TagsColumn)
		different, differentBases := map[string]bool{}, map[string]bool{}
		for i, row := range as {
			for _, tag := range list(row[1]) {
				different[tag] = true
			}
			for _, tag := range list(bases[i][0]) {
				differentBases[tag] = true
			}
			if i >= 100 {
				continue
			}
			e := mustExplain(t, m, corpus.titles[i], counted)
			checkExplanation(t, e, corpus.titles[i], method)
			var want []string
			for _, tag := range list(row[1]) {
				at := slices.IndexFunc(e.Tokens, func(x pipeline.Token) bool { return x.Text == tag })
				want = append(want, e.Tokens[at].Base)
			}
			if got := list(bases[i][0]); !slices.Equal(got, want) || !slices.Equal(e.Tags, want) {
				t.Fatalf("%s: %q has the tags %q, explained %q, want %q", method, corpus.titles[i], got, e.Tags, want)
			}
		}
		if len(differentBases)*5 > len(different)*4 { // words in -us and -is are no plurals
			t.Errorf("%s: %d different tags, in base form %d: plurals are not joined", method, len(different), len(differentBases))
		}
	}
}

// list returns a cell of a list column; nil for null.
func list(v any) []string {
	items, _ := v.([]string)
	return items
}

// checkTags checks rows of tokens and tags: at most limit, words of the title,
// each once.
func checkTags(t testing.TB, rows [][]any, limit int) {
	t.Helper()
	for i, row := range rows {
		tokens, tags := list(row[0]), list(row[1])
		if (row[0] == nil) != (row[1] == nil) {
			t.Errorf("row %d: tokens %v, tags %v: null is null, and nothing else is", i, row[0], row[1])
		}
		if len(tags) > limit {
			t.Errorf("row %d: tags %q, at most %d", i, tags, limit)
		}
		for j, tag := range tags {
			if !slices.Contains(tokens, tag) || slices.Contains(tags[:j], tag) {
				t.Errorf("row %d: tags %q of the words %q", i, tags, tokens)
			}
		}
		if t.Failed() {
			return
		}
	}
}

func tagged(rows [][]any) float64 {
	n := 0
	for _, row := range rows {
		if len(list(row[1])) > 0 {
			n++
		}
	}
	return float64(n) / float64(max(1, len(rows)))
}

// minScore sets the least score between the scores that there are.
func (s *suite) minScore(t *testing.T) {
	m := s.trained(t)
	for _, method := range methods() {
		step := smallTag(m.clusters, method)
		step.Max = 100
		scores := candidates(t, m, step)
		step.MinScore, step.HasMin = scores[len(scores)/2], true
		rows := s.rows(t, s.mustTransform(t, m.clean, step), pipeline.TokensColumn, pipeline.TagsColumn)
		checkTags(t, rows, step.Max)
		for i, row := range rows[:50] {
			e := mustExplain(t, m, m.corpus.titles[i], step)
			var want []string
			for _, c := range e.Candidates {
				if c.Tag && c.Score < step.MinScore {
					t.Errorf("%s: %q has score %v, below %v, and is a tag", method, c.Word, c.Score, step.MinScore)
				}
				if c.Out == "" && c.Score >= step.MinScore {
					want = append(want, c.Word)
				}
			}
			if got := list(row[1]); !slices.Equal(got, want) {
				t.Errorf("%s: tags %q, want %q", method, got, want)
			}
		}
		everything, nothing := step, step
		everything.MinScore, nothing.MinScore = -math.MaxFloat64, math.MaxFloat64
		if share := tagged(s.rows(t, s.mustTransform(t, m.clean, everything), pipeline.TokensColumn, pipeline.TagsColumn)); share < 0.9 {
			t.Errorf("%s: %.0f %% have tags with the lowest score", method, 100*share)
		}
		if share := tagged(s.rows(t, s.mustTransform(t, m.clean, nothing), pipeline.TokensColumn, pipeline.TagsColumn)); share != 0 {
			t.Errorf("%s: %.0f %% have tags with the highest score", method, 100*share)
		}
	}
}

// candidates returns the scores of the tags of some titles, sorted.
func candidates(t *testing.T, m *trained, step pipeline.Tag) []float64 {
	t.Helper()
	var scores []float64
	for _, title := range m.corpus.titles[:50] {
		for _, c := range mustExplain(t, m, title, step).Candidates {
			if c.Tag {
				scores = append(scores, c.Score)
			}
		}
	}
	if len(scores) == 0 {
		t.Fatalf("%s gives no tags", step.Method)
	}
	slices.Sort(scores)
	return scores
}

func mustExplain(t *testing.T, m *trained, title string, step pipeline.Tag) pipeline.Explanation {
	t.Helper()
	e, err := m.clusters.Explain(title, step)
	if err != nil {
		t.Fatalf("explain %q: %v", title, err)
	}
	return e
}

// explain checks that an explanation tells what the columns hold.
func (s *suite) explain(t *testing.T) {
	m := s.trained(t)
	for _, method := range methods() {
		t.Run(method, func(t *testing.T) {
			step := smallTag(m.clusters, method)
			ds := s.mustTransform(t, m.clean, step)
			rows := s.rows(t, ds, pipeline.TokensColumn, pipeline.ClusterColumn, pipeline.DistanceColumn, pipeline.TagsColumn)
			for i, title := range m.corpus.titles[:100] {
				e := mustExplain(t, m, title, step)
				checkExplanation(t, e, title, method)
				var kept []string
				for _, token := range e.Tokens {
					if token.Dropped == "" {
						kept = append(kept, token.Text)
					}
				}
				if !slices.Equal(kept, list(rows[i][0])) {
					t.Errorf("%q: kept tokens %q, the column says %q", title, kept, rows[i][0])
				}
				if int64(e.Cluster) != rows[i][1] || math.Abs(e.Distance-rows[i][2].(float64)) > 1e-4 {
					t.Errorf("%q: cluster %d at %v, the columns say %v at %v", title, e.Cluster, e.Distance, rows[i][1], rows[i][2])
				}
				if !slices.Equal(e.Tags, list(rows[i][3])) {
					t.Errorf("%q: tags %q, the column says %q", title, e.Tags, rows[i][3])
				}
			}
			for _, title := range []string{"", "wholly unseen", "12 oz", "\x1b[2J\xff"} {
				e := mustExplain(t, m, title, step)
				if e.Title != title || e.Cluster != -1 || e.Second != -1 {
					t.Errorf("%q: %+v, want a title without a cluster", title, e)
				}
			}
		})
	}
	t.Run("Errors", func(t *testing.T) {
		_, err := m.clusters.Explain("pizza", pipeline.Tag{Clusters: m.clusters, Method: "magic", Max: 2})
		wantError(t, "unknown method", err, "magic")
	})
}

// checkExplanation checks what an explanation says by itself.
func checkExplanation(t *testing.T, e pipeline.Explanation, title, method string) {
	t.Helper()
	if e.Title != title || e.Method != method {
		t.Errorf("explains %q by %q, want %q by %q", e.Title, e.Method, title, method)
	}
	if e.Second == e.Cluster || e.Second < 0 || e.SecondDist < e.Distance {
		t.Errorf("%q: cluster %d at %v, second %d at %v", title, e.Cluster, e.Distance, e.Second, e.SecondDist)
	}
	var tags []string
	for _, c := range e.Candidates {
		if c.Tag {
			tags = append(tags, c.Word)
		}
		if c.Tag != (c.Out == "") {
			t.Errorf("%q: candidate %+v: a reason to be out, and only then", title, c)
		}
		sum := 0.0
		for _, p := range c.Parts {
			sum += p.Value * p.Weight
		}
		if len(c.Parts) > 0 && math.Abs(sum-c.Score) > 1e-6*max(1, math.Abs(sum)) {
			t.Errorf("%q: the parts of %q sum to %v, its score is %v: %s", title, c.Word, sum, c.Score, fmt.Sprint(c.Parts))
		}
	}
	if !slices.Equal(tags, e.Tags) {
		t.Errorf("%q: tags %q, candidates say %q", title, e.Tags, tags)
	}
}
