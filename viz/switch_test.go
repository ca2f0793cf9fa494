//go:build !race

package viz_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"gondola/internal/webtest"
	"gondola/pipeline"
	"gondola/session/lang"
	"gondola/viz"
)

// names are names of results and columns that a statement has to quote, or not.
func names() []string {
	return append(webPayloads(), "tag", "as", "in", "-", "c17", "c", "cx1", "#1", "a-b", "–a", "‘a", "price (EUR)", "a,b", `a"b`, "a{b}", "{k}", "100%", "Größe", "饺子",
		"a\u200db", "\u00a0", "a\u3000b", "\u2066x", "\U000e0041", "\ufffd", "é\u0301", "a\r\nb", "\x7f", "👨‍👩‍👧", "a|b", "a;b", "$x", "`x`", "c17x", "asc")
}

// TestQuote compares the browser's quoting of names in statements with that of
// the language, which reads them.
func TestQuote(t *testing.T) {
	b := newBrowser(t)
	script, err := os.ReadFile("scripts/quote.js")
	if err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(names())
	if err != nil {
		t.Fatal(err)
	}
	quoted := evaluate[[]string](t, b, "(() => {"+string(script)+"return "+string(list)+".map(quote)})()")
	if len(quoted) != len(names()) {
		t.Fatalf("%d names", len(quoted))
	}
	for i, name := range names() {
		if want := lang.Quote(name); quoted[i] != want {
			t.Errorf("%q is quoted as %s, not %s", name, quoted[i], want)
		}
	}
}

// evaluate runs a script in the page, and returns what it gives.
func evaluate[T any](t *testing.T, b *browser, script string) T {
	t.Helper()
	return webtest.Eval[T](t, b.Tab, script)
}

// helpers find the parts of the first figure: press, choose, and read.
const helpers = `
window.fig = document.querySelector('figure');
window.press = kind => fig.querySelector('[data-kind=' + kind + ']').click();
window.choose = (field, v) => { const s = fig.querySelector('[data-field=' + field + '] select'); s.value = v; s.dispatchEvent(new Event('change')); };
window.cells = n => [...fig.querySelectorAll('tbody td:nth-child(' + n + ')')].filter(e => e.checkVisibility()).map(e => e.textContent);
window.seen = q => [...fig.querySelectorAll(q)].filter(e => e.checkVisibility()).map(e => e.textContent).join('|');
window.option = async () => {
	const E = await window.__gondola[Object.keys(window.__gondola)[0]].ready;
	const el = fig.querySelector('[data-gondola]');
	el.scrollIntoView();
	while (!E.getInstanceByDom(el)) await new Promise(requestAnimationFrame);
	const o = E.getInstanceByDom(el).getOption();
	return JSON.stringify([o.series[0].type, o.xAxis ? o.xAxis[0].data || o.yAxis[0].data || null : null, o.series.map(s => [s.name, s.data])]);
};
1`

// TestSwitch presses the controls of a table and compares what it shows with the
// rows that it was made of.
func TestSwitch(t *testing.T) {
	b := newBrowser(t)
	b.open(t, []viz.PageChart{{Spec: charts()[0]}, {Spec: sold()}})
	evaluate[int](t, b, helpers+`; fig = document.querySelectorAll('figure')[1]; 1`)
	equal := func(what, script, want string) {
		t.Helper()
		if got := evaluate[string](t, b, script); got != want {
			t.Errorf("%s: %s, not %s", what, got, want)
		}
	}
	equal("buttons", `seen('.gondola-bar[role=group] button')`, "table|bar|line|area|pie|scatter|hist")
	equal("state", `seen('.gondola-rows th') + ' ' + seen('[role=status]')`, "shop|day|kind of tag|price|pieces rows 1–25 of 60|60 of 9,000 rows are here")
	equal("cells", `cells(5).slice(0, 3).join()`, "0,1,2")

	// Sorting: up, down, not at all; nothing stands last.
	const price = `fig.querySelectorAll('th button')[3].click();`
	equal("up", price+`cells(4).slice(0, 2).join() + fig.querySelectorAll('th')[3].ariaSort`, "0.25,0.25ascending")
	equal("down", price+`cells(4).slice(0, 2).join() + fig.querySelectorAll('th')[3].ariaSort`, "9.25,9.25descending")
	equal("down, last page", `fig.querySelectorAll('.gondola-bar button')[fig.querySelectorAll('.gondola-bar button').length - 2].click();
[...fig.querySelectorAll('button')].find(e => e.textContent === 'next').click(); [...fig.querySelectorAll('button')].find(e => e.textContent === 'next').click(); cells(4).slice(-3).join() + ' ' + seen('span[role=status]')`,
		"0.25,NULL,NULL rows 51–60 of 60")
	equal("unsorted", price+`cells(4).slice(0, 2).join() + fig.querySelectorAll('th')[3].ariaSort`, "0.25,1.25none")
	equal("integers beyond 2^53", `fig.querySelectorAll('th button')[4].click(); fig.querySelectorAll('th button')[4].click(); cells(5)[0]`, "9,007,199,254,740,993")
	equal("filter", `{const f = fig.querySelector('input'); f.value = ' SHOP 2'; f.dispatchEvent(new Event('input'));} [...new Set(cells(1))].join() + seen('span[role=status]')`,
		"shop 2rows 1–20 of 20, filtered from 60")
	equal("filter for nothing", `{const f = fig.querySelector('input'); f.value = 'tofu'; f.dispatchEvent(new Event('input'));} cells(1).length + seen('span[role=status]')`, "0no rows, filtered from 60")

	// Sums as they are over the rows, next to the statement for all of them.
	sums, ofDay, n := map[any]float64{}, map[any]float64{}, map[any]float64{}
	for _, row := range sold().Data.Rows {
		if v, ok := row[3].(float64); ok {
			sums[row[0]] += v
			ofDay[row[1]] += v
			n[row[1]]++
		}
	}
	average := func(day pipeline.Day) float64 { return ofDay[day] / n[day] }
	equal("bars", `press('bar'); option()`, fmt.Sprintf(`["bar",["shop 0","shop 2","shop 1"],[["sum of price",[%v,%v,%v]]]]`, sums["shop 0"], sums["shop 2"], sums["shop 1"]))
	equal("of what", `seen('.gondola-note') + ' ' + seen('code') + ' ' + seen('.gondola-over')`,
		"sum of price by shop, of the rows shown · 60 of 9,000 rows are here plot sold --as bar --x shop --y price --agg sum --top 30 ")
	equal("fields", `seen('[data-field]').replace(/\s+/g, ' ').slice(0, 4) + [...fig.querySelectorAll('[data-field]')].filter(e => e.checkVisibility()).map(e => e.dataset.field)`, "key key,group,value,agg")
	equal("pressed", `[...fig.querySelectorAll('[aria-pressed=true]')].map(e => e.textContent).join()`, "bar")
	equal("average", `choose('agg', 'avg'); choose('key', 1); option().then(o => o + seen('code'))`,
		fmt.Sprintf(`["bar",["2017-01-01","2017-01-02","2017-01-03","2017-01-04"],[["avg of price",[%v,%v,%v,%v]]]]plot sold --as bar --x day --y price --agg mean`,
			average("2017-01-01"), average("2017-01-02"), average("2017-01-03"), average("2017-01-04")))
	equal("heat", `choose('group', 2); choose('agg', 'count'); press('heat'); option().then(o => o + seen('code'))`,
		`["heatmap",["2017-01-01","2017-01-02","2017-01-03","2017-01-04"],[["rows",[[0,0,8],[1,0,8],[2,0,7],[3,0,7],[0,1,7],[1,1,7],[2,1,8],[3,1,8]]]]]plot sold --as heat --x day --by "kind of tag" --agg count`)
	equal("least", `choose('agg', 'min'); choose('key', 3); press('line'); option().then(o => o.slice(0, 54) + seen('code'))`,
		`["line",null,[["pizza",[[0.25,0.25],[1.25,1.25],[2.25,plot sold --as line --x price --y price --by "kind of tag" --agg min`)
	equal("points", `press('scatter'); option().then(o => JSON.parse(o)[2][1][1].length + seen('code'))`, `29plot sold --as scatter --x pieces --y price --by "kind of tag"`)
	equal("bins", `choose('group', -1); press('hist'); option().then(o => JSON.parse(o)[2][0][1].reduce((a, b) => a + b) + seen('code'))`, "58plot sold --as hist --x price")
	equal("no groups, no heat", `seen('[data-kind=heat]')`, "")
	equal("slices", `choose('agg', 'max'); choose('key', 0); press('pie'); option().then(o => o + seen('code'))`,
		`["pie",null,[["max of price",[{"name":"shop 0","value":9.25},{"name":"shop 1","value":9.25},{"name":"shop 2","value":9.25}]]]]plot sold --as pie --x shop --y price --agg max --top 30`)
	equal("copied", `fig.querySelector('.gondola-copy button').click(); new Promise(r => setTimeout(() => r(seen('.gondola-copy [role=status]')), 100))`, "copied")
	equal("back", `press('table'); seen('code') + seen('.gondola-over')`, "exact, 9,000 rows")

	// The other chart: the same rows as another kind.
	equal("line of a bar", `fig = document.querySelectorAll('figure')[0]; press('line'); option().then(o => JSON.parse(o)[0] + JSON.parse(o)[1].slice(0, 2) + JSON.parse(o)[2][0][1].slice(0, 2))`, "linechicken,pizza40000,20000")
	equal("its table", `press('table'); cells(1).slice(0, 2).join() + fig.querySelector('[data-gondola]').checkVisibility()`, "chicken,pizzafalse")
	b.Clean(t)
}

// TestSwitchShowsTheTable: the cells that the browser writes are those of the
// table without scripts.
func TestSwitchShowsTheTable(t *testing.T) {
	b := newBrowser(t)
	all := products()
	all.Columns = append(all.Columns, pipeline.Col("x", pipeline.Float))
	for i, f := range []any{1e-7, 123456789012345678.0, -0.0004, 12345.678} {
		all.Rows[i] = append(all.Rows[i], f)
	}
	list := []viz.PageChart{{Spec: viz.Spec{Kind: viz.Grid, Title: "all", Data: all}}}
	for _, s := range charts() {
		list = append(list, viz.PageChart{Spec: s})
	}
	b.open(t, list)
	got := evaluate[[]string](t, b, `[...document.querySelectorAll('figure')].map(f => {
if (f.querySelector('[data-kind=table]')) f.querySelector('[data-kind=table]').click();
const of = q => JSON.stringify([...f.querySelectorAll(q + ' tr')].slice(0, 26).map(r => [...r.children].map(c => c.textContent)));
return of('.gondola-plain') === of('.gondola-rows') ? '' : of('.gondola-plain') + ' without scripts, ' + of('.gondola-rows') + ' with';
})`)
	if len(got) != len(list) {
		t.Fatalf("%d figures", len(got))
	}
	for _, what := range got {
		if what != "" {
			t.Error(what)
		}
	}
}
