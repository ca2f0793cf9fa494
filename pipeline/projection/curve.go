package projection

import "math"

// curve is the family 1/(1+a*x^(2b)) by which UMAP measures nearness in the
// plane: x is the distance there.
type curve struct{ a, b float64 }

// curveFor fits the curve to the one that minDist asks for: 1 up to minDist, and
// exp(-(x-minDist)) beyond. Least squares over 300 places from 0 to 3, as
// umap-learn does, by Levenberg and Marquardt's method.
func curveFor(minDist float64) curve {
	const places, reach = 300, 3.0
	var xs, ys [places]float64
	for i := range places {
		xs[i] = reach * float64(i) / (places - 1)
		ys[i] = 1
		if xs[i] > minDist {
			ys[i] = math.Exp(-(xs[i] - minDist))
		}
	}
	loss := func(c curve) (sum float64) {
		for i, x := range xs {
			d := 1/(1+c.a*math.Pow(x, 2*c.b)) - ys[i]
			sum += d * d
		}
		return sum
	}
	c, damping := curve{1, 1}, 1e-3
	best := loss(c)
	for range 200 {
		// The normal equations of the step, with the Jacobian (da, db).
		var aa, ab, bb, ra, rb float64
		for i, x := range xs {
			if x == 0 {
				continue // the curve is 1 there, whatever a and b are
			}
			power := math.Pow(x, 2*c.b)
			value := 1 / (1 + c.a*power)
			da := -value * value * power
			db := -value * value * c.a * power * 2 * math.Log(x)
			rest := ys[i] - value
			aa, ab, bb = aa+da*da, ab+da*db, bb+db*db
			ra, rb = ra+da*rest, rb+db*rest
		}
		ma, mb := aa*(1+damping), bb*(1+damping)
		det := ma*mb - ab*ab
		to := curve{c.a + (ra*mb-rb*ab)/det, c.b + (rb*ma-ra*ab)/det}
		l := loss(to)
		if to.a <= 0 || to.b <= 0 || !(l < best) {
			if damping *= 10; damping > 1e12 {
				break
			}
			continue
		}
		c, best, damping = to, l, max(damping/10, 1e-12)
	}
	return c
}

// forces are the gradients of the layout as functions of the squared distance d,
// divided by the difference of the two places:
//
//	pull(d) = -2ab d^(b-1) / (1 + a d^b)
//	push(d) = 2b / ((0.001 + d) (1 + a d^b))
//
// Powers would take most of the time, so both are in tables over the exponent and
// the first bits of d as a float32, with straight lines between: the error is
// below 5e-4 of the value. Beyond the tables they are those of its ends.
type forces struct {
	pull, push []float32
}

// The tables reach from 2^-40 to 2^30, with 64 places for each power of two.
const (
	tableBits  = 6
	tableShift = 23 - tableBits
	tableLow   = (127 - 40) << tableBits
	tableHigh  = (127 + 30) << tableBits
)

func (c curve) forces() forces {
	f := forces{make([]float32, tableHigh-tableLow+1), make([]float32, tableHigh-tableLow+1)}
	for i := range f.pull {
		d := float64(math.Float32frombits(uint32(tableLow+i) << tableShift))
		power := math.Pow(d, c.b)
		f.pull[i] = float32(-2 * c.a * c.b * power / d / (1 + c.a*power))
		f.push[i] = float32(2 * c.b / ((0.001 + d) * (1 + c.a*power)))
	}
	return f
}

// at returns the value of a table for d >= 0.
func at(table []float32, d float32) float32 {
	bits := math.Float32bits(d)
	i := int(bits>>tableShift) - tableLow
	if uint(i) >= uint(len(table)-1) {
		if i < 0 {
			return table[0]
		}
		return table[len(table)-1]
	}
	part := float32(bits&(1<<tableShift-1)) * (1.0 / (1 << tableShift))
	return table[i] + part*(table[i+1]-table[i])
}
