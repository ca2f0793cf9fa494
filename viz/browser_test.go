package viz_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"gondola/internal/need"
	"gondola/viz"
	"gondola/viz/assets"
)

// browser is a tab of Chromium that notes what pages do beside showing charts.
type browser struct {
	ctx context.Context

	mu   sync.Mutex
	odd  []string // requests, dialogs and exceptions
	base string   // of the pages
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := need.Browser(t)
	if _, err := assets.Page(); err != nil {
		need.Skip(t, err.Error())
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.NoSandbox)
	alloc, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	b := &browser{ctx: ctx, base: "file://"}
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if u := e.Request.URL; !strings.HasPrefix(u, b.base) && !strings.HasPrefix(u, "blob:") && !strings.HasPrefix(u, "data:") {
				b.note("a request of " + u)
			}
		case *page.EventJavascriptDialogOpening:
			b.note("a dialog: " + e.Message)
		case *runtime.EventExceptionThrown:
			b.note("an exception: " + fmt.Sprint(e.ExceptionDetails.Text))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1000, 800)); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) note(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.odd = append(b.odd, what)
}

// open writes a page of charts, opens it, and waits until all charts are live.
func (b *browser) open(t *testing.T, list []viz.PageChart) {
	t.Helper()
	var out bytes.Buffer
	if err := viz.Page(&out, list[0].Spec.Title, list); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(b.ctx, 2*time.Minute)
	defer stop()
	const live = `(() => { const all = [...document.querySelectorAll('[data-gondola]')];
return all.length > 0 && all.every(e => e.dataset.live === 'on') })()`
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+name)); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](live)); err != nil {
		states, _ := chromedp.Run(b.ctx, chromedp.Evaluate[[]string](`[...document.querySelectorAll('[data-gondola]')].map(e => String(e.dataset.live))`))
		t.Fatalf("charts are not live: %v (%v; %v)", err, states, b.odd)
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
		found, err := chromedp.Run(b.ctx, chromedp.Evaluate[state](`(() => {
const blank = [...document.querySelectorAll('[data-gondola]')].filter(e => {
	const c = e.querySelector('canvas');
	return !c || !c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v !== 0);
});
return { Pwned: window.pwned ? 1 : 0, Scripts: document.scripts.length, Blank: blank.length,
	Cells: [...document.querySelectorAll('td')].map(e => e.textContent) };
})()`))
		if err != nil {
			t.Fatal(err)
		}
		if found.Pwned != 0 {
			t.Errorf("payloads from %d: one of them ran", from)
		}
		if want := len(list) - 1 + 2; found.Scripts != want {
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
	for _, what := range b.odd {
		t.Error(what)
	}
}
