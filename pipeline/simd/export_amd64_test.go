package simd

// PeakOf returns two loops for benchmarks, in registers of the width of k, nil
// for plain Go: one of n times 12 multiplications of whole registers, lanes wide,
// and one that reads all of data, whose length is a multiple of 128.
func PeakOf(k *Kernels) (fma func(n int), lanes int, read func(data []float32)) {
	switch k.name {
	case "avx2":
		return peakFMAAVX2, 8, func(data []float32) { peakReadAVX2(&data[0], 4*len(data)) }
	case "avx512":
		return peakFMAAVX512, 16, func(data []float32) { peakReadAVX512(&data[0], 4*len(data)) }
	}
	return nil, 0, nil
}
