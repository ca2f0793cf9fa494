//go:build !race

package viz_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"gondola/pipeline"
	"gondola/viz"
)

// TestPicturePNGIsThatOfABrowser compares each PNG, light and dark, with the SVG
// as Chromium shows it in the same font: squares of 4 by 4 pixels have nearly the
// same colour.
func TestPicturePNGIsThatOfABrowser(t *testing.T) {
	const side, most, mean = 4, 64, 1.2 // pixels; how far apart squares may be, of 255, and all together
	p, b := pictures(t), newBrowser(t)
	if err := chromedp.Do(b.Ctx, chromedp.EmulateViewport(800, 500)); err != nil {
		t.Fatal(err)
	}
	face := func(name string, data []byte) string {
		return fmt.Sprintf("@font-face{font-family:Go;font-weight:%s;src:url(data:font/ttf;base64,%s)}", name, base64.StdEncoding.EncodeToString(data))
	}
	style := "<style>body{margin:0}svg{display:block}" + face("normal", goregular.TTF) + face("bold", gobold.TTF) + "</style>"
	for _, s := range charts() {
		if s.Kind == viz.Grid {
			continue
		}
		for _, dark := range []bool{false, true} {
			o := viz.PictureOptions{Dark: dark}
			data, err := p.PNG(t.Context(), s, o)
			if err != nil {
				t.Errorf("%s: %v", s.Kind, err)
				continue
			}
			if again, err := p.PNG(t.Context(), s, o); err != nil || !bytes.Equal(again, data) {
				t.Errorf("%s: other bytes, or %v", s.Kind, err)
			}
			ours, err := png.Decode(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			svg, err := p.SVG(t.Context(), s, o)
			if err != nil {
				t.Fatal(err)
			}
			b.Show(t, "<!DOCTYPE html>"+style+strings.ReplaceAll(svg, "font-family:sans-serif", "font-family:Go"))
			evaluate[string](t, b, "document.fonts.ready.then(f => f.status)")
			shot, err := chromedp.Run(b.Ctx, chromedp.CaptureScreenshot())
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := png.Decode(bytes.NewReader(shot))
			if err != nil {
				t.Fatal(err)
			}
			if ours.Bounds() != theirs.Bounds() || ours.Bounds() != image.Rect(0, 0, 800, 500) {
				t.Fatalf("%s: %v, %v in the browser", s.Kind, ours.Bounds(), theirs.Bounds())
			}
			worst, place, sum := 0.0, image.Point{}, 0.0
			for y := 0; y < 500; y += side {
				for x := 0; x < 800; x += side {
					d := apart(ours, theirs, x, y, side)
					sum += d
					if d > worst {
						worst, place = d, image.Pt(x, y)
					}
				}
			}
			t.Logf("%s, dark %v: squares are %.2f apart, %.0f at most, at %v", s.Kind, dark, sum/float64(200*125), worst, place)
			if sum/float64(200*125) > mean || worst > most {
				t.Errorf("%s, dark %v: %.2f apart, %.0f at %v: more than %.1f, or %d", s.Kind, dark, sum/float64(200*125), worst, place, mean, most)
			}
			if t.Failed() && os.Getenv("GONDOLA_KEEP") != "" {
				_ = os.WriteFile(filepath.Join(os.Getenv("GONDOLA_KEEP"), fmt.Sprintf("%s-%v-ours.png", s.Kind, dark)), data, 0o600)
				_ = os.WriteFile(filepath.Join(os.Getenv("GONDOLA_KEEP"), fmt.Sprintf("%s-%v-theirs.png", s.Kind, dark)), shot, 0o600)
			}
		}
	}
}

// apart is how far the mean colours of a square are apart in the channel in which
// they are farthest.
func apart(a, b image.Image, x0, y0, side int) float64 {
	var sums [3]float64
	for y := y0; y < y0+side; y++ {
		for x := x0; x < x0+side; x++ {
			r, g, bl, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			sums[0] += float64(r>>8) - float64(r2>>8)
			sums[1] += float64(g>>8) - float64(g2>>8)
			sums[2] += float64(bl>>8) - float64(b2>>8)
		}
	}
	n := float64(side * side)
	return max(sums[0]/n, -sums[0]/n, sums[1]/n, -sums[1]/n, sums[2]/n, -sums[2]/n)
}

// TestPicturePNGOfHostileTexts draws every payload as title, name and label.
func TestPicturePNGOfHostileTexts(t *testing.T) {
	p := pictures(t)
	payloads := webPayloads()
	for from := 0; from < len(payloads); from += 10 {
		for _, s := range charts() {
			if s.Kind != viz.Bar && s.Kind != viz.Cloud && s.Kind != viz.Graph && s.Kind != viz.Sankey {
				continue
			}
			s = poisoned(s, append(payloads[from:len(payloads):len(payloads)], payloads[:from]...)...)
			if _, err := p.PNG(t.Context(), s, viz.PictureOptions{}); err != nil {
				t.Errorf("%s with %q: %v", s.Kind, payloads[from], err)
			}
		}
	}
	if _, err := p.PNG(t.Context(), viz.Spec{Kind: viz.Grid, Data: pipeline.NewTable("t")}, viz.PictureOptions{}); err == nil {
		t.Error("a table has a picture")
	}
}

func BenchmarkPicturePNG(b *testing.B) {
	p := pictures(b)
	for _, s := range charts() {
		if s.Kind == viz.Grid {
			continue
		}
		b.Run(string(s.Kind), func(b *testing.B) {
			for b.Loop() {
				if _, err := p.PNG(b.Context(), s, viz.PictureOptions{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
