package session_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/session"
)

// rowsOf runs a statement and returns the rows of the table it asks for.
func rowsOf(t *testing.T, s *session.Session, text string) [][]any {
	t.Helper()
	tables := exec(t, s, text).asked()
	if len(tables) == 0 {
		t.Fatalf("%s shows no table", text)
	}
	return tables[len(tables)-1].Rows
}

// What was kept answers as before, and tags other titles: a table as it was
// loaded, one that was preprocessed alike, one that was preprocessed otherwise.
func TestModelKeepsAndTags(t *testing.T) {
	s := newSession(t, nil)
	exec(t, s, trained+"cluster words -k 8 as groups\ntag groups as tags")
	want := rowsOf(t, s, "show tags --columns product_title,cluster,distance,tags -n 2000")
	exec(t, s, "model save kept --from tags\nmodel save vectors --from words")
	exec(t, s, "model load kept as back\nmodel load vectors as vback")
	for _, ask := range []string{"near cheese --from ", "inspect c3 --from ", `explain "Organic Cheddar Cheese, 8 oz" --from `} {
		if got, want := rowsOf(t, s, ask+"back"), rowsOf(t, s, ask+"groups"); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, before %v", ask, got, want)
		}
	}
	if got, want := rowsOf(t, s, "near cheese --from vback"), rowsOf(t, s, "near cheese --from words"); !reflect.DeepEqual(got, want) {
		t.Errorf("near: %v, before %v", got, want)
	}
	for _, text := range []string{
		"tag receipts --model kept", "tag receipts --model back", "tag receipts --model groups", "tag receipts --model tags",
		"tag clean --model kept", "preprocess receipts --numbers keep --stopwords off --no-units as other\ntag other --model kept",
		"tag groups --model kept", "tag tags --model kept", "tag receipts --model kept\ntag",
	} {
		exec(t, s, text+" as fresh")
		if got := rowsOf(t, s, "show fresh --columns product_title,cluster,distance,tags -n 2000"); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: other tags than at first", text)
		}
	}
	exec(t, s, "inspect c3 --from fresh\nmodel save again --from fresh\nmodel save third --from back")
	rows := rowsOf(t, s, "model ls")
	if len(rows) != 4 {
		t.Fatalf("%v", rows)
	}
	for i, name := range []string{"again", "kept", "third", "vectors"} {
		if rows[i][0] != name || rows[i][6] != "sample:receipts?n=2000&seed=5" || rows[i][8] != nil {
			t.Errorf("%v", rows[i])
		}
	}
	exec(t, s, "model rm again\nmodel rm third")
	if rows := rowsOf(t, s, "model ls"); len(rows) != 2 {
		t.Errorf("after rm: %v", rows)
	}
}

func TestModelErrors(t *testing.T) {
	dir := t.TempDir()
	s := newSession(t, nil)
	exec(t, s, trained+"cluster words -k 4 as groups\nmodel save kept\nmodel save vectors --from words\nmodel load kept as back")
	damaged := filepath.Join(dir, "damaged.bin")
	if err := os.WriteFile(damaged, []byte("no vectors"), 0o600); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"model save kept --from groups":                   "there is a model kept already",
		"model save ../x --from groups":                   "a name is up to 64 letters",
		"model save x --from clean":                       "works on vectors",
		"model load kpet":                                 "did you mean kept?",
		"model load " + damaged:                           "the first line is",
		"model rm nowhere":                                "there is no such model",
		"show back":                                       "back is a model that was loaded",
		"profile back":                                    "back is a model that was loaded",
		"preprocess back":                                 "back is a model that was loaded",
		"train back":                                      "back is a model that was loaded",
		"cluster back":                                    "back is a model that was loaded",
		"tag back":                                        "back is a model that was loaded",
		"tag back --model kept":                           "back is a model that was loaded",
		"write " + dir + "/x.csv --from back":             "back is a model that was loaded",
		"tag receipts --model vectors":                    "it has no clusters",
		"tag receipts --model words":                      "it has no clusters",
		"tag receipts --model nowhere":                    "there is no such model",
		"tag receipts":                                    "tag works on clusters",
		"tag receipts --model kept as fresh\ntrain fresh": "preprocess",
		"model load vectors as v\ninspect c1 --from v":    "inspect works on clusters",
	} {
		err := s.Exec(t.Context(), session.Source{Text: text}, nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	exec(t, s, "status") // a model that was loaded stands in it
	exec(t, s, "model save kept --from words --mode overwrite")
}

var _ pipeline.ModelStore = artifact.Store{}

// Models are exported by the ending of the path, from results with rows and
// without, and load again.
func TestExportModel(t *testing.T) {
	dir := t.TempDir()
	s := newSession(t, nil)
	exec(t, s, trained+"cluster words -k 4 as groups\ntag as tags\nmodel save kept --from groups\nmodel load kept as back")
	want := rowsOf(t, s, "near cheese --from words")
	for _, from := range []string{"words", "groups", "tags", "back"} {
		for _, name := range []string{"v.bin", "v.txt", "v.kv", "v.spark", "v"} {
			path := filepath.Join(dir, from+name)
			exec(t, s, "export "+from+" "+path)
			if err := s.Exec(t.Context(), session.Source{Text: "export " + from + " " + path}, nil); err == nil || !strings.Contains(err.Error(), "exist") {
				t.Errorf("%s: exported twice: %v", path, err)
			}
			exec(t, s, "export "+from+" "+path+" --mode overwrite\nmodel load "+path+" as again")
			got := rowsOf(t, s, "near cheese --from again")
			if len(got) != len(want) {
				t.Fatalf("%s: %d words", path, len(got))
			}
			for i := range want {
				a, _ := got[i][1].(float64)
				b, _ := want[i][1].(float64)
				if a-b > 1e-6 || b-a > 1e-6 {
					t.Errorf("%s: near cheese %v, want %v", path, got[i], want[i])
				}
			}
		}
	}
	exec(t, s, "export tags "+dir+"/folder/") // rows, not a model
	if _, err := os.Stat(filepath.Join(dir, "folder", "_SUCCESS")); err != nil {
		t.Error(err)
	}
	if err := s.Exec(t.Context(), session.Source{Text: "export back " + dir + "/rows.csv"}, nil); err == nil || !strings.Contains(err.Error(), "is a model that was loaded") {
		t.Errorf("rows of a model: %v", err)
	}
}
