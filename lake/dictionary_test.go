package lake_test

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"gondola/lake"
)

// readDicts reads a file with its dictionaries and returns what it holds, and
// how many rows of each column came by a dictionary.
func readDicts(t testing.TB, f *lake.ParquetFile, step int, options ...lake.ReaderOption) (map[string][]any, map[string]int) {
	t.Helper()
	r, err := f.NewReader(nil, append(options, lake.WithDictionaries())...)
	if err != nil {
		t.Fatal(err)
	}
	var b lake.Batch
	out, by := map[string][]any{}, map[string]int{}
	for {
		err := r.Next(t.Context(), &b, step)
		if errors.Is(err, io.EOF) {
			return out, by
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range b.Columns {
			c := &b.Columns[i]
			if c.Dict != nil || c.Elem != nil && c.Elem.Dict != nil {
				by[c.Name] += b.Rows
			}
			one := lake.NewColumn(c.Field) // by row, and then all at once
			for row := range b.Rows {
				one.AppendFrom(c, row)
			}
			c.Materialise()
			for row := range b.Rows {
				if d := diff(cell(one, row), cell(c, row)); d != "" {
					t.Fatalf("column %q, row %d: by row and all at once: %s", c.Name, row, d)
				}
			}
		}
		dump(&b, out)
	}
}

// Indexes of every width, in runs and packed, with nulls and without.
func TestDictionariesOfEveryWidth(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for bits := range 18 {
		b := lake.NewBatch(
			lake.Field{Name: "all", Type: lake.StringType, Nullable: true},
			lake.Field{Name: "some", Type: lake.StringType, Nullable: true},
			lake.Field{Name: "must", Type: lake.Int64Type},
			lake.Field{Name: "list", Type: lake.ListType, Nullable: true},
		)
		distinct := 1<<bits - (1<<bits)/4
		for i := range 3*distinct + 500 {
			v := r.IntN(distinct)
			if i < distinct {
				v = i
			}
			if r.IntN(50) == 0 {
				for range r.IntN(40) { // a run
					b.Columns[2].AppendInt(int64(v))
					b.Columns[0].AppendString(fmt.Sprint(v))
					b.Columns[1].AppendNull()
					b.Columns[3].AppendStrings([]string{})
					b.Rows++
				}
			}
			b.Columns[0].AppendString(fmt.Sprint(v))
			b.Columns[2].AppendInt(int64(v) * 1e9)
			switch r.IntN(4) {
			case 0:
				b.Columns[1].AppendNull()
				b.Columns[3].AppendNull()
			default:
				b.Columns[1].AppendString(fmt.Sprint("x", v))
				b.Columns[3].AppendStrings([]string{fmt.Sprint("y", v), fmt.Sprint(v % 100)}[:r.IntN(3)])
			}
			b.Rows++
		}
		all := map[string]lake.Encoding{}
		for _, f := range b.Fields() {
			all[f.Name] = lake.EncodingDictionary
		}
		f := open(t, writeParquet(t, b, lake.ParquetOptions{Encodings: all, RowGroupRows: 1 << 20, Compression: "snappy"}))
		got, by := readDicts(t, f, 1+r.IntN(10_000))
		if d := diff(dump(b, nil), got); d != "" {
			t.Errorf("%d bits: %s", bits, d)
		}
		for _, name := range []string{"all", "some", "must", "list"} {
			if by[name] < b.Rows*9/10 && bits < 15 {
				t.Errorf("%d bits: %d rows of column %q came by the dictionary, of %d", bits, by[name], name, b.Rows)
			}
		}
	}
}
