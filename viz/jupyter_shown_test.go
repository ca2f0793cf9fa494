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

	"gondola/internal/need"
	"gondola/viz"
	"gondola/viz/assets"
)

// libraryOf is what a page knows of the chart library: who gave it.
const libraryOf = "window.__gondola['" + assets.Version + "']"

// TestJupyter shows charts in JupyterLab: in the states a notebook can be in,
// they are live, or the picture stands in their place.
func TestJupyter(t *testing.T) {
	python := need.Jupyter(t)
	b := newBrowser(t)
	l := newLab(t, python)
	var p viz.Pictures
	t.Cleanup(func() { _ = p.Close() })
	list := charts()
	first := chartHTML(t, &p, list[0], viz.HTMLOptions{First: true, KernelSpec: kernelSpec})
	alone := chartHTML(t, &p, list[0], viz.HTMLOptions{First: true})
	later := chartHTML(t, &p, list[1], viz.HTMLOptions{KernelSpec: kernelSpec})
	waits := chartHTML(t, &p, list[2], viz.HTMLOptions{}) // has no second source
	lost := chartHTML(t, &p, list[3], viz.HTMLOptions{KernelSpec: "gone"})
	table := chartHTML(t, &p, sold(), viz.HTMLOptions{KernelSpec: kernelSpec})

	plain := cell{code: "1"}
	l.notebook(t, "plain.ipynb", plain)
	// Trust is of the content: another notebook of the same cells has it, too.
	l.notebook(t, "untrusted.ipynb", plain, cell{html: first}, cell{html: later}, cell{html: table})
	l.notebook(t, "trusted.ipynb", cell{html: first}, cell{html: later}, cell{html: table})
	l.notebook(t, "second.ipynb", cell{html: waits})
	l.notebook(t, "cleared.ipynb", cell{html: first}, cell{html: later})
	l.notebook(t, "lost.ipynb", plain, cell{html: waits}, cell{html: lost})
	l.notebook(t, "alone.ipynb", cell{html: alone}, cell{html: waits})
	l.notebook(t, "page.ipynb", cell{html: first}, cell{html: waits}, cell{html: table})
	l.notebook(t, "page-lost.ipynb", plain, cell{html: waits}, cell{html: lost})
	trusted := []string{"trusted.ipynb", "second.ipynb", "cleared.ipynb", "lost.ipynb", "alone.ipynb", "page.ipynb", "page-lost.ipynb", "long.ipynb", "run.ipynb"}
	var long []cell
	for i := range 40 {
		long = append(long, cell{code: fmt.Sprint(i, strings.Repeat("\n#", 20))})
	}
	long[0].html, long[1].html, long[39].html = first, later, waits
	l.notebook(t, "long.ipynb", long...)
	for i, html := range []string{first, waits, later} {
		l.write(t, fmt.Sprintf("root/%d.html", i), []byte(html))
	}
	const read = "from pathlib import Path\nfrom IPython.display import HTML, display\nof = lambda i: HTML(Path(f'{i}.html').read_text())\n"
	l.notebook(t, "run.ipynb", cell{code: read + "display(of(0))"}, cell{code: "shown = display(of(1), display_id=True)"}, cell{code: "shown.update(of(2))"},
		cell{code: "for i in range(20): shown.update(of(1 + i % 2))\nprint('updated')"})
	l.run(t, "jupyter", append([]string{"trust"}, trusted...)...)
	l.start(t)

	t.Run("untrusted", func(t *testing.T) {
		tab := labTab(t, b, l.url, "untrusted.ipynb")
		tab.until(t, "document.querySelectorAll('.jp-OutputArea img').length === 2 && [...document.querySelectorAll('.jp-OutputArea img')].every(e => e.complete)")
		tab.shot(t, "picture")
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
		tab.clean(t)
	})

	t.Run("trusted", func(t *testing.T) {
		tab := labTab(t, b, l.url, "trusted.ipynb")
		tab.allLive(t, 2)
		tab.until(t, "document.querySelector('[data-field]') !== null")
		tab.shot(t, "light")

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
		tab.shot(t, "table")

		// The theme, to and fro.
		for _, theme := range []string{"Dark", "Light"} {
			tab.theme(t, theme)
			tab.until(t, `await (async () => {
const E = await `+libraryOf+`.ready, all = [...document.querySelectorAll('[data-gondola]')];
return all.every(e => e.dataset.live === 'on' && (E.getInstanceByDom(e).getOption().darkMode === true) === `+fmt.Sprint(theme == "Dark")+` && E.getInstanceByDom(e).getWidth() === e.clientWidth);
})()`)
			tab.allLive(t, 3)
			tab.shot(t, theme)
		}

		// A cell that is moved leaves the page and comes back.
		tab.do(t, "notebook:move-cell-down", "{}")
		tab.until(t, "jupyterapp.shell.currentWidget.content.widgets[1].node.querySelector('[data-gondola][data-live=on]') !== null")
		tab.allLive(t, 3)

		// Another notebook in the same window takes the library from the page.
		tab.do(t, "docmanager:open", "{ path: 'second.ipynb' }")
		tab.until(t, "document.querySelectorAll('[data-gondola]').length === 4 && [...document.querySelectorAll('[data-gondola]')].filter(e => e.checkVisibility()).every(e => e.dataset.live === 'on')")
		// And so does another view of an output.
		tab.do(t, "notebook:create-output-view", "{}")
		tab.until(t, "document.querySelectorAll('.jp-LinkedOutputView [data-gondola][data-live=on] canvas').length === 1")
		tab.shot(t, "second")
		if got := evaluate[int](t, tab, "Object.keys(window.__gondola).length"); got != 1 {
			t.Errorf("%d libraries", got)
		}
		tab.clean(t)
	})

	t.Run("first output cleared", func(t *testing.T) {
		tab := labTab(t, b, l.url, "cleared.ipynb")
		tab.allLive(t, 2)
		evaluate[int](t, tab, "jupyterapp.shell.currentWidget.content.activeCellIndex = 0, 1")
		tab.do(t, "notebook:clear-cell-output", "{}")
		tab.until(t, "document.querySelectorAll('[data-gondola]').length === 1")
		tab.do(t, "docmanager:save", "{}")
		tab.lab(t, "cleared.ipynb")
		tab.allLive(t, 1)
		if !evaluate[bool](t, tab, libraryOf+".spec === true && !"+libraryOf+".lib") {
			t.Error("the library is not the kernelspec's")
		}
		tab.clean(t)
	})

	t.Run("no library", func(t *testing.T) {
		tab := labTab(t, b, l.url, "lost.ipynb")
		tab.until(t, libraryOf+" !== undefined && "+libraryOf+".spec === false && document.querySelectorAll('[data-gondola] img').length === 2 && [...document.querySelectorAll('[data-gondola] img')].every(e => e.complete)")
		want := []chartState{{Live: "wait", Pictures: 1}, {Live: "wait", Pictures: 1}}
		if d := cmp.Diff(want, states(t, tab)); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		tab.theme(t, "Dark")
		tab.shot(t, "picture")
		tab.theme(t, "Light")
		tab.clean(t)
	})

	t.Run("AMD loader", func(t *testing.T) {
		tab := labTab(t, b, l.url, "plain.ipynb")
		// As VS Code's: a module without a name that was not asked for is an error.
		evaluate[int](t, tab, `window.require = window.requirejs = () => { throw new Error('require'); },
window.define = name => { window.defined = true; if (typeof name !== 'string') throw new Error('Mismatched anonymous define() module'); },
window.define.amd = { jQuery: true }, 1`)
		tab.do(t, "docmanager:open", "{ path: 'alone.ipynb' }")
		tab.allLive(t, 2)
		if !evaluate[bool](t, tab, "typeof window.define === 'function' && !window.defined") {
			t.Error("the loader is gone, or was called")
		}
		tab.clean(t)
	})

	t.Run("strict CSP", func(t *testing.T) {
		target, err := url.Parse(l.url)
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
		tab := b.tab(t, proxy.URL+target.Path)
		tab.lab(t, "trusted.ipynb")
		tab.allLive(t, 2)
		if !evaluate[bool](t, tab, libraryOf+".lib === false && "+libraryOf+".spec === true") {
			t.Error("the library is not the kernelspec's")
		}
		tab.clean(t)
		tab.lab(t, "alone.ipynb") // and without that, the picture
		tab.until(t, libraryOf+" !== undefined && "+libraryOf+".lib === false && document.querySelectorAll('[data-gondola] img').length === 2")
	})

	t.Run("run and updated", func(t *testing.T) {
		tab := labTab(t, b, l.url, "run.ipynb")
		tab.until(t, "jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'")
		run := func(i int) {
			evaluate[int](t, tab, fmt.Sprintf("jupyterapp.shell.currentWidget.content.activeCellIndex = %d, 1", i))
			tab.do(t, "notebook:run-cell", "{}")
		}
		run(0)
		run(1)
		tab.allLive(t, 2)

		// Updated while it cannot be seen.
		evaluate[int](t, tab, "jupyterapp.shell.currentWidget.content.activeCellIndex = 1, 1")
		tab.do(t, "notebook:hide-cell-outputs", "{}")
		tab.until(t, "document.querySelectorAll('.jp-OutputPlaceholder').length === 1")
		before := evaluate[string](t, tab, "jupyterapp.shell.currentWidget.content.widgets[1].model.outputs.get(0).data['text/html'].match(/data-gondola=\"(.*?)\"/)[1]")
		run(2)
		after := evaluate[string](t, tab, "jupyterapp.shell.currentWidget.content.widgets[1].model.outputs.get(0).data['text/html'].match(/data-gondola=\"(.*?)\"/)[1]")
		if before == after {
			t.Fatal("the output is the same chart")
		}
		evaluate[int](t, tab, "jupyterapp.shell.currentWidget.content.activeCellIndex = 1, 1")
		tab.do(t, "notebook:show-cell-outputs", "{}")
		tab.allLive(t, 2)
		if got := evaluate[int](t, tab, "document.querySelectorAll('[data-gondola=\""+after+"\"] canvas').length"); got != 1 {
			t.Errorf("%d charts of the update", got)
		}

		// Updated in place, again and again: nothing is left of the charts before.
		evaluate[int](t, tab, `window.places = new Set(document.querySelectorAll('[data-gondola]')),
new MutationObserver(() => document.querySelectorAll('[data-gondola]').forEach(e => window.places.add(e))).observe(document.body, { childList: true, subtree: true }), 1`)
		run(3)
		tab.until(t, "[...document.querySelectorAll('.jp-OutputArea pre')].some(e => e.textContent.includes('updated'))")
		tab.allLive(t, 2)
		tab.until(t, "await (async () => { const E = await "+libraryOf+".ready; return [...window.places].every(e => e.isConnected || !E.getInstanceByDom(e)); })()")
		if got := evaluate[int](t, tab, "window.places.size"); got < 10 {
			t.Errorf("%d charts were there", got)
		}
		listeners, err := chromedp.Run(tab.ctx, chromedp.Evaluate[int]("getEventListeners(window).beforeprint.length", chromedp.EvalWithCommandLineAPI))
		if err != nil || listeners != 2 {
			t.Errorf("%d charts listen: %v", listeners, err)
		}
		tab.shot(t, "updated")
		tab.clean(t)
	})

	for _, mode := range []string{"contentVisibility", "full"} {
		t.Run("scrolled "+mode, func(t *testing.T) {
			l.set(t, "@jupyterlab/notebook-extension:tracker", `{"windowingMode": "`+mode+`"}`)
			tab := labTab(t, b, l.url, "long.ipynb")
			to := func(i int) {
				evaluate[int](t, tab, fmt.Sprintf("jupyterapp.shell.currentWidget.content.scrollToItem(%d, 'start').then(() => 1)", i))
			}
			seen := func(i int) {
				to(i)
				tab.until(t, fmt.Sprintf(`await (async () => {
const E = await %s.ready, e = jupyterapp.shell.currentWidget.content.widgets[%d].node.querySelector('[data-gondola]');
const c = e && e.dataset.live === 'on' && e.querySelector('canvas');
return !!c && E.getInstanceByDom(e) !== undefined && c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v !== 0);
})()`, libraryOf, i))
			}
			seen(0)
			seen(39)
			tab.until(t, "!jupyterapp.shell.currentWidget.content.widgets[1].node.querySelector('canvas').checkVisibility({ contentVisibilityAuto: true })")
			seen(1)
			seen(39)
			seen(0)
			tab.clean(t)
		})
	}

	t.Run("nbconvert", func(t *testing.T) {
		l.run(t, "nbconvert", "--to", "html", "page.ipynb", "page-lost.ipynb")
		tab := b.tab(t, "file://")
		tab.offline(t)
		open := func(name string) {
			t.Helper()
			if err := chromedp.Do(tab.ctx, chromedp.Navigate("file://"+filepath.Join(l.dir, "root", name))); err != nil {
				t.Fatal(err)
			}
		}
		open("page.html")
		if online := evaluate[bool](t, tab, "fetch('"+l.url+"', { mode: 'no-cors' }).then(() => true, () => false)"); online {
			t.Error("the network is on")
		}
		tab.allLive(t, 2)
		tab.shot(t, "live")
		open("page-lost.html")
		tab.until(t, libraryOf+".spec === false && [...document.querySelectorAll('[data-gondola] img')].every(e => e.complete && e.clientWidth > 300)")
		for i, s := range states(t, tab) {
			if s.Canvas != 0 || s.Pictures != 1 {
				t.Errorf("chart %d: %+v", i, s)
			}
		}
		tab.shot(t, "picture")
		// nbconvert asks for require.js and MathJax itself, and offline there is none.
		for _, what := range tab.noted() {
			if !strings.Contains(what, "cdnjs.cloudflare.com") && !strings.Contains(what, l.url) && !strings.Contains(what, "an exception") {
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
	b.until(t, fmt.Sprintf(`(() => { const all = [...document.querySelectorAll('[data-gondola]')].filter(e => !e.hidden), off = all.find(e => e.dataset.live !== 'on');
if (off) off.scrollIntoView();
return all.length === %d && !off })()`, n))
	for i, s := range slices.DeleteFunc(states(t, b), func(s chartState) bool { return s.Hidden }) {
		if d := cmp.Diff(chartState{Live: "on", Canvas: 1}, s); d != "" {
			t.Errorf("chart %d (-want +got):\n%s", i, d)
		}
	}
}

// noted is what the page did beside showing charts.
func (b *browser) noted() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.odd)
}

// clean checks that there is nothing of that.
func (b *browser) clean(t *testing.T) {
	t.Helper()
	for _, what := range b.noted() {
		t.Error(what)
	}
}
