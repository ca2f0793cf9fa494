// Package webtest is for tests that look at pages as people do: tabs of a real
// Chromium, and a real JupyterLab in them. It says where a page asks for
// something, throws or waits in vain, and keeps pictures of it.
//
// It knows nothing of charts or kernels: what is looked for is a script of the
// test's own.
package webtest

import (
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
)

// Tab is a tab of Chromium, 1000 by 800 pixels, that notes what its pages do
// beside showing themselves.
type Tab struct {
	Ctx context.Context //nolint:containedctx // it is the tab, for chromedp

	// State is a script whose JSON is shown when Until waits in vain.
	State string

	base string // of the pages: requests of others are noted

	mu  sync.Mutex
	odd []string
}

// New starts a Chromium, which ends with the test, and returns its first tab, for
// pages of files.
func New(t *testing.T) *Tab {
	t.Helper()
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(need.Browser(t)), chromedp.NoSandbox)
	alloc, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	b := &Tab{Ctx: ctx, base: "file://"}
	b.watch(t)
	return b
}

// Tab opens another tab, for pages whose addresses begin with base.
func (b *Tab) Tab(t *testing.T, base string) *Tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(b.Ctx)
	t.Cleanup(stop)
	other := &Tab{Ctx: ctx, State: b.State, base: base}
	other.watch(t)
	return other
}

// watch begins to note.
func (b *Tab) watch(t *testing.T) {
	t.Helper()
	err := chromedp.Listen(b.Ctx, func(event any) {
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
	if _, err := chromedp.Call(b.Ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(1000, 800)); err != nil {
		t.Fatal(err)
	}
}

func (b *Tab) note(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.odd = append(b.odd, what)
}

// Noted is what the pages did: requests of other addresses, dialogs, exceptions,
// and in JupyterLab what was written as an error to the console.
func (b *Tab) Noted() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.odd)
}

// Clean fails the test for everything that was noted.
func (b *Tab) Clean(t *testing.T) {
	t.Helper()
	for _, what := range b.Noted() {
		t.Error(what)
	}
}

// Show writes a page into a file and opens that.
func (b *Tab) Show(t *testing.T, html string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(name, []byte(html), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Open(t, "file://"+name)
}

// Open opens an address.
func (b *Tab) Open(t *testing.T, url string) {
	t.Helper()
	ctx, stop := context.WithTimeout(b.Ctx, time.Minute)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
}

// Eval returns the value of a script, or of the promise that it is.
func Eval[T any](t *testing.T, b *Tab, script string) T {
	t.Helper()
	got, err := chromedp.Run(b.Ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return got
}

// Until waits half a minute until a script is true, or a promise of that.
func (b *Tab) Until(t *testing.T, script string) {
	t.Helper()
	b.UntilFor(t, 30*time.Second, script)
}

// UntilFor is Until with another patience.
func (b *Tab) UntilFor(t *testing.T, patience time.Duration, script string) {
	t.Helper()
	ctx, stop := context.WithTimeout(b.Ctx, patience)
	defer stop()
	again := time.NewTicker(30 * time.Millisecond)
	defer again.Stop()
	for {
		// What the script looks for may not be there yet.
		done, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("(async () => ("+script+") === true)()", chromedp.EvalAwaitPromise))
		if done {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			state := ""
			if b.State != "" {
				state, _ = chromedp.Run(b.Ctx, chromedp.Evaluate[string]("JSON.stringify("+b.State+")"))
			}
			b.Shot(t, "failed")
			t.Fatalf("it did not happen: %s: %v\n%s\n%s", script, err, state, strings.Join(b.Noted(), "\n"))
		}
	}
}

// Press presses a key; see package kb of chromedp for those that are no letters.
func (b *Tab) Press(t *testing.T, key string, options ...chromedp.KeyOption) {
	t.Helper()
	if err := chromedp.Do(b.Ctx, chromedp.KeyEvent(key, options...)); err != nil {
		t.Fatal(err)
	}
}

// Offline takes the network away.
func (b *Tab) Offline(t *testing.T) {
	t.Helper()
	if _, err := chromedp.Call(b.Ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: true, DownloadThroughput: -1, UploadThroughput: -1}},
	}); err != nil {
		t.Fatal(err)
	}
}

// Shot keeps what the page looks like in the folder $GONDOLA_KEEP, if there is one.
func (b *Tab) Shot(t *testing.T, name string) {
	t.Helper()
	keep := os.Getenv("GONDOLA_KEEP")
	if keep == "" {
		return
	}
	data, err := chromedp.Run(b.Ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Log(err)
		return
	}
	name = strings.ReplaceAll(t.Name(), "/", "-") + "-" + name + ".png"
	if err := os.WriteFile(filepath.Join(keep, name), data, 0o600); err != nil {
		t.Log(err)
	}
}

// Within waits half a minute for what happens by itself.
func Within(t *testing.T, done func() bool) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for !done() {
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal("it did not happen in 30 s")
		}
	}
}
