package viz

import (
	"math"

	"github.com/go-echarts/go-echarts/v2/charts"
)

// The field on which the words of a cloud are placed. Axes carry its places, so
// that a chart of any size shows the same cloud.
const (
	cloudWidth, cloudHeight  = 784.0, 420.0
	cloudLeast, cloudLargest = 11.0, 60.0 // heights of letters, in pixels, of many words; few are larger
	cloudWords               = 200
)

// cloud is the option of a cloud: words around the middle, the largest first, as
// labels of points without size.
func (d *drawing) cloud() (object, error) {
	labels := d.texts(d.x)
	order := d.byValue()
	if len(order) > cloudWords {
		order = order[:cloudWords]
	}
	greatest := 0.0
	for _, i := range order {
		greatest = max(greatest, finite(d.rows[i][d.y]))
	}
	var data []any
	for scale := max(1, min(1.8, math.Sqrt(60/float64(len(order)+1)))); ; scale *= 0.9 {
		if data = d.words(order, labels, greatest, scale); len(data) == len(order) || scale < 0.3 {
			break
		}
	}
	chart := charts.NewScatter()
	chart.SetGlobalOptions(d.global(1)...)
	chart.AddSeries(label(d.Y), nil)
	o, err := frame(chart)
	if err != nil {
		return nil, err
	}
	hidden := func(most float64) []any {
		return []any{object{"type": "value", "show": false, "min": -most / 2, "max": most / 2}}
	}
	o["xAxis"], o["yAxis"] = hidden(cloudWidth), hidden(cloudHeight)
	o["grid"] = object{"left": 8, "right": 8, "top": 64, "bottom": 8}
	setSeries(o, 0, object{
		"data": data, "symbolSize": 0.01, "cursor": "default",
		"label": object{"show": true, "position": "inside", "fmt": "name", "fontWeight": "bold"},
	})
	return d.finish(o, "third"), nil
}

// words places the words, each as large as its value and the scale make it; those
// that find no room are left out.
func (d *drawing) words(order []int, labels []string, greatest, scale float64) []any {
	colors := palette()
	var field packing
	var data []any
	for _, i := range order {
		v := finite(d.rows[i][d.y])
		size := max(9, math.Round(scale*(cloudLeast+(cloudLargest-cloudLeast)*math.Sqrt(v/greatest))))
		w := rectangle{w: textWidth(labels[i], size) + 6, h: 1.15 * size}
		if !field.place(&w) {
			continue // a smaller one may fit
		}
		data = append(data, object{
			"name": labels[i], "value": []any{round(w.x), round(w.y), num(d.rows[i][d.y])},
			"label": object{"fontSize": size, "color": colors[len(data)%len(colors)]},
		})
	}
	return data
}

// rectangle is a word's place: its middle and its size.
type rectangle struct{ x, y, w, h float64 }

func (r *rectangle) meets(o *rectangle) bool {
	return math.Abs(r.x-o.x)*2 < r.w+o.w && math.Abs(r.y-o.y)*2 < r.h+o.h
}

// packing are the places that are taken.
type packing struct{ taken []rectangle }

// place finds the free place nearest to the middle along a spiral (as Feinberg's
// Wordle does), wider than high as the field is.
func (p *packing) place(r *rectangle) bool {
	const steps, turn, out = 4000, 0.18, 0.42
	for i := range steps {
		angle := turn * float64(i)
		radius := out * angle * 2
		r.x, r.y = radius*math.Cos(angle)*cloudWidth/cloudHeight, radius*math.Sin(angle)
		if math.Abs(r.x)*2+r.w > cloudWidth || math.Abs(r.y)*2+r.h > cloudHeight {
			continue
		}
		free := true
		for k := range p.taken {
			if r.meets(&p.taken[k]) {
				free = false
				break
			}
		}
		if free {
			p.taken = append(p.taken, *r)
			return true
		}
	}
	return false
}

// textWidth estimates how wide a text is drawn, in pixels: bold letters of a
// sans-serif are about two thirds as wide as high, wide characters twice that.
func textWidth(s string, size float64) float64 { return 0.68 * size * float64(width(s)) }
