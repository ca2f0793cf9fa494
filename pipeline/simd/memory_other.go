//go:build !linux

package simd

// mapFloats returns nil and nil: only Linux is asked for huge pages.
func mapFloats(int) (data []float32, unmap func()) { return nil, nil }
