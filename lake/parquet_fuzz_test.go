package lake_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/lake"
)

// smallFile is a good file with strings, nulls, lists and a dictionary.
func smallFile(t testing.TB, codec string) []byte {
	b := lake.NewBatch(
		lake.Field{Name: "title", Type: lake.StringType, Nullable: true},
		lake.Field{Name: "n", Type: lake.Int64Type},
		lake.Field{Name: "tags", Type: lake.ListType, Nullable: true},
		lake.Field{Name: "price", Type: lake.Type{Kind: lake.Decimal, Precision: 20, Scale: 2}, Nullable: true},
	)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range 200 {
		if i%7 == 0 {
			b.Columns[0].AppendNull()
		} else {
			b.Columns[0].AppendString([]string{"pizza", "sauce", "🍕"}[i%3])
		}
		b.Columns[1].AppendInt(r.Int64())
		appendRandom(&b.Columns[2], r)
		appendRandom(&b.Columns[3], r)
	}
	b.Rows = 200
	return writeParquet(t, b, lake.ParquetOptions{Compression: codec, RowGroupRows: 90})
}

// Bar D4: a file that is cut anywhere is an error, and no panic. Nor is one
// whose middle is missing, so that its footer is whole.
func TestD4TruncatedAtEveryByte(t *testing.T) {
	whole := smallFile(t, "none")
	if rows, err := readWhole(t.Context(), whole, "whole", 1000); err != nil || rows != 200 {
		t.Fatalf("the whole file: %d rows, %v", rows, err)
	}
	if len(whole) > 20_000 {
		t.Fatalf("%d bytes", len(whole))
	}
	check := func(what string, n int, b []byte) {
		_, err := readWhole(t.Context(), b, "cut.parquet", 1000)
		if !errors.Is(err, lake.ErrCorrupt) || !strings.HasPrefix(err.Error(), "cut.parquet: ") || strings.Contains(err.Error(), "\n") {
			t.Fatalf("%s %d of %d bytes: %v", what, n, len(whole), err)
		}
	}
	for n := 0; n < len(whole); n += need.Size(1, 7) {
		check("cut to", n, whole[:n])
	}
	// As if an upload had lost a part: n bytes less before the page index.
	footer := len(whole) - 8 - int(binary.LittleEndian.Uint32(whole[len(whole)-8:]))
	for n := 1; n < footer-4; n += need.Size(1, 7) {
		check("without", n, append(bytes.Clone(whole[:4]), whole[4+n:]...))
	}
	t.Logf("%d bytes, cut everywhere (with -short at every seventh)", len(whole))
}

// Bar D11: a flipped bit in a page is found by its checksum.
func TestD11FlippedBits(t *testing.T) {
	for _, codec := range []string{"none", "zstd"} {
		whole := smallFile(t, codec)
		// Everything from the first page on up to the page index is pages.
		want, err := dumpAll(t.Context(), whole)
		if err != nil {
			t.Fatal(err)
		}
		silent := 0
		for i := 4; i < len(whole)/2; i += need.Size(3, 31) {
			whole[i] ^= 1 << (i % 8)
			got, err := dumpAll(t.Context(), whole)
			if err == nil && diff(want, got) != "" {
				silent++
			}
			whole[i] ^= 1 << (i % 8)
		}
		if silent > 0 {
			t.Errorf("%s: %d flipped bits gave other rows without an error", codec, silent)
		}
	}
}

func dumpAll(ctx context.Context, b []byte) (map[string][]any, error) {
	f, err := lake.OpenParquet(ctx, bytes.NewReader(b), int64(len(b)), "x", lake.Limits{})
	if err != nil {
		return nil, err
	}
	r, err := f.NewReader(nil)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var batch lake.Batch
	out := map[string][]any{}
	for {
		switch err := r.Next(ctx, &batch, 100); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		}
		dump(&batch, out)
	}
}

func TestFooterLimits(t *testing.T) {
	whole := smallFile(t, "none")
	for name, c := range map[string]struct {
		limits lake.Limits
		want   string
	}{
		"footer": {lake.Limits{FooterBytes: 100}, "FooterBytes"},
		"page":   {lake.Limits{PageBytes: 100}, "PageBytes"},
		"rows":   {lake.Limits{RowsPerByte: 1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := lake.OpenParquet(t.Context(), bytes.NewReader(whole), int64(len(whole)), "x.parquet", c.limits)
			if err == nil {
				var r *lake.ParquetReader
				if r, err = f.NewReader(nil); err == nil {
					var b lake.Batch
					err = r.Next(t.Context(), &b, 1000)
				}
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	short := []byte("PAR1\xf0\xff\xff\xffPAR1")
	if _, err := lake.OpenParquet(t.Context(), bytes.NewReader(short), 12, "x", lake.Limits{}); !errors.Is(err, lake.ErrCorrupt) {
		t.Errorf("a footer of 4 GiB in 12 bytes: %v", err)
	}
}

// Bar D3: a batch stays within its budget although a few bits may stand for a
// long text.
func TestD3LongRepeatsStayWithinTheBudget(t *testing.T) {
	b := lake.NewBatch(lake.Field{Name: "s", Type: lake.StringType}, lake.Field{Name: "l", Type: lake.ListType})
	long := strings.Repeat("x", 1<<18)
	const rows = 600
	var buf bytes.Buffer
	w, err := lake.NewParquetWriter(&buf, b.Fields(), lake.ParquetOptions{Compression: "snappy"})
	if err != nil {
		t.Fatal(err)
	}
	b.Columns[0].AppendString(long)
	b.Columns[1].AppendStrings([]string{long, "short"})
	b.Rows = 1
	for range rows {
		if err := w.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f := open(t, buf.Bytes())
	r, err := f.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	var got lake.Batch
	n, batches := 0, 0
	for {
		err := r.Next(t.Context(), &got, rows)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		n += got.Rows
		batches++
		if size := len(got.Columns[0].Bytes); size > 33<<20 {
			t.Fatalf("%d MiB in one batch", size>>20)
		}
	}
	if n != rows || batches < 8 {
		t.Errorf("%d rows in %d batches", n, batches)
	}
}

// countingReader fails the test when a read goes far beyond what is needed.
type countingReader struct {
	*bytes.Reader
	bytes int
	reads int
}

func (r *countingReader) ReadAt(b []byte, off int64) (int, error) {
	r.bytes += len(b)
	r.reads++
	return r.Reader.ReadAt(b, off)
}

// Only the chosen columns and row groups are fetched.
func TestReadsOnlyWhatIsAsked(t *testing.T) {
	b := table(4000, 3)
	data := writeParquet(t, b, lake.ParquetOptions{RowGroupRows: 1000, Compression: "none"})
	r := &countingReader{Reader: bytes.NewReader(data)}
	f, err := lake.OpenParquet(t.Context(), r, int64(len(data)), "x", lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	opened := r.bytes
	readDump(t, f, []string{"int64 required false"}, 5000, lake.WithRowGroups(1, 2))
	if got := r.bytes - opened; got > 10_000 {
		t.Errorf("%d bytes read for 1000 numbers", got)
	}
	if r.reads > 5 {
		t.Errorf("%d reads", r.reads)
	}
}

func FuzzParquet(f *testing.F) {
	for _, codec := range []string{"none", "zstd", "snappy", "gzip"} {
		f.Add(smallFile(f, codec))
	}
	hostile, err := filepath.Glob("../../shared/data/hostile_parquet/*.parquet")
	if err != nil {
		f.Fatal(err)
	}
	for i, name := range hostile {
		if i%6 != 0 { // seeds run with every test: a sample
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := readWhole(t.Context(), b, "fuzz.parquet", 100_000)
		if err != nil && (!strings.HasPrefix(err.Error(), "fuzz.parquet: ") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("not one line that names the file: %q", err)
		}
		if err != nil && strings.Contains(err.Error(), "runtime error") {
			t.Errorf("recovered from a panic: %v", err)
		}
	})
}
