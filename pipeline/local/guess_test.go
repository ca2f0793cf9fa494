package local

import (
	"testing"

	"gondola/pipeline"
)

func TestGuess(t *testing.T) {
	table := func(names []string, rows ...[]any) *pipeline.Table {
		t := &pipeline.Table{Rows: rows}
		for i, name := range names {
			typ := pipeline.String
			if _, ok := rows[0][i].(int64); ok {
				typ = pipeline.Int
			}
			t.Columns = append(t.Columns, pipeline.Col(name, typ))
		}
		return t
	}
	for _, c := range []struct {
		what      string
		table     *pipeline.Table
		title, id string
	}{
		{"by name", table([]string{"id", "title", "brand"}, []any{"1", "x", "y z"}), "title", "id"},
		{"by the end of the name", table([]string{"item_id", "product_title"}, []any{"1", "green tea"}), "product_title", "item_id"},
		{"title before name", table([]string{"name", "title"}, []any{"a b", "c d"}), "title", ""},
		{"blanks and capitals", table([]string{"Product Name", "SKU"}, []any{"green tea", "7"}), "Product Name", "SKU"},
		{"a number is no title", table([]string{"title", "beschreibung"}, []any{int64(1), "grüner Tee"}), "beschreibung", ""},
		{
			"by content", table([]string{"a", "b", "c"}, []any{"x1", "green tea", "shop one"}, []any{"x2", "black tea", "shop one"}, []any{"x3", "oat milk", "shop one"}),
			"b", "",
		},
		{"the only text", table([]string{"n", "libelle"}, []any{int64(1), "beurre"}), "libelle", ""},
		{"nothing", table([]string{"a", "b"}, []any{"x1", "y1"}, []any{"x2", "y2"}), "", ""},
		{
			"a key repeats seldom", table([]string{"product_id", "title"}, []any{"7", "a b"}, []any{"7", "c d"}, []any{"7", "e f"}),
			"title", "",
		},
	} {
		columns := look(c.table)
		title := guessTitle(columns, "")
		if id := guessID(columns, title); title != c.title || id != c.id {
			t.Errorf("%s: title %q, key %q; want %q, %q", c.what, title, id, c.title, c.id)
		}
	}
}

func TestUnknownColumn(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"titel", `no column "titel": did you mean "title"?`},
		{"zzz", `no column "zzz": the table has id, title, product_type`},
		{"TITLE", `no column "TITLE": did you mean "title"?`},
	} {
		if got := unknownColumn(c.name, []string{"id", "title", "product_type"}).Error(); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}
