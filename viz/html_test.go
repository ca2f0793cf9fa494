package viz_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/viz"
	"gondola/viz/assets"
)

func fragment(t testing.TB, s viz.Spec, o viz.HTMLOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := viz.SpecHTML(&b, s, o); err != nil {
		t.Fatalf("%s: %v", s.Kind, err)
	}
	return b.String()
}

// TestHTMLIsInert puts every payload (with -short every sixth) into every text of
// every chart: the page keeps the elements that it has without them, and no handler
// appears.
func TestHTMLIsInert(t *testing.T) {
	elements := regexp.MustCompile(`<[a-zA-Z!/][^>]*>`)
	handler := regexp.MustCompile(`(?i)\son[a-z]+\s*=`)
	for _, s := range charts() {
		count := func(page string) map[string]int {
			n := map[string]int{}
			for _, e := range elements.FindAllString(page, -1) {
				name := strings.FieldsFunc(e, func(r rune) bool { return strings.ContainsRune("<> \t\n", r) })[0]
				n[name]++
				if handler.MatchString(e) && !strings.Contains(e, "aria-label") && !strings.Contains(e, "alt=") {
					t.Errorf("%s: a handler in %s", s.Kind, e)
				}
			}
			return n
		}
		plain := count(fragment(t, poisoned(s, "plain"), viz.HTMLOptions{}))
		for i, p := range webPayloads() {
			if i%need.Size(1, 6) != 0 {
				continue
			}
			page := fragment(t, poisoned(s, p), viz.HTMLOptions{})
			got := count(page)
			for _, name := range []string{"script", "/script", "img", "svg", "iframe", "style", "link", "meta", "base", "object", "form", "a", "div", "table"} {
				if got[name] != plain[name] {
					t.Errorf("%s with %q: %d elements %s, %d without", s.Kind, p, got[name], name, plain[name])
				}
			}
			if strings.ContainsAny(page, "\u2028\u2029\x00") {
				t.Errorf("%s with %q: a separator or NUL in the page", s.Kind, p)
			}
			if s.Kind == viz.Grid || p == "" {
				continue
			}
			if want := html.EscapeString(viz.CleanLine(p)); !strings.Contains(page, want) {
				t.Errorf("%s: %q is not in the page as %s", s.Kind, p, want)
			}
		}
	}
}

// TestSameSpecSameBytes renders each chart twice, from data that was made anew.
func TestSameSpecSameBytes(t *testing.T) {
	again := charts()
	for i, s := range charts() {
		if fragment(t, s, viz.HTMLOptions{}) != fragment(t, again[i], viz.HTMLOptions{}) {
			t.Errorf("%s: different bytes", s.Kind)
		}
	}
}

// TestLibraryTravelsOnce checks where charts say the library is.
func TestLibraryTravelsOnce(t *testing.T) {
	s := charts()[0]
	argument := regexp.MustCompile(`gondola\((\{.*\})\);`)
	for _, c := range []struct {
		name string
		o    viz.HTMLOptions
		has  []string
	}{
		{"first", viz.HTMLOptions{First: true, KernelSpec: "gondola"}, []string{"lib", "spec"}},
		{"later", viz.HTMLOptions{KernelSpec: "gondola"}, []string{"spec"}},
		{"cdn", viz.HTMLOptions{Library: viz.CDN}, []string{"url", "sri"}},
	} {
		if _, err := assets.Page(); errors.Is(err, assets.ErrMissing) {
			c.has = []string{"url", "sri"}
			if c.o.KernelSpec != "" {
				c.has = append(c.has, "spec")
			}
		}
		found := argument.FindStringSubmatch(fragment(t, s, c.o))
		if found == nil {
			t.Fatalf("%s: no call of gondola", c.name)
		}
		var got map[string]any
		if err := json.Unmarshal([]byte(found[1]), &got); err != nil {
			t.Fatal(err)
		}
		for _, source := range []string{"lib", "spec", "url", "sri"} {
			want := false
			for _, name := range c.has {
				want = want || name == source
			}
			if _, ok := got[source]; ok != want {
				t.Errorf("%s: source %s is there: %v, want %v", c.name, source, ok, want)
			}
		}
	}
	if page := fragment(t, s, viz.HTMLOptions{Library: viz.None}); strings.Contains(page, "<script") {
		t.Error("without the library there is a script")
	}
}

// TestPageIsWhole: an exported page names nothing outside and forbids it.
func TestPageIsWhole(t *testing.T) {
	if _, err := assets.Page(); err != nil {
		need.Skip(t, err.Error())
	}
	var list []viz.PageChart
	for _, s := range charts() {
		list = append(list, viz.PageChart{Spec: s})
	}
	var b bytes.Buffer
	if err := viz.Page(&b, "demo", list); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	if !strings.Contains(page, "default-src 'none'") {
		t.Error("no policy")
	}
	if at := strings.Index(page, "https://"); at >= 0 {
		t.Errorf("an address: %s", page[at:min(len(page), at+60)])
	}
	if n := len(page); n > 3<<20 {
		t.Errorf("%d bytes", n)
	}
}

func BenchmarkSpecHTML(b *testing.B) {
	for _, s := range charts() {
		b.Run(string(s.Kind), func(b *testing.B) {
			for b.Loop() {
				fragment(b, s, viz.HTMLOptions{})
			}
		})
	}
}

// TestScriptsAreFresh: live.min.js is made of the scripts beside it.
func TestScriptsAreFresh(t *testing.T) {
	sum := sha256.New()
	for _, name := range []string{"formats.js", "search.js", "show.js", "quote.js", "options.js", "table.js", "relevance.js"} {
		data, err := os.ReadFile(filepath.Join("scripts", name))
		if err != nil {
			t.Fatal(err)
		}
		sum.Write(data)
	}
	live, err := os.ReadFile("scripts/live.min.js")
	if err != nil {
		t.Fatal(err)
	}
	if first, _, _ := strings.Cut(string(live), "\n"); !strings.Contains(first, fmt.Sprintf("%x", sum.Sum(nil))) {
		t.Error("scripts/live.min.js is of other scripts: run go generate ./viz")
	}
}
