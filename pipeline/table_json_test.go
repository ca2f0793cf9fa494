package pipeline_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gondola/pipeline"
)

// TestTableJSON stores a table of every type and reads it back: values keep
// their Go types, which JSON alone would lose.
func TestTableJSON(t *testing.T) {
	want := pipeline.Table{
		Title: "all types", Total: 9, Shows: pipeline.Completeness{Rows: 1 << 60, Sample: 5, Seed: 42},
		Columns: []pipeline.TableColumn{
			pipeline.Col("s", pipeline.String), pipeline.Col("i", pipeline.Int), pipeline.Col("f", pipeline.Float), pipeline.Col("b", pipeline.Bool),
			pipeline.Col("t", pipeline.Time), pipeline.Col("d", pipeline.Date), pipeline.Col("l", pipeline.Strings), pipeline.Col("x", pipeline.Bytes),
			pipeline.Col("li", pipeline.ListOf(pipeline.Int)), pipeline.Col("lf", pipeline.ListOf(pipeline.Float)), pipeline.Col("lt", pipeline.ListOf(pipeline.Time)),
			pipeline.Col("ld", pipeline.ListOf(pipeline.Date)), pipeline.Col("lx", pipeline.ListOf(pipeline.Bytes)), pipeline.Col("lb", pipeline.ListOf(pipeline.Bool)),
		},
	}
	when := time.Date(2017, 1, 31, 12, 0, 0, 123456789, time.UTC)
	want.Add("<\x00 é", int64(math.MaxInt64), 3.0, true, when, pipeline.Day("2017-01-31"), []string{"a", ""}, []byte{0, 255},
		[]any{int64(math.MaxInt64), nil}, []any{3.0, math.NaN(), math.Inf(1), nil}, []any{when, nil}, []any{pipeline.Day("2017-01-31"), nil}, []any{[]byte{255}, nil}, []any{true, nil})
	want.Add(nil, nil, math.NaN(), nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil)
	want.Add("", int64(-1), math.Inf(-1), false, when, pipeline.Day(""), []string{}, []byte{}, []any{}, []any{}, []any{}, []any{}, []any{}, []any{})
	b, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got pipeline.Table
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got, cmpopts.EquateNaNs()); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{
		`{"columns":[{"Name":"a","Type":"int"}],"rows":[["x"]]}`, `{"columns":[],"rows":[[1]]}`,
		`{"columns":[{"Name":"a","Type":"int"}],"rows":[[1.5]]}`, `{"columns":[{"Name":"a","Type":"list<string>"}],"rows":[[[1]]]}`,
		`{"columns":[{"Name":"a","Type":"list<int>"}],"rows":[[["x"]]]}`, `{"columns":[{"Name":"a","Type":"int"}],"rows":[[[1]]]}`,
	} {
		if err := json.Unmarshal([]byte(bad), &got); err == nil {
			t.Errorf("%s was read as %v", bad, got)
		}
	}
}
