package simd

import "golang.org/x/sys/cpu"

// native returns the kernels in assembly that this machine can run, the fastest
// first. The flags of package cpu say what the processor has and the operating
// system keeps when it switches threads: XGETBV is asked for the upper halves
// of the registers, and for AVX-512 for its masks and its further registers.
func native() []*Kernels {
	var list []*Kernels
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL {
		list = append(list, avx512())
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		list = append(list, avx2())
	}
	for _, k := range list {
		k.assign, k.bags = assignAVX2(), bagsAVX2()
	}
	return list
}
