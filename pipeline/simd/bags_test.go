package simd_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gondola/pipeline/simd"
)

// checkSumDots compares with float64. A product with a sum of n rows is one of
// n*dim products.
func checkSumDots(t testing.TB, k *simd.Kernels, m *simd.Matrix, offs, rows []int32) {
	t.Helper()
	table := unpadded(m)
	dots, restDots := fenced(len(rows))
	squares, restSquares := fenced(len(offs) - 1)
	k.SumDots(dots, squares, table, m.Dim, offs, rows)
	restDots(t)
	restSquares(t)
	for e, got := range dots {
		if (e < int(offs[0]) || e >= int(offs[len(offs)-1])) && got != canary {
			t.Fatalf("product %d was written, the bags are from %d on", e, offs[0])
		}
	}
	sum, size := make([]float64, m.Dim), make([]float64, m.Dim)
	for i, got := range squares {
		clear(sum)
		clear(size)
		bag := rows[offs[i]:offs[i+1]]
		for _, row := range bag {
			for d, v := range m.Row(int(row)) {
				sum[d] += float64(v)
				size[d] += math.Abs(float64(v))
			}
		}
		n := m.Dim + 2*len(bag)
		var want, most float64
		for d, v := range sum {
			want += v * v
			most += size[d] * size[d]
		}
		if !close(got, want, bound(n, most)) {
			t.Fatalf("dim %d, bag of %d: the square is %g, want %g", m.Dim, len(bag), got, want)
		}
		for e, row := range bag {
			want, most = 0, 0
			for d, v := range m.Row(int(row)) {
				want += float64(v) * sum[d]
				most += math.Abs(float64(v)) * size[d]
			}
			if got := dots[int(offs[i])+e]; !close(got, want, bound(n, most)) {
				t.Fatalf("dim %d, bag of %d: product %d is %g, want %g", m.Dim, len(bag), e, got, want)
			}
		}
	}
}

// unpadded are the rows of m one after the other.
func unpadded(m *simd.Matrix) []float32 {
	var table []float32
	for i := range m.Rows {
		table = append(table, m.Row(i)...)
	}
	return table
}

// someBags are n bags of up to most rows, the first of them at skip.
func someBags(rng *rand.Rand, n, most, skip, of int) (offs, rows []int32) {
	offs = []int32{int32(skip)}
	for range n {
		offs = append(offs, offs[len(offs)-1]+int32(rng.IntN(most+1)))
	}
	return offs, someRows(rng, int(offs[n])+rng.IntN(3), of)
}

func TestSumDots(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		rng := rand.New(rand.NewPCG(5, 6))
		for _, dim := range dims {
			m := random(rng, 50, dim)
			for _, n := range []int{1, 2, 3, 20} {
				for most := range 10 {
					offs, rows := someBags(rng, n, most, rng.IntN(3), m.Rows)
					checkSumDots(t, k, m, offs, rows)
				}
			}
		}
		k.SumDots(nil, nil, nil, 4, nil, nil)
		k.SumDots(nil, nil, nil, 4, []int32{0}, nil)
	})
}

func FuzzSumDots(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(5), uint8(7), float32(1))
	f.Add(uint64(2), uint16(300), uint8(1), uint8(40), float32(math.Inf(1)))
	f.Fuzz(func(t *testing.T, seed uint64, dim uint16, n, most uint8, odd float32) {
		rng := rand.New(rand.NewPCG(seed, 7))
		m := random(rng, 20, int(dim%320)+1)
		m.Row(3)[rng.IntN(m.Dim)] = odd
		offs, rows := someBags(rng, int(n%16)+1, int(most%41), int(seed%3), m.Rows)
		for _, k := range simd.Available() {
			checkSumDots(t, k, m, offs, rows)
		}
	})
}

// BenchmarkSumDots takes bags of 4 of 20,000 rows of 100 floats, 8 MB.
func BenchmarkSumDots(b *testing.B) {
	rng := rand.New(rand.NewPCG(8, 9))
	m := random(rng, 20_000, 100)
	const n = 512
	for _, bag := range []int{1, 2, 4, 5, 8} {
		offs := make([]int32, n+1)
		for i := range offs {
			offs[i] = int32(bag * i)
		}
		zipf := rand.NewZipf(rng, 1.1, 5, uint64(m.Rows-1))
		rows := make([]int32, 64*n*bag)
		for e := range rows {
			rows[e] = int32(zipf.Uint64())
		}
		dots, squares := make([]float32, n*bag), make([]float32, n)
		for _, k := range simd.Available() {
			b.Run(k.Name()+"/"+string(rune('0'+bag)), func(b *testing.B) {
				table := unpadded(m)
				for i := 0; b.Loop(); i++ {
					k.SumDots(dots, squares, table, m.Dim, offs, rows[i%64*n*bag:][:n*bag])
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/bag")
			})
		}
	}
}

// TestMeanDistances asks for the bits of plain Go of every set, and for those to
// be right.
func TestMeanDistances(t *testing.T) {
	each(t, func(t *testing.T, k *simd.Kernels) {
		rng := rand.New(rand.NewPCG(15, 16))
		for _, dim := range dims {
			for _, n := range []int{1, 2, 7, 20} {
				checkMeanDistances(t, k, rng, dim, n, 1+rng.IntN(9))
			}
		}
		k.MeanDistances(nil, nil, 3, nil, nil, nil, nil)
	})
}

func checkMeanDistances(t testing.TB, k *simd.Kernels, rng *rand.Rand, dim, n, most int) {
	t.Helper()
	plain := simd.Available()[len(simd.Available())-1]
	const words, centres = 30, 5
	table, middle := make([]float32, words*dim), make([]float32, centres*dim)
	for _, list := range [][]float32{table, middle} {
		for i := range list {
			list[i] = float32(rng.NormFloat64())
		}
	}
	offs, rows, at := []int32{int32(rng.IntN(3))}, someRows(rng, 3, words), someRows(rng, n, centres)
	rows = rows[:offs[0]]
	for range n {
		rows = append(rows, someRows(rng, 1+rng.IntN(most), words)...)
		offs = append(offs, int32(len(rows)))
	}
	got, want := make([]float64, n+1), make([]float64, n)
	got[n] = -1
	k.MeanDistances(got[:n], table, dim, offs, rows, middle, at)
	plain.MeanDistances(want, table, dim, offs, rows, middle, at)
	if got[n] != -1 {
		t.Fatalf("dim %d: written behind the end", dim)
	}
	for i, j := range at {
		bag := rows[offs[i]:offs[i+1]]
		true64 := 0.0
		for d := range dim {
			mean := 0.0
			for _, row := range bag {
				mean += float64(table[int(row)*dim+d]) / float64(len(bag))
			}
			off := mean - float64(middle[int(j)*dim+d])
			true64 += off * off
		}
		if math.Float64bits(got[i]) != math.Float64bits(want[i]) || math.Abs(got[i]-true64) > 1e-12*(1+true64) {
			t.Fatalf("dim %d, bag of %d: %v, in plain Go %v, want about %v", dim, len(bag), got[i], want[i], true64)
		}
	}
}

func FuzzMeanDistances(f *testing.F) {
	f.Add(uint64(1), uint16(100), uint8(5), uint8(7))
	f.Fuzz(func(t *testing.T, seed uint64, dim uint16, n, most uint8) {
		for _, k := range simd.Available() {
			checkMeanDistances(t, k, rand.New(rand.NewPCG(seed, 3)), int(dim%400)+1, int(n%20)+1, int(most%40)+1)
		}
	})
}
