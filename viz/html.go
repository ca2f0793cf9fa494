package viz

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"strings"

	"gondola/pipeline"
	"gondola/viz/assets"
)

// Library says where a chart in a notebook takes the chart library from, as the
// setting notebook.assets names it.
type Library string

// The places of the library.
const (
	Inline Library = "inline" // the first chart of a page carries it, the others take it from there
	CDN    Library = "cdn"    // a pinned address, checked by its hash
	None   Library = "none"   // no live charts: pictures
)

// HTMLOptions say how a chart is written as a part of a page.
type HTMLOptions struct {
	Library Library // Inline by default
	// First marks the first chart of a page, which carries the library when that
	// is Inline.
	First bool
	// KernelSpec names the kernelspec whose folder serves the library, as a second
	// source; empty for none.
	KernelSpec string
	// Picture is the chart as SVG (see Pictures): it stands in its place until the
	// live chart does, and stays where scripts do not run. Without one the place is
	// empty, and the table of the data open.
	Picture string
	Height  int // of the chart, in pixels; 440 by default
	Rows    int // of a table that are there without the script; 200 by default
}

// shownRows bounds the table below a chart.
const shownRows = 200

// SpecHTML writes a chart as a part of a page or as the output of a notebook's
// cell: its picture, the data as a table, and a script that puts the live chart
// into the picture's place, with buttons for the other kinds of chart that the
// data allow. A Grid is a table; the script adds sorting, a filter, pages, and
// charts of its rows. It uses no name of the page but window.__gondola, and
// nothing of the data is ever code. The same Spec and options give the same
// bytes.
func SpecHTML(w io.Writer, s Spec, o HTMLOptions) error {
	if err := s.Validate(); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	writeFigure(out, s, o)
	if o.Library != None {
		a, err := arguments(s)
		if err != nil {
			return err
		}
		if err := a.source(o); err != nil {
			return err
		}
		data, err := json.Marshal(a)
		if err != nil {
			return fmt.Errorf("chart %q: %w", s.Title, err)
		}
		fmt.Fprintf(out, "<style>%s</style>\n<script>(() => {\n%sgondola(%s);\n})();</script>\n",
			compact(tableStyle), liveScript(), data)
	}
	return out.Flush()
}

// showArguments are those of show in scripts/show.js.
type showArguments struct {
	ID      string           `json:"id"`
	Version string           `json:"v"`
	Library string           `json:"lib,omitempty"`
	Spec    string           `json:"spec,omitempty"`
	URL     string           `json:"url,omitempty"`
	Hash    string           `json:"sri,omitempty"`
	Lazy    bool             `json:"lazy,omitempty"`
	Option  string           `json:"o,omitempty"`
	Switch  *switchArguments `json:"t"`
}

func arguments(s Spec) (showArguments, error) {
	a := showArguments{ID: s.ID(), Version: assets.Version}
	if s.Kind != Grid {
		option, err := s.option(false)
		if err != nil {
			return a, err
		}
		data, err := json.Marshal(option)
		if err != nil {
			return a, fmt.Errorf("chart %q: %w", s.Title, err)
		}
		a.Option = string(data)
	}
	var err error
	a.Switch, err = s.switching()
	return a, err
}

// source says where the library comes from. A program that was built without it
// names the address.
func (a *showArguments) source(o HTMLOptions) error {
	a.Spec = o.KernelSpec
	if o.Library != CDN {
		library, err := assets.Page()
		if err == nil {
			if o.First {
				a.Library = base64.StdEncoding.EncodeToString(library)
			}
			return nil
		}
		if !isMissing(err) {
			return err
		}
	}
	a.URL, a.Hash = assets.Address, assets.Integrity
	return nil
}

// writeFigure writes a chart without its script. Everything that comes from the
// Spec is escaped; errors of out are kept by it.
func writeFigure(out *bufio.Writer, s Spec, o HTMLOptions) {
	height := o.Height
	if height <= 0 {
		height = 440
		if s.Kind == Map {
			height = 600
		}
	}
	alt := html.EscapeString(s.Alt())
	fmt.Fprintf(out, "<figure style=\"margin:0 0 1em;max-width:60em\">\n")
	if s.Kind == Grid {
		if s.Title != "" {
			fmt.Fprintf(out, "<figcaption><strong>%s</strong></figcaption>\n", html.EscapeString(CleanLine(s.Title)))
		}
		fmt.Fprintf(out, "<div data-gondola=\"%s\" role=\"img\" aria-label=\"%s\" style=\"width:100%%;height:%dpx\" hidden></div>\n<div class=\"gondola-plain\">\n", s.ID(), alt, height)
		writeRows(out, s.Data, o.Rows)
		fmt.Fprintf(out, "</div>\n")
	} else {
		if o.Picture != "" {
			// The place is as high as the picture, which is lower where there is little
			// width, until the chart is live.
			fmt.Fprintf(out, "<div data-gondola=\"%s\" data-height=\"%d\" role=\"img\" aria-label=\"%s\" style=\"width:100%%\">", s.ID(), height, alt)
			fmt.Fprintf(out, "<img alt=\"%s\" style=\"display:block;max-width:100%%;background:#fff\" src=\"data:image/svg+xml;base64,%s\">",
				alt, base64.StdEncoding.EncodeToString([]byte(o.Picture)))
		} else {
			fmt.Fprintf(out, "<div data-gondola=\"%s\" role=\"img\" aria-label=\"%s\" style=\"width:100%%;height:%dpx\">", s.ID(), alt, height)
		}
		fmt.Fprintf(out, "</div>\n")
		open := ""
		if o.Picture == "" {
			open = " open"
		}
		fmt.Fprintf(out, "<details class=\"gondola-plain\"%s><summary>%s %s as a table</summary>\n", open, pipeline.Thousands(int64(len(s.Data.Rows))), plural("row", len(s.Data.Rows) == 1))
		writeRows(out, s.Data, o.Rows)
		fmt.Fprintf(out, "</details>\n")
	}
	var below []string
	if shows := s.Data.Shows.String(); shows != "" {
		below = append(below, "<span class=\"gondola-over\">"+html.EscapeString(shows)+"</span>")
	}
	if s.Provenance != "" {
		below = append(below, html.EscapeString(CleanLine(s.Provenance)))
	}
	if s.Step != "" {
		below = append(below, "step "+html.EscapeString(glyphsFor(false).cut(CleanLine(s.Step), 12)))
	}
	if len(below) > 0 {
		fmt.Fprintf(out, "<figcaption style=\"font-size:85%%;opacity:.8\">%s</figcaption>\n", strings.Join(below, " · "))
	}
	fmt.Fprintf(out, "</figure>\n")
}

// writeRows writes a table as HTML, its first rows where it is long.
func writeRows(out *bufio.Writer, t *pipeline.Table, most int) {
	if most <= 0 {
		most = shownRows
	}
	out.WriteString("<table>\n<thead><tr>") //nolint:errcheck // kept until Flush, as all below
	align := make([]string, len(t.Columns)) // said, since notebooks have all to the right
	for i, c := range t.Columns {
		align[i] = "left"
		if isNumber(c.Type) {
			align[i] = "right"
		}
		fmt.Fprintf(out, "<th scope=\"col\" style=\"text-align:%s\">%s</th>", align[i], html.EscapeString(CleanLine(c.Name)))
	}
	out.WriteString("</tr></thead>\n<tbody>\n") //nolint:errcheck // kept
	places := make([]int, len(t.Columns))
	for i := range t.Columns {
		places[i] = decimals(t.Rows, i)
	}
	for _, row := range t.Rows[:min(len(t.Rows), most)] {
		out.WriteString("<tr>") //nolint:errcheck // kept
		for i, v := range row {
			fmt.Fprintf(out, "<td style=\"text-align:%s\">%s</td>", align[i], html.EscapeString(CleanLine(readable(v, places[i]))))
		}
		out.WriteString("</tr>\n") //nolint:errcheck // kept
	}
	out.WriteString("</tbody>\n</table>\n") //nolint:errcheck // kept
	if n := t.Count(); n > int64(most) || n > int64(len(t.Rows)) {
		fmt.Fprintf(out, "<p>%s of %s rows</p>\n", pipeline.Thousands(int64(min(len(t.Rows), most))), pipeline.Thousands(n))
	}
}
