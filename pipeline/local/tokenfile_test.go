package local

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func writeTokens(t *testing.T, titles [][]int32) *tokenFile {
	t.Helper()
	w, err := createTokenFile(filepath.Join(t.TempDir(), "tokens"))
	if err != nil {
		t.Fatal(err)
	}
	for i, ids := range titles {
		if err := w.add(tokenTitle{ids, len(ids) / 2, int64(i) + 1, 3 * int64(i)}); err != nil {
			t.Fatal(err)
		}
	}
	f, err := w.finish()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.close)
	return f
}

// TestTokenFile reads back what was written, whole and in ranges that begin
// and end within blocks.
func TestTokenFile(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	titles := make([][]int32, 3*blockTitles+17)
	for i := range titles {
		titles[i] = make([]int32, r.IntN(9))
		for j := range titles[i] {
			titles[i][j] = int32(r.Uint64() >> (33 + r.UintN(30)))
		}
	}
	f := writeTokens(t, titles)
	n := int64(len(titles))
	for _, span := range [][2]int64{{0, n}, {0, 0}, {5, 6}, {blockTitles - 1, blockTitles + 1}, {n - 3, n}, {100, n + 100}} {
		next := span[0]
		err := f.each(t.Context(), span[0], span[1], func(i int64, got *tokenTitle) error {
			if i != next || !slices.Equal(got.ids, titles[i]) || got.head != len(got.ids)/2 || got.times != i+1 || got.first != 3*i {
				t.Fatalf("title %d after %d: %+v; want %v", i, next-1, got, titles[i])
			}
			next++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if want := max(span[0], min(span[1], n)); next != want {
			t.Errorf("%v: read up to %d, want %d", span, next, want)
		}
	}
}

// TestTokenFileDamaged cuts the file at every byte: an error, never a panic.
func TestTokenFileDamaged(t *testing.T) {
	f := writeTokens(t, [][]int32{{1, 2, 3}, {1 << 20, 7}, {}, {5}})
	for size := f.size - 1; size >= 0; size-- {
		if err := os.Truncate(f.path, size); err != nil {
			t.Fatal(err)
		}
		err := f.each(t.Context(), 0, f.titles, func(int64, *tokenTitle) error { return nil })
		if err == nil {
			t.Errorf("cut to %d of %d bytes: no error", size, f.size)
		}
	}
}

func TestTokenFileCancel(t *testing.T) {
	f := writeTokens(t, make([][]int32, 2*blockTitles))
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	err := f.each(ctx, 0, f.titles, func(int64, *tokenTitle) error {
		seen++
		cancel()
		return nil
	})
	if err != context.Canceled || seen > blockTitles { //nolint:errorlint // The cause itself is promised.
		t.Errorf("%v after %d titles", err, seen)
	}
}
