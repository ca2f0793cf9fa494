package session_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"gondola/pipeline"
	"gondola/pipeline/local"
	"gondola/session"
	"gondola/viz"
)

// newViewer is a session whose steps show so much.
func newViewer(t *testing.T, views session.Views) *session.Session {
	t.Helper()
	s, err := session.New(session.Config{Views: views, Engines: map[string]session.Opener{
		session.LocalEngine: func(context.Context) (pipeline.Engine, error) { return local.New(local.Options{CacheDir: t.TempDir()}) },
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// drawnBy returns the titles of the charts of a run. Each can be drawn in a page
// and as text, and says what it was made by and from how many rows.
func drawnBy(t *testing.T, r *record) []string {
	t.Helper()
	var titles []string
	for _, e := range r.events {
		c, ok := e.(session.Chart)
		if !ok {
			continue
		}
		titles = append(titles, c.Spec.Title)
		var page, text bytes.Buffer
		if err := viz.SpecHTML(&page, c.Spec, viz.HTMLOptions{Library: viz.None}); err != nil {
			t.Errorf("%s: %v", c.Spec.Title, err)
		}
		if err := viz.SpecText(&text, c.Spec, viz.TextOptions{Width: 80}); err != nil {
			t.Errorf("%s: %v", c.Spec.Title, err)
		}
		if len(c.Spec.Data.Rows) == 0 || c.Spec.Provenance == "" {
			t.Errorf("%s: %d rows, made by %q", c.Spec.Title, len(c.Spec.Data.Rows), c.Spec.Provenance)
		}
	}
	return titles
}

const everyStep = `load "sample:receipts?n=3000&seed=7" as raw
preprocess as clean
train --vector-size 16 --epochs 2 --workers 1
cluster -k 6 as groups
tag as tags`

// TestStepCharts: what each step shows to a reader who scrolls, to a terminal, and
// to a pipe.
func TestStepCharts(t *testing.T) {
	all := drawnBy(t, exec(t, newViewer(t, session.AllViews), everyStep))
	for _, want := range []string{
		"rows without a value", "different values", "length of the titles", "words per title, before and after", "what was kept and dropped",
		"words by frequency (Zipf)", "loss by epoch", "words that another --min-count would leave", "share of the text that they make up",
		"titles by cluster", "clusters by the place of their centres", "inertia by pass", "silhouette by cluster", "words of clusters", "clusters by the distance of their centres",
		"titles with tags", "tags per title", "the largest tags and clusters", "tags that come together most often",
	} {
		if !slices.Contains(all, want) {
			t.Errorf("no chart %q in %q", want, all)
		}
	}
	main := drawnBy(t, exec(t, newViewer(t, session.MainViews), everyStep))
	if len(main) >= len(all) || !slices.Contains(main, "loss by epoch") || slices.Contains(main, "inertia by pass") {
		t.Errorf("a terminal gets %q", main)
	}
	for _, r := range []*record{
		exec(t, newViewer(t, session.NoViews), everyStep), exec(t, newViewer(t, session.AllViews), "set charts off\n"+everyStep),
	} {
		if got := drawnBy(t, r); len(got) > 0 {
			t.Errorf("nobody looks, and %q is drawn", got)
		}
	}
}

// TestPlotShowsTheStep: plot without flags draws all that the step would show.
func TestPlotShowsTheStep(t *testing.T) {
	s := newViewer(t, session.NoViews)
	exec(t, s, everyStep)
	var asked []string
	for _, name := range []string{"raw", "clean", "groups", "tags"} {
		asked = append(asked, drawnBy(t, exec(t, s, "plot "+name))...)
	}
	if want := drawnBy(t, exec(t, newViewer(t, session.AllViews), everyStep)); len(asked)+3 != len(want) { // train has no name here, and three
		t.Errorf("plot draws %q, the steps show %q", asked, want)
	}
}

// TestTitlesAreMarked: which columns of what is shown hold titles.
func TestTitlesAreMarked(t *testing.T) {
	s := newViewer(t, session.AllViews)
	exec(t, s, everyStep)
	for statement, want := range map[string]string{
		"show tags --columns item_id,product_title,tokens,vendor":                           "product_title tokens",
		"sql SELECT vendor, count(*) AS n FROM raw GROUP BY 1":                              "",
		"sql SELECT vendor, upper(product_title) AS t, price FROM raw":                      "vendor t",
		"sql SELECT #2 AS second FROM clean":                                                "second",
		"sql SELECT to_json(raw) AS j FROM raw LIMIT 1":                                     "j",
		"sql SELECT * FROM tags LIMIT 1":                                                    "*",
		"sql WITH x AS (SELECT tokens AS w FROM clean) SELECT w[1] AS first, 1 AS n FROM x": "first",
		"explain \"green tea\" --from groups":                                               "token counted as candidate word",
	} {
		var marked []string
		all := true
		for _, e := range exec(t, s, statement).events {
			var table *pipeline.Table
			switch e := e.(type) {
			case session.Table:
				table = e.Table
			case session.Chart:
				table = e.Spec.Data
			default:
				continue
			}
			for _, c := range table.Columns {
				text := c.Type == pipeline.String || c.Type == pipeline.Strings
				if c.Titles {
					marked = append(marked, c.Name)
				} else if text {
					all = false
				}
			}
		}
		if got := strings.Join(marked, " "); got != want && (want != "*" || !all) {
			t.Errorf("%s: %q are marked, want %q", statement, got, want)
		}
	}
	// It goes on: what was taken from such an answer is such an answer.
	exec(t, s, "sql as five SELECT product_title AS t, vendor FROM raw LIMIT 5")
	for _, e := range exec(t, s, "sql SELECT lower(t) AS u FROM five").events {
		if table, ok := e.(session.Table); ok && !table.Columns[0].Titles {
			t.Error("the titles of an answer are none any more")
		}
	}
}
