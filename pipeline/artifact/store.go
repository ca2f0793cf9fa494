package artifact

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"gondola/lake"
	"gondola/pipeline"
)

// Store keeps models as folders of one folder: $XDG_DATA_HOME/gondola/models
// for the program. It implements pipeline.ModelStore. Several processes may use
// one folder at the same time.
type Store struct {
	// Dir is the folder; it is made when the first model is saved.
	Dir string
}

var _ pipeline.ModelStore = Store{}

// maxName is the longest name of a model.
const maxName = 64

// checkName refuses names that are no plain names, so that none leads out of
// the folder or cannot be stored on some system.
func checkName(name string) error {
	bad := name == "" || len(name) > maxName || !letterOrDigit(rune(name[0])) || strings.HasSuffix(name, ".")
	for _, r := range name {
		bad = bad || !letterOrDigit(r) && r != '-' && r != '_' && r != '.'
	}
	if bad || !filepath.IsLocal(name) {
		return &pipeline.ParamError{Param: "name", Value: clip(name), Reason: fmt.Sprintf("a name is up to %d letters, digits, - _ and . and begins with a letter or digit", maxName)}
	}
	return nil
}

func letterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// modelExtra is what the manifest of a model folder says beside, so that a
// list need not read the sections.
type modelExtra struct {
	Words int64 `json:"words"`
	Dim   int64 `json:"dim"`
	K     int64 `json:"k,omitempty"`
}

func extraOf(words *WordModel, clusters *Clusters) (json.RawMessage, error) {
	x := modelExtra{Words: int64(words.Words()), Dim: int64(words.Dim())}
	if clusters != nil {
		x.K = int64(clusters.K())
	}
	return json.Marshal(x)
}

// describe says what a manifest tells of a model.
func (f *Folder) describe() pipeline.SavedModel {
	m := f.manifest
	out := pipeline.SavedModel{
		Path: f.dir, Format: formatGondola, Kind: m.Kind, Bytes: m.Bytes(), Gondola: m.Gondola, Origin: m.Origin, Lineage: m.Lineage,
	}
	var x modelExtra
	switch {
	case m.Kind != KindWords && m.Kind != KindClusters:
		out.Problem = fmt.Sprintf("an artefact of kind %q, not a model", m.Kind)
	case json.Unmarshal(m.Extra, &x) == nil:
		out.Words, out.Dim, out.K = x.Words, x.Dim, x.K
	}
	return out
}

// Save implements pipeline.ModelStore.
func (s Store) Save(ctx context.Context, name string, m pipeline.Model, lineage []pipeline.Origin, replace bool) (pipeline.SavedModel, error) {
	if err := checkName(name); err != nil {
		return pipeline.SavedModel{}, err
	}
	s.sweep()
	out, err := saveFolder(ctx, filepath.Join(s.Dir, name), m, lineage, replace)
	out.Name = name
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("there is a model %s already: %w", name, fs.ErrExist)
	}
	return out, err
}

// sweep removes what dead processes left. It is no matter if that fails.
func (s Store) sweep() { _ = SweepTemp(s.Dir, time.Minute) }

// saveFolder saves a model as an artefact folder and describes it.
func saveFolder(ctx context.Context, dir string, m pipeline.Model, lineage []pipeline.Origin, replace bool) (pipeline.SavedModel, error) {
	save := SaveModel
	if replace {
		save = ReplaceModel
	}
	if err := save(ctx, dir, m, lineage); err != nil {
		return pipeline.SavedModel{}, err
	}
	f, err := OpenFolder(dir)
	if err != nil {
		return pipeline.SavedModel{}, err
	}
	return f.describe(), nil
}

// Load implements pipeline.ModelStore.
func (s Store) Load(ctx context.Context, nameOrPath string) (pipeline.Model, pipeline.SavedModel, error) {
	if checkName(nameOrPath) == nil {
		dir := filepath.Join(s.Dir, nameOrPath)
		m, f, err := OpenModel(ctx, dir)
		if err == nil {
			out := f.describe()
			out.Name = nameOrPath
			return m, out, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, pipeline.SavedModel{}, err
		}
	}
	m, out, err := Import(ctx, nameOrPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, out, s.unknown(ctx, nameOrPath)
	}
	return m, out, err
}

// unknown is the error for what is neither a name nor a path: it names a model
// that is spelt nearly alike.
func (s Store) unknown(ctx context.Context, name string) error {
	list, err := s.List(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, m := range list {
		names = append(names, m.Name)
	}
	hint := "model ls lists the models that are kept"
	if near := lake.Nearest(name, names); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return &pipeline.ParamError{Param: "name", Value: clip(name), Reason: "there is no such model, and no such file or folder; " + hint}
}

// List implements pipeline.ModelStore.
func (s Store) List(ctx context.Context) ([]pipeline.SavedModel, error) {
	s.sweep()
	entries, err := os.ReadDir(s.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []pipeline.SavedModel
	for _, e := range entries {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if !e.IsDir() || checkName(e.Name()) != nil {
			continue
		}
		f, err := OpenFolder(filepath.Join(s.Dir, e.Name()))
		m := pipeline.SavedModel{Path: filepath.Join(s.Dir, e.Name()), Format: formatGondola}
		if err != nil {
			m.Problem = err.Error()
		} else {
			m = f.describe()
		}
		m.Name = e.Name()
		list = append(list, m)
	}
	return list, nil
}

// Remove implements pipeline.ModelStore.
func (s Store) Remove(ctx context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	dir := filepath.Join(s.Dir, name)
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return s.unknown(ctx, name)
	}
	return Remove(dir)
}
