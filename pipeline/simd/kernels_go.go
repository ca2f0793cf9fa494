package simd

import "math"

// Every sum below runs over its terms in one order, whatever stands beside it
// in the block, so that equal inputs give equal bits.

func dotsGo(s []float32, ld int, u *Matrix, ui []int32, v *Matrix, vi []int32) {
	for i, r := range ui {
		x := u.Row(int(r))
		out := s[i*ld : i*ld+len(vi)]
		j := 0
		for ; j+4 <= len(vi); j += 4 {
			out[j], out[j+1], out[j+2], out[j+3] = dot4Go(x,
				v.Row(int(vi[j])), v.Row(int(vi[j+1])), v.Row(int(vi[j+2])), v.Row(int(vi[j+3])))
		}
		for ; j < len(vi); j++ {
			out[j] = dotGo(x, v.Row(int(vi[j])))
		}
	}
}

// dot4Go shares each load of x between four products, whose sums do not wait
// for one another.
func dot4Go(x, a, b, c, d []float32) (s0, s1, s2, s3 float32) {
	a, b, c, d = a[:len(x)], b[:len(x)], c[:len(x)], d[:len(x)]
	for t, v := range x {
		s0 += v * a[t]
		s1 += v * b[t]
		s2 += v * c[t]
		s3 += v * d[t]
	}
	return
}

func dotGo(a, b []float32) float32 {
	b = b[:len(a)]
	var sum float32
	for t, v := range a {
		sum += v * b[t]
	}
	return sum
}

func axpyGo(a float32, x, y []float32) {
	y = y[:len(x)]
	for t, v := range x {
		y[t] += a * v
	}
}

func addRowsGo(dst *Matrix, di []int32, src *Matrix, si []int32) {
	for i, d := range di {
		axpyGo(1, src.Row(int(si[i])), dst.Row(int(d)))
	}
}

// stepsGo is Steps row by row.
func stepsGo(u *Matrix, ui []int32, v *Matrix, vi []int32, a, b []float32, ld int, s []float32, alpha float32) bool {
	s = s[:len(vi)]
	all := true
	for i := range ui {
		dotsGo(s, len(vi), u, ui[i:i+1], v, vi)
		if !sigmoidGradGo(s, a[i*ld:i*ld+len(vi)], b[i*ld:i*ld+len(vi)], alpha) {
			all = false
		}
		// V first would spoil the sum for u, u first V: so both, in parts of a row.
		for d := 0; d < u.Stride; d += strideFloats {
			row := (*[strideFloats]float32)(u.Data[int(ui[i])*u.Stride+d:])
			old, sum := *row, [strideFloats]float32{}
			for j, g := range s {
				part := (*[strideFloats]float32)(v.Data[int(vi[j])*v.Stride+d:])
				for k, x := range part {
					sum[k] += float32(g * x)
					part[k] = x + float32(g*old[k])
				}
			}
			for k, x := range sum {
				row[k] += x
			}
		}
	}
	return all
}

func combineGo(dst *Matrix, di []int32, g []float32, gRow, gCol int, src *Matrix, si []int32, add bool) {
	for d, r := range di {
		y := dst.Row(int(r))
		if !add {
			clear(y)
		}
		w := g[d*gRow:]
		m := 0
		for ; m+4 <= len(si); m += 4 {
			axpy4Go(y, w[m*gCol], w[(m+1)*gCol], w[(m+2)*gCol], w[(m+3)*gCol],
				src.Row(int(si[m])), src.Row(int(si[m+1])), src.Row(int(si[m+2])), src.Row(int(si[m+3])))
		}
		for ; m < len(si); m++ {
			axpyGo(w[m*gCol], src.Row(int(si[m])), y)
		}
	}
}

// axpy4Go adds four weighted rows, one after the other, and loads and stores y
// once.
func axpy4Go(y []float32, w0, w1, w2, w3 float32, a, b, c, d []float32) {
	a, b, c, d = a[:len(y)], b[:len(y)], c[:len(y)], d[:len(y)]
	for t, v := range y {
		v += w0 * a[t]
		v += w1 * b[t]
		v += w2 * c[t]
		v += w3 * d[t]
		y[t] = v
	}
}

// The sigmoid is 1 / (1 + e^-x), and e^-x = 2^n * 2^f with n the whole number
// nearest to -x*log2(e), |f| <= 1/2. 2^f is a polynomial of degree 5, fitted to
// the least relative error on that range: 1.1e-7 with its coefficients rounded.
// n goes into the exponent. Beyond +-maxExp n would leave the
// range of exponents, and the sigmoid is 0 or 1 to float32's precision.
const (
	maxExp = 87

	exp2C0 = 1
	exp2C1 = 0.6931470036506653
	exp2C2 = 0.24022242426872253
	exp2C3 = 0.05550733581185341
	exp2C4 = 0.009671512991189957
	exp2C5 = 0.001326472731307149

	// roundBig pushes the fraction of a float32 below 2^22 out of its mantissa.
	roundBig = 3 << 22
)

func sigmoidGradGo(s, a, b []float32, alpha float32) bool {
	a, b = a[:len(s)], b[:len(s)]
	ok := true
	for i, x := range s {
		if !(x < MaxScore && x > -MaxScore) { // NaN as well
			ok = false
		}
		s[i] = alpha * (a[i] - b[i]*sigmoid(x))
	}
	return ok
}

func sigmoid(x float32) float32 {
	t := -min(max(x, -maxExp), maxExp) * math.Log2E
	n := t + roundBig - roundBig
	f := t - n
	p := float32(exp2C5)
	p = p*f + exp2C4
	p = p*f + exp2C3
	p = p*f + exp2C2
	p = p*f + exp2C1
	p = p*f + exp2C0
	return 1 / (1 + p*math.Float32frombits(uint32(int32(n)+127)<<23))
}
