// Gallery draws every kind of chart on the demo's data into docs/gallery: a
// page of pictures, light and dark, and one where they are live. It is what
// `make gallery` runs, after the demo's data are there.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"gondola/pipeline"
	"gondola/pipeline/local"
	"gondola/session"
	"gondola/viz"
)

// script makes one chart of each kind, and those of the steps.
const script = `load build/demo/receipts/ --title product_title --id item_id as receipts
plot receipts --as bar --x vendor --by department --top 8 --title "lines by vendor and department"
plot receipts --as line --x dt --every week --by department --title "lines a week by department"
plot receipts --as area --x dt --every month --y price --agg sum --title "money a month"
plot receipts --as hist --x product_title --title "length of the titles"
plot receipts --as pie --x department --title "shares of the departments"
plot receipts --as scatter --x price --y quantity --by department --sample 2000 --log x --title "price and quantity"
plot receipts --as box --x department --y price --log y --title "prices by department"
preprocess | train --workers 1 | cluster -k 60 | tag
plot tags --as heat --x tags --by department --top 20 --title "tags by department"
plot tags --as treemap --x tags --by department --top 60 --title "tags within departments"
plot tags --as sankey --x department --by tags --top 30 --title "from department to tag"
plot tags --as graph --x tags --top 60 --title "tags that come together"
plot tags --as tree --x tags --by department --top 40 --title "the largest tags of departments"
plot tags --as cloud --x tags --top 100 --title "tags"
map titles -n 2000
plot tags --as table --x tags --by department --top 12 --title "a table that switches"
`

func main() {
	out := flag.String("out", "docs/gallery", "folder to write")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gallery:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string, stdout io.Writer) (err error) {
	groups, err := drawn(ctx)
	if err != nil {
		return err
	}
	var pictures viz.Pictures
	defer func() { err = errors.Join(err, pictures.Close()) }()
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	live := viz.Report{
		Title: "Charts of gondola, live", Note: "Every kind of chart, drawn from made-up receipts by the statement below it.", TitlesNote: viz.TitlesShown,
	}
	var still []picture
	for _, group := range groups {
		section := viz.Section{Statement: group.what}
		for i, s := range group.specs {
			c := viz.PageChart{Spec: s}
			if s.Kind != viz.Grid {
				p := picture{Title: s.Title, Statement: s.Provenance, Alt: s.Alt(), Light: fileName(group.prefix, i, s, "light"), Dark: fileName(group.prefix, i, s, "dark")}
				if c.Picture, err = pictures.SVG(ctx, s, viz.PictureOptions{}); err != nil {
					return err
				}
				dark, err := pictures.SVG(ctx, s, viz.PictureOptions{Dark: true})
				if err != nil {
					return err
				}
				if err := errors.Join(write(out, p.Light, c.Picture), write(out, p.Dark, dark)); err != nil {
					return err
				}
				still = append(still, p)
			}
			section.Charts = append(section.Charts, c)
		}
		live.Sections = append(live.Sections, section)
	}
	var page bytes.Buffer
	if err := viz.ReportHTML(&page, live); err != nil {
		return err
	}
	if err := write(out, "live.html", page.String()); err != nil {
		return err
	}
	page.Reset()
	if err := template.Must(template.New("").Parse(index)).Execute(&page, still); err != nil {
		return err
	}
	if err := write(out, "index.html", page.String()); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s: %d charts; live.html beside it has them live\n", filepath.Join(out, "index.html"), len(still))
	return nil
}

// picture is a chart of the page.
type picture struct{ Title, Statement, Alt, Light, Dark string }

// index is the page: every picture, light beside dark.
const index = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Charts of gondola</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1640px; margin: 0 auto; padding: 1.5em; }
figure { margin: 0 0 2em; display: flex; flex-wrap: wrap; gap: 8px; }
figcaption { width: 100%; }
img { width: min(100%, 800px); }
</style>
</head>
<body>
<h1>Charts of gondola</h1>
<p>Every kind of chart, drawn from made-up receipts by the statement above it, light and dark. <a href="live.html">The same live.</a></p>
{{range .}}<figure>
<figcaption><code>{{.Statement}}</code></figcaption>
<img src="{{.Light}}" alt="{{.Alt}}" loading="lazy">
<img src="{{.Dark}}" alt="{{.Alt}}, dark" loading="lazy">
</figure>
{{end}}</body>
</html>
`

// fileName is that of a picture: its kind, and of the charts of steps its place.
func fileName(prefix string, i int, s viz.Spec, theme string) string {
	name := string(s.Kind)
	if prefix != "" {
		name = fmt.Sprintf("%s-%02d-%s", prefix, i+1, s.Kind)
	}
	return name + "-" + theme + ".svg"
}

func write(dir, name, text string) error {
	return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644)
}

// group is a part of the gallery.
type group struct {
	what, prefix string
	specs        []viz.Spec
}

// drawn runs the script and returns the charts that it asks for, and those that
// its steps show by themselves.
func drawn(ctx context.Context) ([]group, error) {
	s, err := session.New(session.Config{Engines: map[string]session.Opener{
		session.LocalEngine: func(context.Context) (pipeline.Engine, error) { return local.New(local.Options{}) },
	}})
	if err != nil {
		return nil, err
	}
	kinds, steps := group{what: "kinds of charts"}, group{what: "charts that steps show by themselves", prefix: "step"}
	err = s.Exec(ctx, session.Source{Name: "gallery", Text: script}, func(e session.Event) {
		c, ok := e.(session.Chart)
		switch {
		case ok && c.Asked:
			kinds.specs = append(kinds.specs, c.Spec)
		case ok:
			steps.specs = append(steps.specs, c.Spec)
		}
	})
	return []group{kinds, steps}, errors.Join(err, s.Close())
}
