package lake_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"gondola/internal/need"
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
			for row := 0; row < b.Rows; row += 1 + b.Rows/100 {
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
	for bits := range need.Size(17, 13) {
		b := lake.NewBatch(
			lake.Field{Name: "all", Type: lake.StringType, Nullable: true},
			lake.Field{Name: "some", Type: lake.StringType, Nullable: true},
			lake.Field{Name: "must", Type: lake.Int64Type},
			lake.Field{Name: "list", Type: lake.ListType, Nullable: true},
		)
		distinct := 1<<bits - (1<<bits)/4
		for i := range distinct + distinct/2 + 500 {
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

// carried makes a batch whose columns come by dictionaries: text, number, list
// with a dictionary of lists, and list with one of elements. Entry 0 is named by
// nulls alone.
func carried(r *rand.Rand, rows, entries, from int) *lake.Batch {
	b := lake.NewBatch(
		lake.Field{Name: "text", Type: lake.StringType, Nullable: true},
		lake.Field{Name: "must", Type: lake.StringType},
		lake.Field{Name: "number", Type: lake.Type{Kind: lake.Int, Bits: 32}, Nullable: true},
		lake.Field{Name: "real", Type: lake.Type{Kind: lake.Float}, Nullable: true},
		lake.Field{Name: "lists", Type: lake.ListType, Nullable: true},
		lake.Field{Name: "elements", Type: lake.ListType, Nullable: true},
		lake.Field{Name: "row", Type: lake.Int64Type},
	)
	texts, numbers, reals, lists := lake.NewColumn(b.Columns[0].Field), lake.NewColumn(b.Columns[2].Field),
		lake.NewColumn(b.Columns[3].Field), lake.NewColumn(b.Columns[4].Field)
	for i := range entries {
		texts.AppendString(fmt.Sprint("text ", from+i))
		numbers.AppendInt(int64(from+i) % 7)
		reals.AppendFloat(float64(float32(i) / 8))
		lists.AppendStrings([]string{"a", fmt.Sprint(i % 10), fmt.Sprint(from + i)}[:i%4])
	}
	c := b.Columns
	c[0].Dict, c[1].Dict, c[2].Dict, c[3].Dict, c[4].Dict, c[5].Elem.Dict = texts, texts, numbers, reals, lists, texts
	for i := range rows {
		k := int32(1 + r.IntN(entries-1))
		for n := range 5 {
			if n != 1 && r.IntN(9) == 0 {
				c[n].AppendNull()
				continue
			}
			c[n].Indexes = append(c[n].Indexes, k)
			if c[n].Valid != nil {
				c[n].Valid = append(c[n].Valid, true)
			}
		}
		for range r.IntN(4) {
			if r.IntN(9) == 0 {
				c[5].Elem.AppendNull()
				continue
			}
			c[5].Elem.Indexes = append(c[5].Elem.Indexes, int32(r.IntN(entries)))
			if c[5].Elem.Valid != nil {
				c[5].Elem.Valid = append(c[5].Elem.Valid, true)
			}
		}
		c[5].AppendList()
		c[6].AppendInt(int64(i))
	}
	b.Rows = rows
	return b
}

// Batches that bring dictionaries are written like their values, whatever comes
// before and after them: other dictionaries, and none.
func TestCarriedDictionariesAreWritten(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, o := range []lake.ParquetOptions{
		{},
		{Compression: "snappy", RowGroupRows: 700},
		{Compression: "none", RowGroupBytes: 20_000},
		{Encodings: map[string]lake.Encoding{"text": "plain", "number": "delta", "must": "delta", "elements": "plain", "lists": "delta"}},
		{Encodings: map[string]lake.Encoding{"text": "dictionary", "real": "dictionary", "lists": "dictionary"}},
	} {
		var out bytes.Buffer
		var w *lake.ParquetWriter
		want := map[string][]any{}
		for i := range need.Size(12, 4) {
			b := carried(r, 1+r.IntN(900), 2+r.IntN(300), 100*(i%5))
			if i%4 == 2 {
				b.Materialise()
			}
			if i%4 == 3 {
				b.Columns[0].Materialise()
				b.Columns[4].Materialise()
			}
			if w == nil {
				var err error
				if w, err = lake.NewParquetWriter(&out, b.Fields(), o); err != nil {
					t.Fatal(err)
				}
			}
			for range 1 + i%2 { // the same dictionaries twice
				if err := w.Write(b); err != nil {
					t.Fatal(err)
				}
			}
			again := 1 + i%2
			b.Materialise()
			for range again {
				dump(b, want)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		f := open(t, out.Bytes())
		if d := diff(want, readDump(t, f, nil, 333)); d != "" {
			t.Errorf("%+v: %s", o, d)
		}
		got, _ := readDicts(t, f, 333)
		if d := diff(want, got); d != "" {
			t.Errorf("%+v, with dictionaries: %s", o, d)
		}
		var c comparison
		c.compare(t, "carried.parquet", out.Bytes())
		if c.equal != len(want) {
			t.Errorf("%+v: %d columns equal to arrow-go's, of %d", o, c.equal, len(want))
		}
	}
}

// A dictionary that grows beyond its bound gives way to plain pages, in the
// middle of a row group.
func TestLargeDictionariesGiveWay(t *testing.T) {
	b := lake.NewBatch(
		lake.Field{Name: "hashed", Type: lake.StringType, Nullable: true}, lake.Field{Name: "carried", Type: lake.StringType, Nullable: true},
		lake.Field{Name: "lists", Type: lake.ListType},
	)
	dict := lake.NewColumn(b.Columns[1].Field)
	b.Columns[1].Dict = dict
	pad := string(bytes.Repeat([]byte{'x'}, 2000))
	b.Rows = 20_000
	for i := range b.Rows {
		text := fmt.Sprint(pad, i)
		dict.AppendString(text)
		b.Columns[0].AppendString(text)
		b.Columns[1].Indexes = append(b.Columns[1].Indexes, int32(i))
		b.Columns[2].AppendStrings([]string{text[1990:], text})
	}
	f := open(t, writeParquet(t, b, lake.ParquetOptions{RowGroupBytes: 1 << 30, Encodings: map[string]lake.Encoding{"hashed": "dictionary", "lists": "dictionary"}}))
	got, by := readDicts(t, f, 100)
	b.Materialise()
	if d := diff(dump(b, nil), got); d != "" {
		t.Error(d)
	}
	for name, most := range map[string]int{"hashed": 1000, "carried": 19_000, "lists": 2000} {
		if n := by[name]; n < 100 || n > most {
			t.Errorf("column %q: %d of %d rows came by the dictionary", name, n, b.Rows)
		}
	}
	t.Log(by)
}

// What is wrong with a dictionary is said before anything is written.
func TestWrongDictionaries(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for want, spoil := range map[string]func(*lake.Batch){
		`column "must", row 3: index 50 in a dictionary of 50`: func(b *lake.Batch) { b.Columns[1].Indexes[3] = 50 },
		`column "must", row 2: index -1 in a dictionary of 50`: func(b *lake.Batch) { b.Columns[1].Indexes[2] = -1 },
		`column "must": its dictionary has type int32`:         func(b *lake.Batch) { b.Columns[1].Dict = b.Columns[2].Dict },
		`column "must" has 9 rows, the batch has 10`:           func(b *lake.Batch) { b.Columns[1].Indexes = b.Columns[1].Indexes[:9] },
	} {
		b := carried(r, 10, 50, 0)
		spoil(b)
		w, err := lake.NewParquetWriter(io.Discard, b.Fields(), lake.ParquetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Write(b); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// AppendRange joins pieces to what the rows are one by one.
func TestAppendRange(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	all := table(40, 3)
	for range 300 {
		a, b := carried(r, 30, 20, 0), carried(r, 30, 20, 5)
		if r.IntN(3) == 0 {
			b.Materialise()
		}
		if r.IntN(3) == 0 {
			a, b = all, all
		}
		for i := range a.Columns {
			got, want := lake.NewColumn(a.Columns[i].Field), lake.NewColumn(a.Columns[i].Field)
			for _, from := range []*lake.Column{&a.Columns[i], &b.Columns[i], &a.Columns[i]} {
				first := r.IntN(20)
				last := first + r.IntN(10)
				got.AppendRange(from, first, last)
				for row := first; row < last; row++ {
					want.AppendFrom(from, row)
				}
			}
			if got.Len() != want.Len() {
				t.Fatalf("column %q: %d rows, want %d", got.Name, got.Len(), want.Len())
			}
			got.Materialise()
			want.Materialise()
			for row := range want.Len() {
				if d := diff(cell(want, row), cell(got, row)); d != "" {
					t.Fatalf("column %q, row %d: %s", got.Name, row, d)
				}
			}
		}
	}
}
