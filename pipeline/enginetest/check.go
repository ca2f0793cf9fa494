package enginetest

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"gondola/pipeline"
)

func (s *suite) mustLoad(t testing.TB, l pipeline.Load) pipeline.Dataset {
	t.Helper()
	ds, err := s.engine.Load(s.ctx(t), l, nil)
	if err != nil {
		t.Fatalf("load %s: %v", l.URI, err)
	}
	checkFacts(t, ds.Facts())
	return ds
}

// loadRows loads rows with the given columns through JSON lines.
func (s *suite) loadRows(t testing.TB, header []string, rows [][]any) pipeline.Dataset {
	t.Helper()
	return s.mustLoad(t, pipeline.Load{URI: writeJSONL(t, s.Dir(t), "rows.jsonl", header, rows)})
}

func (s *suite) mustTransform(t testing.TB, ds pipeline.Dataset, tr pipeline.Transformer) pipeline.Dataset {
	t.Helper()
	out, err := s.engine.Transform(s.ctx(t), ds, tr, nil)
	if err != nil {
		t.Fatalf("%s: %v", tr.Verb(), err)
	}
	checkFacts(t, out.Facts())
	return out
}

func (s *suite) mustTrain(t testing.TB, ds pipeline.Dataset, w pipeline.Word2Vec) pipeline.WordModel {
	t.Helper()
	m, err := s.engine.Fit(s.ctx(t), ds, w, nil)
	if err != nil {
		t.Fatalf("train: %v", err)
	}
	words, ok := m.(pipeline.WordModel)
	if !ok {
		t.Fatalf("train gives a %T, which is no WordModel", m)
	}
	checkFacts(t, m.Facts())
	return words
}

func (s *suite) mustCluster(t testing.TB, ds pipeline.Dataset, k pipeline.KMeans) pipeline.ClusterModel {
	t.Helper()
	m, err := s.engine.Fit(s.ctx(t), ds, k, nil)
	if err != nil {
		t.Fatalf("cluster: %v", err)
	}
	clusters, ok := m.(pipeline.ClusterModel)
	if !ok {
		t.Fatalf("cluster gives a %T, which is no ClusterModel", m)
	}
	checkFacts(t, m.Facts())
	return clusters
}

func (s *suite) mustSelect(t testing.TB, ds pipeline.Dataset, sel pipeline.Selection) *pipeline.Table {
	t.Helper()
	table, err := s.engine.Select(s.ctx(t), ds, sel, nil)
	if err != nil {
		t.Fatalf("select %+v: %v", sel, err)
	}
	checkTable(t, table)
	return table
}

// rows returns the columns of all rows; without names all columns.
func (s *suite) rows(t testing.TB, ds pipeline.Dataset, columns ...string) [][]any {
	t.Helper()
	return s.mustSelect(t, ds, pipeline.Selection{Columns: columns}).Rows
}

// column returns the values of one column.
func (s *suite) column(t testing.TB, ds pipeline.Dataset, name string) []any {
	t.Helper()
	rows := s.rows(t, ds, name)
	values := make([]any, len(rows))
	for i, row := range rows {
		values[i] = row[0]
	}
	return values
}

// checkTable checks that a table holds what its columns say.
func checkTable(t testing.TB, table *pipeline.Table) {
	t.Helper()
	if table.Total != 0 && table.Total < int64(len(table.Rows)) {
		t.Errorf("table %q: Total is %d, below its %d rows", table.Title, table.Total, len(table.Rows))
	}
	for i, row := range table.Rows {
		if len(row) != len(table.Columns) {
			t.Errorf("table %q: row %d has %d values for %d columns", table.Title, i, len(row), len(table.Columns))
			return
		}
		for c, v := range row {
			if !holds(table.Columns[c].Type, v) {
				t.Errorf("table %q: row %d: column %q of type %s holds a %T", table.Title, i, table.Columns[c].Name, table.Columns[c].Type, v)
				return
			}
		}
	}
}

// holds says whether v is a value of the type, as package pipeline defines it.
func holds(typ pipeline.Type, v any) bool {
	ok := v == nil
	switch typ {
	case pipeline.String:
		_, is := v.(string)
		ok = ok || is
	case pipeline.Int:
		_, is := v.(int64)
		ok = ok || is
	case pipeline.Float:
		_, is := v.(float64)
		ok = ok || is
	case pipeline.Bool:
		_, is := v.(bool)
		ok = ok || is
	case pipeline.Date:
		_, is := v.(pipeline.Day)
		ok = ok || is
	case pipeline.Time:
		_, is := v.(time.Time)
		ok = ok || is
	case pipeline.Strings:
		_, is := v.([]string)
		ok = ok || is
	case pipeline.Bytes:
		_, is := v.([]byte)
		ok = ok || is
	default:
		list, is := v.([]any)
		item, isList := typ.Elem()
		return isList && (ok || is) && !slices.ContainsFunc(list, func(v any) bool { return !holds(item, v) })
	}
	return ok
}

func checkFacts(t testing.TB, facts []pipeline.Table) {
	t.Helper()
	for i := range facts {
		checkTable(t, &facts[i])
	}
}

// wantRows compares rows value by value, and shows the first that differs. An
// empty list equals a list without items; floats may differ in the last digits.
func wantRows(t testing.TB, what string, got, want [][]any) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", what, len(got), len(want))
	}
	for i := range min(len(got), len(want)) {
		if reflect.DeepEqual(want[i], got[i]) { // much faster than cmp
			continue
		}
		if diff := cmp.Diff(want[i], got[i], cmpopts.EquateEmpty(), cmpopts.EquateApprox(1e-12, 0), cmpopts.EquateNaNs()); diff != "" {
			t.Errorf("%s: row %d of %d (-want +got):\n%.1500s", what, i, len(want), diff)
			return
		}
	}
}

// wantError checks that err is there, is one line for a person, and holds the
// given texts: the file, column or parameter at fault.
func wantError(t testing.TB, what string, err error, holds ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want one that names %q", what, holds)
		return
	}
	checkLine(t, what, err)
	for _, h := range holds {
		if !strings.Contains(err.Error(), h) {
			t.Errorf("%s: the error should name %q: %v", what, h, err)
		}
	}
}

// checkLine checks that an error is one line, and no crash that was caught.
func checkLine(t testing.TB, what string, err error) {
	t.Helper()
	text := err.Error()
	if strings.TrimSpace(text) == "" || strings.Contains(text, "\n") {
		t.Errorf("%s: the error is not one line: %q", what, text)
	}
	for _, crash := range []string{"runtime error", "nil pointer", "goroutine ", "panic", "%!"} {
		if strings.Contains(text, crash) {
			t.Errorf("%s: the error shows a crash: %q", what, text)
		}
	}
	if errors.Is(err, errHangs) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: hangs", what)
	}
}

// wantParam checks that err names a parameter as the flag is called.
func wantParam(t testing.TB, what string, err error, param string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error, want one for parameter %s", what, param)
		return
	}
	checkLine(t, what, err)
	var named interface{ ParamName() string }
	if !errors.As(err, &named) {
		t.Errorf("%s: the error names no parameter: %v", what, err)
	} else if named.ParamName() != param {
		t.Errorf("%s: the error is for parameter %s, want %s: %v", what, named.ParamName(), param, err)
	}
}
