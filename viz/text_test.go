package viz_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/rivo/uniseg"

	"gondola/pipeline"
	"gondola/viz"
)

// randomTable returns a table of any shape, with texts in many scripts.
func randomTable(r *rand.Rand) *pipeline.Table {
	pieces := []string{"pizza", " ", "饺子", "👨‍👩‍👧", "e\u0301", "ไก่", "\u0301", "🇩🇪", "❤️", "السلام", "\x1b[2J", "\xff", "\n", "\u0600", "क्षि", "1️⃣"}
	word := func() string {
		s := ""
		for range r.IntN(12) {
			s += pieces[r.IntN(len(pieces))]
		}
		return s
	}
	types := []pipeline.Type{pipeline.String, pipeline.Int, pipeline.Float, pipeline.Strings}
	t := pipeline.NewTable(word())
	for range r.IntN(12) {
		t.Columns = append(t.Columns, pipeline.Col(word(), types[r.IntN(len(types))]))
	}
	for range r.IntN(9) {
		var row []any
		for _, c := range t.Columns {
			v := map[pipeline.Type]any{
				pipeline.String: word(), pipeline.Int: r.Int64() >> r.IntN(64),
				pipeline.Float: math.Ldexp(r.NormFloat64(), r.IntN(100)-50), pipeline.Strings: []string{word(), word()},
			}[c.Type]
			if r.IntN(5) == 0 {
				v = nil
			}
			row = append(row, v)
		}
		t.Add(row...)
	}
	return t
}

// TestTextFitsItsWidth draws random tables at many widths: no line is wider,
// and the lines of the box are equally wide.
func TestTextFitsItsWidth(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		table := randomTable(r)
		o := viz.TextOptions{Width: 16 + r.IntN(120), MaxRows: r.IntN(6), ASCII: r.IntN(3) == 0}
		out := write(t, table, viz.Text, viz.Options{TextOptions: o})
		inert(t, out)
		box := 0
		for line := range strings.Lines(out) {
			line = strings.TrimSuffix(line, "\n")
			w := uniseg.StringWidth(line)
			if drawn := strings.ContainsAny(line[:min(len(line), 3)], "┌│├└+|"); drawn && box == 0 {
				box = w
			} else if drawn && w != box {
				t.Errorf("seed %d: a line is %d cells wide, the box %d:\n%s", seed, w, box, out)
			}
			if w > o.Width && !strings.Contains(line, "shown)") {
				t.Errorf("seed %d: %d cells, at most %d: %q", seed, w, o.Width, line)
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	}
}

// TestTextCountsAreTrue checks the footer against what the box holds.
func TestTextCountsAreTrue(t *testing.T) {
	table := pipeline.NewTable("")
	for c := range 30 {
		table.Columns = append(table.Columns, pipeline.Col(fmt.Sprintf("col%02d", c), pipeline.Int))
	}
	row := make([]any, 30)
	for c := range row {
		row[c] = int64(123)
	}
	for range 50 {
		table.Add(row...)
	}
	out := write(t, table, viz.Text, viz.Options{TextOptions: viz.TextOptions{Width: 80, MaxRows: 7}})
	rows, columns := strings.Count(out, "123 │ …"), 0
	for c := range 30 {
		if strings.Contains(out, fmt.Sprintf("col%02d", c)) {
			columns++
		}
	}
	want := fmt.Sprintf("50 rows (%d shown)  30 columns (%d shown)\n", rows, columns)
	if rows != 7 || columns < 5 || !strings.HasSuffix(out, want) {
		t.Errorf("%d rows and %d columns are there, footer should be %q:\n%s", rows, columns, want, out)
	}
	if !strings.Contains(out, "col00") || !strings.Contains(out, "col29") {
		t.Errorf("the outer columns should stay:\n%s", out)
	}
}

func TestNumbersAsText(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   []string
	}{
		{[]float64{1, 2}, []string{"1", "2"}},
		{[]float64{0.5, 1234567.25, -0.25}, []string{"0.50", "1,234,567.25", "-0.25"}},
		{[]float64{1.0 / 3, 100}, []string{"0.3333", "100.0000"}},
		{[]float64{1e-7, 0, math.Copysign(0, -1)}, []string{"1e-07", "0", "0"}},
		{[]float64{1e21, math.Inf(-1), math.NaN()}, []string{"1e+21", "-Inf", "NaN"}},
		{[]float64{999999999999999, -1000}, []string{"999,999,999,999,999", "-1,000"}},
	} {
		table := pipeline.NewTable("", pipeline.Col("f", pipeline.Float))
		for _, v := range c.values {
			table.Add(v)
		}
		var got []string
		for _, line := range strings.Split(write(t, table, viz.Markdown, viz.Options{}), "\n")[2 : 2+len(c.values)] {
			got = append(got, strings.Trim(line, "| "))
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%v: got %q, want %q", c.values, got, c.want)
		}
	}
}

func TestSpecErrors(t *testing.T) {
	data := products()
	for name, c := range map[string]struct {
		spec viz.Spec
		want string
	}{
		"kind":    {viz.Spec{Kind: "radar", Data: data, X: "id", Y: "sold"}, "radar"},
		"no data": {viz.Spec{Kind: viz.Bar, Title: "top tags", X: "id", Y: "sold"}, "top tags"},
		"no x":    {viz.Spec{Kind: viz.Bar, Data: data, Y: "sold"}, "for x"},
		"y":       {viz.Spec{Kind: viz.Bar, Data: data, X: "id", Y: "solid"}, `"solid" for y`},
		"text y":  {viz.Spec{Kind: viz.Bar, Data: data, X: "id", Y: "title"}, "holds string"},
		"by":      {viz.Spec{Kind: viz.Bar, Data: data, X: "id", Y: "sold", By: "shop"}, `"shop" for by`},
	} {
		t.Run(name, func(t *testing.T) {
			err := viz.SpecText(&bytes.Buffer{}, c.spec, viz.TextOptions{})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestEveryKindIsDrawn draws odd data as every kind.
func TestEveryKindIsDrawn(t *testing.T) {
	odd := hostile()
	odd.Columns = append(odd.Columns, pipeline.Col("n", pipeline.Float))
	for _, name := range viz.BoxColumns() {
		odd.Columns = append(odd.Columns, pipeline.Col(name, pipeline.Float))
	}
	values := []any{0.0, -1e308, 1e308, math.NaN(), math.Inf(1), nil, 5e-324}
	for i := range odd.Rows {
		for k := range odd.Columns[2:] {
			odd.Rows[i] = append(odd.Rows[i], values[(i+k)%len(values)])
		}
	}
	empty := pipeline.NewTable("", odd.Columns...)
	nulls := pipeline.NewTable("", odd.Columns...)
	nulls.Add(make([]any, len(odd.Columns))...)
	for _, kind := range viz.Kinds() {
		for _, data := range []*pipeline.Table{odd, empty, nulls} {
			for _, o := range []viz.TextOptions{{}, {Width: 1, ASCII: true}, {Width: 50, MaxRows: 3}} {
				var b bytes.Buffer
				spec := viz.Spec{Kind: kind, Title: "\x1b[2Jodd", Data: data, X: data.Columns[0].Name, Y: "n", By: "=list", Provenance: "\x1b[2Jload"}
				if kind == viz.Scatter || kind == viz.Map {
					spec.X = "q1" // places are numbers
				}
				if err := viz.SpecText(&b, spec, o); err != nil {
					t.Errorf("%s: %v", kind, err)
				}
				inert(t, b.String())
				if !strings.HasPrefix(b.String(), "odd\n") || b.Len() < len("odd\nno values") {
					t.Errorf("%s: %q", kind, b.String())
				}
			}
		}
	}
}

// FuzzWriteTable writes one hostile cell in every format.
func FuzzWriteTable(f *testing.F) {
	for _, s := range payloads() {
		f.Add(s, 20)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		table := pipeline.NewTable(s, pipeline.Col(s, pipeline.String), pipeline.Col("l", pipeline.Strings))
		table.Add(s, []string{s, s})
		table.Add(nil, []string{})
		for _, format := range viz.Formats() {
			for _, ascii := range []bool{false, true} {
				out := write(t, table, format, viz.Options{TextOptions: viz.TextOptions{Width: width % 200, ASCII: ascii}})
				inert(t, out)
			}
		}
	})
}

// TestHistogramIsWhole: a histogram of more ranges than lines is brought together,
// and nothing of it is left out.
func TestHistogramIsWhole(t *testing.T) {
	data := pipeline.NewTable("", pipeline.Col("length", pipeline.Int), pipeline.Col("titles", pipeline.Int))
	for i := range 95 {
		data.Add(int64(i*5), int64(i+1))
	}
	var out bytes.Buffer
	if err := viz.SpecText(&out, viz.Spec{Kind: viz.Hist, Data: data, X: "length", Y: "titles"}, viz.TextOptions{Width: 60, MaxRows: 10, ASCII: true}); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var sum int64
	for _, line := range lines[:len(lines)-1] {
		fields := strings.Fields(line)
		n, err := strconv.ParseInt(strings.ReplaceAll(fields[len(fields)-1], ",", ""), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if len(lines) != 11 || sum != 95*96/2 || !strings.HasSuffix(lines[10], "10 ranges a bar") {
		t.Errorf("%d lines, %d titles of %d:\n%s", len(lines), sum, 95*96/2, out.String())
	}
}
