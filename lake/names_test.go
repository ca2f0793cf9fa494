package lake_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"gondola/lake"
)

// hostileNames30 are values that would like to be a way out of a folder, an
// option, a device, or too much.
func hostileNames30() []string {
	return []string{
		"../", "..", ".", "../../escaped", "/escaped", "a/../../../escaped", "a/b", "./x", "..\\..\\escaped", "C:\\escaped",
		"\x00", "a\x00b", "-rf", "--help", "CON", "NUL.txt", strings.Repeat("x", 300), strings.Repeat("é", 125), strings.Repeat("/", 90),
		"~", "$(touch escaped)", "a\nb", "\x1b[2J", "%2e%2e%2f", "\u202egpj.exe", "\xff\xfe", " ", ".hidden", "_temporary", "_manifest.json",
		"x=y", "*?[a]", "__HIVE_DEFAULT_PARTITION__",
	}
}

// Bar X6: whatever a value or a column is called, the files stay inside the
// output folder and give the value back, or one line says why not.
func TestX6HostileNames(t *testing.T) {
	names := hostileNames30()
	if len(names) < 30 {
		t.Fatalf("%d names", len(names))
	}
	refused := 0
	for _, name := range names {
		for what, fields := range map[string][]lake.Field{
			"value":  {{Name: "title", Type: lake.StringType}, {Name: "shop", Type: lake.StringType}},
			"column": {{Name: "title", Type: lake.StringType}, {Name: name, Type: lake.StringType}},
		} {
			value := name
			if what == "column" {
				value = "plain"
			}
			root := t.TempDir()
			s := lake.File{Dir: filepath.Join(root, "deep", "er")}
			err := writeNamed(t, s, fields, value)
			if err != nil {
				refused++
				if strings.IndexFunc(err.Error(), unicode.IsControl) >= 0 || len(err.Error()) > 1000 {
					t.Errorf("%s %q: not one line of text: %q", what, name, err)
				}
				if left := outside(t, root, "nothing is to be left"); left != nil {
					t.Errorf("%s %q: refused, and left: %q", what, name, left)
				}
				continue
			}
			if left := outside(t, root, filepath.Join("deep", "er", "out")); left != nil {
				t.Errorf("%s %q: outside the folder: %q", what, name, left)
			}
			files, err := lake.Expand(t.Context(), s, "out")
			if err != nil || len(files) != 1 {
				t.Errorf("%s %q: %v, %v", what, name, files, err)
				continue
			}
			want := lake.Partition{Key: fields[1].Name, Value: value}
			if got := files[0].Partitions; len(got) != 1 || got[0] != want {
				t.Errorf("%s %q comes back as %+v", what, name, got)
			}
		}
	}
	t.Logf("%d names as values and as columns, %d refused", len(names), refused)
	if refused > 8 {
		t.Errorf("%d refused: only what a file system cannot hold is", refused)
	}
}

func writeNamed(t *testing.T, s lake.File, fields []lake.Field, value string) error {
	t.Helper()
	o, err := lake.NewOutput(t.Context(), s, "out/", fields, lake.OutputOptions{Partition: []string{fields[1].Name}, Format: lake.JSONL})
	if err != nil {
		return err
	}
	err = o.Write(row(t, fields, "pizza", value))
	if err == nil {
		_, err = o.Commit(t.Context())
	}
	return errors.Join(err, o.Abort())
}

// outside lists the files below root that are not below inside.
func outside(t *testing.T, root, inside string) []string {
	t.Helper()
	var left []string
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(name, filepath.Join(root, inside)+string(filepath.Separator)) {
			left = append(left, name)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return left
}

// A manifest that was made by somebody else names no files outside its folder.
func TestX6HostileManifest(t *testing.T) {
	for _, name := range []string{"../secret", "/etc/passwd", "a/../../secret", "..", "", "a//b"} {
		s := lake.File{Dir: t.TempDir()}
		put(t, s, "secret", "x")
		if err := os.MkdirAll(filepath.Join(s.Dir, "out"), 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, s, "out/_manifest.json", `{"format":"gondola/manifest/1","run":"r","parts":[{"name":"`+name+`"}]}`)
		if _, err := lake.ReadManifest(t.Context(), s, "out"); !errors.Is(err, lake.ErrCorrupt) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// The name of a run is part of names, so it cannot be anything.
func TestX6HostileRun(t *testing.T) {
	for _, name := range hostileNames30() {
		s := lake.File{Dir: t.TempDir()}
		o, err := lake.NewOutput(t.Context(), s, "out/", runFields, lake.OutputOptions{Run: name})
		if err == nil && name != "-rf" && name != "--help" && name != "CON" && name != "_temporary" && name != "__HIVE_DEFAULT_PARTITION__" {
			t.Errorf("run %q is taken", name)
		}
		if err == nil {
			if err := o.Abort(); err != nil {
				t.Error(err)
			}
		} else if strings.IndexFunc(err.Error(), unicode.IsControl) >= 0 {
			t.Errorf("%q", err)
		}
	}
}
