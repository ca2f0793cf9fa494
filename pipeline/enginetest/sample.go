package enginetest

import (
	"fmt"
	"reflect"
	"testing"

	"gondola/pipeline"
)

// sample checks seeded samples, of a load and of a selection: so many rows,
// from the table, in its order, the same again for the same seed.
func (s *suite) sample(t *testing.T) {
	const n = 2000
	rows := make([][]any, n)
	for i := range rows {
		rows[i] = []any{fmt.Sprintf("r%05d", i), fmt.Sprintf("title number %d", i)}
	}
	path := writeCSV(t, s.Dir(t), "s.csv", []string{"id", "title"}, rows)
	all := s.mustLoad(t, pipeline.Load{URI: path})

	for name, ids := range map[string]func(pipeline.Share, uint64) []any{
		"Load": func(share pipeline.Share, seed uint64) []any {
			return s.column(t, s.mustLoad(t, pipeline.Load{URI: path, Sample: share, Seed: seed}), "id")
		},
		"Select": func(share pipeline.Share, seed uint64) []any {
			table := s.mustSelect(t, all, pipeline.Selection{Columns: []string{"id"}, Sample: share, Seed: seed})
			if len(table.Rows) < n {
				want := pipeline.Completeness{Rows: n, Sample: int64(len(table.Rows)), Seed: seed}
				if table.Shows != want {
					t.Errorf("sample %+v shows %q, want %q", share, table.Shows, want)
				}
			} else if table.Shows.Sample != 0 && table.Shows.Sample != n {
				t.Errorf("all rows show %q", table.Shows)
			}
			var ids []any
			for _, row := range table.Rows {
				ids = append(ids, row[0])
			}
			return ids
		},
	} {
		t.Run(name, func(t *testing.T) {
			byRows, byShare := pipeline.Share{Rows: 300}, pipeline.Share{Fraction: 0.25}
			first := ids(byRows, 1)
			if len(first) != 300 {
				t.Errorf("a sample of 300 rows has %d", len(first))
			}
			checkSubsequence(t, first)
			if again := ids(byRows, 1); !reflect.DeepEqual(first, again) {
				t.Error("the same seed gives another sample of rows")
			}
			if other := ids(byRows, 2); reflect.DeepEqual(first, other) {
				t.Error("another seed gives the same sample of rows")
			}
			if spread := spread(first); spread < 0.35 || spread > 0.65 {
				t.Errorf("%.0f %% of the sample is from the first half of the table", 100*spread)
			}
			part := ids(byShare, 1)
			if len(part) < 400 || len(part) > 600 { // five standard deviations around 500
				t.Errorf("a sample of 25 %% of 2,000 rows has %d", len(part))
			}
			checkSubsequence(t, part)
			if again := ids(byShare, 1); !reflect.DeepEqual(part, again) {
				t.Error("the same seed gives another share")
			}
			if n := len(ids(pipeline.Share{Rows: 10 * n}, 1)); n != len(rows) {
				t.Errorf("a sample of more rows than there are has %d, want all %d", n, len(rows))
			}
			if n := len(ids(pipeline.Share{}, 1)); n != len(rows) {
				t.Errorf("without a sample there are %d rows, want %d", n, len(rows))
			}
		})
	}
}

// checkSubsequence checks that ids come in the table's order, each once.
func checkSubsequence(t *testing.T, ids []any) {
	t.Helper()
	for i := 1; i < len(ids); i++ {
		if fmt.Sprint(ids[i-1]) >= fmt.Sprint(ids[i]) {
			t.Errorf("the sample has %v before %v: not the order of the table", ids[i-1], ids[i])
			return
		}
	}
}

// spread returns the share of ids from the first half of the table.
func spread(ids []any) float64 {
	first := 0
	for _, id := range ids {
		if fmt.Sprint(id) < "r01000" {
			first++
		}
	}
	return float64(first) / float64(max(1, len(ids)))
}
