//go:build !amd64

package simd

// PeakOf returns nil: the loops are for amd64.
func PeakOf(*Kernels) (fma func(n int), lanes int, read func(data []float32)) { return nil, 0, nil }
