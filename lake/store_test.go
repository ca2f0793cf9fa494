package lake_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/lake"
	"gondola/lake/laketest"
)

func TestFile(t *testing.T) {
	laketest.Run(t, func(t *testing.T) lake.Store { return lake.File{Dir: t.TempDir()} })
}

func TestMem(t *testing.T) {
	laketest.Run(t, func(*testing.T) lake.Store { return lake.NewMem() })
}

func TestFileModeFollowsTheFolder(t *testing.T) {
	dir := t.TempDir()
	s := lake.File{Dir: dir}
	put(t, s, "x.csv", "a\n")
	if err := os.WriteFile(filepath.Join(dir, "y"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	x, err := os.Stat(filepath.Join(dir, "x.csv"))
	if err != nil {
		t.Fatal(err)
	}
	y, err := os.Stat(filepath.Join(dir, "y"))
	if err != nil {
		t.Fatal(err)
	}
	if x.Mode() != y.Mode() {
		t.Errorf("mode %v, an ordinary file has %v", x.Mode(), y.Mode())
	}
}

func TestFileLinkLoopEnds(t *testing.T) {
	dir := t.TempDir()
	s := lake.File{Dir: dir}
	put(t, s, "a/x.csv", "")
	if err := os.Symlink("..", filepath.Join(dir, "a", "up")); err != nil {
		need.Skip(t, "no symbolic links here: "+err.Error())
	}
	var names []string
	for info, err := range s.List(t.Context(), "", nil) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, info.Name)
	}
	if !slices.Equal(names, []string{"a/x.csv"}) {
		t.Errorf("got %v", names)
	}
}

func put(t testing.TB, s lake.Store, name, text string) {
	t.Helper()
	u, err := s.Create(t.Context(), name, lake.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := u.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestExpand(t *testing.T) {
	for name, s := range map[string]lake.Store{"file": lake.File{Dir: t.TempDir()}, "mem": lake.NewMem()} {
		t.Run(name, func(t *testing.T) {
			for _, name := range []string{
				"r/dt=2017-01/a.parquet", "r/dt=2017-01/b.parquet", "r/dt=2017-02/a.parquet", "r/dt=2018-01/c.csv",
				"r/_SUCCESS", "r/.hidden", "r/dt=2017-01/_metadata", "r/.cache/x.parquet",
				"deep/a/b/c/x.csv", "deep/x.csv", "deep/a/y.csv", "deep/_tmp/z.csv",
				"odd/data[1].csv", "odd/data1.csv", "one.csv", "two.csv", "two.tsv",
			} {
				put(t, s, name, "x")
			}
			for _, c := range []struct {
				pattern string
				want    string
			}{
				{"one.csv", "one.csv"},
				{"./one.csv", "one.csv"},
				{"*.csv", "one.csv two.csv"},
				{"t?o.*", "two.csv two.tsv"},
				{"{one,two}.csv", "one.csv two.csv"},
				{"{one.csv,two.{csv,tsv}}", "one.csv two.csv two.tsv"},
				{"r", "r/dt=2017-01/a.parquet r/dt=2017-01/b.parquet r/dt=2017-02/a.parquet r/dt=2018-01/c.csv"},
				{"r/", "r/dt=2017-01/a.parquet r/dt=2017-01/b.parquet r/dt=2017-02/a.parquet r/dt=2018-01/c.csv"},
				{"r/dt=2017-*/", "r/dt=2017-01/a.parquet r/dt=2017-01/b.parquet r/dt=2017-02/a.parquet"},
				{"r/dt=2017-*", "r/dt=2017-01/a.parquet r/dt=2017-01/b.parquet r/dt=2017-02/a.parquet"},
				{"r/*/a.*", "r/dt=2017-01/a.parquet r/dt=2017-02/a.parquet"},
				{"r/dt=201[78]-01/[!a].*", "r/dt=2017-01/b.parquet r/dt=2018-01/c.csv"},
				{"deep/**/*.csv", "deep/a/b/c/x.csv deep/a/y.csv deep/x.csv"},
				{"deep/**", "deep/a/b/c/x.csv deep/a/y.csv deep/x.csv"},
				{"**/x.csv", "deep/a/b/c/x.csv deep/x.csv"},
				{"deep/*/**/x.csv", "deep/a/b/c/x.csv"},
				{"deep/_tmp/*.csv", "deep/_tmp/z.csv"},
				{"deep/_*/*.csv", "deep/_tmp/z.csv"},
				{"odd/data[1].csv", "odd/data[1].csv"},
				{"odd/data?.csv", "odd/data1.csv"},
			} {
				files, err := lake.Expand(t.Context(), s, c.pattern)
				if err != nil {
					t.Errorf("%s: %v", c.pattern, err)
					continue
				}
				var names []string
				for _, f := range files {
					names = append(names, f.Name)
				}
				if got := strings.Join(names, " "); got != c.want {
					t.Errorf("%s:\n got %s\nwant %s", c.pattern, got, c.want)
				}
			}
			for _, c := range [][2]string{
				{"r/dt=2016-*/", "r/dt=2016-*/: nothing in the folder r matches dt=2016-*"},
				{"deap/x.csv", "deap/x.csv: this folder has no deap; did you mean deep?"},
				{"deep/a/Y.csv", "deep/a/Y.csv: the folder deep/a has no Y.csv; did you mean deep/a/y.csv?"},
				{"nowhere/at/all", "nowhere/at/all: this folder has no nowhere"},
				{"one.csv/x", "one.csv/x: this folder has no one.csv; did you mean one.csv?"},
			} {
				_, err := lake.Expand(t.Context(), s, c[0])
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s: %v is not fs.ErrNotExist", c[0], err)
				} else if err.Error() != c[1] && c[0] != "one.csv/x" {
					t.Errorf("%s:\n got %s\nwant %s", c[0], err, c[1])
				}
			}
			if _, err := lake.Expand(t.Context(), s, "r/[a"); err == nil || errors.Is(err, fs.ErrNotExist) {
				t.Errorf("an unclosed class: %v", err)
			}
		})
	}
}

func TestPartitions(t *testing.T) {
	for _, c := range []struct {
		name string
		want []lake.Partition
	}{
		{"a/b.csv", nil},
		{"dt=2017-01/store=a%20b/x.parquet", []lake.Partition{{Key: "dt", Value: "2017-01"}, {Key: "store", Value: "a b"}}},
		{"dt=__HIVE_DEFAULT_PARTITION__/x", []lake.Partition{{Key: "dt", Null: true}}},
		{"a=b=c/x", []lake.Partition{{Key: "a", Value: "b=c"}}},
		{"a=100%/b=%zz/x=y.csv", []lake.Partition{{Key: "a", Value: "100%"}, {Key: "b", Value: "%zz"}}},
		{"=x/a=/y", []lake.Partition{{Key: "a"}}},
		{"a=1/b=2/a=3/x", []lake.Partition{{Key: "b", Value: "2"}, {Key: "a", Value: "3"}}},
	} {
		if got := lake.Partitions(c.name); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

// What Folder writes, Partitions reads, and the folder is one that every
// store can hold and no listing hides.
func FuzzHiveFolder(f *testing.F) {
	for _, s := range [][2]string{{"dt", "2017-01"}, {"a b", "x/y"}, {"k", "%41"}, {"", ""}, {"_k", ".v"}, {"k", "\xff\x00"}, {"ü", "=%="}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, key, value string) {
		if key == "" {
			return // a column has a name
		}
		p := lake.Partition{Key: key, Value: value}
		folder := p.Folder()
		if strings.ContainsAny(folder, "/\\\x00*?[{\n") || strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_") || bytes.ContainsAny([]byte(folder), "\r\t") {
			t.Errorf("folder %q", folder)
		}
		want := p
		if value == "" {
			want = lake.Partition{Key: key, Null: true}
		}
		if got := lake.Partitions(folder + "/x"); value != "__HIVE_DEFAULT_PARTITION__" && !slices.Equal(got, []lake.Partition{want}) {
			t.Errorf("%q: got %v, want %v", folder, got, want)
		}
		lake.Partitions(key + "=" + value) // any name, no panic
	})
}
