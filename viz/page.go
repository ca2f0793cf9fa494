package viz

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"time"

	"gondola/viz/assets"
)

func isMissing(err error) bool { return errors.Is(err, assets.ErrMissing) }

// PageChart is a chart of a page, with its picture.
type PageChart struct {
	Spec    Spec
	Picture string // SVG; may be empty
}

// Page writes charts as one file to send around: a [Report] of nothing else.
func Page(w io.Writer, title string, list []PageChart) error {
	return ReportHTML(w, Report{Title: title, Charts: list})
}

// Report is a run as a page. What is empty is left out.
type Report struct {
	Title string
	// Note is a line below the title, such as who sent the page.
	Note string
	// TitlesNote says whether titles of the data are left out of the page, "" for a
	// page of which that need not be said. LeftOut and Shown are the usual texts.
	TitlesNote string
	Parameters []Fact
	Lineage    *PageChart // how the steps led to one another: a Sankey or a Graph
	Charts     []PageChart
	Sections   []Section
	Versions   []Fact // of programs, and hashes of steps and files
}

// Texts of Report.TitlesNote.
const (
	TitlesLeftOut = "Titles are left out of this page."
	TitlesShown   = "This page shows titles of the data."
)

// Fact is a line of a table: a parameter, or a version.
type Fact struct {
	Name, Value string
	Note        string // where it comes from; may be empty
}

// Section is a statement of a report, and what it showed.
type Section struct {
	Statement string // as it was written; lines are kept
	Result    string // its last line: "trained 12,000 words"
	Failed    bool
	Took      time.Duration // 0 when it is not known
	Charts    []PageChart   // tables among them
}

// ReportHTML writes the report as one file to send around: it asks for nothing
// from outside, and its policy forbids every script but the one that shows
// charts. It carries the chart library, or its address where the program was
// built without it. Charts are drawn when they are nearly in view, so that many
// do not make it slow. The same report gives the same bytes.
func ReportHTML(w io.Writer, r Report) error {
	library, err := assets.Page()
	if err != nil && !isMissing(err) {
		return err
	}
	p := page{Writer: bufio.NewWriter(w), embedded: library != nil}
	p.head(r)
	p.contents(r)
	p.printf("<main id=\"content\" tabindex=\"-1\">\n")
	if err := p.body(r); err != nil {
		return err
	}
	p.printf("</main>\n")
	if library != nil {
		p.printf("<script type=\"application/json\" id=\"library\">\"%s\"</script>\n", base64.StdEncoding.EncodeToString(library))
	}
	p.printf("<script>%s</script>\n</body>\n</html>\n", pageScript())
	return p.Flush()
}

// page is what a report is written to. Errors are kept until Flush.
type page struct {
	*bufio.Writer

	embedded bool // the library is in the page
}

func (p *page) printf(format string, args ...any) { fmt.Fprintf(p.Writer, format, args...) }

// line is text of one line as HTML.
func line(text string) string { return html.EscapeString(CleanLine(text)) }

func (p *page) head(r Report) {
	sum := sha256.Sum256([]byte(pageScript()))
	policy := "default-src 'none'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"' blob:; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
	if !p.embedded {
		policy += "; connect-src https://cdn.jsdelivr.net"
	}
	p.printf(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="gondola">
<title>%s</title>
<style>%s%s</style>
</head>
<body>
`, policy, line(named(r.Title)), compact(pageStyle), compact(tableStyle))
	if len(r.Sections) > 0 {
		p.printf("<a class=\"skip\" href=\"#content\">Skip to the content</a>\n")
	}
	p.printf("<header>\n<h1>%s</h1>\n", line(named(r.Title)))
	for _, text := range []string{r.Note, r.TitlesNote} {
		if text != "" {
			p.printf("<p>%s</p>\n", line(text))
		}
	}
	p.printf("</header>\n")
}

// named is a title that a page can have.
func named(title string) string {
	if title == "" {
		return "gondola"
	}
	return title
}

// contents are the links of a page with statements.
func (p *page) contents(r Report) {
	if len(r.Sections) == 0 {
		return
	}
	p.printf("<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ol>\n")
	for _, part := range r.parts() {
		if !part.there {
			continue
		}
		p.printf("<li><a href=\"#%s\">%s</a>", part.id, part.name)
		if part.id == "statements" {
			p.printf("\n<ul>\n")
			for i, s := range r.Sections {
				first, _, more := strings.Cut(strings.TrimSpace(s.Statement), "\n")
				if more {
					first += " …"
				}
				p.printf("<li><a href=\"#statement-%d\">Statement %d: <code>%s</code></a></li>\n", i+1, i+1, line(first))
			}
			p.printf("</ul>\n")
		}
		p.printf("</li>\n")
	}
	p.printf("</ol>\n</nav>\n")
}

// block is a part of a report below a heading.
type block struct {
	id, name string
	there    bool
	write    func(*page) error
}

func (r Report) parts() []block {
	return []block{
		{"parameters", "Parameters", len(r.Parameters) > 0, func(p *page) error { p.facts("Parameter", r.Parameters); return nil }},
		{"lineage", "Lineage", r.Lineage != nil, func(p *page) error { return p.charts(*r.Lineage) }},
		{"charts", "Charts", len(r.Charts) > 0, func(p *page) error { return p.charts(r.Charts...) }},
		{"statements", "Statements", len(r.Sections) > 0, func(p *page) error { return p.sections(r.Sections) }},
		{"versions", "Versions and hashes", len(r.Versions) > 0, func(p *page) error { p.facts("Name", r.Versions); return nil }},
	}
}

func (p *page) body(r Report) error {
	if len(r.Sections) == 0 && len(r.Parameters) == 0 && len(r.Versions) == 0 && r.Lineage == nil {
		return p.charts(r.Charts...) // a page of charts needs no headings
	}
	for _, part := range r.parts() {
		if !part.there {
			continue
		}
		p.printf("<section aria-labelledby=\"%s\">\n<h2 id=\"%s\">%s</h2>\n", part.id, part.id, part.name)
		if err := part.write(p); err != nil {
			return err
		}
		p.printf("</section>\n")
	}
	return nil
}

// facts writes a table of names and values, and notes where there are some.
func (p *page) facts(of string, list []Fact) {
	notes := false
	for _, f := range list {
		notes = notes || f.Note != ""
	}
	p.printf("<table class=\"facts\">\n<thead><tr><th scope=\"col\">%s</th><th scope=\"col\">Value</th>", of)
	if notes {
		p.printf("<th scope=\"col\">From</th>")
	}
	p.printf("</tr></thead>\n<tbody>\n")
	for _, f := range list {
		p.printf("<tr><th scope=\"row\">%s</th><td>%s</td>", line(f.Name), line(f.Value))
		if notes {
			p.printf("<td>%s</td>", line(f.Note))
		}
		p.printf("</tr>\n")
	}
	p.printf("</tbody>\n</table>\n")
}

func (p *page) sections(list []Section) error {
	for i, s := range list {
		result := line(s.Result)
		if s.Failed {
			result = "Failed: " + result
		}
		if s.Took > 0 {
			if result != "" {
				result += " · "
			}
			result += took(s.Took)
		}
		p.printf("<section aria-labelledby=\"statement-%d\">\n<h3 id=\"statement-%d\">Statement %d</h3>\n<pre><code>%s</code></pre>\n",
			i+1, i+1, i+1, html.EscapeString(Clean(s.Statement)))
		if result != "" {
			p.printf("<p>%s</p>\n", result)
		}
		if err := p.charts(s.Charts...); err != nil {
			return fmt.Errorf("statement %d: %w", i+1, err)
		}
		p.printf("</section>\n")
	}
	return nil
}

// took writes a duration for people: 240 ms, 3.2 s, 4 min 10 s, 2 h 5 min.
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", max(1, d.Round(time.Millisecond).Milliseconds()))
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		d = d.Round(time.Second)
		return fmt.Sprintf("%d min %d s", d/time.Minute, d%time.Minute/time.Second)
	}
	d = d.Round(time.Minute)
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}

// charts writes charts and what the page's script knows of them.
func (p *page) charts(list ...PageChart) error {
	for _, c := range list {
		if err := c.Spec.Validate(); err != nil {
			return err
		}
		writeFigure(p.Writer, c.Spec, HTMLOptions{Picture: c.Picture})
		a, err := arguments(c.Spec)
		if err != nil {
			return err
		}
		a.Lazy = true
		if !p.embedded {
			a.URL, a.Hash = assets.Address, assets.Integrity
		}
		data, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("chart %q: %w", c.Spec.Title, err)
		}
		p.printf("<script type=\"application/json\" class=\"chart\">%s</script>\n", data)
	}
	return nil
}

// pageScript shows all charts of a page.
func pageScript() string {
	return "(() => {\n" + liveScript() + `
const lib = document.getElementById('library');
document.querySelectorAll('script.chart').forEach((s, i) => {
const A = JSON.parse(s.textContent);
if (lib && i === 0) A.lib = JSON.parse(lib.textContent);
gondola(A);
});
})();`
}
