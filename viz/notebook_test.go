//go:build !race

package viz_test

import (
	"encoding/json"
	"testing"

	"gondola/internal/webtest"
	"gondola/viz"
)

// TestNotebookOutputs puts outputs into a page as JupyterLab does, which makes
// their scripts anew: a table switches before the library is there, and draws as
// soon as a later output brings it; all follow the theme; and what is taken out
// of the page and put back, as by virtual scrolling, is drawn again.
func TestNotebookOutputs(t *testing.T) {
	b := newBrowser(t)
	b.Show(t, "<!DOCTYPE html><body data-jp-theme-light=true>")
	add := func(s viz.Spec, o viz.HTMLOptions) {
		t.Helper()
		text, err := json.Marshal(fragment(t, s, o))
		if err != nil {
			t.Fatal(err)
		}
		evaluate[int](t, b, `{
const out = document.createElement('div');
out.innerHTML = `+string(text)+`;
document.body.append(out);
for (const old of out.querySelectorAll('script')) {
	const s = document.createElement('script');
	s.textContent = old.textContent;
	old.replaceWith(s);
}
} 1`)
	}
	states := func() string {
		return evaluate[string](t, b, `[...document.querySelectorAll('[data-gondola]')].map(e => e.dataset.live).join()`)
	}
	add(sold(), viz.HTMLOptions{})
	evaluate[int](t, b, helpers)
	if got := evaluate[string](t, b, `fig.querySelectorAll('th button')[4].click(); fig.querySelectorAll('th button')[4].click(); cells(5)[0]`); got != "9,007,199,254,740,993" {
		t.Errorf("sorted, the table begins with %s", got)
	}
	if got := evaluate[string](t, b, `press('bar'); seen('[data-gondola]')`); got != "The chart library is not here yet: run a cell with a chart." {
		t.Errorf("without the library the place says %q", got)
	}
	bar := charts()[0]
	add(bar, viz.HTMLOptions{First: true, Picture: `<svg xmlns="http://www.w3.org/2000/svg"/>`})
	webtest.Within(t, func() bool { return states() == "on,on" })
	add(bar, viz.HTMLOptions{Picture: `<svg xmlns="http://www.w3.org/2000/svg"/>`}) // the same chart again
	add(sold(), viz.HTMLOptions{})
	webtest.Within(t, func() bool { return states() == "on,on,on,wait" })
	if got := evaluate[string](t, b, `fig = [...document.querySelectorAll('figure')].pop(); press('pie'); seen('[aria-pressed=true]')`); got != "pie" {
		t.Errorf("pressed is %s", got)
	}
	webtest.Within(t, func() bool { return states() == "on,on,on,on" })
	if got := evaluate[string](t, b, `document.body.dataset.jpThemeLight = 'false'; new Promise(r => setTimeout(() => r([...document.querySelectorAll('figure')].map(f => f.style.colorScheme).join()), 100))`); got != "dark,dark,dark,dark" {
		t.Errorf("figures are %s in a dark theme", got)
	}
	evaluate[int](t, b, `window.gone = [...document.body.children]; gone.forEach(e => e.remove()); 1`)
	webtest.Within(t, func() bool {
		return evaluate[bool](t, b, `gone.every(e => e.querySelector('[data-gondola]').dataset.live === 'off')`)
	})
	if n := evaluate[int](t, b, `gone.reduce((n, e) => n + e.querySelectorAll('canvas').length, 0)`); n != 0 {
		t.Errorf("%d charts are kept for outputs that are gone", n)
	}
	evaluate[int](t, b, `document.body.append(...gone); 1`)
	webtest.Within(t, func() bool { return states() == "on,on,on,on" })
	b.Clean(t)
}
