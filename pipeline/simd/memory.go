package simd

import (
	"unsafe" //nolint:depguard // addresses: kernels want rows aligned, and huge pages come as bytes
)

// heapFloats returns n zeros that start at a multiple of 64 bytes. Go's heap
// does not move what it holds.
func heapFloats(n int) []float32 {
	if n == 0 {
		return nil
	}
	data := make([]float32, n+strideFloats-1)
	at := 0
	if off := int(uintptr(unsafe.Pointer(&data[0])) % 64); off > 0 {
		at = (64 - off) / 4
	}
	return data[at : at+n : at+n]
}

// alignedFloats returns n floats over raw, from its first multiple of align
// bytes on. raw has n*4+align bytes at least.
func alignedFloats(raw []byte, n int, align uintptr) []float32 {
	at := (align - uintptr(unsafe.Pointer(&raw[0]))%align) % align
	return unsafe.Slice((*float32)(unsafe.Pointer(&raw[at])), n)
}
