package enginetest

import (
	"testing"

	"gondola/pipeline"
)

// foreign is a dataset that no engine made.
type foreign struct{}

func (foreign) Schema() pipeline.Schema { return pipeline.Schema{Title: "title"} }
func (foreign) Len() int64              { return 1 }
func (foreign) Facts() []pipeline.Table { return nil }
func (foreign) Origin() pipeline.Origin { return pipeline.Origin{} }

// params checks that every method refuses what makes no sense, and names the
// parameter.
func (s *suite) params(t *testing.T) {
	m := s.trained(t)
	t.Run("Load", func(t *testing.T) {
		for param, l := range map[string]pipeline.Load{
			"uri":    {},
			"sample": {URI: "t.csv", Sample: pipeline.Share{Fraction: 1.5}},
		} {
			_, err := s.engine.Load(s.ctx(t), l, nil)
			wantParam(t, "load", err, param)
		}
	})
	t.Run("Preprocess", func(t *testing.T) {
		_, err := s.engine.Transform(s.ctx(t), m.raw, pipeline.Preprocess{Numbers: "maybe"}, nil)
		wantParam(t, "preprocess", err, "numbers")
		p := plainPreprocess()
		p.StopWords = "no-such-list.txt"
		_, err = s.engine.Transform(s.ctx(t), m.raw, p, nil)
		wantError(t, "preprocess with a missing list", err, "no-such-list.txt")
		for param, change := range map[string]func(*pipeline.Preprocess){
			"phrase_min_count": func(p *pipeline.Preprocess) { p.PhraseMinCount = 0 },
			"phrase_threshold": func(p *pipeline.Preprocess) { p.PhraseThreshold = 1.5 },
		} {
			p := phrasePreprocess()
			change(&p)
			_, err := s.engine.Transform(s.ctx(t), m.raw, p, nil)
			wantParam(t, "preprocess with a wrong "+param, err, param)
		}
	})
	t.Run("Word2Vec", func(t *testing.T) {
		for param, change := range map[string]func(*pipeline.Word2Vec){
			"vector_size": func(w *pipeline.Word2Vec) { w.VectorSize = 0 },
			"window":      func(w *pipeline.Word2Vec) { w.Window = -1 },
			"min_count":   func(w *pipeline.Word2Vec) { w.MinCount = -1 },
			"negative":    func(w *pipeline.Word2Vec) { w.Negative = 0 },
			"epochs":      func(w *pipeline.Word2Vec) { w.Epochs = 0 },
			"alpha":       func(w *pipeline.Word2Vec) { w.Alpha, w.MinAlpha = -1, -1 },
			"min_alpha":   func(w *pipeline.Word2Vec) { w.MinAlpha = 1 },
			"subsample":   func(w *pipeline.Word2Vec) { w.Subsample = -1 },
			"workers":     func(w *pipeline.Word2Vec) { w.Workers = -1 },
		} {
			w := smallWord2Vec()
			change(&w)
			_, err := s.engine.Fit(s.ctx(t), m.clean, w, nil)
			wantParam(t, "train with a wrong "+param, err, param)
		}
	})
	t.Run("KMeans", func(t *testing.T) {
		for param, change := range map[string]func(*pipeline.KMeans){
			"vectors":  func(k *pipeline.KMeans) { k.Vectors = nil },
			"k":        func(k *pipeline.KMeans) { k.K = 0 },
			"max_iter": func(k *pipeline.KMeans) { k.MaxIter = 0 },
			"tol":      func(k *pipeline.KMeans) { k.Tol = -1 },
			"init":     func(k *pipeline.KMeans) { k.Init = "best" },
			"metric":   func(k *pipeline.KMeans) { k.Metric = "far" },
			"workers":  func(k *pipeline.KMeans) { k.Workers = -1 },
		} {
			k := smallKMeans(m.words, topics)
			change(&k)
			_, err := s.engine.Fit(s.ctx(t), m.clean, k, nil)
			wantParam(t, "cluster with a wrong "+param, err, param)
		}
	})
	t.Run("Assign", func(t *testing.T) {
		_, err := s.engine.Transform(s.ctx(t), m.clean, pipeline.Assign{}, nil)
		wantParam(t, "assign", err, "clusters")
	})
	t.Run("Tag", func(t *testing.T) {
		for param, change := range map[string]func(*pipeline.Tag){
			"clusters": func(x *pipeline.Tag) { x.Clusters = nil },
			"method":   func(x *pipeline.Tag) { x.Method = "magic" },
			"max":      func(x *pipeline.Tag) { x.Max = 0 },
			"near":     func(x *pipeline.Tag) { x.Method, x.Near = pipeline.MethodNear, 0 },
			"metric":   func(x *pipeline.Tag) { x.Method, x.Metric = pipeline.MethodNear, "far" },
			"workers":  func(x *pipeline.Tag) { x.Workers = -1 },
			"form":     func(x *pipeline.Tag) { x.Form = "stem" },
		} {
			x := smallTag(m.clusters, pipeline.MethodRanked)
			change(&x)
			_, err := s.engine.Transform(s.ctx(t), m.clean, x, nil)
			wantParam(t, "tag with a wrong "+param, err, param)
		}
	})
	t.Run("Write", func(t *testing.T) {
		for param, w := range map[string]pipeline.Write{
			"uri":  {Mode: "error"},
			"mode": {URI: "out.csv", Mode: "append"},
			"raw":  {URI: "out.parquet", Mode: "error", Format: "parquet", Raw: true},
		} {
			_, err := s.engine.Write(s.ctx(t), m.raw, w, nil)
			wantParam(t, "write", err, param)
		}
	})
	t.Run("Foreign", func(t *testing.T) { // a dataset of another engine
		for _, ds := range []pipeline.Dataset{foreign{}, nil} {
			_, err := s.engine.Transform(s.ctx(t), ds, plainPreprocess(), nil)
			wantError(t, "preprocess", err)
			_, err = s.engine.Fit(s.ctx(t), ds, smallWord2Vec(), nil)
			wantError(t, "train", err)
			_, err = s.engine.Select(s.ctx(t), ds, pipeline.Selection{}, nil)
			wantError(t, "select", err)
			_, err = s.engine.Write(s.ctx(t), ds, pipeline.Write{URI: s.Dir(t) + "/out.csv", Mode: "error"}, nil)
			wantError(t, "write", err)
		}
	})
}
