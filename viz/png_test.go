package viz_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"

	"gondola/viz"
)

// pixels draws what stands in an SVG document of 40 by 40 pixels, on white.
func pixels(t *testing.T, inside string) *image.RGBA {
	t.Helper()
	img, err := viz.DrawSVG(t.Context(), `<svg width="40" height="40"><rect width="40" height="40" fill="#fff"/>`+inside+`</svg>`)
	if err != nil {
		t.Fatalf("%s: %v", inside, err)
	}
	return img
}

// TestDrawSVG draws each thing that a picture may hold, and looks at pixels in it
// and beside it.
func TestDrawSVG(t *testing.T) {
	white, red, blue := color.RGBA{255, 255, 255, 255}, color.RGBA{255, 0, 0, 255}, color.RGBA{0, 0, 255, 255}
	type at struct {
		x, y int
		want color.RGBA
	}
	for _, c := range []struct {
		name, inside string
		looks        []at
	}{
		{"rectangle", `<rect x="10" y="10" width="10" height="20" fill="#f00"/>`, []at{{10, 10, red}, {19, 29, red}, {9, 10, white}, {20, 10, white}, {10, 30, white}}},
		{"no colour is black", `<path d="M0 0H4V4H0Z"/>`, []at{{1, 1, color.RGBA{0, 0, 0, 255}}, {5, 5, white}}},
		{
			"colours", `<path d="M0 0h4v4h-4Z" fill="rgb(255,0,0)"/><path d="M8 0h4v4h-4Z" fill="blue"/><path d="M16 0h4v4h-4Z" fill="rgba(255,0,0,0.5)"/><path d="M24 0h4v4h-4Z" fill="#f00" fill-opacity="0.5"/><path d="M32 0h4v4h-4Z" fill="transparent"/>`,
			[]at{{1, 1, red}, {9, 1, blue}, {17, 1, color.RGBA{255, 127, 127, 255}}, {25, 1, color.RGBA{255, 127, 127, 255}}, {33, 1, white}},
		},
		{"a circle of two arcs", `<path d="M1 0A1 1 0 1 1 1 -0.1A1 1 0 0 1 1 0" transform="matrix(10,0,0,10,20,20)" fill="#f00"/>`, []at{{20, 20, red}, {11, 20, red}, {28, 20, red}, {20, 11, red}, {20, 28, red}, {11, 11, white}, {29, 29, white}}},
		{"a ring", `<path d="M0 0H40V40H0ZM10 10V30H30V10Z" fill="#f00"/>`, []at{{5, 5, red}, {20, 20, white}, {35, 35, red}}},
		{"curves", `<path d="M0 20C0 0 40 0 40 20Z" fill="#f00"/><path d="M0 20Q20 60 40 20Z" fill="#00f"/>`, []at{{20, 10, red}, {20, 3, white}, {20, 30, blue}, {2, 35, white}}},
		{"steps of many kinds", `<path d="m5,5 10,0l0,10h-10z m20 20h10v10H25Z" fill="#f00"/>`, []at{{10, 10, red}, {30, 30, red}, {20, 20, white}, {16, 10, white}}},
		{"a line", `<path d="M5 20L35 20" stroke="#f00" stroke-width="4" fill="none"/>`, []at{{5, 18, red}, {34, 21, red}, {4, 20, white}, {35, 20, white}, {20, 17, white}, {20, 22, white}}},
		{"square ends", `<path d="M5 20L35 20" stroke="#f00" stroke-width="4" stroke-linecap="square"/>`, []at{{3, 20, red}, {36, 20, red}, {2, 20, white}}},
		{"round ends", `<path d="M5 20L35 20" stroke="#f00" stroke-width="8" stroke-linecap="round"/>`, []at{{2, 20, red}, {1, 16, white}, {37, 20, red}}},
		{"a sharp corner", `<path d="M10 35L10 10L35 10" stroke="#f00" stroke-width="8" fill="none"/>`, []at{{6, 6, red}, {7, 30, red}, {30, 7, red}, {5, 5, white}}},
		{"a blunt corner", `<path d="M10 35L10 10L35 10" stroke="#f00" stroke-width="8" fill="none" stroke-linejoin="bevel"/>`, []at{{6, 6, white}, {7, 12, red}}},
		{"a round corner", `<path d="M10 35L10 10L35 10" stroke="#f00" stroke-width="8" fill="none" stroke-linejoin="round"/>`, []at{{6, 6, white}, {8, 8, red}}},
		{"a closed line", `<polygon points="10,10 30,10 30,30 10,30" fill="none" stroke="#f00" stroke-width="4"/>`, []at{{8, 8, red}, {31, 31, red}, {20, 20, white}, {9, 20, red}}},
		{"polylines stay open", `<polyline points="10 10 30 10 30 30" fill="none" stroke="#f00" stroke-width="4"/>`, []at{{20, 9, red}, {10, 20, white}, {20, 20, white}}},
		{"transforms in groups", `<g transform="translate(10 10) scale(2)"><rect width="5" height="5" fill="#f00" transform="rotate(90)"/></g>`, []at{{5, 15, red}, {1, 11, red}, {11, 15, white}}},
		{"a clip", `<defs><clipPath id="c"><path d="M10 10h10v10h-10Z" fill="#000"/></clipPath></defs><g clip-path="url(#c)"><rect width="40" height="40" fill="#f00"/></g>`, []at{{10, 10, red}, {19, 19, red}, {9, 9, white}, {20, 20, white}}},
		{"a clip beside the picture", `<clipPath id="c"><rect x="90" width="9" height="9"/></clipPath><rect clip-path="url(#c)" width="40" height="40" fill="#f00"/>`, []at{{5, 5, white}}},
		{
			"a gradient", `<linearGradient id="g" x1="0" y1="0" x2="1" y2="0"><stop offset="0%" stop-color="#f00"/><stop offset="100%" stop-color="#00f"/></linearGradient><path d="M10 10h20v10h-20Z" fill="url(#g)"/>`,
			[]at{{10, 15, color.RGBA{249, 0, 6, 255}}, {20, 15, color.RGBA{121, 0, 134, 255}}, {29, 15, color.RGBA{6, 0, 249, 255}}, {5, 15, white}},
		},
		{
			"a pattern", `<pattern id="p" width="10" height="10" patternUnits="userSpaceOnUse"><g><path d="M0 0h5v10h-5Z" fill="#f00"/></g></pattern><rect width="40" height="40" fill="url(#p)"/>`,
			[]at{{2, 2, red}, {7, 2, white}, {12, 33, red}, {17, 33, white}},
		},
		{
			"a turned pattern", `<pattern id="p" width="10" height="10" patternTransform="rotate(90)"><path d="M0 0h5v10h-5Z" fill="#f00"/></pattern><rect width="40" height="40" fill="url(#p)" fill-opacity="1"/>`,
			[]at{{2, 2, red}, {2, 7, white}, {33, 12, red}, {33, 17, white}},
		},
		{"a letter", `<text x="20" y="20" text-anchor="middle" dominant-baseline="central" style="font-size:40px;font-weight:bold" fill="#f00">l</text>`, []at{{20, 20, red}, {20, 10, red}, {10, 20, white}, {30, 20, white}}},
		{"a letter without a form is a box", `<text x="20" y="20" text-anchor="middle" dominant-baseline="central" style="font-size:40px" fill="#f00">饺</text>`, []at{{20, 20, white}, {3, 3, white}}},
		{"far away", `<path d="M-1e9 10H1e9V20H-1e9Z" fill="#f00"/><path d="M1e300 1e300L-1e300 0" stroke="#f00"/>`, []at{{1, 15, red}, {39, 15, red}}},
		{"nothing", `<path d="" fill="#f00" stroke="#00f"/><path d="M3 3" stroke="#00f"/><path d="M3 3L3 3Z" stroke="#00f"/><polyline points="" stroke="#00f"/><text></text><title>x</title>`, []at{{3, 3, white}}},
	} {
		img := pixels(t, c.inside)
		for _, look := range c.looks {
			got := img.RGBAAt(look.x, look.y)
			for _, d := range []int{int(got.R) - int(look.want.R), int(got.G) - int(look.want.G), int(got.B) - int(look.want.B), int(got.A) - int(look.want.A)} {
				if d > 3 || d < -3 {
					t.Errorf("%s: %v at %d, %d, not %v", c.name, got, look.x, look.y, look.want)
					break
				}
			}
		}
	}
}

// ink counts the pixels of a picture that are not white.
func ink(img *image.RGBA) int {
	n := 0
	for i := 0; i < len(img.Pix); i += 4 {
		if img.Pix[i] != 255 || img.Pix[i+1] != 255 || img.Pix[i+2] != 255 {
			n++
		}
	}
	return n
}

// TestDrawSVGText: letters that the font has not are boxes, all the same; what
// nobody sees takes no room.
func TestDrawSVGText(t *testing.T) {
	text := func(s string) *image.RGBA {
		return pixels(t, `<text x="2" y="30" style="font-size:20px">`+s+`</text>`)
	}
	same := func(a, b string) bool { return string(text(a).Pix) == string(text(b).Pix) }
	if !same("饺", "子") || ink(text("饺")) == 0 || same("饺", "o") {
		t.Error("a letter that the font has not is no box")
	}
	if !same("a\u2060b", "ab") || !same("a\u200db\ufe0f", "ab") || same("ab", "ba") {
		t.Error("what nobody sees takes room")
	}
	if same("жЖ", "ωΩ") || same("ж", "饺") || same("ω", "饺") {
		t.Error("no Cyrillic or Greek letters")
	}
}

// TestDrawSVGErrors: what the painter does not know is an error, never left out.
func TestDrawSVGErrors(t *testing.T) {
	for _, c := range []struct{ svg, want string }{
		{``, "no SVG"},
		{`<p/>`, "no SVG"},
		{`<svg width="1" height="1"><g></svg>`, "syntax"},
		{`<svg width="x" height="1"/>`, "no number"},
		{`<svg width="0" height="1"/>`, "a side has"},
		{`<svg width="1e9" height="1"/>`, "a side has"},
		{`<svg width="NaN" height="1"/>`, "a side has"},
		{`<svg width="9" height="9"><image/></svg>`, "<image>"},
		{`<svg width="9" height="9"><path d="M0 0X3"/></svg>`, "'X'"},
		{`<svg width="9" height="9"><path d="M0 0L3"/></svg>`, "no number"},
		{`<svg width="9" height="9"><path d="M0 0" fill="#12"/></svg>`, "no colour"},
		{`<svg width="9" height="9"><path d="M0 0" fill="blurple"/></svg>`, "no colour"},
		{`<svg width="9" height="9"><path d="M0 0" transform="skewX(3)"/></svg>`, "transform"},
		{`<svg width="9" height="9"><pattern id="p" width="3" height="3"><path d="M0 0H9V9Z" fill="url(#p)"/></pattern><path d="M0 0H9V9Z" fill="url(#p)"/></svg>`, "within itself"},
		{`<svg width="9" height="9"><text style="font-size:1e9px">a</text></svg>`, "letters of size"},
		{`<svg width="9" height="9"><path d="M0 0" stroke="red" stroke-width="thick"/></svg>`, "no number"},
	} {
		if _, err := viz.DrawSVG(t.Context(), c.svg); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, without %q", c.svg, err, c.want)
		}
	}
	ctx, stop := context.WithCancelCause(t.Context())
	cause := errors.New("enough")
	stop(cause)
	if _, err := viz.DrawSVG(ctx, `<svg width="9" height="9"><g/></svg>`); !errors.Is(err, cause) {
		t.Errorf("after the end: %v", err)
	}
}

// FuzzDrawSVG: whatever stands in a picture, drawing it ends, with it or an error.
func FuzzDrawSVG(f *testing.F) {
	for _, seed := range []string{
		`<path d="M1 0A1 1 0 1 1 1 -0.1A1 1 0 0 1 1 0" transform="matrix(2,0,0,2,9,9)" stroke="#f00" stroke-width="2"/>`,
		`<path d="M0 0C1 2 3 4 5 6Q7 8 9 10H3v4l-2-2Z" fill="rgba(1,2,3,.4)"/>`, `<text x="3" style="font-size:12px" stroke="#fff" stroke-width="2">ab饺</text>`,
		`<pattern id="p" width="3" height="7" patternTransform="rotate(30)"><path d="M0 -7l1 0l0 2l-1 0Z"/></pattern><rect width="9" height="9" fill="url(#p)"/>`,
		`<linearGradient id="g" x2="1"><stop offset="5%" stop-color="red"/></linearGradient><polyline points="1 2 3 4" fill="url(#g)" stroke="url(#g)"/>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, inside string) {
		img, err := viz.DrawSVG(t.Context(), fmt.Sprintf(`<svg width="16" height="16">%s</svg>`, inside))
		if err == nil && img.Bounds() != image.Rect(0, 0, 16, 16) {
			t.Errorf("a picture of %v", img.Bounds())
		}
	})
}
