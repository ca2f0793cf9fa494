package local_test

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/pipeline"
	"gondola/pipeline/local"
)

func selectAll(t testing.TB, e *local.Engine, ds pipeline.Dataset) [][]any {
	t.Helper()
	rows, err := e.Select(t.Context(), ds, pipeline.Selection{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rows.Rows
}

const someReceipts = "sample:receipts?n=3000&seed=5"

// TestCachedRun runs all steps in one engine and again in another: the second
// time every step is served, with the same facts and rows.
func TestCachedRun(t *testing.T) {
	cache := t.TempDir()
	first := newEngine(t, cache)
	a := tagged(t, first, newTable(t, first, someReceipts), 1)
	if a.Origin().Cached {
		t.Fatal("the first run was cached")
	}
	second := newEngine(t, cache)
	raw := newTable(t, second, someReceipts)
	b := tagged(t, second, raw, 1)
	if !raw.Origin().Cached || !b.Origin().Cached {
		t.Fatal("the second run was not cached")
	}
	if a.Origin().Hash != b.Origin().Hash || !a.Origin().Made.Equal(b.Origin().Made) {
		t.Errorf("origins differ:\n%+v\n%+v", a.Origin(), b.Origin())
	}
	if d := cmp.Diff(a.Facts(), b.Facts()); d != "" {
		t.Errorf("facts: %s", d)
	}
	if d := cmp.Diff(selectAll(t, first, a), selectAll(t, second, b)); d != "" {
		t.Errorf("rows: %s", d)
	}
	// Another seed changes what depends on it and nothing before.
	c := tagged(t, second, raw, 2)
	if c.Origin().Cached || c.Origin().Hash == b.Origin().Hash {
		t.Error("another seed gave the same tags")
	}
}

// TestCacheChangedSource loads a file, changes it, and loads it again.
func TestCacheChangedSource(t *testing.T) {
	cache, path := t.TempDir(), filepath.Join(t.TempDir(), "t.csv")
	e := newEngine(t, cache)
	for i, text := range []string{"id,title\n1,red salsa\n", "id,title\n1,red salsa\n2,blue corn\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, cached := range []bool{false, true} {
			ds, err := e.Load(t.Context(), pipeline.Load{URI: path}, nil)
			if err != nil {
				t.Fatal(err)
			}
			if ds.Len() != int64(i+1) || ds.Origin().Cached != cached {
				t.Errorf("state %d: %d rows, cached %t", i, ds.Len(), ds.Origin().Cached)
			}
		}
	}
}

// TestCacheForce computes a step anew beside a reader of the old result.
func TestCacheForce(t *testing.T) {
	cache := t.TempDir()
	e, other := newEngine(t, cache), newEngine(t, cache)
	old := newTable(t, other, someReceipts)
	ds, err := e.Load(t.Context(), pipeline.Load{URI: someReceipts, Title: "product_title", ID: "item_id", Force: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if ds.Origin().Cached || ds.Origin().Hash != old.Origin().Hash {
		t.Error("--force served the old result, or made another one")
	}
	// What was replaced goes first, but not while somebody reads it.
	freed, err := e.Collect(t.Context(), 1<<40, false)
	if err != nil || len(freed) != 0 {
		t.Fatalf("removed %d results in use, error %v", len(freed), err)
	}
	if d := cmp.Diff(selectAll(t, e, ds), selectAll(t, other, old)); d != "" {
		t.Error(d)
	}
}

// TestCacheDamaged cuts every file of a result in turn: the step is computed
// anew, never served wrong.
func TestCacheDamaged(t *testing.T) {
	cache := t.TempDir()
	first := newEngine(t, cache)
	want := selectAll(t, first, newTable(t, first, someReceipts))
	for _, name := range []string{"manifest.json", "manifest.json.sha256", "table.parquet", "facts.json"} {
		newTable(t, newEngine(t, cache), someReceipts)
		folders, err := filepath.Glob(filepath.Join(cache, "steps", "*"))
		if err != nil || len(folders) == 0 {
			t.Fatalf("no artefacts: %v", err)
		}
		for _, folder := range folders {
			if err := os.Truncate(filepath.Join(folder, name), 10); err != nil {
				t.Fatal(err)
			}
		}
		e := newEngine(t, cache)
		ds := newTable(t, e, someReceipts)
		if ds.Origin().Cached {
			t.Errorf("served with a damaged %s", name)
		}
		if d := cmp.Diff(want, selectAll(t, e, ds)); d != "" {
			t.Errorf("after damage of %s: %s", name, d)
		}
		if _, err := e.Collect(t.Context(), 0, false); err != nil { // removes the damaged ones
			t.Fatal(err)
		}
	}
}

// TestCacheLimit removes the least recently used results, those in use never.
func TestCacheLimit(t *testing.T) {
	cache := t.TempDir()
	uris := []string{"sample:receipts?n=500&seed=1", "sample:receipts?n=500&seed=2", "sample:receipts?n=500&seed=3"}
	writer := newEngine(t, cache)
	for _, uri := range uris {
		newTable(t, writer, uri)
	}
	e := newEngine(t, cache)
	inUse := newTable(t, e, uris[0])
	kept, err := e.Kept(t.Context())
	if err != nil || len(kept) != 3 {
		t.Fatalf("%d results, error %v", len(kept), err)
	}
	var total int64
	for _, k := range kept {
		total += k.Origin.Bytes
	}
	// The writer's handles are garbage by now or not: only what e holds is sure.
	dry, err := e.Collect(t.Context(), 0, true)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range dry {
		if k.Origin.Hash == inUse.Origin().Hash {
			t.Error("would remove a result in use")
		}
	}
	if again, err := e.Kept(t.Context()); err != nil || len(again) != 3 {
		t.Fatalf("a dry run removed something: %d left, error %v", len(again), err)
	}
	if total <= 0 {
		t.Error("results take no room")
	}
	selectAll(t, e, inUse)
}

// TestCacheManyEngines loads and collects from several engines at once: every
// load gives all its rows.
func TestCacheManyEngines(t *testing.T) {
	cache := t.TempDir()
	var wg sync.WaitGroup
	for range 6 {
		e := newEngine(t, cache)
		wg.Go(func() {
			for i := range 12 {
				ds, err := e.Load(t.Context(), pipeline.Load{URI: "sample:receipts?n=700&seed=9", Title: "product_title", Force: i%5 == 4}, nil)
				if err != nil {
					t.Error(err)
					return
				}
				rows, err := e.Select(t.Context(), ds, pipeline.Selection{Columns: []string{"item_id"}}, nil)
				if err != nil || len(rows.Rows) != 700 {
					t.Errorf("%v rows, error %v", rows, err)
					return
				}
				if _, err := e.Collect(t.Context(), 0, false); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
