//go:build !race

package viz_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"gondola/internal/need"
	"gondola/viz"
)

// axe returns the source of axe-core, as viz/assets/package-lock.json pins it.
func axe(t *testing.T) string {
	t.Helper()
	const name = "axe-core/axe.min.js"
	js, err := os.ReadFile(filepath.Join(need.Root(t), "build/npm/node_modules", name))
	if errors.Is(err, fs.ErrNotExist) {
		need.Skip(t, "no axe-core in build/npm: run `make test`, or in tools: go run ./assets -dev ../viz/assets ../build/npm")
	}
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile("assets/SHA256SUMS.dev")
	if err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%x  %s\n", sha256.Sum256(js), name); !strings.Contains(string(sums), want) {
		t.Fatalf("axe.min.js is %s SHA256SUMS.dev says %s", want, sums)
	}
	return string(js)
}

// scheme makes pages dark or light.
func (b *browser) scheme(t *testing.T, name string) {
	t.Helper()
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
	}); err != nil {
		t.Fatal(err)
	}
}

// everyKind is a report with a chart of every kind, and a table to switch.
func everyKind(t *testing.T) viz.Report {
	t.Helper()
	return report(append(drawn(charts()), viz.PageChart{Spec: sold()}))
}

// TestAxe opens a report from a file without a network, in light and dark, as it
// comes and with its tables and charts switched, and has axe-core look for what
// keeps people out.
//
// Reference: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md
func TestAxe(t *testing.T) {
	js := axe(t)
	b := newBrowser(t)
	b.Offline(t)
	page := reportPage(t, everyKind(t))
	type violation struct {
		ID, Impact, Help string
		Nodes            []string
	}
	for _, scheme := range []string{"light", "dark"} {
		b.scheme(t, scheme)
		b.Show(t, page)
		b.live(t)
		evaluate[int](t, b, js+"\n;1")
		planted := evaluate[int](t, b, `document.querySelector('header').append(document.createElement('img'));
axe.run(document, { resultTypes: ['violations'] }).then(r => { document.querySelector('header img').remove(); return r.violations.filter(v => v.id === 'image-alt').length })`)
		if planted != 1 {
			t.Fatal("axe-core does not see a picture without a text")
		}
		for _, state := range []struct{ name, script string }{
			{"as it comes", "1"},
			{"all as tables", "document.querySelectorAll('[data-kind=table]').forEach(e => e.click()); 1"},
			{"tables as bars", "document.querySelectorAll('[data-kind=bar]').forEach(e => e.click()); 1"},
			{"tables open", "document.querySelectorAll('.gondola-plain').forEach(e => { e.hidden = false; e.open = true; }); 1"},
		} {
			evaluate[int](t, b, state.script)
			found := evaluate[[]violation](t, b, `axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.map(v =>
({ ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 200)) })))`)
			for _, v := range found {
				if v.Impact == "serious" || v.Impact == "critical" {
					t.Errorf("%s, %s: %s (%s): %s\n%s", scheme, state.name, v.ID, v.Impact, v.Help, strings.Join(v.Nodes, "\n"))
				} else {
					t.Logf("%s, %s: %s (%s): %s\n%s", scheme, state.name, v.ID, v.Impact, v.Help, strings.Join(v.Nodes, "\n"))
				}
			}
		}
	}
	b.Clean(t)
}

// TestKeyboard goes through a page by Tab: it reaches every control, in the order
// of the page, and shows where it is; Enter and Space do what a click does.
func TestKeyboard(t *testing.T) {
	b := newBrowser(t)
	b.scheme(t, "light")
	r := everyKind(t)
	r.Sections = r.Sections[len(r.Sections)-4:] // the tables, the words, and the statement that failed
	b.Show(t, reportPage(t, r))
	b.live(t)
	type focus struct {
		At, All int
		What    string
		Ring    bool
	}
	const where = `(() => {
const all = [...document.querySelectorAll('a, button, select, input, summary, [tabindex="0"]')].filter(e => e.checkVisibility() && !e.disabled);
const e = document.activeElement, s = getComputedStyle(e);
return { At: all.indexOf(e), All: all.length, What: e.tagName + ' ' + e.textContent.slice(0, 30), Ring: e.matches(':focus-visible') && s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1 };
})()`
	evaluate[int](t, b, "scrollTo(0, 0); 1")
	for i := 0; ; i++ {
		b.Press(t, kb.Tab)
		got := evaluate[focus](t, b, where)
		if got.At != i {
			t.Fatalf("Tab %d goes to control %d of %d: %s", i+1, got.At, got.All, got.What)
		}
		if !got.Ring {
			t.Errorf("nothing shows that the focus is on %s", got.What)
		}
		if i == got.All-1 {
			if i < 30 {
				t.Errorf("%d controls", got.All)
			}
			break
		}
	}

	// On the last table.
	evaluate[int](t, b, helpers+`; fig = [...document.querySelectorAll('figure')].pop(); 1`)
	on := func(query, key, read, want string) {
		t.Helper()
		evaluate[int](t, b, fmt.Sprintf(`fig.querySelector(%q).focus(); 1`, query))
		b.Press(t, key)
		if got := evaluate[string](t, b, read); got != want {
			t.Errorf("%q on %s: %s, not %s", key, query, got, want)
		}
	}
	on("th:nth-child(5) button", kb.Enter, "cells(5)[0] + fig.querySelectorAll('th')[4].ariaSort", "0ascending")
	on("th:nth-child(5) button", " ", "cells(5)[0] + fig.querySelectorAll('th')[4].ariaSort", "9,007,199,254,740,993descending")
	on("input", "t", "seen('span[role=status]')", "no rows, filtered from 60")
	b.Press(t, kb.Backspace)
	on("[data-kind=bar]", kb.Enter, "fig.querySelector('[aria-pressed=true]').textContent", "bar")
	on("[data-field=key] select", kb.ArrowDown, "seen('code')", "plot sold --as bar --x day --y price --agg sum")
	on("[data-field=group] select", "s", "seen('[data-kind=heat]') + seen('code')", "heatplot sold --as bar --x day --y price --by shop --agg sum")
	on("[data-kind=line]", " ", "fig.querySelector('[aria-pressed=true]').textContent", "line")
	on(".gondola-copy button", kb.Enter, "new Promise(r => setTimeout(() => r(seen('.gondola-copy [role=status]')), 200))", "copied")
	evaluate[int](t, b, "document.querySelector('.skip').focus(); 1")
	b.Press(t, kb.Enter)
	if got := evaluate[string](t, b, "document.activeElement.id"); got != "content" {
		t.Errorf("the skip link leads to %q", got)
	}
	b.Clean(t)
}
