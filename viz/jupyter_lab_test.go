//go:build !race

package viz_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"testing"

	"gondola/internal/need"
	"gondola/internal/webtest"
	"gondola/viz"
	"gondola/viz/assets"
)

// kernelSpec is the kernelspec of the notebooks: Python, and beside its
// kernel.json the chart library, as `kernel install` puts it there.
const kernelSpec = "gondola-test"

// newLab is a Jupyter with that kernelspec.
func newLab(t *testing.T) *webtest.Jupyter {
	t.Helper()
	l := webtest.NewJupyter(t)
	argv, err := json.Marshal([]string{need.Jupyter(t), "-m", "ipykernel_launcher", "-f", "{connection_file}"})
	if err != nil {
		t.Fatal(err)
	}
	l.Write(t, "data/kernels/"+kernelSpec+"/kernel.json", fmt.Appendf(nil, `{"argv": %s, "display_name": "Test", "language": "python"}`, argv))
	packed, err := assets.Page()
	if err != nil {
		t.Fatal(err)
	}
	unpack, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	library, err := io.ReadAll(unpack)
	if err != nil {
		t.Fatal(err)
	}
	l.Write(t, "data/kernels/"+kernelSpec+"/echarts-"+assets.Version+".mjs", library)
	return l
}

// labTab opens a notebook in a tab of its own.
func labTab(t *testing.T, b *browser, l *webtest.Jupyter, notebook string) *browser {
	t.Helper()
	return &browser{b.Lab(t, l, notebook)}
}

// chartHTML is the output that shows a chart.
func chartHTML(t *testing.T, p *viz.Pictures, s viz.Spec, o viz.HTMLOptions) string {
	t.Helper()
	if s.Kind != viz.Grid {
		var err error
		if o.Picture, err = p.SVG(t.Context(), s, viz.PictureOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := viz.SpecHTML(&out, s, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// chartStates is what one sees of the charts of a page.
const chartStates = `[...document.querySelectorAll('[data-gondola]')].map(e => ({ Live: e.dataset.live || '', Canvas: e.querySelectorAll('canvas').length,
Pictures: [...e.querySelectorAll('img')].filter(i => i.complete && i.naturalWidth > 0).length, Hidden: e.hidden, Width: e.clientWidth }))`

type chartState struct {
	Live             string
	Canvas, Pictures int
	Hidden           bool
	Width            int
}
