//go:build !race

package viz_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/google/go-cmp/cmp"

	"gondola/internal/webtest"
	"gondola/viz"
	"gondola/viz/assets"
)

// libraryOf is what a page knows of the chart library: who gave it.
const libraryOf = "window.__gondola['" + assets.Version + "']"

// TestJupyter shows charts in JupyterLab: in the states a notebook can be in,
// they are live, or the picture stands in their place.
func TestJupyter(t *testing.T) {
	b := newBrowser(t)
	l := newLab(t)
	var p viz.Pictures
	t.Cleanup(func() { _ = p.Close() })
	list := charts()
	first := chartHTML(t, &p, list[0], viz.HTMLOptions{First: true, KernelSpec: kernelSpec})
	alone := chartHTML(t, &p, list[0], viz.HTMLOptions{First: true})
	later := chartHTML(t, &p, list[1], viz.HTMLOptions{KernelSpec: kernelSpec})
	waits := chartHTML(t, &p, list[2], viz.HTMLOptions{}) // has no second source
	lost := chartHTML(t, &p, list[3], viz.HTMLOptions{KernelSpec: "gone"})
	table := chartHTML(t, &p, sold(), viz.HTMLOptions{KernelSpec: kernelSpec})

	notebook := func(name string, cells ...webtest.Cell) { l.Notebook(t, name, kernelSpec, "python", cells...) }
	plain := webtest.Cell{Code: "1"}
	notebook("plain.ipynb", plain)
	// Trust is of the content: another notebook of the same cells has it, too.
	notebook("untrusted.ipynb", plain, webtest.Cell{HTML: first}, webtest.Cell{HTML: later}, webtest.Cell{HTML: table})
	notebook("trusted.ipynb", webtest.Cell{HTML: first}, webtest.Cell{HTML: later}, webtest.Cell{HTML: table})
	notebook("second.ipynb", webtest.Cell{HTML: waits})
	notebook("cleared.ipynb", webtest.Cell{HTML: first}, webtest.Cell{HTML: later})
	notebook("lost.ipynb", plain, webtest.Cell{HTML: waits}, webtest.Cell{HTML: lost})
	notebook("alone.ipynb", webtest.Cell{HTML: alone}, webtest.Cell{HTML: waits})
	notebook("page.ipynb", webtest.Cell{HTML: first}, webtest.Cell{HTML: waits}, webtest.Cell{HTML: table})
	notebook("page-lost.ipynb", plain, webtest.Cell{HTML: waits}, webtest.Cell{HTML: lost})
	trusted := []string{"trusted.ipynb", "second.ipynb", "cleared.ipynb", "lost.ipynb", "alone.ipynb", "page.ipynb", "page-lost.ipynb", "long.ipynb", "run.ipynb"}
	var long []webtest.Cell
	for i := range 40 {
		long = append(long, webtest.Cell{Code: fmt.Sprint(i, strings.Repeat("\n#", 20))})
	}
	long[0].HTML, long[1].HTML, long[39].HTML = first, later, waits
	notebook("long.ipynb", long...)
	for i, html := range []string{first, waits, later} {
		l.Write(t, fmt.Sprintf("root/%d.html", i), []byte(html))
	}
	const read = "from pathlib import Path\nfrom IPython.display import HTML, display\nof = lambda i: HTML(Path(f'{i}.html').read_text())\n"
	notebook("run.ipynb", webtest.Cell{Code: read + "display(of(0))"}, webtest.Cell{Code: "shown = display(of(1), display_id=True)"}, webtest.Cell{Code: "shown.update(of(2))"},
		webtest.Cell{Code: "for i in range(20): shown.update(of(1 + i % 2))\nprint('updated')"})
	l.MustRun(t, append([]string{"-m", "jupyter", "trust"}, trusted...)...)
	l.Start(t)

	t.Run("untrusted", func(t *testing.T) {
		tab := labTab(t, b, l, "untrusted.ipynb")
		tab.Until(t, "document.querySelectorAll('.jp-OutputArea table').length === 3 && document.querySelectorAll('.jp-OutputArea img').length === 2 && [...document.querySelectorAll('.jp-OutputArea img')].every(e => e.complete)")
		tab.Shot(t, "picture")
		type seen struct {
			Scripts, Canvas, Rows int
			Library               bool
			Pictures              []int
		}
		got := evaluate[seen](t, tab, `({ Scripts: document.querySelectorAll('.jp-OutputArea script').length, Canvas: document.querySelectorAll('.jp-OutputArea canvas').length,
Rows: document.querySelectorAll('.jp-OutputArea tbody tr').length, Library: '__gondola' in window,
Pictures: [...document.querySelectorAll('.jp-OutputArea img')].map(e => e.naturalWidth) })`)
		if d := cmp.Diff(seen{Rows: 20 + 20 + 60, Pictures: []int{800, 800}}, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		tab.Clean(t)
	})

	t.Run("trusted", func(t *testing.T) {
		tab := labTab(t, b, l, "trusted.ipynb")
		tab.allLive(t, 2)
		tab.Until(t, "document.querySelector('[data-field]') !== null")
		tab.Shot(t, "light")

		text, number := "[...document.querySelectorAll('.gondola-rows td:nth-child(3)')].every(e => getComputedStyle(e).textAlign === 'left')",
			"[...document.querySelectorAll('td.gondola-number')].every(e => getComputedStyle(e).textAlign === 'right')"
		if !evaluate[bool](t, tab, text+" && "+number) {
			t.Error("JupyterLab moves text to the right, or numbers to the left")
		}

		if got := evaluate[string](t, tab, "document.querySelector('[data-gondola]').getAttribute('aria-label')"); got != list[0].Alt() {
			t.Errorf("the chart is read out as %q", got)
		}

		// A table becomes a chart, too.
		evaluate[int](t, tab, "document.querySelector('[data-field]').closest('figure').querySelector('[data-kind=bar]').click(), 1")
		tab.allLive(t, 3)
		tab.Shot(t, "table")

		// The theme, to and fro.
		for _, theme := range []string{"Dark", "Light"} {
			tab.Theme(t, theme)
			tab.Until(t, `await (async () => {
const E = await `+libraryOf+`.ready, all = [...document.querySelectorAll('[data-gondola]')];
return all.every(e => e.dataset.live === 'on' && (E.getInstanceByDom(e).getOption().darkMode === true) === `+fmt.Sprint(theme == "Dark")+` && E.getInstanceByDom(e).getWidth() === e.clientWidth);
})()`)
			tab.allLive(t, 3)
			tab.Shot(t, theme)
		}

		// A cell that is moved leaves the page and comes back.
		tab.Do(t, "notebook:move-cell-down", "{}")
		tab.Until(t, "jupyterapp.shell.currentWidget.content.widgets[1].node.querySelector('[data-gondola][data-live=on]') !== null")
		tab.allLive(t, 3)

		// Another notebook in the same window takes the library from the page.
		tab.Do(t, "docmanager:open", "{ path: 'second.ipynb' }")
		tab.Until(t, "document.querySelectorAll('[data-gondola]').length === 4 && [...document.querySelectorAll('[data-gondola]')].filter(e => e.checkVisibility()).every(e => e.dataset.live === 'on')")
		// And so does another view of an output.
		tab.Do(t, "notebook:create-output-view", "{}")
		tab.Until(t, "document.querySelectorAll('.jp-LinkedOutputView [data-gondola][data-live=on] canvas').length === 1")
		tab.Shot(t, "second")
		if got := evaluate[int](t, tab, "Object.keys(window.__gondola).length"); got != 1 {
			t.Errorf("%d libraries", got)
		}
		tab.Clean(t)
	})

	t.Run("first output cleared", func(t *testing.T) {
		tab := labTab(t, b, l, "cleared.ipynb")
		tab.allLive(t, 2)
		evaluate[int](t, tab, "jupyterapp.shell.currentWidget.content.activeCellIndex = 0, 1")
		tab.Do(t, "notebook:clear-cell-output", "{}")
		tab.Until(t, "document.querySelectorAll('[data-gondola]').length === 1")
		tab.Do(t, "docmanager:save", "{}")
		tab.Reopen(t, "cleared.ipynb")
		tab.allLive(t, 1)
		if !evaluate[bool](t, tab, libraryOf+".spec === true && !"+libraryOf+".lib") {
			t.Error("the library is not the kernelspec's")
		}
		tab.Clean(t)
	})

	t.Run("no library", func(t *testing.T) {
		tab := labTab(t, b, l, "lost.ipynb")
		tab.Until(t, libraryOf+" !== undefined && "+libraryOf+".spec === false && document.querySelectorAll('[data-gondola] img').length === 2 && [...document.querySelectorAll('[data-gondola] img')].every(e => e.complete)")
		want := []chartState{{Live: "wait", Pictures: 1}, {Live: "wait", Pictures: 1}}
		if d := cmp.Diff(want, states(t, tab)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		tab.Theme(t, "Dark")
		tab.Shot(t, "picture")
		tab.Theme(t, "Light")
		tab.Clean(t)
	})

	t.Run("AMD loader", func(t *testing.T) {
		tab := labTab(t, b, l, "plain.ipynb")
		// As VS Code's: a module without a name that was not asked for is an error.
		evaluate[int](t, tab, `window.require = window.requirejs = () => { throw new Error('require'); },
window.define = name => { window.defined = true; if (typeof name !== 'string') throw new Error('Mismatched anonymous define() module'); },
window.define.amd = { jQuery: true }, 1`)
		tab.Do(t, "docmanager:open", "{ path: 'alone.ipynb' }")
		tab.allLive(t, 2)
		if !evaluate[bool](t, tab, "typeof window.define === 'function' && !window.defined") {
			t.Error("the loader is gone, or was called")
		}
		tab.Clean(t)
	})

	t.Run("strict CSP", func(t *testing.T) {
		target, err := url.Parse(l.URL)
		if err != nil {
			t.Fatal(err)
		}
		proxy := httptest.NewServer(&httputil.ReverseProxy{
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(&url.URL{Scheme: target.Scheme, Host: target.Host})
				r.Out.Host = r.In.Host
			},
			ModifyResponse: func(r *http.Response) error {
				r.Header.Set("Content-Security-Policy", "script-src 'self' 'unsafe-inline' 'unsafe-eval'") // no blob:
				return nil
			},
		})
		t.Cleanup(proxy.Close)
		tab := &browser{b.Tab.Tab(t, proxy.URL+target.Path)}
		tab.Reopen(t, "trusted.ipynb")
		tab.allLive(t, 2)
		if !evaluate[bool](t, tab, libraryOf+".lib === false && "+libraryOf+".spec === true") {
			t.Error("the library is not the kernelspec's")
		}
		tab.Clean(t)
		tab.Reopen(t, "alone.ipynb") // and without that, the picture
		tab.Until(t, libraryOf+" !== undefined && "+libraryOf+".lib === false && document.querySelectorAll('[data-gondola] img').length === 2")
	})

	t.Run("run and updated", func(t *testing.T) {
		tab := labTab(t, b, l, "run.ipynb")
		tab.Until(t, "jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'")
		run := func(i int) {
			evaluate[int](t, tab, fmt.Sprintf("jupyterapp.shell.currentWidget.content.activeCellIndex = %d, 1", i))
			tab.Do(t, "notebook:run-cell", "{}")
		}
		run(0)
		run(1)
		tab.allLive(t, 2)

		// Updated while it cannot be seen.
		evaluate[int](t, tab, "jupyterapp.shell.currentWidget.content.activeCellIndex = 1, 1")
		tab.Do(t, "notebook:hide-cell-outputs", "{}")
		tab.Until(t, "document.querySelectorAll('.jp-OutputPlaceholder').length === 1")
		before := evaluate[string](t, tab, "jupyterapp.shell.currentWidget.content.widgets[1].model.outputs.get(0).data['text/html'].match(/data-gondola=\"(.*?)\"/)[1]")
		run(2)
		after := evaluate[string](t, tab, "jupyterapp.shell.currentWidget.content.widgets[1].model.outputs.get(0).data['text/html'].match(/data-gondola=\"(.*?)\"/)[1]")
		if before == after {
			t.Fatal("the output is the same chart")
		}
		evaluate[int](t, tab, "jupyterapp.shell.currentWidget.content.activeCellIndex = 1, 1")
		tab.Do(t, "notebook:show-cell-outputs", "{}")
		tab.allLive(t, 2)
		if got := evaluate[int](t, tab, "document.querySelectorAll('[data-gondola=\""+after+"\"] canvas').length"); got != 1 {
			t.Errorf("%d charts of the update", got)
		}

		// Updated in place, again and again: nothing is left of the charts before.
		evaluate[int](t, tab, `window.places = new Set(document.querySelectorAll('[data-gondola]')),
new MutationObserver(() => document.querySelectorAll('[data-gondola]').forEach(e => window.places.add(e))).observe(document.body, { childList: true, subtree: true }), 1`)
		run(3)
		tab.Until(t, "[...document.querySelectorAll('.jp-OutputArea pre')].some(e => e.textContent.includes('updated'))")
		tab.allLive(t, 2)
		tab.Until(t, "await (async () => { const E = await "+libraryOf+".ready; return [...window.places].every(e => e.isConnected || !E.getInstanceByDom(e)); })()")
		if got := evaluate[int](t, tab, "window.places.size"); got < 10 {
			t.Errorf("%d charts were there", got)
		}
		listeners, err := chromedp.Run(tab.Ctx, chromedp.Evaluate[int]("getEventListeners(window).beforeprint.length", chromedp.EvalWithCommandLineAPI))
		if err != nil || listeners != 2 {
			t.Errorf("%d charts listen: %v", listeners, err)
		}
		tab.Shot(t, "updated")
		tab.Clean(t)
	})

	for _, mode := range []string{"contentVisibility", "full"} {
		t.Run("scrolled "+mode, func(t *testing.T) {
			l.Set(t, "@jupyterlab/notebook-extension:tracker", `{"windowingMode": "`+mode+`"}`)
			tab := labTab(t, b, l, "long.ipynb")
			to := func(i int) {
				evaluate[int](t, tab, fmt.Sprintf("jupyterapp.shell.currentWidget.content.scrollToItem(%d, 'start').then(() => 1)", i))
			}
			seen := func(i int) {
				to(i)
				tab.Until(t, fmt.Sprintf(`await (async () => {
const E = await %s.ready, e = jupyterapp.shell.currentWidget.content.widgets[%d].node.querySelector('[data-gondola]');
const c = e && e.dataset.live === 'on' && e.querySelector('canvas');
return !!c && E.getInstanceByDom(e) !== undefined && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v !== 0);
})()`, libraryOf, i))
			}
			seen(0)
			seen(39)
			tab.Until(t, "!jupyterapp.shell.currentWidget.content.widgets[1].node.querySelector('canvas').checkVisibility({ contentVisibilityAuto: true })")
			seen(1)
			seen(39)
			seen(0)
			tab.Clean(t)
		})
	}

	t.Run("nbconvert", func(t *testing.T) {
		l.MustRun(t, "-m", "nbconvert", "--to", "html", "page.ipynb", "page-lost.ipynb")
		tab := &browser{b.Tab.Tab(t, "file://")}
		tab.Offline(t)
		open := func(name string) {
			t.Helper()
			if err := chromedp.Do(tab.Ctx, chromedp.Navigate("file://"+filepath.Join(l.Dir, "root", name))); err != nil {
				t.Fatal(err)
			}
		}
		open("page.html")
		if online := evaluate[bool](t, tab, "fetch('"+l.URL+"', { mode: 'no-cors' }).then(() => true, () => false)"); online {
			t.Error("the network is on")
		}
		tab.allLive(t, 2)
		tab.Shot(t, "live")
		open("page-lost.html")
		tab.Until(t, libraryOf+".spec === false && [...document.querySelectorAll('[data-gondola] img')].every(e => e.complete && e.clientWidth > 300)")
		for i, s := range states(t, tab) {
			if s.Canvas != 0 || s.Pictures != 1 {
				t.Errorf("chart %d: %+v", i, s)
			}
		}
		tab.Shot(t, "picture")
		// nbconvert asks for require.js and MathJax itself, and offline there is none.
		for _, what := range tab.Noted() {
			if !strings.Contains(what, "cdnjs.cloudflare.com") && !strings.Contains(what, l.URL) && !strings.Contains(what, "an exception") {
				t.Error(what)
			}
		}
	})
}

// states is what one sees of the charts, without their widths.
func states(t *testing.T, b *browser) []chartState {
	t.Helper()
	list := evaluate[[]chartState](t, b, chartStates)
	for i := range list {
		if list[i].Width < 300 && !list[i].Hidden {
			t.Errorf("chart %d is %d pixels wide", i, list[i].Width)
		}
		list[i].Width = 0
	}
	return list
}

// allLive waits until n charts are live, which they are when they are in view,
// and nothing else stands in their places.
func (b *browser) allLive(t *testing.T, n int) {
	t.Helper()
	b.Until(t, fmt.Sprintf(`(() => { const all = [...document.querySelectorAll('[data-gondola]')].filter(e => !e.hidden), off = all.find(e => e.dataset.live !== 'on');
if (off) off.scrollIntoView();
return all.length === %d && !off })()`, n))
	for i, s := range slices.DeleteFunc(states(t, b), func(s chartState) bool { return s.Hidden }) {
		if d := cmp.Diff(chartState{Live: "on", Canvas: 1}, s); d != "" {
			t.Errorf("chart %d (-want +got):\n%s", i, d)
		}
	}
}
