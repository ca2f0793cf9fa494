//go:build !race

// Under the race detector the engine takes minutes for a picture; make test runs
// these tests without it.

package viz_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/viz"
	"gondola/viz/assets"
)

// pictures returns the engine, or skips where the library is not built in.
func pictures(t testing.TB) *viz.Pictures {
	t.Helper()
	if _, err := assets.Picture(); errors.Is(err, assets.ErrMissing) {
		need.Skip(t, err.Error())
	}
	p := new(viz.Pictures)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// texts parses a picture and returns its texts; it fails on what is no picture
// or holds what could act.
func texts(t *testing.T, svg string) []string {
	t.Helper()
	var out []string
	in := xml.NewDecoder(strings.NewReader(svg))
	var open []string
	for {
		token, err := in.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			at := int(in.InputOffset())
			t.Fatalf("no XML: %v: %.300s", err, svg[max(0, at-150):])
		}
		switch token := token.(type) {
		case xml.StartElement:
			open = append(open, token.Name.Local)
			if name := token.Name.Local; name == "script" || name == "foreignObject" || name == "image" || name == "a" {
				t.Errorf("an element %s", name)
			}
			for _, a := range token.Attr {
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || strings.Contains(a.Value, "://") && a.Name.Local != "xmlns" && a.Name.Space != "xmlns" {
					t.Errorf("the attribute %s=%q", a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) > 0 && open[len(open)-1] == "text" {
				out = append(out, strings.TrimSuffix(string(token), "\u2060"))
			}
		}
	}
}

// TestPictures draws every kind twice, in one engine and in a new one: the same
// bytes, and parts that are named after the chart.
func TestPictures(t *testing.T) {
	one, two := pictures(t), pictures(t)
	for _, s := range charts() {
		if s.Kind == viz.Grid {
			continue
		}
		a, err := one.SVG(t.Context(), s, viz.PictureOptions{})
		if err != nil {
			t.Errorf("%s: %v", s.Kind, err)
			continue
		}
		for name, p := range map[string]*viz.Pictures{"the same engine": one, "another engine": two} {
			b, err := p.SVG(t.Context(), s, viz.PictureOptions{})
			if err != nil || a != b {
				t.Errorf("%s: not the same from %s (%v)", s.Kind, name, err)
			}
		}
		if got := texts(t, a); len(got) == 0 || got[0] == "" {
			t.Errorf("%s: no text", s.Kind)
		}
		if strings.Contains(a, "zr0-") || strings.Contains(a, "zr1-") {
			t.Errorf("%s: a name that counts up", s.Kind)
		}
	}
}

// TestPicturesOfHostileText draws every payload in every text of every kind: no
// picture is lost, none holds more than a picture does, and the title stands
// there as it was given.
func TestPicturesOfHostileText(t *testing.T) {
	p := pictures(t)
	for _, s := range charts() {
		if s.Kind == viz.Grid {
			continue
		}
		payloads := webPayloads()
		step := 1
		if s.Kind != viz.Bar { // the others draw fewer pictures
			step = 20
		}
		for i := 0; i < len(payloads); i += step {
			text := payloads[i]
			svg, err := p.SVG(t.Context(), poisoned(s, append(slices.Clone(payloads[i:]), payloads[:i]...)...), viz.PictureOptions{})
			if err != nil {
				t.Errorf("%s with %q: %v", s.Kind, text, err)
				continue
			}
			all := texts(t, svg)
			want := strings.TrimSpace(viz.CleanLine(text))
			if len(want) > 60 || want == "" {
				continue
			}
			if !slices.ContainsFunc(all, func(got string) bool { return strings.TrimSpace(got) == want }) {
				t.Errorf("%s: %q is not shown: %q", s.Kind, text, all)
			}
		}
	}
}

// TestPictureSaysWhatIsLeftOut draws more points than fit.
func TestPictureSaysWhatIsLeftOut(t *testing.T) {
	p := pictures(t)
	data := pipeline.NewTable("", pipeline.Col("x", pipeline.Int), pipeline.Col("y", pipeline.Int))
	for i := range 10_000 {
		data.Add(int64(i), int64(i*i%997))
	}
	svg, err := p.SVG(t.Context(), viz.Spec{Kind: viz.Scatter, Title: "many", Data: data, X: "x", Y: "y"}, viz.PictureOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(svg, "2,000 of 10,000 marks drawn") {
		t.Error("the picture does not say so")
	}
	if n := strings.Count(svg, "<path"); n < 2000 {
		t.Errorf("%d paths", n)
	}
}

func BenchmarkPicture(b *testing.B) {
	p := pictures(b)
	for _, s := range charts() {
		if s.Kind == viz.Grid {
			continue
		}
		b.Run(string(s.Kind), func(b *testing.B) {
			for b.Loop() {
				if _, err := p.SVG(b.Context(), s, viz.PictureOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestPictureReport: a report of twenty charts with their pictures and their data
// stays below 3 MB, and is the same twice.
func TestPictureReport(t *testing.T) {
	if _, err := assets.Page(); err != nil {
		need.Skip(t, err.Error())
	}
	const most = 3 << 20
	p := pictures(t)
	var pages [2]string
	for i := range pages {
		var list []viz.PageChart
		for _, s := range append(charts(), charts()[:4]...) {
			c := viz.PageChart{Spec: s}
			if s.Kind != viz.Grid {
				svg, err := p.SVG(t.Context(), s, viz.PictureOptions{})
				if err != nil {
					t.Fatal(err)
				}
				c.Picture = svg
			}
			list = append(list, c)
		}
		if len(list) != 20 {
			t.Fatalf("%d charts", len(list))
		}
		pages[i] = reportPage(t, report(list))
	}
	if n := len(pages[0]); n > most {
		t.Errorf("20 charts take %d bytes, more than %d", n, most)
	}
	t.Logf("20 charts take %d bytes", len(pages[0]))
	if pages[0] != pages[1] {
		t.Error("the same report gives other bytes")
	}
}

// TestMapNames: names that are shown do not meet, in the picture.
func TestMapNames(t *testing.T) {
	for _, groups := range []int{10, 60, 400} {
		var p viz.Pictures
		defer p.Close() //nolint:errcheck // nothing was written
		svg, err := p.SVG(t.Context(), aMap(3000, groups), viz.PictureOptions{})
		if err != nil {
			t.Fatal(err)
		}
		texts := regexp.MustCompile(`<text [^>]*translate\(([-0-9.]+) ([-0-9.]+)\)[^>]*>(c\d+ pizza, salsa)</text>`).FindAllStringSubmatch(svg, -1)
		drawn := map[string][2]float64{}
		for _, text := range texts {
			var at [2]float64
			if _, err := fmt.Sscan(text[1], &at[0]); err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Sscan(text[2], &at[1]); err != nil {
				t.Fatal(err)
			}
			drawn[text[3]] = at
		}
		if least := min(groups, 20); len(drawn) < least {
			t.Errorf("%d groups: %d names are drawn, want %d at least", groups, len(drawn), least)
		}
		for a, at := range drawn {
			for b, other := range drawn {
				if a != b && math.Abs(at[0]-other[0]) < 80 && math.Abs(at[1]-other[1]) < 11 {
					t.Errorf("%d groups: %s at %v meets %s at %v", groups, a, at, b, other)
				}
			}
		}
	}
}
