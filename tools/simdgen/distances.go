package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// meanDistances writes the squared distances of the means of bags from rows of
// another table, in float64. The coordinates of a bag go by in blocks of up to
// 13 registers of four, each of which sums up the bag's rows; then the four sums
// of squares take the block's registers one after the other.
func meanDistances(g *isa) {
	g.function("meanDistances",
		"func(out *float64, table *float32, stride int, offs *int32, rows *int32, n int, centres *float32, at *int32, fours int, mask *int32, last int)",
		"sets out[i] to the squared distance of the mean of table[rows[e]], e from offs[i] to offs[i+1], from centres[at[i]], for n bags of a row at least. Rows of both are stride bytes, fours times four floats and as many as mask, 4 numbers, tells; last is the last e; n is not 0.")
	s := &distanceState{
		isa: g, out: g.arg("out"), table: g.arg("table"), stride: g.arg("stride"), offs: g.arg("offs"), rows: g.arg("rows"),
		e: g.GP64(), end: g.GP64(), row: g.GP64(), disp: g.GP64(), centre: g.GP64(), left: g.GP64(), at: g.arg("at"), soon: g.GP64(),
	}
	g.Label("bag")
	g.MOVLQSX(at(s.at, 0), s.centre)
	g.IMULQ(s.stride, s.centre)
	g.ADDQ(s.argMem("centres"), s.centre)
	g.MOVLQSX(at(s.offs, 0), s.e)
	g.MOVLQSX(at(s.offs, 4), s.end)
	g.MOVQ(s.end, s.row)
	g.SUBQ(s.e, s.row)
	s.weight, s.sum = g.YMM(), g.YMM()
	one, size := g.XMM(), g.XMM()
	g.XORQ(s.disp, s.disp)
	g.VXORPS(s.sum, s.sum, s.sum)
	g.VCVTSI2SDQ(s.row, s.sum.AsX(), size)
	bits := g.GP64()
	g.MOVQ(operand.U64(0x3ff0000000000000), bits)
	g.VMOVQ(bits, one)
	g.VDIVSD(size, one, one)
	g.VBROADCASTSD(one, s.weight)
	g.MOVQ(s.argMem("fours"), s.left)

	const most = 12
	g.Label("block")
	for c := most; c >= 1; c-- {
		g.CMPQ(s.left, imm(c))
		g.JGE(operand.LabelRef(fmt.Sprintf("x%d", c)))
	}
	g.JMP(operand.LabelRef("rest"))
	for c := most; c >= 1; c-- {
		name := fmt.Sprintf("x%d", c)
		g.Label(name)
		s.block(c, name, nil)
		g.ADDQ(imm(16*c), s.disp)
		g.SUBQ(imm(c), s.left)
		g.JMP(operand.LabelRef("block"))
	}

	g.Label("rest")
	g.MOVQ(s.argMem("mask"), s.left)
	g.CMPL(at(s.left, 0), imm(0))
	g.JE(operand.LabelRef("store"))
	mask := g.XMM()
	g.VMOVDQU(at(s.left, 0), mask)
	s.block(1, "rest", mask)

	g.Label("store")
	upper, low := g.XMM(), g.XMM()
	g.VEXTRACTF128(operand.U8(1), s.sum, upper)
	g.VADDPD(upper, s.sum.AsX(), low)
	g.VUNPCKHPD(low, low, upper)
	g.VADDSD(upper, low, low)
	g.VMOVSD(low, at(s.out, 0))
	g.ADDQ(imm(8), s.out)
	g.ADDQ(imm(4), s.offs)
	g.ADDQ(imm(4), s.at)
	n := s.argMem("n")
	g.DECQ(n)
	g.JNZ(operand.LabelRef("bag"))
	g.end()
}

type distanceState struct {
	*isa
	weight, sum reg.VecVirtual

	out, table, stride, offs, rows, e, end, row, disp, centre, left, at, soon reg.Register // disp: where the block starts in a row
}

// block takes c times four coordinates, or one four as far as mask says.
func (s *distanceState) block(c int, name string, mask reg.VecVirtual) {
	g := s.isa
	load := func(base reg.Register, k int, to reg.VecVirtual) {
		from := indexed(base, s.disp, 16*k)
		if mask == nil {
			g.VCVTPS2PD(from, to)
			return
		}
		g.VMASKMOVPS(from, mask, to.AsX())
		g.VCVTPS2PD(to.AsX(), to)
	}
	toRow := func() {
		// The same block of a row that comes later.
		g.LEAQ(at(s.e, ahead), s.soon)
		g.CMPQ(s.soon, s.argMem("last"))
		g.CMOVQGT(s.argMem("last"), s.soon)
		g.MOVLQSX(operand.Mem{Base: s.rows, Index: s.soon, Scale: 4}, s.soon)
		g.IMULQ(s.stride, s.soon)
		g.ADDQ(s.table, s.soon)
		for b := 0; b < 16*c; b += 64 {
			g.PREFETCHT0(indexed(s.soon, s.disp, b))
		}
		g.MOVLQSX(operand.Mem{Base: s.rows, Index: s.e, Scale: 4}, s.row)
		g.IMULQ(s.stride, s.row)
		g.ADDQ(s.table, s.row)
	}
	g.MOVLQSX(at(s.offs, 0), s.e)
	x := g.vecs(c)
	t := g.YMM()
	toRow()
	for k, v := range x {
		load(s.row, k, v)
	}
	g.Label(name + "_row")
	g.INCQ(s.e)
	g.CMPQ(s.e, s.end)
	g.JE(operand.LabelRef(name + "_square"))
	toRow()
	for k, v := range x {
		load(s.row, k, t)
		g.VADDPD(t, v, v)
	}
	g.JMP(operand.LabelRef(name + "_row"))
	g.Label(name + "_square")
	for k, v := range x {
		load(s.centre, k, t)
		g.VMULPD(s.weight, v, v)
		g.VSUBPD(t, v, v)
		g.VMULPD(v, v, v)
		g.VADDPD(v, s.sum, s.sum)
	}
}
