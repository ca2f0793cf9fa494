package lake_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
	"gondola/lake"
)

// allTypes is every type that can be written.
func allTypes() []lake.Type {
	types := []lake.Type{
		lake.StringType,
		{Kind: lake.String, Note: "json"},
		{Kind: lake.String, Note: "enum"},
		{Kind: lake.Binary},
		{Kind: lake.Binary, Note: "bson"},
		lake.BoolType,
		{Kind: lake.Float},
		lake.DoubleType,
		{Kind: lake.Date},
		{Kind: lake.Timestamp, Unit: lake.Nano, UTC: true, Int96: true},
		{Kind: lake.Decimal, Precision: 7, Scale: 2},
		{Kind: lake.Decimal, Precision: 18, Scale: 0},
		{Kind: lake.Decimal, Precision: 38, Scale: 10},
		{Kind: lake.Decimal, Precision: 50, Scale: 4},
		{Kind: lake.UUID},
		{Kind: lake.Fixed, Length: 5},
	}
	for _, bits := range []uint8{8, 16, 32, 64} {
		types = append(types, lake.Type{Kind: lake.Int, Bits: bits}, lake.Type{Kind: lake.Int, Bits: bits, Unsigned: true})
	}
	for _, unit := range []lake.TimeUnit{lake.Milli, lake.Micro, lake.Nano} {
		for _, utc := range []bool{true, false} {
			types = append(types, lake.Type{Kind: lake.Timestamp, Unit: unit, UTC: utc}, lake.Type{Kind: lake.Time, Unit: unit, UTC: utc})
		}
	}
	for _, t := range types {
		if t != lake.ListType {
			types = append(types, lake.ListOf(t))
		}
	}
	return types
}

// appendRandom adds a value that the type can hold.
func appendRandom(c *lake.Column, r *rand.Rand) {
	t := c.Type
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	texts := []string{"", "pizza", "Buffalo Chicken Sandwich", "🍕", "crème fraîche", "tab\tnew\nline", strings.Repeat("long ", 50)}
	switch t.Kind {
	case lake.String:
		c.AppendString(texts[r.IntN(len(texts))])
	case lake.Binary:
		c.AppendStr(random(r.IntN(9)))
	case lake.UUID:
		c.AppendStr(random(16))
	case lake.Fixed:
		c.AppendStr(random(t.Length))
	case lake.Bool:
		c.AppendBool(r.IntN(2) == 1)
	case lake.Float:
		c.AppendFloat(float64(math.Float32frombits(r.Uint32() &^ (1 << 30)))) // no NaN
	case lake.Double:
		c.AppendFloat(r.NormFloat64() * 1e6)
	case lake.Int:
		v := r.Uint64() >> (64 - t.Bits)
		if t.Unsigned {
			c.AppendInt(int64(v))
		} else {
			c.AppendInt(int64(v<<(64-t.Bits)) >> (64 - t.Bits))
		}
	case lake.Date:
		c.AppendInt(int64(int32(r.Uint32()) >> 10))
	case lake.Time:
		c.AppendInt(r.Int64N(86400 * t.Unit.PerSecond()))
	case lake.Timestamp:
		c.AppendInt((r.Int64N(1<<33) - 1<<32) * t.Unit.PerSecond() / 1000 * 999)
	case lake.Decimal:
		limit := int64(math.Pow10(min(t.Precision, 18)) - 1)
		v := r.Int64N(limit) - limit/2
		switch {
		case t.Precision <= 18:
			c.AppendInt(v)
		default:
			b := bytes.Repeat([]byte{byte(v >> 63)}, 16)
			if t.Precision > 38 {
				b = bytes.Repeat([]byte{byte(v >> 63)}, 32)
			}
			for i := range 8 {
				b[len(b)-1-i] = byte(v >> (8 * i))
			}
			c.AppendStr(b)
		}
	case lake.List:
		for range max(0, r.IntN(7)-2) {
			if r.IntN(6) == 0 {
				c.Elem.AppendNull()
			} else {
				appendRandom(c.Elem, r)
			}
		}
		c.AppendList()
	}
}

// nullPatterns tell which rows of n are null.
var nullPatterns = map[string]func(r *rand.Rand, i int) bool{
	"none":    func(*rand.Rand, int) bool { return false },
	"all":     func(*rand.Rand, int) bool { return true },
	"some":    func(r *rand.Rand, _ int) bool { return r.IntN(5) == 0 },
	"every2":  func(_ *rand.Rand, i int) bool { return i%2 == 0 },
	"blocks":  func(_ *rand.Rand, i int) bool { return i/300%2 == 1 },
	"lastone": func(_ *rand.Rand, i int) bool { return i == 899 },
}

// table makes a batch with a column for every type and null pattern.
func table(rows int, seed uint64) *lake.Batch {
	r := rand.New(rand.NewPCG(seed, 1))
	var fields []lake.Field
	var patterns []func(*rand.Rand, int) bool
	for n, t := range allTypes() {
		fields = append(fields, lake.Field{Name: t.String() + " required " + fmt.Sprint(t.Int96), Type: t})
		patterns = append(patterns, nullPatterns["none"])
		for k, name := range slices.Sorted(maps.Keys(nullPatterns)) {
			// Every pattern for one type of each storage, two for the others, one
			// for other lists.
			all := t == lake.StringType || t == lake.Int64Type || t == lake.ListType
			if !all && name != "some" && (k != n%len(nullPatterns) || t.Kind == lake.List) {
				continue
			}
			fields = append(fields, lake.Field{Name: t.String() + " " + name + fmt.Sprint(t.Int96), Type: t, Nullable: true})
			patterns = append(patterns, nullPatterns[name])
		}
	}
	b := lake.NewBatch(fields...)
	b.Rows = rows
	for k := range b.Columns {
		for i := range rows {
			if patterns[k](r, i) {
				b.Columns[k].AppendNull()
			} else {
				appendRandom(&b.Columns[k], r)
			}
		}
	}
	return b
}

// cell is the value of a row in a form that Python can make too: the raw
// value, bytes in hexadecimal, floats as their bits.
func cell(c *lake.Column, i int) any {
	switch {
	case c.Null(i):
		return nil
	case c.Type.Kind == lake.List:
		out := []any{}
		for k := c.Lists[i]; k < c.Lists[i+1]; k++ {
			out = append(out, cell(c.Elem, k))
		}
		return out
	case c.Type.Kind == lake.Bool:
		return c.Bools[i]
	case c.Type.Kind == lake.Float, c.Type.Kind == lake.Double:
		return fmt.Sprintf("%016x", math.Float64bits(c.Floats[i]))
	case c.Type.Kind == lake.Decimal:
		return string(c.AppendText(nil, i))
	case c.Type.Kind == lake.Int && c.Type.Unsigned:
		return fmt.Sprint(uint64(c.Ints[i]))
	case len(c.Ints) > 0:
		return fmt.Sprint(c.Ints[i])
	}
	return hex.EncodeToString(c.Str(i))
}

// dump renders columns as name -> values.
func dump(b *lake.Batch, into map[string][]any) map[string][]any {
	if into == nil {
		into = map[string][]any{}
	}
	for k := range b.Columns {
		c := &b.Columns[k]
		for i := range b.Rows {
			into[c.Name] = append(into[c.Name], cell(c, i))
		}
	}
	return into
}

func writeParquet(t testing.TB, b *lake.Batch, o lake.ParquetOptions) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := lake.NewParquetWriter(&buf, b.Fields(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Rows() != int64(b.Rows) {
		t.Fatalf("%d rows written of %d", w.Rows(), b.Rows)
	}
	return buf.Bytes()
}

func open(t testing.TB, b []byte) *lake.ParquetFile {
	t.Helper()
	f, err := lake.OpenParquet(t.Context(), bytes.NewReader(b), int64(len(b)), "test.parquet", lake.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func readDump(t testing.TB, f *lake.ParquetFile, columns []string, step int, options ...lake.ReaderOption) map[string][]any {
	t.Helper()
	r, err := f.NewReader(columns, options...)
	if err != nil {
		t.Fatal(err)
	}
	var b lake.Batch
	out := map[string][]any{}
	for {
		err := r.Next(t.Context(), &b, step)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if b.Rows < 1 || b.Rows > step {
			t.Fatalf("a batch of %d rows, at most %d were asked for", b.Rows, step)
		}
		dump(&b, out)
	}
}

// diff is cmp.Diff, and fast where there is none.
func diff(want, got any) string {
	if reflect.DeepEqual(want, got) {
		return ""
	}
	return fmt.Sprintf("%.1500s", cmp.Diff(want, got))
}

func TestRoundTripEveryTypeAndNullPattern(t *testing.T) {
	rows := need.Size(1000, 250)
	for _, codec := range allCodecs {
		t.Run(codec, func(t *testing.T) {
			b := table(rows, 7)
			f := open(t, writeParquet(t, b, lake.ParquetOptions{Compression: codec, RowGroupRows: rows * 2 / 5}))
			if f.NumRows() != int64(rows) || f.NumRowGroups() != 3 {
				t.Fatalf("%d rows in %d groups", f.NumRows(), f.NumRowGroups())
			}
			if d := cmp.Diff(b.Fields(), f.Schema()); d != "" {
				t.Errorf("schema: %s", d)
			}
			want := dump(b, nil)
			for _, step := range []int{1, 999, 1 << 20} {
				if step == 1 && codec != "none" {
					continue
				}
				if d := diff(want, readDump(t, f, nil, step)); d != "" {
					t.Errorf("step %d: %.2000s", step, d)
				}
			}
		})
	}
}

func TestSkipAndRowGroups(t *testing.T) {
	b := table(900, 8)
	f := open(t, writeParquet(t, b, lake.ParquetOptions{RowGroupRows: 210}))
	want := dump(b, nil)
	for _, c := range []struct {
		from, to int
		skip     int64
		first, n int
	}{
		{0, 5, 9999, 900, 0},
		{1, 3, 195, 405, 225},
		{4, 5, 0, 840, 60},
		{2, 2, 0, 420, 0},
		{0, 5, 0, 0, 900},
		{0, 5, 1, 1, 899},
		{0, 5, 210, 210, 690},
		{0, 5, 899, 899, 1},
		{0, 5, 900, 900, 0},
		{1, 2, 0, 210, 210},
	}[:need.Size(10, 4)] {
		got := readDump(t, f, nil, 333, lake.WithRowGroups(c.from, c.to), lake.WithSkip(c.skip))
		for name, values := range want {
			if d := diff(append([]any(nil), values[c.first:c.first+c.n]...), append([]any(nil), got[name]...)); d != "" {
				t.Fatalf("%+v, %s: %.500s", c, name, d)
			}
		}
	}
}

// readBack is a Python program that prints, as JSON, the columns of Parquet
// files in the form of cell.
const readBack = `
import sys, json, struct, decimal
import pyarrow as pa, pyarrow.parquet as pq, pyarrow.compute as pc
def values(col):
    typ = col.type
    if pa.types.is_list(typ):
        flat = iter(values(col.flatten()))
        return [None if n is None else [next(flat) for _ in range(n)] for n in pc.list_value_length(col).to_pylist()]
    if pa.types.is_timestamp(typ) or pa.types.is_time64(typ):
        return [None if v is None else str(v) for v in col.cast(pa.int64()).to_pylist()]
    if pa.types.is_date32(typ) or pa.types.is_time32(typ):
        return [None if v is None else str(v) for v in col.cast(pa.int32()).to_pylist()]
    if typ == pa.uuid() if hasattr(pa, 'uuid') else False:
        return [None if v is None else v.bytes.hex() for v in col.to_pylist()]
    out = []
    for v in col.to_pylist():
        if v is None or isinstance(v, bool): out.append(v)
        elif isinstance(v, int): out.append(str(v))
        elif isinstance(v, float): out.append('%016x' % struct.unpack('<Q', struct.pack('<d', v))[0])
        elif isinstance(v, decimal.Decimal): out.append(format(v, 'f'))
        elif isinstance(v, str): out.append(v.encode().hex())
        elif isinstance(v, bytes): out.append(v.hex())
        elif hasattr(v, 'bytes'): out.append(v.bytes.hex())
        else: raise Exception(repr(v))
    return out
tables = [pq.read_table(f, page_checksum_verification=True) for f in sys.argv[1:]]
json.dump([{name: values(t.column(name).combine_chunks()) for name in t.column_names} for t in tables], sys.stdout)
`

func python(t testing.TB, interpreter, code string, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), interpreter, append([]string{"-c", code}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return out
}

func fromJSON(t testing.TB, b []byte) map[string][]any {
	t.Helper()
	var out map[string][]any
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// Bar D6: what we write, others can read; checksums verified.
func TestD6PyArrowReadsWhatWeWrite(t *testing.T) {
	interpreter := need.Python(t, "pyarrow")
	b := table(600, 11)
	codecs := allCodecs[:need.Size(5, 3)]
	dir := t.TempDir()
	var files []string
	for _, codec := range codecs {
		name := filepath.Join(dir, codec+".parquet")
		if err := os.WriteFile(name, writeParquet(t, b, lake.ParquetOptions{Compression: codec, RowGroupRows: 250}), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	var got []map[string][]any
	if err := json.Unmarshal(python(t, interpreter, readBack, files...), &got); err != nil {
		t.Fatal(err)
	}
	want := dump(b, nil)
	for i, codec := range codecs {
		for name, values := range want {
			if d := diff(values, got[i][name]); d != "" {
				t.Errorf("%s, %s: %s", codec, name, d)
			}
		}
	}
}
