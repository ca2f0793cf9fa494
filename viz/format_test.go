package viz_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/pipeline"
	"gondola/viz"
)

func write(t *testing.T, table *pipeline.Table, f viz.Format, o viz.Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := viz.WriteTable(&b, table, f, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestHostileCellsAreInertInEveryFormat(t *testing.T) {
	for _, f := range viz.Formats() {
		for _, o := range []viz.TextOptions{{}, {Width: 40, ASCII: true}, {Width: 24, MaxRows: 5}} {
			inert(t, write(t, hostile(), f, viz.Options{TextOptions: o}))
		}
	}
}

func TestASCIIHoldsASCIIOnly(t *testing.T) {
	for _, table := range []*pipeline.Table{products(), hostile()} {
		out := write(t, table, viz.Text, viz.Options{TextOptions: viz.TextOptions{Width: 60, MaxRows: 10, ASCII: true}})
		for i := range len(out) {
			if out[i] > 0x7e {
				t.Fatalf("byte %#x in %q", out[i], out)
			}
		}
	}
}

func TestJSONIsExact(t *testing.T) {
	table := pipeline.NewTable("", pipeline.Col("b", pipeline.String), pipeline.Col("a", pipeline.Int), pipeline.Col("f", pipeline.Float))
	floats := []any{math.NaN(), math.Inf(1), math.Inf(-1), nil, 0.1, 1e300}
	for i, s := range append(payloads(), "\"quoted\" \\ </script>") {
		table.Add(s, int64(math.MaxInt64-i), floats[i%len(floats)])
	}
	var rows []struct {
		B string
		A int64
		F *float64
	}
	if err := json.Unmarshal([]byte(write(t, table, viz.JSON, viz.Options{})), &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != len(table.Rows) {
		t.Fatalf("%d rows, want %d", len(rows), len(table.Rows))
	}
	for i, row := range rows {
		want := table.Rows[i]
		if s := strings.ToValidUTF8(want[0].(string), "\uFFFD"); strings.ReplaceAll(row.B, "\uFFFD", "") != strings.ReplaceAll(s, "\uFFFD", "") {
			t.Errorf("row %d: text %q, want %q", i, row.B, want[0])
		}
		if row.A != want[1] {
			t.Errorf("row %d: int %d, want %d", i, row.A, want[1])
		}
		if f, ok := want[2].(float64); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
			if row.F == nil || *row.F != f {
				t.Errorf("row %d: float %v, want %v", i, row.F, f)
			}
		} else if row.F != nil {
			t.Errorf("row %d: float %v, want null for %v", i, *row.F, want[2])
		}
	}
}

func TestJSONLinesAreDocuments(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(write(t, hostile(), viz.JSONL, viz.Options{}), "\n"), "\n")
	if len(lines) != len(payloads()) {
		t.Fatalf("%d lines, want %d", len(lines), len(payloads()))
	}
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func TestCSVReadsBack(t *testing.T) {
	for _, o := range []viz.Options{{}, {Exact: true}, {Raw: true}} {
		table := pipeline.NewTable("", pipeline.Col("=name", pipeline.String), pipeline.Col("n", pipeline.Int))
		texts := []string{"", " ", " a ", `"`, `a"b`, "a,b", "a\nb", "=1+1", "-1", "'=1", "''=1", "'tis", "plain", "a\ttab"}
		if o.Exact || o.Raw { // every byte that a reader of CSV keeps: CR LF is not among it
			texts = append(texts, "\x1b[2J\x9b\u009bx\x00\a", "\u202e=1", "\u2028\x7f", "a\rb")
		}
		for i, s := range texts {
			table.Add(s, int64(-i))
		}
		records, err := csv.NewReader(strings.NewReader(write(t, table, viz.CSV, o))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range records[1:] {
			s := r[0]
			if rest, cut := strings.CutPrefix(s, "'"); cut && !o.Raw && viz.Defuse(rest) != rest {
				s = rest
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(texts, got); diff != "" {
			t.Errorf("%+v (-want +got):\n%s", o, diff)
		}
		if number := records[14][1]; number != "-13" {
			t.Errorf("a number is %q, want -13", number)
		}
	}
}

func TestCSVTellsNullFromEmpty(t *testing.T) {
	table := pipeline.NewTable("", pipeline.Col("a", pipeline.String), pipeline.Col("b", pipeline.String))
	table.Add(nil, "")
	if got, want := write(t, table, viz.CSV, viz.Options{}), "a,b\n,\"\"\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTSVHasOneLineARow(t *testing.T) {
	for _, raw := range []bool{false, true} {
		table := hostile()
		out := write(t, table, viz.TSV, viz.Options{Raw: raw})
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if len(lines) != len(table.Rows)+1 {
			t.Errorf("raw %v: %d lines, want %d", raw, len(lines), len(table.Rows)+1)
		}
		for _, line := range lines {
			if strings.Count(line, "\t") != 1 {
				t.Errorf("raw %v: not two cells: %q", raw, line)
			}
		}
	}
}

func TestDefuse(t *testing.T) {
	for _, s := range []string{
		"=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\ttab", "\rcr", " =1", "\u00a0=1", "\u3000@x", "\n=1", "a\n=1", "a\n\u00a0-1", "a\n\tb",
		"＝1", "－1", "=cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@import", "\u200b=1", "'=1",
	} {
		if got := viz.Defuse(s); got != "'"+s {
			t.Errorf("Defuse(%q) = %q", s, got)
		}
	}
	for _, s := range []string{"", "a=1", "1-2", "7-Up", "'tis", "a\nb", "(-1)", "a\tb", "a @ b"} {
		if got := viz.Defuse(s); got != s {
			t.Errorf("Defuse(%q) = %q, want it unchanged", s, got)
		}
	}
}

func TestMarkdownCells(t *testing.T) {
	table := pipeline.NewTable("", pipeline.Col("t", pipeline.String))
	table.Add("![x](http://example.org/i.png) <img src=x> a|b `c` *d* _e_ $f$ ~g~ \\| &amp;\nnext")
	want := "| t |\n|---|\n| !\\[x\\](http://example.org/i.png) &lt;img src=x&gt; a\\|b \\`c\\` \\*d\\* \\_e\\_ \\$f\\$ \\~g\\~ \\\\\\| &amp;amp;␊next |\n\n1 row\n"
	if got := write(t, table, viz.Markdown, viz.Options{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestUnknownFormat(t *testing.T) {
	err := viz.WriteTable(&bytes.Buffer{}, products(), "xml", viz.Options{})
	if err == nil || !strings.Contains(err.Error(), `"xml"`) || !strings.Contains(err.Error(), "jsonl") {
		t.Errorf("error %v should name xml and the known formats", err)
	}
}

// full is a writer on a full disk.
type full struct{ err error }

func (f full) Write([]byte) (int, error) { return 0, f.err }

func TestWriteErrorsAreReturned(t *testing.T) {
	disk := full{errors.New("disk full")}
	for _, f := range viz.Formats() {
		if err := viz.WriteTable(disk, products(), f, viz.Options{}); !errors.Is(err, disk.err) {
			t.Errorf("%s: error %v, want %v", f, err, disk.err)
		}
	}
	spec := viz.Spec{Kind: viz.Bar, Data: products(), X: "id", Y: "sold"}
	if err := viz.SpecText(disk, spec, viz.TextOptions{}); !errors.Is(err, disk.err) {
		t.Errorf("SpecText: error %v, want %v", err, disk.err)
	}
}

// TestListsInEveryFormat: a person reads items, a program JSON.
func TestListsInEveryFormat(t *testing.T) {
	table := pipeline.NewTable("", pipeline.Col("n", pipeline.ListOf(pipeline.Int)), pipeline.Col("f", pipeline.ListOf(pipeline.Float)),
		pipeline.Col("d", pipeline.ListOf(pipeline.Date)), pipeline.Col("x", pipeline.ListOf(pipeline.Bytes)))
	table.Add([]any{int64(9007199254740993), nil}, []any{0.5, math.NaN()}, []any{pipeline.Day("2017-01-31")}, []any{[]byte{255}})
	table.Add([]any{}, nil, []any{nil}, []any{})
	for f, want := range map[viz.Format]string{
		viz.JSONL: `{"n":[9007199254740993,null],"f":[0.5,null],"d":["2017-01-31"],"x":["/w=="]}
{"n":[],"f":null,"d":[null],"x":[]}
`,
		viz.CSV: `n,f,d,x
"[9007199254740993,null]","[0.5,NaN]","[""2017-01-31""]","[""/w==""]"
[],,[null],[]
`,
	} {
		if got := write(t, table, f, viz.Options{}); got != want {
			t.Errorf("%v:\n%s\nwant:\n%s", f, got, want)
		}
	}
	text := write(t, table, viz.Text, viz.Options{})
	for _, want := range []string{"[9,007,199,254,740,993, NULL]", "[0.5", "[2017-01-31]", "[0xff]", "[]"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
