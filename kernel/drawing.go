package kernel

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"gondola/pipeline"
	"gondola/session"
	"gondola/viz"
)

// Bounds of what a cell shows of a table.
const (
	textColumns = 120
	textRows    = 40
	// pageRows is how many rows a table in a page has, which it shows 20 at a time;
	// what is beyond them is said.
	pageRows = 1000
	// stillRows is how many it has where no script runs.
	stillRows = 50
	// maxHTML is the most that one output may take, without the chart library.
	maxHTML = 2 << 20
)

// pictures draws charts as pictures: the session does.
type pictures interface {
	SVG(ctx context.Context, s viz.Spec, o viz.PictureOptions) (string, error)
	PNG(ctx context.Context, s viz.Spec, o viz.PictureOptions) ([]byte, error)
}

// drawing makes what front ends show of tables and charts.
type drawing struct {
	pictures   pictures
	library    func() viz.Library // where charts take the library from, as it is set now
	kernelSpec string             // of which the folder has the library, too
	// first says whether the page of the request that is being answered has had no
	// chart yet, and remembers that it has one now.
	first func() bool
}

// table is a table as text and as a page's table that sorts, filters and turns
// into charts. With a format of its own it is text alone.
func (d *drawing) table(t *pipeline.Table, format string) display {
	var text bytes.Buffer
	if format == "parquet" {
		format = ""
	}
	if format != "" && format != string(viz.Text) {
		if err := viz.WriteTable(&text, t, viz.Format(format), viz.Options{Exact: true}); err != nil {
			return notDrawn(t.Title, err)
		}
		return display{Data: mimeBundle{"text/plain": text.String()}}
	}
	if err := viz.TableText(&text, t, viz.TextOptions{Width: textColumns, MaxRows: textRows}); err != nil {
		return notDrawn(t.Title, err)
	}
	data := mimeBundle{"text/plain": strings.TrimRight(text.String(), "\n")}
	page, err := d.html(viz.Spec{Kind: viz.Grid, Title: t.Title, Data: t}, "")
	if err != nil {
		return notDrawn(t.Title, err)
	}
	data["text/html"] = page
	return display{Data: data}
}

// chart is a chart as text, as a page's live chart with its picture in it, as a
// picture of pixels for what is printed, and as its data.
func (d *drawing) chart(ctx context.Context, s viz.Spec) display {
	var text bytes.Buffer
	if err := viz.SpecText(&text, s, viz.TextOptions{Width: textColumns, MaxRows: textRows}); err != nil {
		return notDrawn(s.Title, err)
	}
	data := mimeBundle{"text/plain": strings.TrimRight(text.String(), "\n")}
	// Without a picture the chart is there all the same: it is not worth waiting
	// for after an interrupt, and not to be had without the library.
	picture, err := d.pictures.SVG(ctx, s, viz.PictureOptions{})
	if err == nil && s.Kind != viz.Grid {
		if pixels, err := d.pictures.PNG(ctx, s, viz.PictureOptions{}); err == nil {
			data["image/png"] = base64.StdEncoding.EncodeToString(pixels)
		}
	}
	page, err := d.html(s, picture)
	if err != nil {
		return notDrawn(s.Title, err)
	}
	data["text/html"] = page
	if spec, err := json.Marshal(s); err == nil && len(spec) <= maxHTML {
		data["application/vnd.gondola.chart+json"] = json.RawMessage(spec)
	}
	rows := int64(0)
	if s.Data != nil {
		rows = s.Data.Count()
	}
	return display{Data: data, Metadata: map[string]any{"gondola": map[string]any{"chart": s.ID(), "rows": rows}}}
}

// html writes a chart or a table as a part of a page. When it is too big it has
// fewer rows, and says so.
func (d *drawing) html(s viz.Spec, picture string) (string, error) {
	o := viz.HTMLOptions{Library: d.library(), KernelSpec: d.kernelSpec, Picture: picture, Rows: stillRows}
	if s.Kind == viz.Grid {
		s.Data = firstRows(s.Data, pageRows)
	}
	for {
		var page bytes.Buffer
		if err := viz.SpecHTML(&page, s, o); err != nil {
			return "", err
		}
		if page.Len() > maxHTML && len(s.Data.Rows) > 1 {
			s.Data = firstRows(s.Data, len(s.Data.Rows)/2)
			continue
		}
		if o.Library == viz.Inline && d.first() {
			o.First = true
			page.Reset()
			if err := viz.SpecHTML(&page, s, o); err != nil {
				return "", err
			}
		}
		return page.String(), nil
	}
}

// firstRows returns the table with so many rows at most; its Total says how
// many there are.
func firstRows(t *pipeline.Table, n int) *pipeline.Table {
	if len(t.Rows) <= n {
		return t
	}
	some := *t
	some.Total, some.Rows = t.Count(), t.Rows[:n:n]
	return &some
}

// notDrawn tells why something is not shown.
func notDrawn(title string, err error) display {
	line := viz.CleanLine(fmt.Sprintf("%s cannot be shown: %v", title, err))
	return display{Data: mimeBundle{"text/plain": line, "text/html": "<em>" + html.EscapeString(line) + "</em>"}}
}

var _ pictures = (*session.Session)(nil)
