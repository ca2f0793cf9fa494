package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"gondola/pipeline"
	"gondola/session/history"
	"gondola/session/lang"
	"gondola/viz"
)

// chartEndings are those of export without a result.
var chartEndings = []string{".html", ".svg", ".png", ".csv", ".json"}

// exportChart writes a chart that was shown.
func (inv *invocation) exportChart(ctx context.Context) error {
	c := inv.call
	path := c.String("file")
	ending := strings.ToLower(filepath.Ext(path))
	if !slices.Contains(chartEndings, ending) {
		return &pipeline.ParamError{Param: "file", Value: path, Reason: "a chart is exported to " + strings.Join(chartEndings, ", ") + "; before the file stands the name of a result"}
	}
	s, ok := inv.lastChart(c.Int("chart") - 1)
	if !ok {
		return errors.New("export: no such chart was shown: plot draws one, and a name before the file exports a result")
	}
	if !c.Bool("with-titles") {
		var cut bool
		if s, cut, ok = withoutTitles(s); !ok {
			return errors.New("export: the chart shows titles of the data, which are left out of what is given away: --with-titles writes them")
		}
		if cut {
			inv.warn("titles are left out: --with-titles writes them")
		}
	}
	var b bytes.Buffer
	var err error
	switch ending {
	case ".html":
		var chart viz.PageChart
		if chart, err = inv.pictured(ctx, s); err == nil {
			err = viz.Page(&b, s.Title, []viz.PageChart{chart})
		}
	case ".svg":
		var svg string
		svg, err = inv.session.pictures.SVG(ctx, s, viz.PictureOptions{})
		b.WriteString(svg)
	case ".png":
		var png []byte
		png, err = inv.session.pictures.PNG(ctx, s, viz.PictureOptions{})
		b.Write(png)
	default:
		err = viz.WriteTable(&b, s.Data, viz.Format(ending[1:]), viz.Options{})
	}
	if err != nil {
		return err
	}
	if err := inv.writeFile(ctx, path, b.Bytes()); err != nil {
		return err
	}
	inv.endFiles(path, s.Title, 1, int64(b.Len()))
	return nil
}

// endFiles tells of files that were written.
func (inv *invocation) endFiles(path, what string, files int, bytes int64) {
	row := pipeline.NewTable("", pipeline.Col("path", pipeline.String), pipeline.Col("files", pipeline.Int), pipeline.Col("bytes", pipeline.Int))
	row.Add(path, int64(files), bytes)
	inv.end(lang.None, "", fmt.Sprintf("%s to %s, %s", what, path, pipeline.Size(bytes)), row)
}

// pictured returns the chart with its picture, or without one where the program
// was built without the chart library.
func (inv *invocation) pictured(ctx context.Context, s viz.Spec) (viz.PageChart, error) {
	if s.Kind == viz.Grid {
		return viz.PageChart{Spec: s}, nil
	}
	svg, err := inv.session.pictures.SVG(ctx, s, viz.PictureOptions{})
	if errors.Is(err, viz.ErrNoLibrary) {
		err = nil
	}
	return viz.PageChart{Spec: s, Picture: svg}, err
}

func runReport(ctx context.Context, inv *invocation) error {
	path := inv.call.String("file")
	if ext := strings.ToLower(filepath.Ext(path)); ext != ".html" && ext != ".htm" {
		return &pipeline.ParamError{Param: "file", Value: path, Reason: "give the page a name that ends in .html"}
	}
	r, _, err := inv.makeReport(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := viz.ReportHTML(&b, r); err != nil {
		return err
	}
	if err := inv.writeFile(ctx, path, b.Bytes()); err != nil {
		return err
	}
	inv.endFiles(path, fmt.Sprintf("%s, %s", plural(len(r.Sections), "statement"), plural(countCharts(r), "chart")), 1, int64(b.Len()))
	return nil
}

func countCharts(r viz.Report) int {
	n := len(r.Charts)
	for _, s := range r.Sections {
		n += len(s.Charts)
	}
	return n
}

// makeReport gathers the run: its statements, and the charts of what they made.
func (inv *invocation) makeReport(ctx context.Context) (viz.Report, []viz.PageChart, error) {
	inv.sink(offRecord{})
	engine, err := inv.engine(ctx)
	if err != nil {
		return viz.Report{}, nil, err
	}
	g := &gatherer{invocation: inv, engine: engine, titles: inv.call.Bool("with-titles"), begun: time.Now(), seen: map[*result]bool{}}
	for _, l := range inv.session.log {
		g.total += len(l.results) + len(l.asked)
	}
	out := viz.Report{Title: inv.call.String("title"), TitlesNote: viz.TitlesLeftOut, Parameters: g.parameters(), Versions: g.versions()}
	if g.titles {
		out.TitlesNote = viz.TitlesShown
	}
	if s, ok := lineageChart(inv.state); ok {
		chart, err := inv.pictured(ctx, s)
		if err != nil {
			return out, nil, err
		}
		out.Lineage = &chart
	}
	for _, l := range inv.session.log {
		if l.private || history.HasSecret(l.text) {
			continue
		}
		section, err := g.section(ctx, l)
		if err != nil {
			return out, nil, err
		}
		if l.made || len(section.Charts) > 0 {
			out.Sections = append(out.Sections, section)
		}
	}
	if len(out.Sections) == 0 {
		return out, nil, errors.New("there is nothing to report: no statement of this session has made anything")
	}
	if g.left > 0 {
		out.TitlesNote += fmt.Sprintf(" With them %s that only they could fill.", plural(g.left, "chart or table"))
	}
	return out, g.charts, nil
}

// gatherer makes the parts of a report.
type gatherer struct {
	*invocation

	engine pipeline.Engine
	titles bool // with titles
	begun  time.Time
	seen   map[*result]bool
	total  int
	done   int
	left   int // left out, because nothing but titles was in them
	charts []viz.PageChart
}

// section is a statement with the charts of the results that it made, all of
// them, and with what it was run for.
func (g *gatherer) section(ctx context.Context, l logged) (viz.Section, error) {
	out := viz.Section{Statement: l.text, Result: l.line, Took: l.took}
	if !g.titles {
		out.Statement = withoutExplained(out.Statement)
	}
	add := func(s viz.Spec) error {
		if !g.titles {
			var ok bool
			if s, _, ok = withoutTitles(s); !ok {
				g.left++
				return nil
			}
		}
		chart, err := g.pictured(ctx, s)
		if err != nil {
			return err
		}
		out.Charts = append(out.Charts, chart)
		g.charts = append(g.charts, chart)
		return nil
	}
	step := func() {
		g.done++
		g.report(pipeline.Progress{Step: g.call.Command.Name, Phase: "draw", Done: int64(g.done), Total: int64(g.total), Unit: "results", Spent: time.Since(g.begun)})
	}
	for _, r := range l.results {
		if g.seen[r] || r.hasRows() != nil {
			continue
		}
		g.seen[r] = true
		for _, v := range g.views(g.engine, r) {
			x, err := v.make(ctx)
			if err != nil {
				return out, err
			}
			switch {
			case x.chart != nil:
				err = add(*x.chart)
			case x.table != nil:
				err = add(viz.Spec{Kind: viz.Grid, Title: x.table.Title, Data: cutTable(x.table, keptRows), Source: r.name})
			}
			if err != nil {
				return out, err
			}
		}
		step()
	}
	for _, s := range l.asked {
		if err := add(s); err != nil {
			return out, err
		}
		step()
	}
	return out, nil
}

// withoutExplained leaves the title out of a statement that explains one.
func withoutExplained(statement string) string {
	return regexp.MustCompile(`\bexplain\s+("(?:[^"\\]|\\.)*"|'[^']*'|\S+)`).ReplaceAllString(statement, "explain (a title)")
}

// parameters are those of the script, and those of the steps that made the
// results.
func (g *gatherer) parameters() []viz.Fact {
	var out []viz.Fact
	for _, p := range g.state.params {
		if !history.HasSecret(p.Name + " = " + p.Value) {
			out = append(out, viz.Fact{Name: p.Name, Value: p.Value, Note: "param"})
		}
	}
	tree := g.state.lineage()
	tree.each(func(r *result) {
		if _, sql := r.step.(pipeline.Query); sql {
			return // the statement says it all
		}
		values, err := parametersOf(r.origin())
		if err != nil {
			return
		}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if values[name] == "" {
				continue
			}
			out = append(out, viz.Fact{Name: name, Value: values[name], Note: r.step.Verb() + ", " + tree.label(r)})
		}
	})
	return out
}

// versions are those of the programs, and the hashes of the results.
func (g *gatherer) versions() []viz.Fact {
	out := []viz.Fact{{Name: "gondola", Value: g.session.config.Version}, {Name: "charts", Value: viz.ChartLibrary}}
	tree := g.state.lineage()
	tree.each(func(r *result) {
		out = append(out, viz.Fact{Name: tree.label(r), Value: r.origin().Hash, Note: "SHA-256 of " + r.step.Verb() + ", its parameters and inputs"})
	})
	return out
}

func runShare(ctx context.Context, inv *invocation) error {
	folder := filepath.Clean(inv.call.String("folder"))
	r, charts, err := inv.makeReport(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := viz.ReportHTML(&b, r); err != nil {
		return err
	}
	files := []File{{Name: "index.html", Data: bytes.Clone(b.Bytes())}}
	size := int64(b.Len())
	for i, chart := range charts {
		name := chartPath(i, chart.Spec.Title)
		b.Reset()
		if err := viz.ReportHTML(&b, viz.Report{Title: chart.Spec.Title, TitlesNote: r.TitlesNote, Charts: []viz.PageChart{chart}}); err != nil {
			return err
		}
		files = append(files, File{Name: name + ".html", Data: bytes.Clone(b.Bytes())})
		if chart.Picture != "" {
			files = append(files, File{Name: name + ".svg", Data: []byte(chart.Picture)})
		}
		size += int64(b.Len() + len(chart.Picture))
	}
	if inv.session.config.WriteFolder == nil {
		return errors.New("share: this session writes no files")
	}
	err = inv.overwriting(folder, func(mode string) error {
		return inv.session.config.WriteFolder(ctx, folder, files, mode == "overwrite")
	})
	if err != nil {
		return err
	}
	inv.endFiles(folder, fmt.Sprintf("%s, %s", plural(len(r.Sections), "statement"), plural(len(charts), "chart")), len(files), size)
	return nil
}

// chartPath is where the files of chart i lie in a shared folder, without their
// endings.
func chartPath(i int, title string) string {
	return fmt.Sprintf("charts/%02d-%s", i+1, fileName(title))
}

// fileName makes a name of a file of a text that may come from the data: small
// letters, digits and single dashes, of 40 bytes at most.
func fileName(text string) string {
	var b strings.Builder
	dash := false
	for _, r := range strings.ToLower(text) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			if dash && b.Len() > 0 {
				b.WriteByte('-')
			}
			dash = false
			b.WriteRune(r)
		} else {
			dash = true
		}
		if b.Len() >= 40 {
			break
		}
	}
	if b.Len() == 0 {
		return "chart"
	}
	return b.String()
}
