package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gondola/pipeline"
	"gondola/viz"
)

func runDiff(ctx context.Context, inv *invocation) error {
	engine, err := inv.engine(ctx)
	if err != nil {
		return err
	}
	d := differ{inv: inv, engine: engine, n: inv.call.Int("n")}
	for i, name := range []string{"a", "b"} {
		if d.of[i] = inv.state.result(resultName(inv.call.String(name))); d.of[i] == nil {
			return &pipeline.ParamError{Param: name, Value: inv.call.String(name), Reason: "there is no such result"}
		}
		d.names[i] = inv.call.String(name)
	}
	if d.of[0].origin().Hash == d.of[1].origin().Hash {
		inv.say("%s and %s are the same result: the same step with the same parameters on the same input", d.names[0], d.names[1])
	}
	if err := d.parameters(); err != nil {
		return err
	}
	if d.of[0].words != nil && d.of[1].words != nil {
		if err := d.vocabulary(); err != nil {
			return err
		}
	}
	if d.of[0].dataset == nil || d.of[1].dataset == nil {
		return nil // models that were loaded have no titles
	}
	querier, ok := engine.(pipeline.Querier)
	if !ok {
		return fmt.Errorf("this engine answers no SQL, so titles cannot be compared: %w", errors.ErrUnsupported)
	}
	d.querier = querier
	if err := d.titles(ctx); err != nil {
		return err
	}
	if d.both(pipeline.ClusterColumn) {
		if err := d.clusters(ctx); err != nil {
			return err
		}
	}
	if d.both(pipeline.TagsColumn) {
		return d.tags(ctx)
	}
	return nil
}

// resultName is the name of a result as state knows it: "-" is the last one.
func resultName(written string) string {
	if written == "-" {
		return ""
	}
	return written
}

// differ compares two results.
type differ struct {
	inv     *invocation
	engine  pipeline.Engine
	querier pipeline.Querier
	n       int
	of      [2]*result
	names   [2]string
}

// both says whether both results have the column.
func (d *differ) both(column string) bool {
	_, a := d.of[0].dataset.Schema().Column(column)
	_, b := d.of[1].dataset.Schema().Column(column)
	return a && b
}

// parameters lists the parameters that differ, step by step.
func (d *differ) parameters() error {
	t := pipeline.NewTable("parameters that differ", pipeline.Col("step", pipeline.String), pipeline.Col("parameter", pipeline.String),
		pipeline.Col(d.names[0], pipeline.String), pipeline.Col(d.names[1], pipeline.String))
	var steps [2]map[string]pipeline.Origin
	order := []string{}
	for i, r := range d.of {
		steps[i] = map[string]pipeline.Origin{}
		for _, a := range slices.Backward(r.line()) {
			o := a.origin()
			steps[i][o.Verb] = o
			if !slices.Contains(order, o.Verb) {
				order = append(order, o.Verb)
			}
		}
	}
	for _, verb := range order {
		a, inA := steps[0][verb]
		b, inB := steps[1][verb]
		switch {
		case !inA:
			t.Add(verb, nil, "not done", "done")
		case !inB:
			t.Add(verb, nil, "done", "not done")
		case a.Hash != b.Hash:
			x, err := parametersOf(a)
			if err != nil {
				return err
			}
			y, err := parametersOf(b)
			if err != nil {
				return err
			}
			before := len(t.Rows)
			for _, name := range slices.Sorted(maps.Keys(union(x, y))) {
				if x[name] != y[name] {
					t.Add(verb, d.flagOf(verb, name), x[name], y[name])
				}
			}
			if len(t.Rows) == before {
				why := "its input"
				if a.Code != b.Code {
					why = "the version of its code"
				}
				t.Add(verb, why, a.Short(), b.Short())
			}
		}
	}
	d.inv.table(t)
	return nil
}

// line is the result and what it was made from, the latest first.
func (r *result) line() []*result {
	var list []*result
	for a := r; a != nil; a = a.from {
		list = append(list, a)
	}
	return list
}

// flagOf is what the language calls a parameter of a step: vector-size, and not
// VectorSize.
func (d *differ) flagOf(verb, param string) string {
	if c, ok := d.inv.session.grammar.Lookup(verb); ok {
		for _, f := range c.Flags {
			if strings.EqualFold(strings.ReplaceAll(f.Name, "-", ""), param) {
				return f.Name
			}
		}
	}
	return strings.ToLower(param)
}

// parametersOf reads the parameters of an origin, each as text.
func parametersOf(o pipeline.Origin) (map[string]string, error) {
	var values map[string]any
	dec := json.NewDecoder(bytes.NewReader(o.Params))
	dec.UseNumber()
	if err := dec.Decode(&values); err != nil {
		return nil, fmt.Errorf("the parameters of %s: %w", o.Verb, err)
	}
	out := map[string]string{}
	for name, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		out[name] = strings.Trim(string(text), `"`)
	}
	return out, nil
}

func union[V any](a, b map[string]V) map[string]V {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}

// neighbours compared: of so many frequent words, so many nearest each.
const comparedWords, comparedNear = 100, 10

// vocabulary compares the words with a vector, and the neighbours of the
// frequent ones.
func (d *differ) vocabulary() error {
	var lists [2][]string
	var has [2]map[string]bool
	for i, r := range d.of {
		lists[i] = r.words.WordsByPrefix("", r.words.Words())
		has[i] = map[string]bool{}
		for _, w := range lists[i] {
			has[i][w] = true
		}
	}
	var only [2][]string
	var common []string
	for i := range lists {
		for _, w := range lists[i] {
			switch {
			case !has[1-i][w]:
				only[i] = append(only[i], w)
			case i == 0:
				common = append(common, w)
			}
		}
	}
	var alike float64
	compared := common[:min(comparedWords, len(common))]
	for _, w := range compared {
		var near [2]map[string]bool
		for i, r := range d.of {
			found, err := r.words.MostSimilar([]string{w}, nil, comparedNear, "cosine")
			if err != nil {
				return err
			}
			near[i] = map[string]bool{}
			for _, x := range found {
				near[i][x.Word] = true
			}
		}
		all := len(union(near[0], near[1]))
		if all > 0 {
			alike += float64(len(near[0])+len(near[1])-all) / float64(all)
		}
	}
	t := pipeline.NewTable("vocabulary", pipeline.Col("words", pipeline.String), pipeline.Col("number", pipeline.Int), pipeline.Col("most frequent", pipeline.String))
	shown := func(words []string) string { return strings.Join(words[:min(d.n, len(words))], ", ") }
	t.Add("in both", int64(len(common)), shown(common))
	for i := range only {
		t.Add("only in "+d.names[i], int64(len(only[i])), shown(only[i]))
	}
	d.inv.table(t)
	if len(compared) > 0 {
		d.inv.say("the %d nearest words of the %s common to both overlap by %.0f %% (Jaccard, mean)",
			comparedNear, plural(len(compared), "most frequent word"), 100*alike/float64(len(compared)))
	}
	return nil
}

// query runs SQL over the two results, x and y being their titles, each once,
// with the value of a column.
func (d *differ) query(ctx context.Context, column, sql string) (*pipeline.Table, error) {
	side := func(i int, table string) string {
		title := quoteName(d.of[i].dataset.Schema().Title)
		return fmt.Sprintf("(SELECT %s AS t, any_value(%s) AS v FROM results.%s WHERE %s IS NOT NULL GROUP BY 1)", title, column, table, title)
	}
	text := "WITH x AS " + side(0, "a") + ", y AS " + side(1, "b") + " " + sql
	ds, err := d.querier.Query(ctx, pipeline.Query{
		SQL: text, Tables: map[string]pipeline.Dataset{"a": d.of[0].dataset, "b": d.of[1].dataset},
	}, d.inv.report)
	if err != nil {
		return nil, fmt.Errorf("diff: %w", err)
	}
	return d.engine.Select(ctx, ds, pipeline.Selection{}, nil)
}

// quoteName quotes a column's name for SQL.
func quoteName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// titles counts what the two have in common.
func (d *differ) titles(ctx context.Context) error {
	for i, r := range d.of {
		if r.dataset.Schema().Title == "" {
			d.inv.warn("%s has no title column: titles are not compared", d.names[i])
			return nil
		}
	}
	t, err := d.query(ctx, "1", `SELECT count(*) FILTER (x.t IS NOT NULL AND y.t IS NOT NULL) AS "in both",
		count(*) FILTER (y.t IS NULL) AS a, count(*) FILTER (x.t IS NULL) AS b FROM x FULL JOIN y USING (t)`)
	if err != nil {
		return err
	}
	t.Title = "different titles"
	t.Columns[1].Name, t.Columns[2].Name = "only in "+d.names[0], "only in "+d.names[1]
	d.inv.table(t)
	return nil
}

// clusters finds for each cluster of A the one of B that shares most titles.
func (d *differ) clusters(ctx context.Context) error {
	t, err := d.query(ctx, pipeline.ClusterColumn, `, m AS (
		SELECT x.v AS a, y.v AS b, count(*) AS n FROM x JOIN y USING (t) WHERE x.v IS NOT NULL AND y.v IS NOT NULL GROUP BY 1, 2)
		SELECT a, b, n, sum(n) OVER (PARTITION BY a) AS na, sum(n) OVER (PARTITION BY b) AS nb FROM m
		QUALIFY row_number() OVER (PARTITION BY a ORDER BY n DESC, b) = 1 ORDER BY na DESC, a`)
	if err != nil {
		return err
	}
	out := pipeline.NewTable("clusters by the titles that they share",
		pipeline.Col(d.names[0], pipeline.String), pipeline.Col("titles", pipeline.Int), pipeline.Col(d.names[1], pipeline.String),
		pipeline.Col("titles there", pipeline.Int), pipeline.Col("shared", pipeline.Int), pipeline.Col("share", pipeline.Float), pipeline.Col("jaccard", pipeline.Float))
	var shared, all float64
	for i, row := range t.Rows {
		n, na, nb := asFloat(row[2]), asFloat(row[3]), asFloat(row[4])
		shared, all = shared+n, all+na
		if i < d.n {
			out.Add(fmt.Sprintf("c%v", row[0]), int64(na), fmt.Sprintf("c%v", row[1]), int64(nb), int64(n), n/na, n/(na+nb-n))
		}
	}
	out.Total = int64(len(t.Rows))
	d.inv.table(out)
	d.inv.also(true, matchesChart(out, d.names))
	if all > 0 {
		d.inv.say("%.1f %% of the titles in a cluster of both lie in the best match of theirs", 100*shared/all)
	}
	return nil
}

// matchesChart draws which clusters became which.
func matchesChart(matches *pipeline.Table, names [2]string) viz.Spec {
	t := pipeline.NewTable("", pipeline.Col("before", pipeline.String), pipeline.Col("after", pipeline.String), pipeline.Col("shared titles", pipeline.Int))
	for _, row := range matches.Rows {
		t.Add(fmt.Sprintf("%s %v", names[0], row[0]), fmt.Sprintf("%s %v", names[1], row[2]), row[4])
	}
	tellApart(t)
	return viz.Spec{Kind: viz.Sankey, Title: "clusters of " + names[0] + " and " + names[1], Data: t, X: "before", By: "after", Y: "shared titles"}
}

// asFloat reads a number that SQL gave: sums are 128 bits wide there, and come
// as text when they must.
func asFloat(v any) float64 {
	var x float64
	_, err := fmt.Sscan(fmt.Sprint(v), &x)
	if err != nil {
		return 0
	}
	return x
}

// tags counts the titles whose tags changed, shows some, and the tags that
// were won and lost.
func (d *differ) tags(ctx context.Context) error {
	const changed = `list_sort(x.v) IS DISTINCT FROM list_sort(y.v)`
	t, err := d.query(ctx, pipeline.TagsColumn, `SELECT count(*) AS titles, count(*) FILTER (`+changed+`) AS changed,
		count(*) FILTER (`+changed+`) / count(*) AS share, count(*) FILTER (x.v[1] IS DISTINCT FROM y.v[1]) AS "first tag changed" FROM x JOIN y USING (t)`)
	if err != nil {
		return err
	}
	t.Title = "titles with other tags"
	d.inv.table(t)
	t, err = d.query(ctx, pipeline.TagsColumn, fmt.Sprintf(`SELECT t AS title, x.v AS a, y.v AS b FROM x JOIN y USING (t)
		WHERE %s ORDER BY hash(t), t LIMIT %d`, changed, d.n))
	if err != nil {
		return err
	}
	t.Title = "some of them"
	marking(t, "title")
	t.Columns[1].Name, t.Columns[2].Name = d.names[0], d.names[1]
	d.inv.table(t)
	t, err = d.query(ctx, pipeline.TagsColumn, fmt.Sprintf(`, p AS (SELECT tag, count(*) AS n FROM (SELECT unnest(v) AS tag FROM x) GROUP BY 1),
		q AS (SELECT tag, count(*) AS n FROM (SELECT unnest(v) AS tag FROM y) GROUP BY 1)
		SELECT tag, coalesce(p.n, 0) AS a, coalesce(q.n, 0) AS b, coalesce(q.n, 0) - coalesce(p.n, 0) AS change
		FROM p FULL JOIN q USING (tag) WHERE change <> 0 ORDER BY abs(change) DESC, tag LIMIT %d`, d.n))
	if err != nil {
		return err
	}
	t.Title = "tags that more or fewer titles got"
	t.Columns[1].Name, t.Columns[2].Name = d.names[0], d.names[1]
	d.inv.table(t)
	return nil
}
