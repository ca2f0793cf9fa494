//go:build !amd64

package simd

// native returns no kernels: there is assembly for amd64 only.
func native() []*Kernels { return nil }
