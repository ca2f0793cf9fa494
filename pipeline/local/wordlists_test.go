package local

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gondola/pipeline"
)

func writeList(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestListErrors: what is wrong with a list, in which parameter, and where.
func TestListErrors(t *testing.T) {
	good := writeList(t, "good.txt", "tea\nset\n")
	missing := filepath.Join(t.TempDir(), "missing.txt")
	for _, tt := range []struct {
		step  pipeline.Preprocess
		param string
		want  []string
	}{
		{pipeline.Preprocess{Keep: missing}, "keep", []string{missing, "no such file"}},
		{pipeline.Preprocess{Drop: missing}, "drop", []string{missing, "no such file"}},
		{pipeline.Preprocess{Synonyms: missing}, "synonyms", []string{missing, "no such file"}},
		{pipeline.Preprocess{StopWords: missing}, "stopwords", []string{missing, "no such file", "de, en, es"}},
		{pipeline.Preprocess{StopWords: "en,sv"}, "stopwords", []string{`"sv" is no language`, "de, en, es"}},
		{pipeline.Preprocess{Keep: writeList(t, "k.txt", "tea\nice cream\n")}, "keep", []string{"k.txt", "line 2", "ice cream"}},
		{pipeline.Preprocess{Synonyms: writeList(t, "s.txt", "a -> b\n")}, "synonyms", []string{"s.txt", "line 1", "=>"}},
		{pipeline.Preprocess{Keep: good, Drop: writeList(t, "d.txt", "coffee\nSet\n")}, "drop", []string{"d.txt", `"set"`, "good.txt"}},
	} {
		_, err := newTokenizer(tt.step)
		if p := (*pipeline.ParamError)(nil); !errors.As(err, &p) || p.Param != tt.param {
			t.Errorf("%+v: %v, want an error of the parameter %s", tt.step, err, tt.param)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %q", err, want)
			}
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("%q has more than one line", err)
		}
	}
	if _, err := newTokenizer(pipeline.Preprocess{StopWords: "EN, fr", Keep: good}); err != nil {
		t.Error(err)
	}
}

// TestListsAreIdentity: a changed list makes another result, the same list the
// same.
func TestListsAreIdentity(t *testing.T) {
	e, err := New(Options{CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	hash := func(p pipeline.Preprocess) string {
		t.Helper()
		plan, err := e.Plan(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		return plan.Origin.Hash
	}
	for param, step := range map[string]func(path string) pipeline.Preprocess{
		"keep":      func(path string) pipeline.Preprocess { return pipeline.Preprocess{StopWords: "en", Keep: path} },
		"drop":      func(path string) pipeline.Preprocess { return pipeline.Preprocess{StopWords: "off", Drop: path} },
		"synonyms":  func(path string) pipeline.Preprocess { return pipeline.Preprocess{StopWords: "en,fr", Synonyms: path} },
		"stopwords": func(path string) pipeline.Preprocess { return pipeline.Preprocess{StopWords: path} },
	} {
		path := writeList(t, "list.txt", "tee => shirt\n")
		before := hash(step(path))
		if hash(step(path)) != before {
			t.Errorf("%s: the same list makes another step", param)
		}
		if err := os.WriteFile(path, []byte("tee => coat\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if hash(step(path)) == before {
			t.Errorf("%s: the list has changed, and the step is the same", param)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		_, err := e.Plan(t.Context(), step(path))
		if p := (*pipeline.ParamError)(nil); !errors.As(err, &p) || p.Param != param {
			t.Errorf("%s: the list is gone: %v", param, err)
		}
	}
}
