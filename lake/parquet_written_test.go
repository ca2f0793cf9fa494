package lake_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"gondola/internal/need"
	"gondola/lake"
)

var allCodecs = []string{"none", "snappy", "zstd", "gzip", "brotli"}

// hardTitles is a table of what writers and readers stumble over.
func hardTitles() *lake.Batch {
	kinds := map[string][]any{
		"null":  {nil},
		"empty": {""},
		"long":  {strings.Repeat("Türkish Delight 🍬 ", mib/22), strings.Repeat("\U0010ffff", mib/4)},
		"emoji": {"🍕", "👩‍👩‍👧‍👦 family size", "e\u0301", "🏳️‍🌈"},
	}
	names := []string{"null", "empty", "long", "emoji", "mixed"}
	for _, name := range names[:4] {
		kinds["mixed"] = append(kinds["mixed"], kinds[name]...)
	}
	var fields []lake.Field
	for _, name := range names {
		fields = append(fields, lake.Field{Name: name, Type: lake.StringType, Nullable: true})
	}
	fields = append(fields, lake.Field{Name: "id", Type: lake.Int64Type}, lake.Field{Name: "tags", Type: lake.ListType, Nullable: true},
		lake.Field{Name: "numbers", Type: lake.ListOf(lake.Type{Kind: lake.Int, Bits: 32}), Nullable: true})
	b := lake.NewBatch(fields...)
	for b.Rows = range 6 {
		row := make([]any, 0, len(fields))
		for _, name := range names {
			row = append(row, kinds[name][b.Rows%len(kinds[name])])
		}
		row = append(row, int64(b.Rows)*1e15, []any{[]string{"pizza", ""}, nil, []string{}}[b.Rows%3], []any{[]any{1, nil, -1 << 31}, []any{}, nil}[b.Rows%3])
		for i, v := range row {
			if err := b.Columns[i].Append(v); err != nil {
				panic(err)
			}
		}
	}
	b.Rows = 6
	return b
}

// short makes long cells short, so that two programs can agree on them.
func short(v any) any {
	if s, ok := v.(string); ok && len(s) > 200 {
		sum := sha256.Sum256([]byte(s))
		return hex.EncodeToString(sum[:])
	}
	return v
}

// readHard is a Python program that reads files with pyarrow and with DuckDB,
// and prints for each the rows of both and the bounds of its chunks.
const readHard = `
import sys, json, hashlib, duckdb, pyarrow as pa, pyarrow.parquet as pq
def cell(v):
    if isinstance(v, str):
        h = v.encode().hex()
        return hashlib.sha256(h.encode()).hexdigest() if len(h) > 200 else h
    if isinstance(v, list): return [cell(x) for x in v]
    return str(v) if isinstance(v, int) else v
out = []
for f in sys.argv[1:]:
    t = pq.read_table(f, page_checksum_verification=True)
    arrow = {n: [cell(v) for v in t.column(n).to_pylist()] for n in t.column_names}
    r = duckdb.sql(f"SELECT * FROM '{f}' ORDER BY id"); rows = r.fetchall()
    duck = {n: [cell(row[i]) for row in rows] for i, n in enumerate(r.columns)}
    md = pq.read_metadata(f); stats, enc = {}, {}
    for c in range(md.num_columns):
        col = md.row_group(0).column(c); s = col.statistics
        enc[col.path_in_schema] = sorted(col.encodings)
        if s is not None and s.has_min_max:
            stats[col.path_in_schema] = [s.min, s.max]
    # Bounds that were wrong would hide rows.
    found = [sum(v == max(rows[k][i] for k in range(len(rows)) if rows[k][i] is not None) for v, in duckdb.sql(f"SELECT {n} FROM '{f}' WHERE {n} >= '\U0001f3f3'").fetchall()) for i, n in ((2, 'long'), (3, 'emoji'), (4, 'mixed'))]
    out.append({'arrow': arrow, 'duckdb': duck, 'stats': stats, 'encodings': enc, 'footer': md.serialized_size, 'found': found})
json.dump(out, sys.stdout)
`

// Bar D6: what we write, arrow-go, pyarrow and DuckDB read as it was: five
// codecs, three encodings, and texts that are null, empty, a megabyte long, or
// more than letters.
func TestD6CodecsAndEncodings(t *testing.T) {
	interpreter := need.Python(t, "pyarrow", "duckdb")
	b := hardTitles()
	want := dump(b, nil)
	for name, values := range want {
		for i := range values {
			want[name][i] = short(values[i])
		}
	}
	dir := t.TempDir()
	var files []string
	encodings := []lake.Encoding{lake.EncodingDictionary, lake.EncodingDelta, lake.EncodingPlain}
	for _, codec := range allCodecs[:need.Size(5, 3)] {
		for _, e := range encodings {
			o := lake.ParquetOptions{Compression: codec, Encodings: map[string]lake.Encoding{}}
			for _, f := range b.Fields() {
				o.Encodings[f.Name] = e
			}
			file := writeParquet(t, b, o)
			name := fmt.Sprintf("%s-%s.parquet", codec, e)
			var c comparison
			c.compare(t, name, file)
			if c.equal != len(want) {
				t.Errorf("%s: %d columns equal to arrow-go's, %d columns", name, c.equal, len(want))
			}
			checkLongBounds(t, name, file)
			files = append(files, filepath.Join(dir, name))
			if err := os.WriteFile(files[len(files)-1], file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var got []struct {
		Arrow, DuckDB map[string][]any
		Stats         map[string][]any
		Encodings     map[string][]string
		Footer        int
		Found         []int
	}
	if err := json.Unmarshal(python(t, interpreter, readHard, files...), &got); err != nil {
		t.Fatal(err)
	}
	for i, g := range got {
		name := filepath.Base(files[i])
		if d := diff(want, g.Arrow); d != "" {
			t.Errorf("%s, pyarrow: %s", name, d)
		}
		if d := diff(want, g.DuckDB); d != "" {
			t.Errorf("%s, DuckDB: %s", name, d)
		}
		if fmt.Sprint(g.Found) != "[3 2 1]" {
			t.Errorf("%s: DuckDB finds the largest %v times, want 3 2 1", name, g.Found)
		}
		if g.Footer > 4000 {
			t.Errorf("%s: a footer of %d bytes", name, g.Footer)
		}
		wantEncoding := []string{"RLE_DICTIONARY", "DELTA_BYTE_ARRAY", "PLAIN"}[i%3]
		if e := strings.Join(g.Encodings["emoji"], " "); !strings.Contains(e, wantEncoding) || i%3 > 0 && strings.Contains(e, "DICT") {
			t.Errorf("%s: encodings %s", name, e)
		}
		if d := diff([]any{"e\u0301", "👩‍👩‍👧‍👦 family size"}, g.Stats["emoji"]); d != "" {
			t.Errorf("%s: bounds: %s", name, d)
		}
	}
	t.Logf("%d files; bounds: %v", len(files), got[0].Stats)
}

// checkLongBounds looks at the statistics of the column "long": the smallest
// value is cut between two characters, the largest has none, because it begins
// with the last character of Unicode, and the footer says that they are cut.
func checkLongBounds(t *testing.T, name string, file []byte) {
	t.Helper()
	s, err := takeApart(name, file)
	if err != nil {
		t.Fatal(err)
	}
	stats := s.chunks()[2].get(12)
	low, high, exactHigh, exactLow := stats.get(6), stats.get(5), stats.get(7), stats.get(8)
	if high != nil || exactHigh != nil || low == nil || exactLow == nil || exactLow.typ != tFalse {
		t.Fatalf("%s: %+v", name, stats.kids)
	}
	whole := strings.Repeat("Türkish Delight 🍬 ", 5)
	if n := len(low.data); n < 60 || n > 64 || string(low.data) != whole[:n] || !utf8.Valid(low.data) {
		t.Errorf("%s: the smallest is %q", name, low.data)
	}
	if short := s.chunks()[3].get(12); short.get(7) != nil || short.get(8) != nil {
		t.Errorf("%s: short bounds are marked", name)
	}
}

// The bounds of every chunk hold all its values, whatever the type; pyarrow
// compares.
func TestD6BoundsHoldTheValues(t *testing.T) {
	interpreter := need.Python(t, "pyarrow")
	name := filepath.Join(t.TempDir(), "all.parquet")
	r := rand.New(rand.NewPCG(8, 8))
	b := table(150, 21)
	// Texts of every length around the cut, some of them no UTF-8.
	fields := append(b.Fields(), lake.Field{Name: "texts", Type: lake.Type{Kind: lake.Binary}}, lake.Field{Name: "runes", Type: lake.StringType})
	wide := lake.NewBatch(fields...)
	wide.Rows = b.Rows
	copy(wide.Columns, b.Columns)
	letters := []rune("az\u007f\u00e9\ud7ff\uffff🍕\U0010ffff")
	for range b.Rows {
		raw := bytes.Repeat([]byte{0xff}, r.IntN(80))
		wide.Columns[len(fields)-2].AppendStr(append(raw, byte(r.Uint32()), byte(r.Uint32())))
		var text []rune
		for range 40 + r.IntN(30) {
			text = append(text, letters[len(letters)-1-r.IntN(1+r.IntN(len(letters)))])
		}
		wide.Columns[len(fields)-1].AppendString(string(text))
	}
	if err := os.WriteFile(name, writeParquet(t, wide, lake.ParquetOptions{RowGroupRows: 10}), 0o600); err != nil {
		t.Fatal(err)
	}
	out := python(t, interpreter, `
import sys, json, pyarrow as pa, pyarrow.parquet as pq
f = pq.ParquetFile(sys.argv[1]); md = f.metadata; bad, none, seen, cut = [], set(), 0, 0
key = lambda v: v.encode() if isinstance(v, str) else v
for g in range(md.num_row_groups):
    t = f.read_row_group(g)
    for c in range(md.num_columns):
        col = md.row_group(g).column(c); s = col.statistics
        values = t.column(t.column_names.index(col.path_in_schema.split('.list.')[0]))
        typ = values.type
        if pa.types.is_list(typ): values = values.combine_chunks().flatten(); typ = typ.value_type
        raw = pa.types.is_timestamp(typ) or pa.types.is_time(typ) or pa.types.is_date(typ)
        if raw: values = values.cast(pa.int32() if typ.bit_width == 32 else pa.int64())
        values = [v.bytes if hasattr(v, 'bytes') else v for v in values.to_pylist() if v is not None]
        if s is None or not s.has_min_max:
            if values: none.add(str(typ))
            continue
        low, high = (s.min_raw, s.max_raw) if raw else (s.min, s.max)
        low, high = [v.bytes if hasattr(v, 'bytes') else v for v in (low, high)]
        seen += 1
        if isinstance(key(low), bytes) and (low not in values or high not in values): cut += 1
        if isinstance(key(low), bytes) and max(len(key(low)), len(key(high))) > 70: bad.append([str(typ), 'long'])
        for v in values:
            if key(v) < key(low) or key(v) > key(high): bad.append([col.path_in_schema, str(typ), repr(low), repr(v), repr(high)]); break
json.dump([bad[:20], len(bad), sorted(none), seen, cut], sys.stdout)`, name)
	var got []any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if got[1].(float64) > 0 {
		t.Errorf("%v bounds are wrong: %v", got[1], got[0])
	}
	t.Logf("%v chunks with bounds, %v of them cut; without: %v", got[3], got[4], got[2])
	if got[3].(float64) < 2000 || got[4].(float64) < 15 {
		t.Errorf("%v bounds, %v of them cut", got[3], got[4])
	}
}

func TestEncodingsAreChecked(t *testing.T) {
	fields := []lake.Field{{Name: "ok", Type: lake.BoolType}, {Name: "x", Type: lake.DoubleType}, {Name: "s", Type: lake.StringType}}
	for _, c := range []struct {
		encodings map[string]lake.Encoding
		want      string
	}{
		{map[string]lake.Encoding{"s": "delta"}, ""},
		{map[string]lake.Encoding{"x": "delta"}, `column "x": type double has no encoding delta`},
		{map[string]lake.Encoding{"ok": "dictionary"}, `column "ok": type bool has no encoding dictionary`},
		{map[string]lake.Encoding{"s": "rle"}, `column "s": encoding "rle": there are dictionary, plain and delta`},
		{map[string]lake.Encoding{"t": "plain"}, `an encoding for column "t", which there is not`},
	} {
		_, err := lake.NewParquetWriter(&bytes.Buffer{}, fields, lake.ParquetOptions{Encodings: c.encodings})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%v: got %v", c.encodings, err)
		}
	}
}

// Bar D11, here: one flipped bit in the pages of each of 200 files is found by
// the checksum that every page has.
func TestD11FlippedBitIn200Files(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 11))
	found := 0
	all := table(12, 11)
	for i := range 200 {
		b := &lake.Batch{Rows: all.Rows}
		for k, n := range r.Perm(len(all.Columns))[:5] {
			all.Columns[n].Name = fmt.Sprint(k)
			b.Columns = append(b.Columns, all.Columns[n])
		}
		o := lake.ParquetOptions{Compression: allCodecs[i%len(allCodecs)], RowGroupRows: 1 + r.IntN(12)}
		file := writeParquet(t, b, o)
		s, err := takeApart("written", file)
		if err != nil {
			t.Fatal(err)
		}
		var pages []seedPage
		for _, p := range s.pages {
			if p.to == p.data {
				continue // the checksum of nothing is 0, which stands for none
			}
			if p.header.get(4) == nil {
				t.Fatalf("file %d: a page without a checksum", i)
			}
			pages = append(pages, p)
		}
		p := pages[r.IntN(len(pages))]
		file[p.data+r.IntN(p.to-p.data)] ^= 1 << r.IntN(8)
		_, err = readWhole(t.Context(), file, "flipped.parquet", 1000)
		if errors.Is(err, lake.ErrCorrupt) && strings.Contains(err.Error(), "checksum") {
			found++
		} else {
			t.Errorf("file %d: %v", i, err)
		}
	}
	t.Logf("%d of 200 found", found)
}
