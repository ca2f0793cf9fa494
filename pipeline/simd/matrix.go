package simd

import (
	"fmt"
	"math"
	"runtime"
)

const (
	// strideFloats is what strides are multiples of: a cache line, and one
	// AVX-512 register.
	strideFloats = 16

	// hugePage is the size of amd64's and most of arm64's huge pages, in bytes.
	hugePage = 2 << 20
)

// Matrix is a table of float32 rows for [Kernels]. Row i lies at
// Data[i*Stride:], the first Dim floats of it are used, and the rest is always
// zero: kernels read whole registers and rely on it. Rows start at multiples of
// 64 bytes, so a row of 100 floats takes 7 cache lines and never one more.
//
// Random rows of a large table cost more for their addresses than for their
// bytes, so a matrix over 2 MiB lies in huge pages where the system gives them.
// Such memory is outside Go's heap. It goes back to the system by Close, or when
// the Matrix itself is no longer reachable: a slice of its Data does not keep
// it.
type Matrix struct {
	Rows   int // how many rows there are
	Dim    int // floats used of each
	Stride int // floats from one row to the next: Dim rounded up to 16
	Data   []float32

	unmap   func() // gives mapped memory back; nil if it is Go's
	cleanup runtime.Cleanup
}

// NewMatrix returns rows x dim zeros. Rows may be 0, dim is 1 at least.
func NewMatrix(rows, dim int) *Matrix {
	if rows < 0 || dim < 1 {
		panic(fmt.Sprintf("simd: a matrix of %d x %d floats", rows, dim))
	}
	m := &Matrix{Rows: rows, Dim: dim, Stride: (dim + strideFloats - 1) / strideFloats * strideFloats}
	if rows > math.MaxInt/4/m.Stride {
		panic(fmt.Sprintf("simd: a matrix of %d x %d floats does not fit into memory", rows, dim))
	}
	n := rows * m.Stride
	if n > hugePage/4 {
		m.Data, m.unmap = mapFloats(n)
	}
	if m.unmap != nil {
		m.cleanup = runtime.AddCleanup(m, func(unmap func()) { unmap() }, m.unmap)
		return m
	}
	m.Data = heapFloats(n)
	return m
}

// Row returns row i, Dim floats long. It is a view, and good for as long as m is
// reachable and not closed.
func (m *Matrix) Row(i int) []float32 {
	at := i * m.Stride
	return m.Data[at : at+m.Dim : at+m.Dim]
}

// Close gives the memory back; m and its rows must not be used any more.
// Closing twice is fine.
func (m *Matrix) Close() {
	unmap := m.unmap
	m.Rows, m.Data, m.unmap = 0, nil, nil
	if unmap != nil {
		m.cleanup.Stop()
		unmap()
	}
}
