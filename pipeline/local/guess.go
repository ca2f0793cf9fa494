package local

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gondola/pipeline"
)

// roles says which column is the title and which the key.
type roles struct {
	title, id string
}

// looked is what a guess knows of a column: its name, and the share of its
// values, in the rows looked at, that have two words or more.
type looked struct {
	name   string
	text   bool
	list   bool    // of texts
	phrase float64 // share of values with a blank and letters
	unique float64 // different values over values
	// Some files lack it. As a title it is not passed over for another, which
	// would be taken for what it is not.
	partial bool
}

// titleNames and idNames are names that say what a column is, the best first.
// A column matches by its whole name, or by its last part: "product_title",
// "item.title".
func titleNames() []string {
	return []string{"title", "product_title", "product_name", "item_name", "item_title", "name", "description", "product", "item", "label", "text"}
}

func idNames() []string {
	return []string{"id", "item_id", "product_id", "title_id", "sku", "asin", "gtin", "ean", "upc", "barcode", "code", "key", "uuid"}
}

// guessRoles takes the columns that were asked for and guesses the others by
// their names, then by what the first rows hold.
func guessRoles(ctx context.Context, e *Engine, d *dataset, l pipeline.Load, source *table) (roles, error) {
	r := roles{title: l.Title, id: l.ID}
	if r.title != "" && r.id != "" {
		return r, nil
	}
	const rows = 200
	t, err := e.selectRows(ctx, d, pipeline.Selection{Limit: rows}, startMeter(nil, "", "", 0))
	if err != nil {
		return r, err
	}
	columns := look(t)
	for i, c := range columns {
		_, _, columns[i].partial = source.missing(c.name)
	}
	if r.title == "" {
		r.title = guessTitle(columns, r.id)
	}
	if r.title == "" {
		reason := "no column looks like titles: name it with --title; there are " + strings.Join(d.schema.Names(), ", ")
		if list := byName(columns, titleNames(), func(c looked) bool { return c.list }); list != "" {
			reason = fmt.Sprintf("no column looks like titles, but the lists %s may hold some: --explode %s makes a row of each item",
				list, listOf(list, d.schema.Names()))
		}
		return r, &pipeline.ParamError{Param: "title", Value: `""`, Reason: reason}
	}
	if r.id == "" {
		r.id = guessID(columns, r.title)
	}
	return r, nil
}

func look(t *pipeline.Table) []looked {
	out := make([]looked, len(t.Columns))
	for i, c := range t.Columns {
		out[i] = looked{name: c.Name, text: c.Type == pipeline.String, list: c.Type == pipeline.Strings}
		var n, phrases float64
		different := map[string]bool{}
		for _, row := range t.Rows {
			if row[i] == nil {
				continue
			}
			n++
			s := fmt.Sprint(row[i])
			different[s] = true
			if strings.ContainsAny(strings.TrimSpace(s), " \u00a0-") && strings.ContainsFunc(s, isLetter) {
				phrases++
			}
		}
		if n > 0 {
			out[i].phrase, out[i].unique = phrases/n, float64(len(different))/n
		}
	}
	return out
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r > 0x7f }

func guessTitle(columns []looked, id string) string {
	if c := byName(columns, titleNames(), func(c looked) bool { return c.text && c.name != id }); c != "" {
		return c
	}
	best := looked{}
	for _, c := range columns {
		if c.text && c.name != id && c.phrase*c.unique > best.phrase*best.unique {
			best = c
		}
	}
	if best.phrase < 0.5 {
		texts := slices.DeleteFunc(slices.Clone(columns), func(c looked) bool { return !c.text })
		if len(texts) == 1 { // the only text there is
			return texts[0].name
		}
		return ""
	}
	return best.name
}

func guessID(columns []looked, title string) string {
	return byName(columns, idNames(), func(c looked) bool { return c.name != title && !c.partial && (c.unique == 0 || c.unique > 0.5) })
}

// byName finds the first column that is called one of names, or ends in _name
// or in .name, as the members of structs do; earlier names win, and whole names
// win over ends.
func byName(columns []looked, names []string, ok func(looked) bool) string {
	for _, ending := range []bool{false, true} {
		for _, name := range names {
			for _, c := range columns {
				folded := strings.ToLower(strings.NewReplacer(" ", "_", "-", "_").Replace(c.name))
				if (folded == name || ending && (strings.HasSuffix(folded, "_"+name) || strings.HasSuffix(folded, "."+name))) && ok(c) {
					return c.name
				}
			}
		}
	}
	return ""
}
