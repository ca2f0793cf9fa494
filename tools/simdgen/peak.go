package main

import "github.com/mmcloughlin/avo/operand"

// peak writes what benchmarks measure the machine with: multiplications that
// wait for nothing, and reads that nothing is done with.
func peak(g *isa) {
	g.function("peakFMA", "func(n int)", "multiplies and adds 12 registers n times, n at least 1.")
	n := g.arg("n")
	x := g.vec()
	g.zero(x)
	sums := g.vecs(12)
	for _, s := range sums {
		g.zero(s)
	}
	g.Label("loop")
	for _, s := range sums {
		g.VFMADD231PS(x, x, s)
	}
	g.DECQ(n)
	g.JNZ(operand.LabelRef("loop"))
	g.end()

	g.function("peakRead", "func(p *float32, n int)", "reads n bytes, a multiple of 8 registers, at least one.")
	p, left := g.arg("p"), g.arg("n")
	g.Label("loop")
	for k := range 8 {
		g.VMOVUPS(at(p, k*g.bytes()), g.vec())
	}
	g.ADDQ(imm(8*g.bytes()), p)
	g.SUBQ(imm(8*g.bytes()), left)
	g.JNZ(operand.LabelRef("loop"))
	g.end()
}
