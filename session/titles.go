package session

import (
	"regexp"
	"slices"

	"gondola/pipeline"
	"gondola/session/lang"
	"gondola/viz"
)

// Titles come from people's receipts. What is shared leaves them out unless it
// is told otherwise, so every table says which of its columns hold them.

// titleColumns are the columns of a result that hold titles, or all words of
// them.
func (r *result) titleColumns() []string {
	if r == nil || r.dataset == nil {
		return nil
	}
	schema := r.dataset.Schema()
	if q, ok := r.step.(pipeline.Query); ok {
		if !tellsTitles(q) {
			return nil
		}
		var columns []string
		for _, c := range schema.Columns {
			if c.Type == pipeline.String || c.Type == pipeline.Strings || c.Type == pipeline.Bytes {
				columns = append(columns, c.Name)
			}
		}
		return columns
	}
	columns := r.from.titleColumns()
	if schema.Title != "" {
		columns = append(columns, schema.Title)
	}
	if r.kind.Includes(lang.Tokens) {
		columns = append(columns, pipeline.TokensColumn)
	}
	return columns
}

// tellsTitles says whether the text of a query's answer may be titles: it names
// a column of them, or columns by no name (*, #2, a table as a value), or reads
// files, of which nobody knows. count(*) is a number.
func tellsTitles(q pipeline.Query) bool {
	sql := regexp.MustCompile(`(?i)count\s*\(\s*\*\s*\)`).ReplaceAllString(q.SQL, "")
	if regexp.MustCompile(`(?i)\*|#\d|\bcolumns\s*\(|^\s*from\b|\bread_|\.(parquet|csv|tsv|jsonl?|gz|zst)\b|\bsummarize\b`).MatchString(sql) {
		return true
	}
	for table, columns := range q.Titles {
		whole := regexp.MustCompile(`(?i)(\bselect|,|\()\s*"?` + regexp.QuoteMeta(table) + `"?\s*(,|\)|\bas\b|\bfrom\b)`)
		if len(columns) > 0 && whole.MatchString(sql) { // a row of it as one value
			return true
		}
		for _, name := range columns {
			if regexp.MustCompile(`(?i)(^|\W)` + regexp.QuoteMeta(name) + `(\W|$)`).MatchString(sql) {
				return true
			}
		}
	}
	return false
}

// marked returns the table with those of its columns marked that hold titles of
// the result.
func marked(t *pipeline.Table, r *result) *pipeline.Table {
	return marking(t, r.titleColumns()...)
}

func marking(t *pipeline.Table, names ...string) *pipeline.Table {
	for i := range t.Columns {
		if slices.Contains(names, t.Columns[i].Name) {
			t.Columns[i].Titles = true
		}
	}
	return t
}

// withoutTitles returns the chart without the titles in it. ok is false when
// nothing is left to draw.
func withoutTitles(s viz.Spec) (out viz.Spec, cut, ok bool) {
	keep := make([]bool, len(s.Data.Columns))
	left := 0
	for i, c := range s.Data.Columns {
		if keep[i] = !c.Titles; keep[i] {
			left++
		}
	}
	if left == len(keep) {
		return s, false, true
	}
	for _, c := range s.Data.Columns {
		if c.Titles && s.Kind != viz.Grid && (c.Name == s.X || c.Name == s.Y || c.Name == s.By || c.Name == s.Size) {
			return s, true, false
		}
		if c.Titles && c.Name == s.Label {
			s.Label = ""
		}
	}
	t := *s.Data
	t.Columns, t.Rows = nil, make([][]any, len(s.Data.Rows))
	for i, c := range s.Data.Columns {
		if !keep[i] {
			continue
		}
		t.Columns = append(t.Columns, c)
		for k, row := range s.Data.Rows {
			t.Rows[k] = append(t.Rows[k], row[i])
		}
	}
	s.Data = &t
	return s, true, left > 0
}
