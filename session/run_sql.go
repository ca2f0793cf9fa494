package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"gondola/pipeline"
	"gondola/session/lang"
)

func runSQL(ctx context.Context, inv *invocation) error {
	engine, err := inv.engine(ctx)
	if err != nil {
		return err
	}
	querier, ok := engine.(pipeline.Querier)
	if !ok {
		return fmt.Errorf("this engine answers no SQL: %w", errors.ErrUnsupported)
	}
	step := pipeline.Query{SQL: inv.call.Raw, Tables: map[string]pipeline.Dataset{}, Titles: map[string][]string{}}
	for name, r := range inv.state.names {
		if r.dataset != nil { // a model that was loaded has no rows
			step.Tables[name], step.Titles[name] = r.dataset, r.titleColumns()
		}
	}
	if err := inv.extraTables(ctx, engine, step.Tables); err != nil {
		return err
	}
	ds, err := querier.Query(ctx, step, inv.report)
	if err != nil {
		return err
	}
	schema := ds.Schema()
	if len(schema.Columns) == 0 {
		inv.endStatement(ds)
		return nil
	}
	for _, column := range schema.Columns {
		if column.Note != "" {
			inv.say("column %q is %s, %s", column.Name, column.Source, column.Note)
		}
	}
	t, err := engine.Select(ctx, ds, pipeline.Selection{Limit: inv.call.Int("n")}, nil)
	if err != nil {
		return err
	}
	t.Total = ds.Len()
	r := &result{kind: lang.Table, step: step, dataset: ds}
	inv.table(marked(t, r))
	line := fmt.Sprintf("%s, %s", rowsOf(ds.Len()), plural(len(schema.Columns), "column"))
	var title, id any
	if schema.Title != "" {
		line += "; title " + schema.Title
		title = schema.Title
	}
	if schema.ID != "" {
		line += ", key " + schema.ID
		id = schema.ID
	}
	if shown := int64(len(t.Rows)); shown < ds.Len() && !inv.call.IsSet("n") {
		inv.say("the first %s are handed out; -n hands out more, write all", rowsOf(shown))
	}
	row := pipeline.NewTable("", pipeline.Col("rows", pipeline.Int), pipeline.Col("columns", pipeline.Strings),
		pipeline.Col("title", pipeline.String), pipeline.Col("id", pipeline.String))
	row.Add(ds.Len(), schema.Names(), title, id)
	inv.finish(r, line, row)
	return nil
}

// endStatement says what a statement without rows did. The last result stays.
func (inv *invocation) endStatement(ds pipeline.Dataset) {
	if inv.call.As != "" {
		inv.warn("nothing is called %s: the statement gives no rows", inv.call.As)
	}
	what, rows := fact(ds.Facts(), "statement", "statement"), fact(ds.Facts(), "statement", "rows")
	line := "done"
	if s, ok := what.(string); ok {
		line = s
	}
	row := pipeline.NewTable("", pipeline.Col("statement", pipeline.String), pipeline.Col("rows", pipeline.Int))
	n, counted := rows.(int64)
	if counted {
		line += ", " + rowsOf(n)
	}
	row.Add(what, rows)
	inv.end(lang.None, "", line, row)
}

// extraTables adds the tables that the session has beside its results, when
// the SQL names them: history. They are called like commands, so no result is.
func (inv *invocation) extraTables(ctx context.Context, engine pipeline.Engine, tables map[string]pipeline.Dataset) error {
	extra := map[string]pipeline.Load{}
	if path := inv.session.config.HistoryPath; path != "" {
		extra["history"] = pipeline.Load{URI: path, Format: "jsonl", Title: "statement"}
	}
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		if !regexp.MustCompile(`(?i)\b` + name + `\b`).MatchString(inv.call.Raw) {
			continue
		}
		load := extra[name]
		if info, err := os.Stat(load.URI); errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0 {
			continue // nothing is recorded yet: there is no such table
		}
		ds, err := engine.Load(ctx, load, inv.report)
		if err != nil {
			return fmt.Errorf("the table %s: %w", name, err)
		}
		tables[name] = ds
	}
	return nil
}

// sqlPlace is where in the user's text the SQL is wrong: the word at an offset
// of it, or all of it.
func (inv *invocation) sqlPlace(offset int) lang.Span {
	text := inv.call.Raw
	if offset < 0 || offset > len(text) {
		return inv.call.RawSpan
	}
	return inv.call.RawPlace(offset, offset+len(sqlWord(text[offset:])))
}

// sqlWord is the word that a text begins with: a name, a number, something in
// quotes, or one letter.
func sqlWord(text string) string {
	if text == "" {
		return ""
	}
	if quote := text[0]; quote == '\'' || quote == '"' {
		if end := strings.IndexByte(text[1:], quote); end >= 0 {
			return text[:end+2]
		}
	}
	inWord := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
	if end := strings.IndexFunc(text, func(r rune) bool { return !inWord(r) }); end > 0 {
		return text[:end]
	} else if end < 0 {
		return text
	}
	_, size := utf8.DecodeRuneInString(text)
	return text[:size]
}
