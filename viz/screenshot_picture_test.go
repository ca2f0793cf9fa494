//go:build !race

package viz_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"gondola/viz"
)

// How far apart two pictures of a chart may be: as a share of what sets the chart
// apart from an empty page, and in the one square of 20 by 20 pixels that differs
// most, of 255. Fonts are those of the machine, so letters may stand elsewhere,
// and what makes room for them; no bar may be missing.
const (
	screenSide  = 20
	screenShare = 0.4
	screenWorst = 100
)

// screensDiffer says how two pictures of a chart differ more than they may; ""
// when they do not.
func screensDiffer(a, b image.Image, side int) (measured, problem string) {
	mean, worst, at := screensApart(a, b, side)
	ink, _, _ := screensApart(a, image.NewUniform(a.At(a.Bounds().Max.X-1, a.Bounds().Max.Y-1)), side)
	measured = fmt.Sprintf("%.2f apart, %.2f from an empty page, %.0f at most, at %v", mean, ink, worst, at)
	if ink == 0 || mean > screenShare*ink || worst > screenWorst {
		problem = fmt.Sprintf("%s: more than %.1f of it, or %d", measured, screenShare, screenWorst)
	}
	return measured, problem
}

// TestPictureScreens shows every kind of chart live in Chromium, light and dark,
// and compares what is seen with the golden pictures in testdata/screens (half
// the size), and with the SVG of the same chart.
func TestPictureScreens(t *testing.T) {
	p, b := pictures(t), newBrowser(t)
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(800, 500)); err != nil {
		t.Fatal(err)
	}
	for _, scheme := range []string{"light", "dark"} {
		b.stillScheme(t, scheme)
		for _, s := range charts() {
			name := fmt.Sprintf("%s-%s", s.Kind, scheme)
			seen := b.screen(t, s)
			compareGolden(t, name, seen)
			if s.Kind == viz.Grid {
				continue
			}
			svg, err := p.SVG(t.Context(), s, viz.PictureOptions{Dark: scheme == "dark"})
			if err != nil {
				t.Fatal(err)
			}
			b.Show(t, "<!DOCTYPE html><style>body{margin:0}svg{display:block}</style>"+svg)
			drawn := b.page(t)
			part := seen
			if s.Kind == viz.TreeMap { // without the path of the rectangle that one has gone into, which pictures lack
				part = seen.(interface {
					SubImage(image.Rectangle) image.Image
				}).SubImage(image.Rect(0, 0, 800, 460)) //nolint:forcetypeassert // all pictures that Decode makes have it
			}
			measured, problem := screensDiffer(part, drawn, screenSide)
			t.Logf("%s: live and SVG are %s", name, measured)
			if problem != "" {
				t.Errorf("%s: live and SVG are %s", name, problem)
				keep(t, name+"-live", seen)
				keep(t, name+"-svg", drawn)
			}
		}
	}
	b.Clean(t)
}

// stillScheme asks for light or dark, and for charts that do not move.
func (b *browser) stillScheme(t *testing.T, name string) {
	t.Helper()
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}, {Name: "prefers-reduced-motion", Value: "reduce"}},
	}); err != nil {
		t.Fatal(err)
	}
}

// screen returns a chart as Chromium shows it live, 800 by 500 pixels; of a table
// the page.
func (b *browser) screen(t *testing.T, s viz.Spec) image.Image {
	t.Helper()
	var part bytes.Buffer
	if err := viz.SpecHTML(&part, s, viz.HTMLOptions{Library: viz.Inline, First: true, Height: 500}); err != nil {
		t.Fatal(err)
	}
	place := "[data-gondola]{position:fixed!important;left:0;top:0;width:800px!important;height:500px!important;z-index:9;background:var(--paper)}"
	if s.Kind == viz.Grid {
		place = ""
	}
	b.Show(t, `<!DOCTYPE html><meta charset="utf-8"><style>:root{color-scheme:light dark;--paper:#fff}@media(prefers-color-scheme:dark){:root{--paper:#111418}}
body{margin:0;background:var(--paper);font:15px sans-serif}`+place+`</style><body>`+part.String())
	if s.Kind != viz.Grid {
		b.live(t)
	}
	wait := 50
	if s.Kind == viz.TreeMap { // its names fade in, whatever it is told
		wait = 1500
	}
	evaluate[int](t, b, `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(1), `+fmt.Sprint(wait)+`))))`)
	return b.page(t)
}

func (b *browser) page(t *testing.T) image.Image {
	t.Helper()
	data, err := chromedp.Run(b.Ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	m, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// compareGolden compares a picture, at half its size, with the golden one.
func compareGolden(t *testing.T, name string, m image.Image) {
	t.Helper()
	small := halved(m)
	path := filepath.Join("testdata", "screens", name+".png")
	if *update {
		var out bytes.Buffer
		encoder := png.Encoder{CompressionLevel: png.BestCompression}
		if err := encoder.Encode(&out, small); err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if want.Bounds() != small.Bounds() {
		t.Fatalf("%s: %v, the golden one %v", name, small.Bounds(), want.Bounds())
	}
	if _, problem := screensDiffer(small, want, screenSide/2); problem != "" {
		t.Errorf("%s: it and the golden picture are %s (go test ./viz -run PictureScreens -update)", name, problem)
		keep(t, name+"-seen", small)
	}
}

// halved returns a picture of half the size, each pixel the mean of four.
func halved(m image.Image) image.Image {
	r := m.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, r.Dx()/2, r.Dy()/2))
	for y := range out.Bounds().Dy() {
		for x := range out.Bounds().Dx() {
			var sum [3]uint32
			for i := range 4 {
				red, green, blue, _ := m.At(r.Min.X+2*x+i%2, r.Min.Y+2*y+i/2).RGBA()
				sum[0], sum[1], sum[2] = sum[0]+red>>8, sum[1]+green>>8, sum[2]+blue>>8
			}
			out.SetRGBA(x, y, color.RGBA{uint8(sum[0] / 4), uint8(sum[1] / 4), uint8(sum[2] / 4), 255})
		}
	}
	return out
}

// screensApart compares two pictures of one size square by square.
func screensApart(a, b image.Image, side int) (mean, worst float64, at image.Point) {
	r, n := a.Bounds(), 0
	for y := r.Min.Y; y+side <= r.Max.Y; y += side {
		for x := r.Min.X; x+side <= r.Max.X; x += side {
			d := apart(a, b, x, y, side)
			mean += d
			n++
			if d > worst {
				worst, at = d, image.Pt(x, y)
			}
		}
	}
	return mean / float64(max(1, n)), worst, at
}

// keep writes a picture into the folder that GONDOLA_KEEP names, for whoever looks
// into a failure.
func keep(t *testing.T, name string, m image.Image) {
	t.Helper()
	dir := os.Getenv("GONDOLA_KEEP")
	if dir == "" {
		return
	}
	var out bytes.Buffer
	if err := png.Encode(&out, m); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
