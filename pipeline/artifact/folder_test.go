package artifact

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gondola/lake"
	"gondola/pipeline"
)

// fill writes two sections that hold text.
func fill(t testing.TB, b *Builder, text string) {
	t.Helper()
	for _, name := range []string{"a.bin", "b.json"} {
		if err := os.WriteFile(b.Path(name), []byte(name+" "+text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

func commit(t testing.TB, dir, text string) {
	t.Helper()
	b, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, b, text)
	if err := b.CommitReplacing(t.Context(), Manifest{Kind: text}); err != nil {
		t.Fatal(err)
	}
}

// content opens and verifies dir, and returns what was written.
func content(t testing.TB, dir string) string {
	t.Helper()
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(f.Path("a.bin"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimPrefix(string(b), "a.bin ")
	if f.Manifest().Kind != text {
		t.Fatalf("a manifest of %q with the sections of %q", f.Manifest().Kind, text)
	}
	return text
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}

func TestFolderRoundTrip(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "m")
	b, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, b, "words")
	if _, err := OpenFolder(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before the commit: %v", err)
	}
	origin := pipeline.Origin{Hash: strings.Repeat("a", 64), Verb: "train", Params: json.RawMessage(`{"dim":3}`), Made: time.Unix(1, 0).UTC()}
	input := pipeline.Origin{Hash: strings.Repeat("b", 64), Verb: "load"}
	m := Manifest{Kind: "words", Origin: origin, Lineage: []pipeline.Origin{input}, Extra: json.RawMessage(`{"rows":7}`)}
	if err := b.Commit(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if err := b.Abort(); err != nil {
		t.Errorf("abort after commit: %v", err)
	}
	if got := content(t, dir); got != "words" {
		t.Errorf("content %q", got)
	}
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := f.Manifest()
	if got.Magic != "gondola-artifact" || got.Major != 1 || got.Gondola == "" || got.Origin.Hash != origin.Hash ||
		!got.Origin.Made.Equal(origin.Made) || len(got.Lineage) != 1 || got.Lineage[0].Verb != "load" {
		t.Errorf("manifest %+v", got)
	}
	var extra map[string]int
	if err := json.Unmarshal(got.Extra, &extra); err != nil || extra["rows"] != 7 {
		t.Errorf("extra %s: %v", got.Extra, err)
	}
	if got, want := names(t, dir), []string{"a.bin", "b.json", "manifest.json", "manifest.json.sha256"}; !slices.Equal(got, want) {
		t.Errorf("files %q", got)
	}
	if got := names(t, filepath.Dir(dir)); !slices.Equal(got, []string{"m"}) {
		t.Errorf("beside it: %q", got)
	}
}

func TestCommitNeedsRoom(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	commit(t, dir, "old")
	b, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, b, "new")
	if err := b.Commit(t.Context(), Manifest{Kind: "new"}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over an artefact: %v", err)
	}
	if got := content(t, dir); got != "old" {
		t.Errorf("then there is %q", got)
	}
	if err := b.CommitReplacing(t.Context(), Manifest{Kind: "new"}); err != nil {
		t.Errorf("replacing: %v", err)
	}
	if got := content(t, dir); got != "new" {
		t.Errorf("after replacing there is %q", got)
	}
	if got := names(t, filepath.Dir(dir)); !slices.Equal(got, []string{"m"}) {
		t.Errorf("left: %q", got)
	}
	if err := Remove(dir); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Dir(dir)); len(got) != 0 {
		t.Errorf("left after Remove: %q", got)
	}
}

func TestReplacesArtefactsOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "letters")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "dear.txt"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	b, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, b, "new")
	if err := b.CommitReplacing(t.Context(), Manifest{Kind: "new"}); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), "no gondola artefact") {
		t.Errorf("over a folder of letters: %v", err)
	}
	if err := b.Abort(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{"dear.txt"}) {
		t.Errorf("then it holds %q", got)
	}
	if got := names(t, filepath.Dir(dir)); !slices.Equal(got, []string{"letters"}) {
		t.Errorf("beside it: %q", got)
	}
}

func TestCommitRefusesOddSections(t *testing.T) {
	for _, name := range []string{".hidden", "manifest.json.bak", "a b", "ünï", "c:d"} {
		b, err := Create(filepath.Join(t.TempDir(), "m"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(b.Path(name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := b.Commit(t.Context(), Manifest{}); err == nil || !strings.Contains(err.Error(), "cannot be a section") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestCommitCancelled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	b, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, b, "new")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Commit(ctx, Manifest{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if err := b.Abort(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, filepath.Dir(dir)); len(got) != 0 {
		t.Errorf("left: %q", got)
	}
}

// rewrite changes the manifest and makes its checksum fit.
func rewrite(t testing.TB, dir, old, to string) {
	t.Helper()
	name := filepath.Join(dir, manifestName)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("no %s in %s", old, b)
	}
	b = []byte(strings.Replace(string(b), old, to, 1))
	for name, text := range map[string][]byte{name: b, filepath.Join(dir, checksumName): checksumLine(b)} {
		if err := os.WriteFile(name, text, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// Bar T8: a newer major is refused with what it needs, a newer minor is read.
func TestT8Versions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	commit(t, dir, "old")
	rewrite(t, dir, `"minor": 0`, `"minor": 7, "colour": "unknown here"`)
	if got := content(t, dir); got != "old" {
		t.Errorf("a newer minor: %q", got)
	}
	rewrite(t, dir, `"major": 1`, `"major": 2`)
	rewrite(t, dir, `"needs": "0.2.0"`, `"needs": "3.0.0"`)
	rewrite(t, dir, `"gondola": "`+programVersion()+`"`, `"gondola": "3.1.0"`)
	rewrite(t, dir, `"sections": [`, `"sections": [7, `) // whatever it means there
	_, err := OpenFolder(dir)
	var newer *NewerError
	want := dir + `: made by gondola "3.1.0" with format 2, needs gondola >= "3.0.0" (this one reads format 1)`
	if !errors.As(err, &newer) || err.Error() != want {
		t.Errorf("a newer major: %v", err)
	}
}

func TestOpenFolderRefuses(t *testing.T) {
	remove := func(name string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	change := func(old, to string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) { rewrite(t, dir, old, to) }
	}
	tests := map[string]struct {
		do   func(t *testing.T, dir string)
		want string
	}{
		"no manifest":       {remove(manifestName), "no such file"},
		"no checksum":       {remove(checksumName), "its checksum manifest.json.sha256 is missing"},
		"no section":        {remove("a.bin"), "the file is missing"},
		"another program's": {change(`"gondola-artifact"`, `"spark"`), "not the manifest of a gondola artefact"},
		"version 0":         {change(`"major": 1`, `"major": 0`), "format 0"},
		"way out":           {change(`"a.bin"`, `"../a.bin"`), `a section is called "../a.bin"`},
		"a folder":          {change(`"a.bin"`, `"x/a.bin"`), "a section is called"},
		"twice":             {change(`"a.bin"`, `"b.json"`), "there twice"},
		"negative":          {change(`"size": `, `"size": -`), "bytes"},
		"other size":        {change(`"size": `, `"size": 1`), "the manifest says"},
		"no sum":            {change(`"sha256": "`, `"sha256": "x`), "has no sha256"},
		"no JSON":           {change(`{`, `[`), "invalid character"},
		"too many entries":  {change(`"sections": [`, `"sections": [`+strings.Repeat("{},", maxEntries)), "entries"},
		"too large":         {change(`"kind": "`, `"kind": "`+strings.Repeat("x", maxManifest)), "at most 16777216 are read"},
		"a link": {func(t *testing.T, dir string) {
			remove("a.bin")(t, dir)
			if err := os.Symlink("b.json", filepath.Join(dir, "a.bin")); err != nil {
				t.Fatal(err)
			}
		}, "not a regular file"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "m")
			commit(t, dir, "old")
			tc.do(t, dir)
			_, err := OpenFolder(dir)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if name != "no manifest" && !errors.Is(err, lake.ErrCorrupt) {
				t.Errorf("%v is not lake.ErrCorrupt", err)
			}
		})
	}
}

func TestVerify(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "m")
	commit(t, dir, "old")
	f, err := OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Path("b.json"), []byte("b.json olD"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := f.Verify(t.Context(), "a.bin"); err != nil {
		t.Errorf("the other section: %v", err)
	}
	for _, names := range [][]string{nil, {"b.json"}} {
		if err := f.Verify(t.Context(), names...); !errors.Is(err, lake.ErrCorrupt) || !strings.Contains(err.Error(), "b.json") {
			t.Errorf("%q: %v", names, err)
		}
	}
	if err := f.Verify(t.Context(), "c"); err == nil || errors.Is(err, lake.ErrCorrupt) {
		t.Errorf("a section that is not there: %v", err)
	}
}

func TestSweepTemp(t *testing.T) {
	parent := t.TempDir()
	if err := SweepTemp(filepath.Join(parent, "missing"), 0); err != nil {
		t.Errorf("a parent that is missing: %v", err)
	}
	commit(t, filepath.Join(parent, "m"), "m")
	alive, err := Create(filepath.Join(parent, "alive"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".tmp-00", "mine", ".config"} {
		if err := os.MkdirAll(filepath.Join(parent, name), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	// Replacements in two steps that died before the new one was there, and after.
	for _, name := range []string{".old-m", ".old-n"} {
		commit(t, filepath.Join(parent, name), "older")
	}
	if got := content(t, filepath.Join(parent, "n")); got != "older" {
		t.Errorf("n opens as %q", got)
	}
	if err := SweepTemp(parent, time.Hour); err != nil {
		t.Fatal(err)
	}
	temp := filepath.Base(alive.temp)
	want := []string{".config", ".tmp-00", temp, "m", "mine", "n"}
	slices.Sort(want)
	if got := names(t, parent); !slices.Equal(got, want) {
		t.Errorf("after a sweep of what is older than an hour: %q, want %q", got, want)
	}
	if err := SweepTemp(parent, 0); err != nil {
		t.Fatal(err)
	}
	want = slices.DeleteFunc(want, func(s string) bool { return s == ".tmp-00" })
	if got := names(t, parent); !slices.Equal(got, want) {
		t.Errorf("after a sweep of all: %q, want %q", got, want)
	}
	fill(t, alive, "alive")
	if err := alive.Commit(t.Context(), Manifest{Kind: "alive"}); err != nil {
		t.Errorf("the live one: %v", err)
	}
	for name, want := range map[string]string{"m": "m", "n": "older", "alive": "alive"} {
		if got := content(t, filepath.Join(parent, name)); got != want {
			t.Errorf("%s holds %q", name, got)
		}
	}
}
