package simd_test

import (
	"runtime"
	"testing"
	"unsafe"

	"gondola/pipeline/simd"
)

func TestMatrix(t *testing.T) {
	for _, tt := range []struct{ rows, dim, stride int }{
		{0, 1, 16},
		{1, 1, 16},
		{3, 16, 16},
		{3, 17, 32},
		{1000, 100, 112},
		{4681, 100, 112}, // the last below 2 MiB
		{4682, 100, 112}, // the first above
		{50000, 100, 112},
		{2000, 300, 304},
	} {
		m := simd.NewMatrix(tt.rows, tt.dim)
		if m.Rows != tt.rows || m.Dim != tt.dim || m.Stride != tt.stride || len(m.Data) != tt.rows*tt.stride {
			t.Errorf("%d x %d: got %d x %d, stride %d, %d floats", tt.rows, tt.dim, m.Rows, m.Dim, m.Stride, len(m.Data))
		}
		for i, v := range m.Data {
			if v != 0 {
				t.Fatalf("%d x %d: float %d is %g", tt.rows, tt.dim, i, v)
			}
		}
		for i := range m.Rows {
			row := m.Row(i)
			if len(row) != tt.dim || cap(row) != tt.dim {
				t.Fatalf("row %d has %d floats, room for %d", i, len(row), cap(row))
			}
			if at := uintptr(unsafe.Pointer(&row[0])); at%64 != 0 {
				t.Fatalf("%d x %d: row %d lies at %x", tt.rows, tt.dim, i, at)
			}
			row[0], row[tt.dim-1] = 1, 1
		}
		m.Close()
		if m.Data != nil || m.Rows != 0 {
			t.Errorf("%d x %d: closed, it still has %d floats", tt.rows, tt.dim, len(m.Data))
		}
		m.Close()
		runtime.KeepAlive(m)
	}
}
