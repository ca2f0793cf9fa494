package lake_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/lake"
)

// writeMatrix is a Python program that writes one table in many ways, and its
// values in the form of cell.
const writeMatrix = `
import sys, json, struct, datetime, decimal, random, uuid
import pyarrow as pa, pyarrow.parquet as pq
out = sys.argv[1]
random.seed(5)
n = 1200
texts = ['', 'pizza', 'Buffalo "Chicken" Sandwich', '\U0001f355', 'crème fraîche', 'a\nb', 'x' * 300]
def nullable(f, p=0.2): return [None if random.random() < p else f() for _ in range(n)]
def bits(t, v): return None if v is None else '%016x' % struct.unpack('<Q', struct.pack('<d', v))[0]
cols, want, fields = {}, {}, []
def add(name, typ, values, shown, nullable=True):
    cols[name] = pa.array(values, type=typ)
    fields.append(pa.field(name, typ, nullable=nullable))
    want[name] = shown
def s(v): return None if v is None else str(v)
def h(v): return None if v is None else (v.encode() if isinstance(v, str) else v).hex()
v = nullable(lambda: random.choice(texts)); add('repeats', pa.string(), v, [h(x) for x in v])
v = nullable(lambda: random.choice(texts) + str(random.random())); add('unique', pa.string(), v, [h(x) for x in v])
v = ['row %d' % i for i in range(n)]; add('required', pa.string(), v, [h(x) for x in v], False)
v = [None] * n; add('nothing', pa.string(), v, v)
v = nullable(lambda: random.randbytes(random.randrange(8))); add('binary', pa.binary(), v, [h(x) for x in v])
v = nullable(lambda: random.randbytes(6)); add('fixed', pa.binary(6), v, [h(x) for x in v])
for b in (8, 16, 32, 64):
    v = nullable(lambda: random.randrange(-2**(b-1), 2**(b-1))); add('int%d' % b, getattr(pa, 'int%d' % b)(), v, [s(x) for x in v])
    v = nullable(lambda: random.randrange(2**b)); add('uint%d' % b, getattr(pa, 'uint%d' % b)(), v, [s(x) for x in v])
v = list(range(1000, 1000 + n)); add('rising', pa.int64(), v, [s(x) for x in v], False)
v = nullable(lambda: random.random() < .5); add('bool', pa.bool_(), v, v)
v = [random.random() < .9 for _ in range(n)]; add('bools', pa.bool_(), v, v, False)
v = nullable(lambda: struct.unpack('<f', struct.pack('<f', random.gauss(0, 1e3)))[0]); add('float', pa.float32(), v, [bits('f', x) for x in v])
v = nullable(lambda: random.gauss(0, 1e3)); add('double', pa.float64(), v, [bits('d', x) for x in v])
v = nullable(lambda: random.randrange(-20000, 20000)); add('date', pa.date32(), v, [s(x) for x in v])
for u in ('ms', 'us', 'ns'):
    v = nullable(lambda: random.randrange(-2**40, 2**40))
    add('ts_' + u, pa.timestamp(u, 'UTC'), v, [s(x) for x in v]); add('local_' + u, pa.timestamp(u), v, [s(x) for x in v])
v = nullable(lambda: random.randrange(86400000)); add('time_ms', pa.time32('ms'), v, [s(x) for x in v])
v = nullable(lambda: random.randrange(86400000000)); add('time_us', pa.time64('us'), v, [s(x) for x in v])
for p, sc in ((5, 2), (9, 0), (18, 4), (38, 10), (60, 5)):
    v = nullable(lambda: decimal.Decimal(random.randrange(-10**(p-1), 10**(p-1))).scaleb(-sc, decimal.Context(prec=80)))
    add('dec%d' % p, pa.decimal256(p, sc) if p > 38 else pa.decimal128(p, sc), v, [None if x is None else format(x, 'f') for x in v])
def lst(): return [None if random.random() < .1 else random.choice(texts) for _ in range(random.choice((0, 0, 1, 2, 9, 40)))]
v = nullable(lst); add('list', pa.list_(pa.string()), v, [None if x is None else [h(e) for e in x] for x in v])
v = [[random.choice(texts)] * random.randrange(4) for _ in range(n)]
add('reqlist', pa.list_(pa.field('element', pa.string(), nullable=False)), v, [[h(e) for e in x] for x in v], False)
# Nested columns: the table holds them whole, want holds them flat.
def some(f, p=0.2): return lambda: None if random.random() < p else f()
def seq(f): return lambda: [f() for _ in range(random.choice((0, 0, 1, 2, 5)))]
def nested(name, typ, f, null=0.2):
    v = nullable(f, null); cols[name] = pa.array(v, type=typ); fields.append(pa.field(name, typ)); return v
def get(x, *keys):
    for k in keys: x = None if x is None else x[k]
    return x
def each(rows, shown, *keys): return [None if r is None else [shown(get(e, *keys)) for e in r] for r in rows]
text, small, num = lambda: random.choice(texts), lambda: random.randrange(-99, 99), lambda: random.gauss(0, 9)
def d(v): return bits('d', v)
v = nested('struct', pa.struct([('a', pa.int32()), ('in', pa.struct([('text', pa.string()), ('num', pa.float64())]))]),
    lambda: {'a': some(small)(), 'in': some(lambda: {'text': some(text)(), 'num': some(num)()})()})
want['struct.a'] = [s(get(x, 'a')) for x in v]
want['struct.in.text'] = [h(get(x, 'in', 'text')) for x in v]
want['struct.in.num'] = [d(get(x, 'in', 'num')) for x in v]
v = nested('items', pa.list_(pa.struct([('title', pa.string()), ('price', pa.float64()), ('in', pa.struct([('n', pa.int64())]))])),
    seq(some(lambda: {'title': some(text)(), 'price': some(num)(), 'in': some(lambda: {'n': some(small)()})()})))
want['items.title'], want['items.price'], want['items.in.n'] = each(v, h, 'title'), each(v, d, 'price'), each(v, s, 'in', 'n')
v = nested('attrs', pa.map_(pa.string(), pa.int32()), seq(lambda: (text(), some(small)())))
want['attrs.key'], want['attrs.value'] = each(v, h, 0), each(v, s, 1)
v = nested('deep', pa.struct([('list', pa.list_(pa.bool_()))]), lambda: {'list': some(seq(some(lambda: random.random() < .5)))()})
want['deep.list'] = each([get(x, 'list') for x in v], lambda x: x)
v = nested('large', pa.large_list(pa.float32()), seq(some(lambda: struct.unpack('<f', struct.pack('<f', num()))[0]))); want['large'] = each(v, d)
v = nested('pair', pa.list_(pa.int64(), 2), lambda: [small(), some(small)()], 0)
want['pair'] = each(v, s)
for name, typ, f, shown in (('ints', pa.int32(), small, s), ('bytes', pa.uint8(), lambda: random.randrange(256), s), ('dates', pa.date32(), small, s),
        ('blobs', pa.binary(), lambda: random.randbytes(3), h), ('fixeds', pa.binary(4), lambda: random.randbytes(4), h), ('nones', pa.int64(), lambda: None, s),
        ('decs', pa.decimal128(30, 2), lambda: decimal.Decimal(small()).scaleb(-2), lambda x: None if x is None else format(x, 'f'))):
    want[name] = each(nested(name, pa.list_(typ), seq(some(f))), shown)
import numpy as np
v = [None if random.random() < .2 else np.float16(x) for x in [float('inf'), -0.0, 6e-8, 65504, 1e-5] * (n // 5)]
cols['half'] = pa.array(v, type=pa.float16()); fields.append(pa.field('half', pa.float16())); want['half'] = [None if x is None else d(float(x)) for x in v]
nested('lists', pa.list_(pa.list_(pa.int32())), seq(seq(small)))
nested('maps', pa.list_(pa.map_(pa.string(), pa.int32())), seq(seq(lambda: (text(), 1))))
schema = pa.schema(fields)
table = pa.table([cols[f.name] for f in fields], schema=schema)
json.dump(want, open(out + '/want.json', 'w'))
def write(name, **k):
    k.setdefault('row_group_size', 450)
    pq.write_table(table, out + '/' + name + '.parquet', **k)
for codec in ('none', 'snappy', 'gzip', 'brotli', 'zstd'):
    for version in ('1.0', '2.0'):
        write('%s-v%s' % (codec, version), compression=codec, data_page_version=version, write_page_checksum=True)
write('plain', use_dictionary=False, compression='none')
write('small-pages', data_page_size=200, compression='zstd', use_dictionary=False)
write('small-pages-dict', data_page_size=200, compression='zstd', data_page_version='2.0')
write('int96', use_deprecated_int96_timestamps=True)
write('one-group', row_group_size=n)
write('no-arrow-schema', store_schema=False)
write('decimal-ints', store_decimal_as_integer=True)
delta = {f.name: 'DELTA_BYTE_ARRAY' for f in fields if f.type in (pa.string(), pa.binary())}
delta.update({f.name: 'DELTA_BINARY_PACKED' for f in fields if pa.types.is_integer(f.type) or pa.types.is_temporal(f.type)})
delta.update({f.name: 'BYTE_STREAM_SPLIT' for f in fields if pa.types.is_floating(f.type) or pa.types.is_fixed_size_binary(f.type)})
delta['bool'] = 'RLE'; delta['bools'] = 'RLE'
for version in ('1.0', '2.0'):
    write('delta-v' + version, use_dictionary=False, column_encoding=delta, data_page_version=version, data_page_size=1000)
other = {f.name: 'DELTA_LENGTH_BYTE_ARRAY' for f in fields if f.type in (pa.string(), pa.binary())}
other.update({f.name: 'BYTE_STREAM_SPLIT' for f in fields if pa.types.is_integer(f.type) and f.type.bit_width >= 32})
other['list.list.element'] = 'DELTA_LENGTH_BYTE_ARRAY'
other['fixed'] = 'DELTA_BYTE_ARRAY'
write('length', use_dictionary=False, column_encoding=other)
`

// Bar D2: what pyarrow writes is read as pyarrow says that it is, and as
// arrow-go reads it.
func TestD2FilesOfPyArrow(t *testing.T) {
	interpreter := need.Python(t, "pyarrow")
	dir := t.TempDir()
	python(t, interpreter, writeMatrix, dir)
	raw, err := os.ReadFile(filepath.Join(dir, "want.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := fromJSON(t, raw)
	files, err := filepath.Glob(filepath.Join(dir, "*.parquet"))
	if err != nil || len(files) < 18 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	if testing.Short() { // a quarter of them
		few := files[:0]
		for i := 0; i < len(files); i += 4 {
			few = append(few, files[i])
		}
		files = few
	}
	var c comparison
	for _, file := range files {
		c.compareFile(t, file)
		name := strings.TrimSuffix(filepath.Base(file), ".parquet")
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			f := open(t, b)
			for _, field := range f.Schema() {
				if field.Type.Kind == lake.Unsupported && field.Name != "lists" && field.Name != "maps" {
					t.Errorf("%s is not supported: %s", field.Name, field.Type.Reason)
				}
			}
			got := readDump(t, f, nil, 777)
			if len(got) != len(want) {
				t.Errorf("%d columns, want %d", len(got), len(want))
			}
			for column, values := range want {
				if strings.HasPrefix(column, "ts_") || strings.HasPrefix(column, "local_") {
					values = scale(t, f, column, values)
				}
				if d := diff(values, got[column]); d != "" {
					t.Errorf("%s: %s", column, d)
				}
			}
			// And what we read, we write again unchanged.
			again(t, f, got)
		})
	}
	c.log(t)
	if c.equal < len(files)*50 || c.alone > 1 {
		t.Errorf("%d columns compared, %d are not known to arrow-go", c.equal, c.alone)
	}
}

// scale turns expected counts of one unit into those that the file has: INT96
// is always in nanoseconds.
func scale(t *testing.T, f *lake.ParquetFile, column string, values []any) []any {
	unit := column[strings.LastIndexByte(column, '_')+1:]
	for _, field := range f.Schema() {
		if field.Name != column || field.Type.Unit.String() == unit {
			continue
		}
		zeros := map[string]string{"ms": "000000", "us": "000"}[unit]
		out := make([]any, len(values))
		for i, v := range values {
			if s, ok := v.(string); ok {
				out[i] = s + zeros
			}
		}
		if !field.Type.Int96 {
			t.Errorf("%s has type %s", column, field.Type)
		}
		return out
	}
	return values
}

func again(t *testing.T, f *lake.ParquetFile, want map[string][]any) {
	t.Helper()
	r, err := f.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w, err := lake.NewParquetWriter(&out, r.Fields(), lake.ParquetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var b lake.Batch
	for r.Next(t.Context(), &b, 1000) == nil {
		if err := w.Write(&b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f2 := open(t, out.Bytes())
	if d := diff(r.Fields(), f2.Schema()); d != "" {
		t.Errorf("schema after writing again: %s", d)
	}
	if d := diff(want, readDump(t, f2, nil, 1000)); d != "" {
		t.Errorf("after writing again: %s", d)
	}
}

func TestUnsupportedColumnIsNamed(t *testing.T) {
	interpreter := need.Python(t, "pyarrow")
	name := filepath.Join(t.TempDir(), "nested.parquet")
	python(t, interpreter, `
import sys, pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({'a': [1], 's': [{'x': [[1]]}]}), sys.argv[1])`, name)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	f := open(t, b)
	_, err = f.NewReader([]string{"s.x"})
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), `column "s.x" cannot be read: it repeats within what repeats: lists of lists are not read`) {
		t.Errorf("got %v", err)
	}
	if _, err = f.NewReader([]string{"title"}); err == nil || err.Error() != `test.parquet: no column "title"; there are a, s.x` {
		t.Errorf("got %v", err)
	}
}

// LZ4 is refused: the library decodes it wrongly.
func TestLZ4IsRefused(t *testing.T) {
	interpreter := need.Python(t, "pyarrow")
	name := filepath.Join(t.TempDir(), "lz4.parquet")
	python(t, interpreter, `
import sys, pyarrow as pa, pyarrow.parquet as pq
pq.write_table(pa.table({'a': ['x'] * 100}), sys.argv[1], compression='lz4')`, name)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, err = readWhole(t.Context(), b, "lz4.parquet", 1000)
	if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "LZ4") || !strings.HasPrefix(err.Error(), `lz4.parquet: column "a"`) {
		t.Errorf("got %v", err)
	}
}

// DuckDB reads the same, also the statistics by which it skips row groups.
func TestD6DuckDBReadsWhatWeWrite(t *testing.T) {
	interpreter := need.Python(t, "duckdb", "pyarrow")
	b := titleBatch(5000, 400)
	ids := lake.NewBatch(append(b.Fields(),
		lake.Field{Name: "id", Type: lake.Int64Type},
		lake.Field{Name: "tags", Type: lake.ListType, Nullable: true})...)
	for i := range b.Rows {
		ids.Columns[0].AppendFrom(&b.Columns[0], i)
		ids.Columns[1].AppendInt(int64(i))
		switch i % 3 {
		case 0:
			ids.Columns[2].AppendNull()
		case 1:
			ids.Columns[2].AppendStrings(nil)
		default:
			ids.Columns[2].AppendStrings([]string{"pizza", "🍕"})
		}
	}
	ids.Rows = b.Rows
	name := filepath.Join(t.TempDir(), "out.parquet")
	if err := os.WriteFile(name, writeParquet(t, ids, lake.ParquetOptions{RowGroupRows: 1000}), 0o600); err != nil {
		t.Fatal(err)
	}
	out := python(t, interpreter, `
import sys, json, duckdb, pyarrow.parquet as pq
f = sys.argv[1]
rows = duckdb.sql(f"SELECT title, id, tags FROM '{f}' WHERE id BETWEEN 2500 AND 2503 ORDER BY id").fetchall()
total = duckdb.sql(f"SELECT count(*), count(title), count(tags), sum(id), count(DISTINCT title) FROM '{f}'").fetchall()[0]
md = pq.read_metadata(f)
stats = [md.row_group(g).column(1).statistics for g in range(md.num_row_groups)]
dictionary = 'RLE_DICTIONARY' in md.row_group(0).column(0).encodings
json.dump([rows, total, [[s.min, s.max, s.null_count] for s in stats], dictionary, md.created_by], sys.stdout)`, name)
	var got []any
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	want := []any{
		[]any{
			[]any{b.Columns[0].String(2500), 2500.0, []any{}},
			[]any{b.Columns[0].String(2501), 2501.0, []any{"pizza", "🍕"}},
			[]any{b.Columns[0].String(2502), 2502.0, nil},
			[]any{b.Columns[0].String(2503), 2503.0, []any{}},
		},
		[]any{5000.0, 5000.0, 3333.0, 12497500.0, 400.0},
		[]any{
			[]any{0.0, 999.0, 0.0},
			[]any{1000.0, 1999.0, 0.0},
			[]any{2000.0, 2999.0, 0.0},
			[]any{3000.0, 3999.0, 0.0},
			[]any{4000.0, 4999.0, 0.0},
		},
		true, "gondola version 1(build lake)",
	}
	if d := diff(want, got); d != "" {
		t.Error(d)
	}
}
