package kmeans

import "math"

// The loops below are where the time goes. They are plain Go, written so that
// the compiler keeps the sums in registers and drops most bounds checks. Every
// sum runs over its terms in the same order whatever its place in a block, so
// that equal inputs give equal bits.

// lanes is how many vectors are interleaved in a packed matrix: coordinate d
// of the vectors 4g..4g+3 lies at (g*dim+d)*4.
const lanes = 4

// pack interleaves n vectors of dim coordinates; what is missing in the last
// group is filled with zeros.
func pack(dst, src []float32, dim int) []float32 {
	n := len(src) / dim
	groups := (n + lanes - 1) / lanes
	if need := groups * lanes * dim; cap(dst) < need {
		dst = make([]float32, need)
	} else {
		dst = dst[:need]
		clear(dst[(groups-1)*lanes*dim:])
	}
	for i := range n {
		at := i/lanes*lanes*dim + i%lanes
		for d, v := range src[i*dim : (i+1)*dim] {
			dst[at+d*lanes] = v
		}
	}
	return dst
}

// dot4 returns the dot products of x with the four vectors of one packed
// group.
func dot4(x, group []float32) (s0, s1, s2, s3 float32) {
	group = group[:lanes*len(x)]
	for d, v := range x {
		c := group[lanes*d : lanes*d+lanes : lanes*d+lanes]
		s0 += v * c[0]
		s1 += v * c[1]
		s2 += v * c[2]
		s3 += v * c[3]
	}
	return
}

// squared4 returns the squared distances of x to the four vectors of one
// packed group. It takes differences, so equal vectors give exactly 0.
func squared4(x, group []float32) (s0, s1, s2, s3 float32) {
	group = group[:lanes*len(x)]
	for d, v := range x {
		c := group[lanes*d : lanes*d+lanes : lanes*d+lanes]
		e0, e1, e2, e3 := v-c[0], v-c[1], v-c[2], v-c[3]
		s0 += e0 * e0
		s1 += e1 * e1
		s2 += e2 * e2
		s3 += e3 * e3
	}
	return
}

// sumRows sets dst to the sum of the given rows, one at least, of a matrix
// that is width wide; dst may be less wide.
func sumRows(dst, matrix []float32, width int, rows []int32) {
	row := func(i int32) []float32 {
		at := int(i) * width
		return matrix[at : at+len(dst)]
	}
	// The odd rows first, then four at a time.
	switch odd := rows[:(len(rows)-1)%4+1]; len(odd) {
	case 1:
		copy(dst, row(odd[0]))
	case 2:
		set2(dst, row(odd[0]), row(odd[1]))
	case 3:
		set3(dst, row(odd[0]), row(odd[1]), row(odd[2]))
	case 4:
		clear(dst)
		add4(dst, row(odd[0]), row(odd[1]), row(odd[2]), row(odd[3]))
	}
	for rows = rows[(len(rows)-1)%4+1:]; len(rows) >= 4; rows = rows[4:] {
		add4(dst, row(rows[0]), row(rows[1]), row(rows[2]), row(rows[3]))
	}
}

func set2(dst, a, b []float32) {
	a, b = a[:len(dst)], b[:len(dst)]
	for j := range dst {
		dst[j] = a[j] + b[j]
	}
}

func set3(dst, a, b, c []float32) {
	a, b, c = a[:len(dst)], b[:len(dst)], c[:len(dst)]
	for j := range dst {
		dst[j] = a[j] + b[j] + c[j]
	}
}

func add4(dst, a, b, c, d []float32) {
	a, b, c, d = a[:len(dst)], b[:len(dst)], c[:len(dst)], d[:len(dst)]
	for j := range dst {
		dst[j] += a[j] + b[j] + (c[j] + d[j])
	}
}

// argmax returns the place of the greatest value, the first of equals.
func argmax(values []float32) int {
	at, best := 0, values[0]
	for j, v := range values {
		if v > best {
			at, best = j, v
		}
	}
	return at
}

// addScaled adds w*x to sum.
func addScaled(sum []float64, x []float32, w float64) {
	sum = sum[:len(x)]
	for d, v := range x {
		sum[d] += float64(v) * w
	}
}

// norm returns the length of x.
func norm(x []float32) float64 {
	var even, odd float64
	for len(x) >= 2 {
		a, b := float64(x[0]), float64(x[1])
		even += a * a
		odd += b * b
		x = x[2:]
	}
	if len(x) == 1 {
		even += float64(x[0]) * float64(x[0])
	}
	return math.Sqrt(even + odd)
}

func norm64(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum)
}
