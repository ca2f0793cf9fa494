package lake_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"gondola/lake"
)

// levels are the values of an int64 column as the format has them: for each
// entry a definition and a repetition level, and values for the highest
// definition level alone.
type levels struct {
	defs, reps []int16
	values     []int64
}

// crafted writes a file of one row group with arrow-go, which writes any levels
// that it is given.
func crafted(t testing.TB, root schema.FieldList, columns ...levels) []byte {
	t.Helper()
	var out bytes.Buffer
	group, err := schema.NewGroupNode("schema", parquet.Repetitions.Required, root, -1)
	if err != nil {
		t.Fatal(err)
	}
	w := file.NewParquetWriter(&out, group)
	rg, err := w.AppendRowGroupChecked()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range columns {
		cw, err := rg.NextColumn()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cw.(*file.Int64ColumnChunkWriter).WriteBatch(c.values, c.defs, c.reps); err != nil {
			t.Fatal(err)
		}
		if err := cw.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

var (
	required = parquet.Repetitions.Required
	optional = parquet.Repetitions.Optional
	repeated = parquet.Repetitions.Repeated
)

func number(name string, r parquet.Repetition) schema.Node { return schema.NewInt64Node(name, r, -1) }

func group(t testing.TB, name string, r parquet.Repetition, kind schema.LogicalType, children ...schema.Node) schema.Node {
	t.Helper()
	var n schema.Node
	var err error
	if kind == nil {
		n, err = schema.NewGroupNode(name, r, children, -1)
	} else {
		n, err = schema.NewGroupNodeLogical(name, r, children, kind, -1)
	}
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The shapes of nested columns that writers have used, with the levels of the
// format's documents written out by hand.
func TestNestedShapes(t *testing.T) {
	list, mapped, plain := schema.NewListLogicalType(), schema.MapLogicalType{}, schema.LogicalType(nil)
	// null, [], [1, null], [2] where each element of the path is optional.
	usual := levels{defs: []int16{0, 1, 3, 2, 3}, reps: []int16{0, 0, 0, 1, 0}, values: []int64{1, 2}}
	usualRows := `[null,[],["1",null],["2"]]`
	// [], [1, 2], [3] of a repeated element alone.
	bare := levels{defs: []int16{0, 1, 1, 1}, reps: []int16{0, 0, 1, 0}, values: []int64{1, 2, 3}}
	bareRows := `[[],["1","2"],["3"]]`
	// null, [], [1, 2], [3] where the list may be null, its elements not.
	two := levels{defs: []int16{0, 1, 2, 2, 2}, reps: []int16{0, 0, 0, 1, 0}, values: []int64{1, 2, 3}}
	twoRows := `[null,[],["1","2"],["3"]]`
	for _, c := range []struct {
		name    string
		node    schema.Node
		columns []levels
		want    map[string]string // column to rows as JSON
	}{
		{
			"three levels", group(t, "a", optional, list, group(t, "list", repeated, plain, number("element", optional))),
			[]levels{usual},
			map[string]string{"a": usualRows},
		},
		{
			"three levels of other names", group(t, "a", optional, list, group(t, "bag", repeated, plain, number("array_element", optional))),
			[]levels{usual},
			map[string]string{"a": usualRows},
		},
		{
			"two levels", group(t, "a", optional, list, number("array", repeated)),
			[]levels{two},
			map[string]string{"a": twoRows},
		},
		{
			"two levels, a struct called array", group(t, "a", optional, list, group(t, "array", repeated, plain, number("x", required))),
			[]levels{two},
			map[string]string{"a.x": twoRows},
		},
		{
			"two levels, a struct called _tuple", group(t, "a", optional, list, group(t, "a_tuple", repeated, plain, number("x", optional))),
			[]levels{usual},
			map[string]string{"a.x": usualRows},
		},
		{
			"two levels, a struct of two", group(t, "a", optional, list, group(t, "item", repeated, plain, number("x", optional), number("y", required))),
			[]levels{usual, {defs: []int16{0, 1, 2, 2, 2}, reps: usual.reps, values: []int64{7, 8, 9}}},
			map[string]string{"a.x": usualRows, "a.y": `[null,[],["7","8"],["9"]]`},
		},
		{"no list around", number("a", repeated), []levels{bare}, map[string]string{"a": bareRows}},
		{"no list around a struct", group(t, "a", repeated, plain, number("x", required)), []levels{bare}, map[string]string{"a.x": bareRows}},
		{"in a struct", group(t, "s", optional, plain, number("a", repeated)), []levels{two}, map[string]string{"s.a": twoRows}},
		{
			"struct in struct", group(t, "s", optional, plain, group(t, "t", optional, plain, number("x", optional), number("y", required))),
			[]levels{{defs: []int16{0, 1, 2, 3}, values: []int64{5}}, {defs: []int16{0, 1, 2, 2}, values: []int64{6, 7}}},
			map[string]string{"s.t.x": `[null,null,null,"5"]`, "s.t.y": `[null,null,"6","7"]`},
		},
		{
			"map", group(t, "m", optional, mapped, group(t, "entries", repeated, plain, number("k", required), number("v", optional))),
			[]levels{two, {defs: []int16{0, 1, 3, 2, 3}, reps: two.reps, values: []int64{8, 9}}},
			map[string]string{"m.key": twoRows, "m.value": `[null,[],["8",null],["9"]]`},
		},
		{
			"list in list is left out", group(t, "a", optional, list, group(t, "list", repeated, plain,
				group(t, "element", optional, list, group(t, "list", repeated, plain, number("element", optional))))),
			[]levels{{defs: []int16{0}, reps: []int16{0}}},
			map[string]string{"a": ""},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := open(t, crafted(t, schema.FieldList{c.node}, c.columns...))
			got := map[string]string{}
			rows := readDump(t, f, nil, 3)
			for _, field := range f.Schema() {
				got[field.Name] = ""
				if values, ok := rows[field.Name]; ok {
					b, err := json.Marshal(values)
					if err != nil {
						t.Fatal(err)
					}
					got[field.Name] = string(b)
				} else if field.Type.Kind != lake.Unsupported || field.Type.Reason == "" {
					t.Errorf("%s: %+v", field.Name, field)
				}
			}
			if d := diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// Levels that no rows have: each is one line that names the column.
func TestD1ImpossibleLevels(t *testing.T) {
	var plain schema.LogicalType
	item := group(t, "a", optional, schema.NewListLogicalType(), group(t, "list", repeated, plain, number("element", optional)))
	pairs := group(t, "m", optional, schema.MapLogicalType{}, group(t, "entries", repeated, plain, number("k", required), number("v", optional)))
	for _, c := range []struct {
		name    string
		node    schema.Node
		columns []levels
		want    string
	}{
		{"begins with the middle of a list", item, []levels{{[]int16{3, 3}, []int16{1, 0}, []int64{1, 2}}}, "has not begun"},
		{"a null list has items", item, []levels{{[]int16{0, 3}, []int16{0, 1}, []int64{1}}}, "an empty list goes on"},
		{"an empty list has items", item, []levels{{[]int16{1, 3}, []int16{0, 1}, []int64{1}}}, "an empty list goes on"},
		{"an empty list within a list", item, []levels{{[]int16{3, 1}, []int16{0, 1}, []int64{1}}}, "an empty list goes on"},
		{
			"more keys than values", pairs,
			[]levels{{[]int16{2, 2}, []int16{0, 1}, []int64{1, 2}}, {[]int16{3}, []int16{0}, []int64{1}}},
			`the lists of "m.key" and "m.value", which belong together, are not equally long`,
		},
		{
			"keys of null, values of an empty map", pairs,
			[]levels{{[]int16{0}, []int16{0}, nil}, {[]int16{1}, []int16{0}, nil}},
			`the lists of "m.key" and "m.value", which belong together, are not equally long`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readWhole(t.Context(), crafted(t, schema.FieldList{c.node}, c.columns...), "x.parquet", 100)
			if !errors.Is(err, lake.ErrCorrupt) || !strings.HasPrefix(err.Error(), "x.parquet: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// Two columns of one name are not taken for one another.
func TestSecondOfANameIsLeftOut(t *testing.T) {
	b := crafted(t, schema.FieldList{number("a.x", required), group(t, "a", required, nil, number("x", required))},
		levels{values: []int64{1}}, levels{values: []int64{2}})
	f := open(t, b)
	if got := f.Schema()[1].Type.Reason; got != "another column has the same name" {
		t.Errorf("got %q", got)
	}
	if got := fmt.Sprint(readDump(t, f, nil, 10)); got != "map[a.x:[1]]" {
		t.Errorf("got %s", got)
	}
}

func TestListsOfOtherThanStrings(t *testing.T) {
	fields := []lake.Field{
		{Name: "n", Type: lake.ListOf(lake.Int64Type), Nullable: true},
		{Name: "x", Type: lake.ListOf(lake.DoubleType), Nullable: true},
		{Name: "day", Type: lake.ListOf(lake.Type{Kind: lake.Date}), Nullable: true},
		{Name: "raw", Type: lake.ListOf(lake.Type{Kind: lake.Fixed, Length: 2}), Nullable: true},
	}
	b := row(t, fields, []any{1, nil, -3}, []any{0.5, nil}, []any{int64(0), nil}, []any{[]byte("ab")})
	for format, want := range map[lake.Format]string{
		lake.CSV:   "n,x,day,raw\n\"[1,null,-3]\",\"[0.5,null]\",\"[\"\"1970-01-01\"\",null]\",\"[\"\"6162\"\"]\"\n",
		lake.TSV:   "n\tx\tday\traw\n[1,null,-3]\t[0.5,null]\t[\"1970-01-01\",null]\t[\"6162\"]\n",
		lake.JSONL: `{"n":[1,null,-3],"x":[0.5,null],"day":["1970-01-01",null],"raw":["YWI="]}` + "\n",
	} {
		if got := render(t, b, format, lake.WriterOptions{}); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", format, got, want)
		}
	}
	if got := fmt.Sprint(b.Columns[0].Value(0), b.Columns[0].Type, b.Columns[3].Type); got != "[1 <nil> -3] list<int64> list<fixed(2)>" {
		t.Errorf("got %s", got)
	}
	// What does not fit leaves no half of a list behind.
	c := &b.Columns[0]
	if err := c.Append([]any{1, "two"}); err == nil || c.Elem.Len() != 3 || c.Len() != 1 {
		t.Errorf("%v, %d items, %d rows", err, c.Elem.Len(), c.Len())
	}
	if got := lake.ListOf(lake.ListType); got.Kind != lake.Unsupported {
		t.Errorf("a list of lists: %v", got)
	}
	// A value of the wrong length would be written as another one.
	b.Columns[3].Elem.AppendStr([]byte("abc"))
	b.Columns[3].Lists[1]++
	w, err := lake.NewParquetWriter(&bytes.Buffer{}, fields, lake.ParquetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(b); err == nil || !strings.Contains(err.Error(), "3 bytes where fixed(2) needs 2") {
		t.Errorf("got %v", err)
	}
}

// INT96 is read where nanoseconds fit into 64 bits, to the last one, and is an
// error beyond; an interval, which is months and days and milliseconds side by
// side, is left out.
func TestRareTypes(t *testing.T) {
	int96 := lake.Type{Kind: lake.Timestamp, Unit: lake.Nano, UTC: true, Int96: true}
	b := lake.NewBatch(lake.Field{Name: "at", Type: int96})
	for _, ns := range []int64{math.MinInt64, math.MinInt64 + 1, -86400e9 - 1, -86400e9, -1, 0, 86400e9 - 1, math.MaxInt64} {
		b.Columns[0].AppendInt(ns)
		b.Rows++
	}
	if d := diff(dump(b, nil), readDump(t, open(t, writeParquet(t, b, lake.ParquetOptions{})), nil, 100)); d != "" {
		t.Error(d)
	}
	day := func(nanos uint64, day int32) parquet.Int96 {
		var v parquet.Int96
		binary.LittleEndian.PutUint64(v[:], nanos)
		binary.LittleEndian.PutUint32(v[8:], uint32(day))
		return v
	}
	interval := schema.MustPrimitive(schema.NewPrimitiveNodeLogical("i", required, schema.IntervalLogicalType{}, parquet.Types.FixedLenByteArray, 12, -1))
	at := schema.NewInt96Node("at", required, -1)
	for _, c := range []struct {
		v    parquet.Int96
		want string
	}{
		{day(0, 2440588), ""},
		{day(1<<63-1-106751*86400e9, 2440588+106751), ""},
		{day(1<<63-106751*86400e9, 2440588+106751), "outside the years 1678 to 2261"},
		{day(0, 5373484), "outside the years 1678 to 2261"}, // 9999-12-31
		{day(0, 0), "outside the years 1678 to 2261"},
		{day(0, -1<<31), "outside the years 1678 to 2261"},
		{day(86400e9, 2440588), "86400000000000 nanoseconds in a day"},
	} {
		var out bytes.Buffer
		root, err := schema.NewGroupNode("schema", required, schema.FieldList{at, interval}, -1)
		if err != nil {
			t.Fatal(err)
		}
		w := file.NewParquetWriter(&out, root)
		rg, err := w.AppendRowGroupChecked()
		if err != nil {
			t.Fatal(err)
		}
		cw, err := rg.NextColumn()
		if err != nil {
			t.Fatal(err)
		}
		_, err = cw.(*file.Int96ColumnChunkWriter).WriteBatch([]parquet.Int96{c.v}, nil, nil)
		iw, nextErr := rg.NextColumn()
		if err = errors.Join(err, nextErr); err != nil {
			t.Fatal(err)
		}
		_, err = iw.(*file.FixedLenByteArrayColumnChunkWriter).WriteBatch([]parquet.FixedLenByteArray{make([]byte, 12)}, nil, nil)
		if err = errors.Join(err, iw.Close(), w.Close()); err != nil {
			t.Fatal(err)
		}
		f := open(t, out.Bytes())
		if got := f.Schema()[1].Type; got.Kind != lake.Unsupported || !strings.Contains(strings.ToLower(got.Reason), "interval") {
			t.Errorf("interval: %s, %q", got, got.Reason)
		}
		_, err = readWhole(t.Context(), out.Bytes(), "x.parquet", 10)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), `x.parquet: column "at"`)) {
			t.Errorf("%v: got %v, want %q", c.v, err, c.want)
		}
	}
}
