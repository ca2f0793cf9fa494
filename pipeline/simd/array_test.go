package simd_test

import (
	"testing"
	"unsafe"

	"gondola/pipeline/simd"
)

func TestArray(t *testing.T) {
	type value struct {
		a uint64
		b [3]float32
		c bool
	}
	for _, n := range []int{0, 1, 5, 1000, 200_000} {
		a := simd.NewArray[value](n)
		if len(a.Data) != n {
			t.Fatalf("%d values, want %d", len(a.Data), n)
		}
		for i, v := range a.Data {
			if v != (value{}) {
				t.Fatalf("value %d of %d is %v", i, n, v)
			}
			a.Data[i] = value{a: uint64(i), c: true}
		}
		for i, v := range a.Data {
			if v != (value{a: uint64(i), c: true}) {
				t.Fatalf("value %d of %d is %v", i, n, v)
			}
		}
		if n > 0 && uintptr(unsafe.Pointer(&a.Data[0]))%64 != 0 {
			t.Fatalf("%d values start within a cache line", n)
		}
		a.Close()
		a.Close()
	}
}

func TestArrayRefusesPointers(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an array of strings was made")
		}
	}()
	simd.NewArray[struct{ a [2]string }](1)
}
