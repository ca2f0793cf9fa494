package simd

import "golang.org/x/sys/unix"

// mapFloats returns n zeros outside Go's heap, at the start of a huge page, and
// what gives them back; nil and nil if the system has no room. Pages come at
// first touch. With transparent huge pages set to "madvise", the usual setting,
// they have to be asked for; whether they come is the system's affair, so a
// refusal is no error.
func mapFloats(n int) (data []float32, unmap func()) {
	raw, err := unix.Mmap(-1, 0, n*4+hugePage, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return nil, nil
	}
	_ = unix.Madvise(raw, unix.MADV_HUGEPAGE)
	return alignedFloats(raw, n, hugePage), func() { _ = unix.Munmap(raw) }
}
