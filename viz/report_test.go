package viz_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
	"gondola/viz"
)

// drawn returns charts with a stand-in for their pictures.
func drawn(specs []viz.Spec) []viz.PageChart {
	var list []viz.PageChart
	for _, s := range specs {
		c := viz.PageChart{Spec: s}
		if s.Kind != viz.Grid {
			c.Picture = fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="800" height="500"><text x="8" y="20">%s</text></svg>`, s.Kind)
		}
		list = append(list, c)
	}
	return list
}

// report is a run with a chart of every kind.
func report(list []viz.PageChart) viz.Report {
	r := viz.Report{
		Title: "tags of receipts", Note: "made by make demo", TitlesNote: viz.TitlesLeftOut,
		Parameters: []viz.Fact{{"k", "100", "default"}, {"lake", "s3://lake", "--set"}},
		Versions:   []viz.Fact{{"gondola", "0.1", ""}, {"train", "0a1b2c3d4e5f6789", ""}},
	}
	for i, c := range list {
		if c.Spec.Kind == viz.Sankey {
			r.Lineage = &list[i]
		}
		r.Sections = append(r.Sections, viz.Section{
			Statement: fmt.Sprintf("plot tags --as %s\n# the %d. of them", c.Spec.Kind, i+1), Result: "drawn", Took: time.Duration(i*i) * 250 * time.Millisecond, Charts: []viz.PageChart{c},
		})
	}
	r.Sections = append(r.Sections, viz.Section{Statement: "load nowhere", Result: "no such file", Failed: true})
	return r
}

// reportPage returns the page of a report.
func reportPage(t *testing.T, r viz.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := viz.ReportHTML(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestReport checks what stands in a page, and that it is the same twice.
func TestReport(t *testing.T) {
	list := drawn(charts())
	page := reportPage(t, report(list))
	if again := reportPage(t, report(drawn(charts()))); again != page {
		t.Error("the same report gives other bytes")
	}
	at := 0
	for _, part := range []string{
		"default-src 'none'", "<title>tags of receipts</title>", `<a class="skip" href="#content">`, "<header>", "<h1>tags of receipts</h1>",
		"<p>made by make demo</p>", "<p>Titles are left out of this page.</p>", "<nav ", `<a href="#parameters">`, `<a href="#lineage">`, `<a href="#statement-2">Statement 2: <code>plot tags --as line …</code></a>`,
		"<main id=\"content\"", `<h2 id="parameters">`, `<th scope="row">lake</th><td>s3://lake</td><td>--set</td>`, `<h2 id="lineage">`, "data-gondola", `<h2 id="statements">`,
		`<h3 id="statement-1">`, "<pre><code>plot tags --as bar\n# the 1. of them</code></pre>", "<p>drawn</p>", "data:image/svg+xml", `<h3 id="statement-2">`, "<p>drawn · 250 ms</p>",
		"<p>drawn · 1.0 s</p>", `<h3 id="statement-15">`, "<p>Failed: no such file</p>", `<h2 id="versions">`, `<th scope="row">train</th><td>0a1b2c3d4e5f6789</td>`, "</main>",
	} {
		i := strings.Index(page[at:], part)
		if i < 0 {
			t.Fatalf("the page has no %s behind %.80q", part, page[max(0, at-80):at])
		}
		at += i
	}
	if strings.Contains(page, "<th scope=\"col\">From</th></tr></thead>\n<tbody>\n<tr><th scope=\"row\">gondola") {
		t.Error("a column without notes")
	}
	empty := reportPage(t, viz.Report{})
	if !strings.Contains(empty, "<h1>gondola</h1>") || strings.Contains(empty, "<nav") || strings.Contains(empty, "<h2") {
		t.Error("an empty report has more than its title")
	}
	bad := viz.Report{Sections: []viz.Section{{Statement: "plot x", Charts: []viz.PageChart{{Spec: viz.Spec{Kind: "spiral"}}}}}}
	if err := viz.ReportHTML(&bytes.Buffer{}, bad); err == nil || !strings.Contains(err.Error(), "statement 1") {
		t.Errorf("a bad chart: %v", err)
	}
}

// TestReportIsInert has every payload (with -short every sixth) in every text of a
// report, beside its charts: the page keeps its elements.
func TestReportIsInert(t *testing.T) {
	of := func(p string) string {
		page := reportPage(t, viz.Report{
			Title: p, Note: p, TitlesNote: p, Parameters: []viz.Fact{{p, p, p + "."}}, Versions: []viz.Fact{{p, p, p + "."}},
			Lineage:  &viz.PageChart{Spec: poisoned(charts()[9], p)},
			Sections: []viz.Section{{Statement: p, Result: p + ".", Charts: []viz.PageChart{{Spec: poisoned(sold(), p)}}}},
		})
		page, _, _ = strings.Cut(page, "</main>") // the library and its script are the same in all
		return page
	}
	count := func(page string) map[string]int {
		n := map[string]int{}
		page = strings.ToLower(page)
		for _, name := range []string{"<script", "</script", "<img", "<svg", "<iframe", "<style", "<link", "<meta", "<base", "<object", "<form", "<a ", "<h1", "<h2", "<h3", "<pre", "<td", "</td", "<title", "</title"} {
			n[name] = strings.Count(page, name)
		}
		return n
	}
	plain := count(of("plain"))
	for i, p := range webPayloads() {
		if i%need.Size(1, 6) != 0 {
			continue
		}
		page := of(p)
		for name, n := range count(page) {
			if n != plain[name] {
				t.Errorf("%q: %d times %s, %d without", p, n, name, plain[name])
			}
		}
		if strings.ContainsAny(page, "\u2028\u2029\x00") {
			t.Errorf("%q: a separator or NUL in the page", p)
		}
	}
}
