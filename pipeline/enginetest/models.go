package enginetest

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"gondola/pipeline"
)

// models keeps clusters and tags by them in another engine, one that never saw
// the titles they were made of: the same titles get the same tags.
func (s *suite) models(t *testing.T) {
	if s.Models == nil {
		t.Log("models of this engine cannot leave it")
		return
	}
	m := s.trained(t)
	store := s.Models(t)
	lineage := []pipeline.Origin{m.words.Origin(), m.clean.Origin(), m.raw.Origin()}
	saved, err := store.Save(s.ctx(t), "kept", m.clusters, lineage, false)
	if err != nil {
		t.Fatal(err)
	}
	if saved.K != int64(m.clusters.K()) || saved.Words != int64(m.clusters.Words()) || saved.Origin.Hash != m.clusters.Origin().Hash || saved.From() == "" {
		t.Errorf("T10: saved %+v", saved)
	}
	model, back, err := store.Load(s.ctx(t), "kept")
	if err != nil {
		t.Fatal(err)
	}
	if len(back.Lineage) != len(lineage) || back.Origin.Hash != m.clusters.Origin().Hash {
		t.Errorf("T10: loaded %+v", back)
	}
	clusters, ok := model.(pipeline.ClusterModel)
	if !ok {
		t.Fatalf("loaded a %T", model)
	}
	other := s.New(t)
	t.Cleanup(func() {
		if err := other.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	there := &suite{Harness: s.Harness, engine: guarded{other, t}, dir: s.dir}
	var load pipeline.Load
	if err := json.Unmarshal(m.raw.Origin().Params, &load); err != nil {
		t.Fatal(err)
	}
	raw := there.mustLoad(t, load)
	odd := there.mustTransform(t, raw, pipeline.Preprocess{StopWords: "off", Numbers: "keep"})
	for _, method := range methods() {
		t.Run(method, func(t *testing.T) {
			columns := []string{"id", pipeline.TokensColumn, pipeline.ClusterColumn, pipeline.DistanceColumn, pipeline.TagsColumn}
			want := s.rows(t, s.mustTransform(t, m.clean, smallTag(m.clusters, method)), columns...)
			for name, ds := range map[string]pipeline.Dataset{"as loaded": raw, "preprocessed otherwise": odd} {
				step := smallTag(clusters, method)
				step.Force = true // not what the other engine may have kept
				got := there.mustTransform(t, ds, step)
				wantRows(t, name, there.rows(t, got, columns...), want)
				if !slices.Contains(got.Schema().Names(), "title") {
					t.Errorf("%s: columns %q", name, got.Schema().Names())
				}
				assigned := there.mustTransform(t, ds, pipeline.Assign{Clusters: clusters})
				wantRows(t, name+", assigned", there.rows(t, assigned, columns[:4]...), s.rows(t, s.mustTransform(t, m.clean, pipeline.Assign{Clusters: m.clusters}), columns[:4]...))
				if _, err := other.Fit(there.ctx(t), got, smallWord2Vec(), nil); err == nil {
					t.Errorf("%s: vectors were trained on titles that were not preprocessed", name)
				}
			}
		})
	}
	if err := store.Remove(s.ctx(t), "kept"); err != nil {
		t.Error(err)
	}
	var param *pipeline.ParamError
	if _, _, err := store.Load(s.ctx(t), "kept"); !errors.As(err, &param) {
		t.Errorf("loaded after it was removed: %v", err)
	}
}
