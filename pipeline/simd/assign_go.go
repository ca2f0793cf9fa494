package simd

import "math"

func scoresGo(dst *Matrix, at int, a []float32, lda, n int, p *Panels) {
	for i := range n {
		x := a[i*lda : i*lda+p.dim]
		for j := 0; j < len(p.bias); j += 4 {
			out := (*[4]float32)(dst.Row(at + i)[j:])
			b := p.data[j/panelColumns*p.dim*panelColumns+j%panelColumns:]
			b = b[:(p.dim-1)*panelColumns+4]
			s0, s1, s2, s3 := p.bias[j], p.bias[j+1], p.bias[j+2], p.bias[j+3]
			for d, v := range x {
				c := (*[4]float32)(b[d*panelColumns:])
				s0 += float32(v * c[0])
				s1 += float32(v * c[1])
				s2 += float32(v * c[2])
				s3 += float32(v * c[3])
			}
			*out = [4]float32{s0, s1, s2, s3}
		}
	}
}

func nearestGo(r *Ranks, table *Matrix, columns, base int, offs, rows []int32) {
	sums := make([]float32, columns)
	for i := range len(offs) - 1 {
		bag := rows[offs[i]:offs[i+1]]
		copy(sums, table.Row(int(bag[0])))
		for bag = bag[1:]; len(bag) >= 2; bag = bag[2:] {
			a, b := table.Row(int(bag[0]))[:len(sums)], table.Row(int(bag[1]))[:len(sums)]
			for j, v := range sums {
				sums[j] = v + a[j] + b[j]
			}
		}
		if len(bag) == 1 {
			a := table.Row(int(bag[0]))[:len(sums)]
			for j, v := range sums {
				sums[j] = v + a[j]
			}
		}
		label, best, second := r.Label[i], r.Best[i], r.Second[i]
		for j, v := range sums {
			if v > second {
				second = v
				if v > best {
					label, best, second = int32(base+j), v, best
				}
			}
		}
		r.Label[i], r.Best[i], r.Second[i] = label, best, second
	}
}

// fixedBig has the fraction of what is added to it beyond its mantissa, so that
// the processor rounds it away.
const fixedBig = 3 << 51

func addFixedGo(f *Fixed, to, from, points []int32, weights []float64, offs, rows []int32) {
	sum := make([]float32, f.Dim)
	for e, p := range points {
		bag := rows[offs[p]:offs[p+1]]
		copy(sum, f.Table[int(bag[0])*f.Dim:])
		for _, row := range bag[1:] {
			axpyGo(1, f.Table[int(row)*f.Dim:][:f.Dim], sum)
		}
		in, out := f.Sums[int(to[e])*f.Stride:][:f.Dim], f.Sums[int(from[e])*f.Stride:][:f.Dim]
		for d, v := range sum {
			x := ToFixed(float64(v) * weights[e])
			in[d] += x
			out[d] -= x
		}
	}
}

// ToFixed returns the whole number nearest to v, the even one of two, for a
// size below 2^51.
func ToFixed(v float64) int64 {
	return int64(math.Float64bits(float64(v)+fixedBig)) - int64(math.Float64bits(fixedBig))
}
