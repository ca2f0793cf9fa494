package viz_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/viz"
)

// aMap has n points in so many groups around a circle, and some without a group.
func aMap(n, groups int) viz.Spec {
	r := rand.New(rand.NewPCG(1, 3))
	t := pipeline.NewTable("", pipeline.Col("label", pipeline.String), pipeline.Col("x", pipeline.Float), pipeline.Col("y", pipeline.Float),
		pipeline.Col("count", pipeline.Int), pipeline.Col("group", pipeline.String))
	for i := range n {
		c := i % (groups + 1)
		sin, cos := math.Sincos(2 * math.Pi * float64(c) / float64(groups))
		var group any = fmt.Sprintf("c%d pizza, salsa", c)
		if c == groups {
			group, sin, cos = nil, 0, 0
		}
		t.Add(fmt.Sprintf("title %d", i), 8*cos+r.NormFloat64()*0.5, 8*sin+r.NormFloat64()*0.5, int64(1+i%7), group)
	}
	t.Shows = pipeline.Completeness{Rows: 314_654, Sample: int64(n), Seed: 42}
	return viz.Spec{Kind: viz.Map, Title: "map of titles", Data: t, X: "x", Y: "y", By: "group", Label: "label", Size: "count", Provenance: "map titles"}
}

// mapOption is what the tests look at of a map's option.
type mapOption struct {
	Legend struct {
		Show bool
		Data []string
	}
	Series []struct {
		Data []struct {
			Name  string
			Value []float64
		}
		ItemStyle struct{ Color string }
	}
}

// optionOf returns what a browser is given to draw.
func optionOf(t *testing.T, s viz.Spec) (o mapOption) {
	t.Helper()
	found := regexp.MustCompile(`"o":("(?:[^"\\]|\\.)*")`).FindStringSubmatch(fragment(t, s, viz.HTMLOptions{}))
	if found == nil {
		t.Fatal("the page has no option")
	}
	var text string
	if err := json.Unmarshal([]byte(found[1]), &text); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestMapSeries: few groups have a series and a place in the legend each, many
// share colours and have none; every point is drawn once and knows its group.
func TestMapSeries(t *testing.T) {
	for groups, legend := range map[int]int{1: 0, 5: 5, 20: 20, 21: 0, 1000: 0} {
		s := aMap(need.Size(4000, 1500), groups)
		o := optionOf(t, s)
		if len(o.Legend.Data) != legend || o.Legend.Show != (legend > 0) {
			t.Errorf("%d groups: the legend has %d entries, shown: %v", groups, len(o.Legend.Data), o.Legend.Show)
		}
		names := o.Series[len(o.Series)-1].Data
		if len(names) != groups || len(o.Series[len(o.Series)-2].Data) != 0 || len(o.Series) > 23 {
			t.Fatalf("%d groups: %d names, %d series", groups, len(names), len(o.Series))
		}
		groupOf := map[string]any{}
		for _, row := range s.Data.Rows {
			groupOf[row[0].(string)] = row[4]
		}
		for _, series := range o.Series[:len(o.Series)-2] {
			for _, p := range series.Data {
				var group any
				if g := int(p.Value[2]); g >= 0 {
					group = names[g].Name
				}
				if want, ok := groupOf[p.Name]; !ok || want != group {
					t.Fatalf("%d groups: %s is in %v, want %v", groups, p.Name, group, want)
				}
				delete(groupOf, p.Name)
			}
		}
		if len(groupOf) > 0 {
			t.Errorf("%d groups: %d points are not drawn", groups, len(groupOf))
		}
	}
}

// TestMapColours: of many groups, neighbours differ in colour.
func TestMapColours(t *testing.T) {
	o := optionOf(t, aMap(4000, 60))
	colour := map[int]string{}
	for _, series := range o.Series[:len(o.Series)-2] {
		for _, p := range series.Data {
			colour[int(p.Value[2])] = series.ItemStyle.Color
		}
	}
	names := o.Series[len(o.Series)-1].Data
	for i, a := range names {
		for j, b := range names[:i] {
			var x, y int
			if _, err := fmt.Sscanf(a.Name+" "+b.Name, "c%d pizza, salsa c%d", &x, &y); err != nil {
				t.Fatal(err)
			}
			if next := (x-y+60)%60 == 1 || (y-x+60)%60 == 1; next && colour[i] == colour[j] {
				t.Errorf("%s and %s have the same colour %s", a.Name, b.Name, colour[i])
			}
		}
	}
}

// TestMapText: the dots of a map carry the names of groups, in any width.
func TestMapText(t *testing.T) {
	for _, width := range []int{0, 40, 80} {
		for _, ascii := range []bool{false, true} {
			var b bytes.Buffer
			if err := viz.SpecText(&b, aMap(600, 5), viz.TextOptions{Width: width, ASCII: ascii}); err != nil {
				t.Fatal(err)
			}
			for c := range 5 {
				if !strings.Contains(b.String(), fmt.Sprintf("c%d pizza, salsa", c)) {
					t.Errorf("width %d, ASCII %v: no name of c%d in\n%s", width, ascii, c, b.String())
				}
			}
			if !strings.Contains(b.String(), "600 points  5 groups\n") || strings.ContainsFunc(b.String(), func(r rune) bool { return r > 0x2800 && r < 0x2900 }) == ascii {
				t.Errorf("width %d, ASCII %v:\n%s", width, ascii, b.String())
			}
		}
	}
}

func TestMapAlt(t *testing.T) {
	want := "map of titles: 601 points; 5 groups; c0 pizza, salsa is largest with 101; sample 601 of 314,654 rows, seed 42"
	if got := aMap(601, 5).Alt(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func BenchmarkMapPicture(b *testing.B) {
	var p viz.Pictures
	defer p.Close() //nolint:errcheck // nothing was written
	s := aMap(5000, 60)
	for b.Loop() {
		if _, err := p.SVG(b.Context(), s, viz.PictureOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}
