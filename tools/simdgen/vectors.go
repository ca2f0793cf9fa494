package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// prefetch writes a loop over the cache lines of rows.
func prefetch(g *isa) {
	g.function("prefetch",
		"func(m *float32, stride int, rows *int32, n int, width int)",
		"asks for the cache lines of rows. stride and width are in bytes; n and width are not 0, and width is a multiple of 64.")
	m, stride, rows := g.arg("m"), g.arg("stride"), g.arg("rows")
	n, width := g.arg("n"), g.arg("width")
	g.ADDQ(width, m)
	g.NEGQ(width)
	row, step := g.GP64(), g.GP64()
	g.Label("row")
	g.MOVLQSX(at(rows, 0), row)
	g.IMULQ(stride, row)
	g.ADDQ(m, row)
	g.MOVQ(width, step)
	g.Label("line")
	g.PREFETCHT0(indexed(row, step, 0))
	g.ADDQ(imm(64), step)
	g.JNZ(operand.LabelRef("line"))
	g.ADDQ(imm(4), rows)
	g.DECQ(n)
	g.JNZ(operand.LabelRef("row"))
	g.RET()
}

// tail is what a vector of any length ends with: one float at a time, for at
// most a register less one.
func (g *isa) tail(n reg.Register, body func(step reg.Register), step reg.Register) {
	g.TESTQ(n, n)
	g.JZ(operand.LabelRef("done"))
	g.Label("tail")
	body(step)
	g.ADDQ(imm(4), step)
	g.DECQ(n)
	g.JNZ(operand.LabelRef("tail"))
	g.Label("done")
}

// dot writes the dot product of two plain slices, by four sums.
func dot(g *isa) {
	g.function("dot", "func(a *float32, b *float32, n int) float32", "returns the dot product of n floats, 1 at least.")
	a, b, n, step := g.arg("a"), g.arg("b"), g.arg("n"), g.GP64()
	g.XORQ(step, step)
	sums := g.vecs(4)
	for _, s := range sums {
		g.zero(s)
	}
	block := func(k int) {
		x := g.vec()
		g.VMOVUPS(indexed(a, step, k*g.bytes()), x)
		g.VFMADD231PS(indexed(b, step, k*g.bytes()), x, sums[k])
	}
	g.Label("four")
	g.CMPQ(n, imm(4*g.floats))
	g.JL(operand.LabelRef("one"))
	for k := range sums {
		block(k)
	}
	g.ADDQ(imm(4*g.bytes()), step)
	g.SUBQ(imm(4*g.floats), n)
	g.JMP(operand.LabelRef("four"))
	g.Label("one")
	g.CMPQ(n, imm(g.floats))
	g.JL(operand.LabelRef("sum"))
	block(0)
	g.ADDQ(imm(g.bytes()), step)
	g.SUBQ(imm(g.floats), n)
	g.JMP(operand.LabelRef("one"))
	g.Label("sum")
	g.VADDPS(sums[1], sums[0], sums[0])
	g.VADDPS(sums[3], sums[2], sums[2])
	g.VADDPS(sums[2], sums[0], sums[0])
	total := g.oneSum(sums[0])
	g.tail(n, func(step reg.Register) {
		x := g.XMM()
		g.VMOVSS(indexed(a, step, 0), x)
		g.VFMADD231SS(indexed(b, step, 0), x, total)
	}, step)
	g.Store(total, g.ReturnIndex(0))
	g.end()
}

// oneSum adds the lanes of x, into lane 0 of the result.
func (g *isa) oneSum(x reg.VecVirtual) reg.VecVirtual {
	if g.wide() {
		upper := g.YMM()
		g.VEXTRACTF64X4(operand.U8(1), x, upper)
		g.VADDPS(upper, x.AsY(), x.AsY())
	}
	upper := g.XMM()
	g.VEXTRACTF128(operand.U8(1), x.AsY(), upper)
	total := g.XMM()
	g.VADDPS(upper, x.AsX(), total)
	g.VMOVHLPS(total, total, upper)
	g.VADDPS(upper, total, total)
	g.VMOVSHDUP(total, upper)
	g.VADDSS(upper, total, total)
	return total
}

// axpy writes y += a*x over plain slices.
func axpy(g *isa) {
	g.function("axpy", "func(a float32, x *float32, y *float32, n int)", "adds a*x to y, n floats, 1 at least.")
	x, y, n, step := g.arg("x"), g.arg("y"), g.arg("n"), g.GP64()
	a := g.vec()
	g.VBROADCASTSS(g.argMem("a"), a)
	g.XORQ(step, step)
	block := func(k int) {
		v := g.vec()
		g.VMOVUPS(indexed(y, step, k*g.bytes()), v)
		g.VFMADD231PS(indexed(x, step, k*g.bytes()), a, v)
		g.VMOVUPS(v, indexed(y, step, k*g.bytes()))
	}
	g.Label("two")
	g.CMPQ(n, imm(2*g.floats))
	g.JL(operand.LabelRef("one"))
	block(0)
	block(1)
	g.ADDQ(imm(2*g.bytes()), step)
	g.SUBQ(imm(2*g.floats), n)
	g.JMP(operand.LabelRef("two"))
	g.Label("one")
	g.CMPQ(n, imm(g.floats))
	g.JL(operand.LabelRef("rest"))
	block(0)
	g.ADDQ(imm(g.bytes()), step)
	g.SUBQ(imm(g.floats), n)
	g.JMP(operand.LabelRef("one"))
	g.Label("rest")
	g.tail(n, func(step reg.Register) {
		v := g.XMM()
		g.VMOVSS(indexed(y, step, 0), v)
		g.VFMADD231SS(indexed(x, step, 0), a.AsX(), v)
		g.VMOVSS(v, indexed(y, step, 0))
	}, step)
	g.end()
}
