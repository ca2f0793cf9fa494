package simd

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

// stepsGo is Steps row by row.
func stepsGo(u *Matrix, ui []int32, v *Matrix, vi []int32, a, b []float32, ld int, s []float32, alpha float32) bool {
	s = s[:len(vi)]
	all := true
	for i := range ui {
		dotsGo(s, len(vi), u, ui[i:i+1], v, vi)
		for j, x := range s {
			if !(x < MaxScore && x > -MaxScore) { // NaN as well
				all = false
			}
			s[j] = alpha * (a[i*ld+j] - b[i*ld+j]*sigmoid(x))
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

// The sigmoid is 1/2 + tanh(x/2)/2, and tanh(x/2) = x P(x*x) / Q(x*x) with P and Q of
// degree 3, fitted to the least error within +-maxTanh: 1.1e-6 with the coefficients
// rounded. Beyond, the sigmoid is taken to be what it is there, 8e-7 off 0 or 1.
const (
	maxTanh = 14

	tanhP0 = 0.4999978436093252
	tanhP1 = 0.015377730165692638
	tanhP2 = 7.115593944160722e-05
	tanhP3 = 3.070326865122193e-08
	tanhQ1 = 0.11408508145414714
	tanhQ2 = 0.001317011561934402
	tanhQ3 = 2.224233944412287e-06
)

func sigmoid(x float32) float32 {
	x = min(max(x, -maxTanh), maxTanh)
	y := x * x
	p := (tanhP3*y+tanhP2)*y*y + (tanhP1*y + tanhP0)
	q := (tanhQ3*y+tanhQ2)*y*y + (tanhQ1*y + 1)
	return 0.5 + 0.5*x*p/q
}
