package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gondola/pipeline"
	"gondola/session/lang"
)

// models returns the store of models.
func (inv *invocation) models() (pipeline.ModelStore, error) {
	if inv.session.config.Models == nil {
		return nil, errors.New("this session keeps no models: there is no data folder for them")
	}
	return inv.session.config.Models, nil
}

// learned returns the model of a result: its clusters, or else its vectors.
func (r *result) learned() pipeline.Model {
	switch {
	case r.clusters != nil:
		return r.clusters
	case r.words != nil:
		return r.words
	}
	return nil
}

func runModelSave(ctx context.Context, inv *invocation) error {
	r, err := inv.input()
	if err != nil {
		return err
	}
	store, err := inv.models()
	if err != nil {
		return err
	}
	name := inv.call.String("name")
	saved, err := store.Save(ctx, name, r.learned(), r.lineage(), inv.call.String("mode") == "overwrite")
	if err != nil {
		return err
	}
	inv.endModel(saved, "")
	return nil
}

// describe says in a line what a model is.
func describeModel(m pipeline.SavedModel) string {
	line := fmt.Sprintf("%s words x %d", pipeline.Thousands(m.Words), m.Dim)
	if m.K > 0 {
		line = plural(int(m.K), "cluster") + " over " + line
	}
	return line
}

// endModel sends the Result of a command that wrote a model.
func (inv *invocation) endModel(m pipeline.SavedModel, format string) {
	name := m.Name
	if name == "" {
		name = m.Path
	}
	line := fmt.Sprintf("%s to %s, %s", describeModel(m), name, pipeline.Size(m.Bytes))
	if format != "" {
		line += ", " + format
	}
	row := pipeline.NewTable("", pipeline.Col("model", pipeline.String), pipeline.Col("path", pipeline.String), pipeline.Col("kind", pipeline.String),
		pipeline.Col("words", pipeline.Int), pipeline.Col("dim", pipeline.Int), pipeline.Col("clusters", pipeline.Int), pipeline.Col("bytes", pipeline.Int))
	row.Add(name, m.Path, m.Kind, m.Words, m.Dim, m.K, m.Bytes)
	inv.end(lang.None, "", line, row)
}

// exportModel writes the model of a result to a file or folder in the format
// that the ending of its path says, for export.
func (inv *invocation) exportModel(ctx context.Context, r *result, path string) error {
	store, err := inv.models()
	if err != nil {
		return err
	}
	replace := hasFlag(inv.call.Command, "mode") && inv.call.String("mode") == "overwrite"
	saved, err := store.Export(ctx, path, r.learned(), r.lineage(), replace)
	if err != nil {
		return err
	}
	inv.endModel(saved, saved.Format)
	return nil
}

func runModelLoad(ctx context.Context, inv *invocation) error {
	r, err := inv.loadModel(ctx, inv.call.String("name"))
	if err != nil {
		return err
	}
	m := r.saved
	line := describeModel(*m)
	if from := m.From(); from != "" {
		line += ", learned from " + from
	}
	if !m.Origin.Made.IsZero() {
		line += ", made " + m.Origin.Made.Local().Format(time.DateTime)
	}
	row := pipeline.NewTable("", pipeline.Col("path", pipeline.String), pipeline.Col("kind", pipeline.String), pipeline.Col("words", pipeline.Int),
		pipeline.Col("dim", pipeline.Int), pipeline.Col("clusters", pipeline.Int), pipeline.Col("origin", pipeline.String), pipeline.Col("from", pipeline.String))
	row.Add(m.Path, m.Kind, m.Words, m.Dim, m.K, m.Origin.Hash, m.From())
	inv.finish(r, line, row)
	return nil
}

// loadModel reads a model into a result without rows.
func (inv *invocation) loadModel(ctx context.Context, nameOrPath string) (*result, error) {
	store, err := inv.models()
	if err != nil {
		return nil, err
	}
	model, saved, err := store.Load(ctx, nameOrPath)
	if err != nil {
		return nil, err
	}
	words, ok := model.(pipeline.WordModel)
	if !ok {
		return nil, fmt.Errorf("%s holds no word vectors", nameOrPath)
	}
	r := &result{kind: lang.Vectors, name: nameOrPath, words: words, saved: &saved}
	if clusters, ok := model.(pipeline.ClusterModel); ok {
		r.kind, r.clusters = lang.Clusters, clusters
	}
	return r, nil
}

func runModelList(ctx context.Context, inv *invocation) error {
	store, err := inv.models()
	if err != nil {
		return err
	}
	list, err := store.List(ctx)
	if err != nil {
		return err
	}
	t := pipeline.NewTable("models", pipeline.Col("model", pipeline.String), pipeline.Col("kind", pipeline.String), pipeline.Col("words", pipeline.Int),
		pipeline.Col("dim", pipeline.Int), pipeline.Col("clusters", pipeline.Int), pipeline.Col("made", pipeline.Time), pipeline.Col("from", pipeline.String),
		pipeline.Col("size", pipeline.String), pipeline.Col("problem", pipeline.String))
	for _, m := range list {
		if m.Problem != "" {
			t.Add(m.Name, nil, nil, nil, nil, nil, nil, nil, m.Problem)
			continue
		}
		var k, made, from any
		if m.K > 0 {
			k = m.K
		}
		if !m.Origin.Made.IsZero() {
			made = m.Origin.Made.Truncate(time.Second)
		}
		if uri := m.From(); uri != "" {
			from = uri
		}
		t.Add(m.Name, m.Kind, m.Words, m.Dim, k, made, from, pipeline.Size(m.Bytes), nil)
	}
	inv.table(t)
	return nil
}

func runModelRemove(ctx context.Context, inv *invocation) error {
	store, err := inv.models()
	if err != nil {
		return err
	}
	name := inv.call.String("name")
	if err := store.Remove(ctx, name); err != nil {
		return err
	}
	inv.end(lang.None, "", name+" removed", nil)
	return nil
}

// tagger is what tag works with: a table, and clusters that were made of it or
// that a model holds.
type tagger struct {
	table *result // has rows
	model *result // has clusters
	input pipeline.Origin
}

// tagger finds both. Without --model the clusters are those of the result.
func (inv *invocation) tagger(ctx context.Context, from *result) (tagger, error) {
	name := inv.call.String("model")
	if name == "" && from.model == nil {
		from = from.at(lang.Clusters)
		return tagger{from, from, from.at(lang.Tokens).origin()}, nil
	}
	model := from.model
	if name != "" {
		if model = inv.state.names[name]; model == nil {
			var err error
			if model, err = inv.loadModel(ctx, name); err != nil {
				var param *pipeline.ParamError
				if errors.As(err, &param) {
					err = &pipeline.ParamError{Param: "model", Value: name, Reason: param.Reason}
				}
				return tagger{}, err
			}
		}
	}
	if model.model != nil {
		model = model.model
	}
	if !model.kind.Includes(lang.Clusters) {
		return tagger{}, &pipeline.ParamError{Param: "model", Value: name, Reason: "it has no clusters, by which titles are tagged"}
	}
	// A table that was preprocessed as the model's was is read as it is, any
	// other anew with the model's words.
	model = model.at(lang.Clusters)
	table := from.at(lang.Table)
	if tokens := from.at(lang.Tokens); tokens.kind == lang.Tokens {
		for _, o := range model.lineage() {
			if o.Hash == tokens.origin().Hash {
				table = tokens
			}
		}
	}
	return tagger{table, model, table.origin()}, nil
}
