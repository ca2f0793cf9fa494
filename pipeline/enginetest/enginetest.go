// Package enginetest is the suite that every pipeline.Engine passes: what an
// engine promises, as tests.
//
//	func TestEngine(t *testing.T) {
//		enginetest.Run(t, func(t testing.TB) pipeline.Engine { return local.New(...) })
//	}
//
// It knows an engine by the interfaces of package pipeline and by files: it
// writes CSV, TSV and JSON lines itself, and has the engine write Parquet
// before it loads Parquet. Rows are seen through Select alone. So the same
// tests hold for an engine in this process and for one on other machines that
// sees the same folder.
//
// What an engine may do in its own way is not tested: the words of an error
// (but for the file, column or parameter that it names), the titles and columns
// of facts, how many files a folder has, how fast it is.
//
// The package is for tests only. It holds no real titles: texts come from
// seeded generators and short lists.
package enginetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"gondola/pipeline"
)

// Harness is an engine under test and what the suite has to know about it.
type Harness struct {
	// New returns an engine. The suite closes it. The first is there to the end.
	New func(t testing.TB) pipeline.Engine
	// Dir returns a new, empty folder that the engine sees under the same
	// path as the test; nil means t.TempDir.
	Dir func(t testing.TB) string
	// Work returns the folder in which the engine keeps what it needs while it
	// lives, where the test sees it: a cancelled call must leave nothing there.
	// It may be nil.
	Work func() string
	// Models returns a store that keeps models of this engine; nil for an
	// engine whose models cannot leave it.
	Models func(t testing.TB) pipeline.ModelStore
	// Slow asks for more rounds and bigger tables where the suite draws lots:
	// minutes instead of seconds. With -short there are fewer than otherwise.
	Slow bool
}

// Run runs the suite on engines that newEngine makes.
func Run(t *testing.T, newEngine func(t testing.TB) pipeline.Engine) {
	Harness{New: newEngine}.Run(t)
}

// Run runs the suite. One engine serves nearly all tests, as one serves a session.
func (h Harness) Run(t *testing.T) {
	if h.Dir == nil {
		h.Dir = func(t testing.TB) string { return t.TempDir() }
	}
	s := &suite{Harness: h, dir: h.Dir(t)}
	engine := s.newEngine(t)
	s.engine = engine
	type group struct {
		name string
		run  func(*suite, *testing.T)
	}
	groups := []group{
		{"Load", (*suite).load},
		{"Guess", (*suite).guess},
		{"Folder", (*suite).folder},
		{"Sample", (*suite).sample},
		{"Params", (*suite).params},
		{"Preprocess", (*suite).preprocess},
		{"Train", (*suite).train},
		{"Cluster", (*suite).cluster},
		{"Assign", (*suite).assign},
		{"Tag", (*suite).tag},
		{"Models", (*suite).models},
		{"Explain", (*suite).explain},
		{"Select", (*suite).selects},
		{"Aggregate", (*suite).aggregate},
		{"Write", (*suite).write},
		{"Mode", (*suite).mode},
		{"T1Cancel", (*suite).cancel},
		{"Progress", (*suite).progress},
		{"T6Nulls", (*suite).nulls},
		{"T5Odd", (*suite).odd},
	}
	if q, ok := engine.Engine.(pipeline.Querier); ok { // an engine need not be one
		s.querier = q
		groups = append(groups, group{"Query", (*suite).query})
	}
	if p, ok := engine.Engine.(pipeline.Projector); ok { // nor this
		s.projector = p
		groups = append(groups, group{"Project", (*suite).project})
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) { group.run(s, t) })
	}
}

// newEngine returns an engine, closed when the test ends.
func (s *suite) newEngine(t *testing.T) guarded {
	t.Helper()
	engine := s.New(t)
	t.Cleanup(func() {
		if err := engine.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return guarded{engine, t}
}

// suite is one run. What several groups need is made once, when the first of
// them asks for it.
type suite struct {
	Harness
	engine  pipeline.Engine
	querier pipeline.Querier // nil when the engine is none

	projector pipeline.Projector // likewise

	dir    string // for what several groups use
	made   *trained
	failed bool           // making it failed before
	calls  map[int][]work // by rows
}

// errHangs is why a context of the suite ends by itself.
var errHangs = errors.New("the engine did not answer for two minutes")

// ctx returns a context for one test; it ends what hangs.
func (s *suite) ctx(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Minute, errHangs)
	t.Cleanup(cancel)
	return ctx
}

// rounds returns how often a test that draws lots is done, or how many rows it
// has: short with -short, which goes with the race detector, under which
// everything takes ten times as long.
func (s *suite) rounds(short, quick, slow int) int {
	switch {
	case s.Slow:
		return slow
	case testing.Short():
		return short
	}
	return quick
}

// trained is the topic corpus with all that is learned from it.
type trained struct {
	corpus   *corpus
	raw      pipeline.Dataset
	clean    pipeline.Dataset // preprocessed
	words    pipeline.WordModel
	clusters pipeline.ClusterModel
}

// trained returns the topic corpus, trained and clustered.
func (s *suite) trained(t *testing.T) *trained {
	t.Helper()
	if s.made != nil {
		return s.made
	}
	if s.failed {
		t.Fatal("the topic corpus could not be trained: see the first failure")
	}
	s.failed = true
	m := &trained{corpus: newCorpus(7, 2000)}
	m.raw = s.mustLoad(t, pipeline.Load{URI: m.corpus.file(t, s.dir)})
	m.clean = s.mustTransform(t, m.raw, plainPreprocess())
	m.words = s.mustTrain(t, m.clean, smallWord2Vec())
	m.clusters = s.mustCluster(t, m.clean, smallKMeans(m.words, topics))
	s.made, s.failed = m, false
	return m
}

// plainPreprocess keeps all that is a word.
// The steps of the suite are computed each time: a result that an earlier test
// left would test nothing.

func plainPreprocess() pipeline.Preprocess {
	return pipeline.Preprocess{StopWords: "off", Numbers: "drop", Force: true}
}

// smallWord2Vec learns the topics within a second.
func smallWord2Vec() pipeline.Word2Vec {
	return pipeline.Word2Vec{
		VectorSize: 24, Window: 5, MinCount: 2, Negative: 5, Epochs: 6,
		Alpha: 0.05, MinAlpha: 0.0001, Seed: 1, Workers: 1, Force: true,
	}
}

func smallKMeans(words pipeline.WordModel, k int) pipeline.KMeans {
	return pipeline.KMeans{
		Vectors: words, K: k, MaxIter: 50, Tol: 1e-4,
		Init: "k-means++", Metric: "euclidean", Seed: 1, Workers: 1, Force: true,
	}
}

func smallTag(clusters pipeline.ClusterModel, method string) pipeline.Tag {
	return pipeline.Tag{Clusters: clusters, Method: method, Max: 2, Near: 50, Metric: "auto", Workers: 2, Force: true}
}

// methods are the taggers.
func methods() []string {
	return []string{pipeline.MethodRanked, pipeline.MethodNear, pipeline.MethodTitle}
}
