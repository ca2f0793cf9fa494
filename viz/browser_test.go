//go:build !race

// Charts in Chromium: what runs there is no Go, and the pages are made under the
// race detector by the tests of the other files.

package viz_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
	"gondola/internal/webtest"
	"gondola/pipeline"
	"gondola/session/lang"
	"gondola/viz"
	"gondola/viz/assets"
)

// browser is a tab of Chromium for pages of charts.
type browser struct {
	*webtest.Tab
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	b := webtest.New(t)
	b.State = chartStates
	if _, err := assets.Page(); err != nil {
		need.Skip(t, err.Error())
	}
	return &browser{b}
}

// open writes a page of charts, opens it, and waits until all charts are live.
func (b *browser) open(t *testing.T, list []viz.PageChart) {
	t.Helper()
	var out bytes.Buffer
	if err := viz.Page(&out, list[0].Spec.Title, list); err != nil {
		t.Fatal(err)
	}
	b.Show(t, out.String())
	b.live(t)
}

// live waits until all charts of the page are: it scrolls, since they are drawn
// when they are nearly in view. A table's place is hidden until it is a chart.
func (b *browser) live(t *testing.T) {
	t.Helper()
	const script = `(() => { const all = [...document.querySelectorAll('[data-gondola]')], off = all.find(e => !e.hidden && e.dataset.live !== 'on');
if (off) off.scrollIntoView();
return all.length > 0 && !off })()`
	ctx, stop := context.WithTimeout(b.Ctx, 2*time.Minute)
	defer stop()
	_, err := chromedp.Run(ctx, chromedp.Poll[bool](script))
	for err != nil && ctx.Err() == nil && strings.Contains(err.Error(), "Cannot find context") {
		// The page before has gone, and chromedp has not heard of the next one's.
		_, err = chromedp.Run(ctx, chromedp.Poll[bool](script))
	}
	if err != nil {
		states, _ := chromedp.Run(b.Ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll('[data-gondola]')].map(e => String(e.dataset.live))`))
		t.Fatalf("charts are not live: %v (%v; %v)", err, states, b.Noted())
	}
}

// TestX1NoTextRuns shows every payload in titles, labels and names of columns of
// every kind of chart in Chromium: nothing runs, nothing is asked for, no chart
// is blank, and the tables show the texts as they are.
func TestX1NoTextRuns(t *testing.T) {
	b := newBrowser(t)
	payloads := webPayloads()
	for from := 0; from < len(payloads); from += 10 {
		texts := slices.Concat(payloads[from:], payloads[:from])
		var list []viz.PageChart
		for _, s := range charts() {
			s = poisoned(s, texts...)
			s.Title = strings.Join(texts[:10], " ")
			list = append(list, viz.PageChart{Spec: s})
		}
		b.open(t, list)
		type state struct {
			Pwned, Scripts, Blank int
			Cells                 []string
		}
		found, err := chromedp.Run(b.Ctx, chromedp.Evaluate[state](`(() => {
const cells = [...document.querySelectorAll('td')].map(e => e.textContent);
const blank = [...document.querySelectorAll('[data-gondola]')].filter(e => !e.hidden).filter(e => {
	const c = e.querySelector('canvas');
	return !c || !c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v !== 0);
});
return { Pwned: window.pwned ? 1 : 0, Scripts: document.scripts.length, Blank: blank.length,
	Cells: cells };
})()`))
		if err != nil {
			t.Fatal(err)
		}
		if found.Pwned != 0 {
			t.Errorf("payloads from %d: one of them ran", from)
		}
		if want := len(list) + 2; found.Scripts != want {
			t.Errorf("payloads from %d: %d scripts, not %d", from, found.Scripts, want)
		}
		if found.Blank > 0 {
			t.Errorf("payloads from %d: %d blank charts", from, found.Blank)
		}
		for _, text := range texts[:10] {
			if want := viz.CleanLine(text); !slices.Contains(found.Cells, want) {
				t.Errorf("no cell shows %q", want)
			}
		}
	}
	b.Clean(t)
}

// TestX1NoTextRunsInControls has every payload as the name of a result, of
// columns, of keys and of groups of a table, and shows it as every kind of chart
// by every aggregate, filters for it, and copies its statement; charts are
// switched through all kinds.
func TestX1NoTextRunsInControls(t *testing.T) {
	b := newBrowser(t)
	payloads := webPayloads()
	const each = 20
	for from := 0; from < len(payloads); from += each {
		texts := slices.Concat(payloads[from:], payloads[:from])
		var list []viz.PageChart
		var want []string
		for _, p := range texts[:each] {
			table := pipeline.NewTable(p, pipeline.Col(p, pipeline.String), pipeline.Col(p, pipeline.String), pipeline.Col(p, pipeline.Float), pipeline.Col(p, pipeline.Int))
			for i, text := range append([]string{p}, texts[:8]...) {
				table.Add(text, texts[i%3], float64(i)+0.5, int64(i))
			}
			table.Total = 1000
			list = append(list, viz.PageChart{Spec: viz.Spec{Kind: viz.Grid, Title: p, Data: table, Source: p}})
			name, statement := lang.Quote(p), ""
			if p != "" { // without a name there is none
				statement = fmt.Sprintf("plot %s --as heat --x %s --y %s --by %s --agg mean --top 30", name, name, name, name)
			}
			want = append(want, statement)
		}
		for _, s := range charts() {
			if s.Kind != viz.Grid {
				list = append(list, viz.PageChart{Spec: poisoned(s, texts...)})
			}
		}
		b.open(t, list)
		type state struct {
			Pwned, Scripts, Elements int
			Codes                    []string
			Found                    []bool
		}
		got := evaluate[state](t, b, `(async () => {
const figures = [...document.querySelectorAll('figure')], codes = [], found = [];
const E = await window.__gondola[Object.keys(window.__gondola)[0]].ready;
const choose = (f, field, v) => { const s = f.querySelector('[data-field=' + field + '] select'); s.value = v; s.dispatchEvent(new Event('change')); };
for (const f of figures) {
	if (f.querySelector('[data-field]')) {
		const text = f.querySelector('td').textContent, filter = f.querySelector('input');
		filter.value = text;
		filter.dispatchEvent(new Event('input'));
		found.push([...f.querySelectorAll('.gondola-rows td')].some(e => e.textContent === text));
		choose(f, 'group', 1);
		choose(f, 'agg', 'avg');
	}
	for (const kind of f.querySelectorAll('[data-kind]')) {
		if (kind.hidden) continue;
		kind.click();
		const el = f.querySelector('[data-gondola]');
		if (kind.dataset.kind !== 'table') {
			el.scrollIntoView();
			for (let i = 0; i < 300 && el.dataset.live !== 'on'; i++) await new Promise(requestAnimationFrame);
			// A tooltip of the first mark, where there is one.
			const chart = E.getInstanceByDom(el);
			chart.dispatchAction({ type: 'showTip', seriesIndex: 0, dataIndex: 0 });
		}
	}
	if (f.querySelector('[data-field]')) {
		codes.push(f.querySelector('code').textContent);
		f.querySelector('.gondola-copy button').click();
	}
}
await new Promise(r => setTimeout(r, 300));
return { Pwned: window.pwned ? 1 : 0, Scripts: document.scripts.length, Codes: codes, Found: found,
	Elements: document.querySelectorAll('main img, main svg, main iframe, main a, main object, main form, main link, main meta, main base').length };
})()`)
		if got.Pwned != 0 || got.Scripts != len(list)+2 || got.Elements != 0 {
			t.Errorf("payloads from %d: %+v, of %d scripts", from, got, len(list)+2)
		}
		if d := cmp.Diff(want, got.Codes); d != "" {
			t.Errorf("statements (-want +got):\n%s", d)
		}
		if len(got.Found) != each || slices.Contains(got.Found, false) {
			t.Errorf("the filter does not find its payload: %v", got.Found)
		}
	}
	b.Clean(t)
}

// TestReportOpensFast: of twenty charts those below the fold wait, and are drawn
// when they come near; before printing, all are.
func TestReportOpensFast(t *testing.T) {
	b := newBrowser(t)
	page := reportPage(t, report(drawn(append(charts(), charts()[:4]...))))
	b.Show(t, page)
	live := func() int {
		return evaluate[int](t, b, `document.querySelectorAll('[data-live=on]').length`)
	}
	webtest.Within(t, func() bool { return evaluate[bool](t, b, `document.querySelectorAll('[data-live]').length === 21`) })
	evaluate[int](t, b, `document.querySelectorAll('h3')[0].scrollIntoView(); 1`)
	webtest.Within(t, func() bool { return live() > 0 })
	if n := live(); n > 6 {
		t.Errorf("%d charts are drawn at once", n)
	}
	evaluate[int](t, b, `document.querySelectorAll('h3')[12].scrollIntoView(); 1`)
	webtest.Within(t, func() bool {
		return evaluate[bool](t, b, `document.querySelectorAll('h3')[12].parentNode.querySelector('[data-live]').dataset.live === 'on'`)
	})
	evaluate[int](t, b, `dispatchEvent(new Event('beforeprint')); 1`)
	if n := live(); n != 20 { // all but the table
		t.Errorf("%d charts are drawn for the printer", n)
	}
	b.Clean(t)
}

// TestMapSearch types into the box above a live map: it tells how many points have
// the text, and shows them alone; without text all is as before. Without labels
// there is no box.
func TestMapSearch(t *testing.T) {
	b := newBrowser(t)
	silent := aMap(50, 3)
	silent.Label = ""
	b.open(t, []viz.PageChart{{Spec: aMap(2000, 30)}, {Spec: silent}})
	ctx, stop := context.WithTimeout(b.Ctx, time.Minute)
	defer stop()
	boxes, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelectorAll('[data-search] input').length`))
	if err != nil || boxes != 1 {
		t.Fatalf("%d boxes, %v; want 1", boxes, err)
	}
	for _, c := range []struct{ text, want string }{
		{"title 19", "111 of 2,000 points"}, {"TITLE 1999 ", "1 of 2,000 points"}, {"<script>", "0 of 2,000 points"}, {"", ""},
	} {
		script := fmt.Sprintf(`(async () => {
const box = document.querySelector('[data-search] input');
const canvas = () => document.querySelector('[data-gondola] canvas').toDataURL();
const before = canvas();
box.value = %q;
box.dispatchEvent(new Event('input'));
await new Promise(done => setTimeout(done, 600));
return [document.querySelector('[data-search] [role=status]').textContent, canvas() === before ? 'same' : 'other'];
})()`, c.text)
		got, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](script, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, []string{c.want, "other"}) {
			t.Errorf("%q: %q, want %q and another picture", c.text, got, c.want)
		}
	}
	b.Clean(t)
}
