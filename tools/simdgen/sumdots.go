package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sumDots writes the products of the rows of bags with the sums of their bags.
// The sum of a bag stays in registers, up to 13, which is all of a row of 100
// floats; longer rows are done in parts whose products are added up in memory.
func sumDots(g *isa) {
	g.function("sumDots",
		"func(dots *float32, squares *float32, m *float32, stride int, offs *int32, n int, rows *int32, width int)",
		"adds m[rows[e]] . S to dots[e] and S . S to squares[i] for each of n bags i and e from offs[i] to offs[i+1], where S is the sum of the bag's rows. stride and width, the part of a row that is used, are in bytes; n and width are not 0, and width is a multiple of a register.")
	const most = 13
	s := &sumDotsState{
		isa: g, m: g.arg("m"), stride: g.arg("stride"), rows: g.arg("rows"), left: g.arg("width"), dots: g.arg("dots"),
		squares: g.GP64(), offs: g.GP64(), n: g.GP64(), row: g.GP64(), e: g.GP64(), end: g.GP64(),
	}
	g.Label("block")
	for c := most; c > 1; c-- {
		g.CMPQ(s.left, imm(c*g.bytes()))
		g.JGE(operand.LabelRef(fmt.Sprintf("x%d", c)))
	}
	for c := 1; c <= most; c++ {
		s.block(c, fmt.Sprintf("x%d", c))
		g.JMP(operand.LabelRef("next"))
	}
	g.Label("next")
	g.TESTQ(s.left, s.left)
	g.JNZ(operand.LabelRef("block"))
	g.end()
}

type sumDotsState struct {
	*isa
	m    reg.Register // row 0, from where this block starts
	left reg.Register // bytes of the width still to do

	dots, squares, stride, offs, n, rows, row, e, end reg.Register
}

// block does the next c registers of all rows.
func (s *sumDotsState) block(c int, name string) {
	g := s.isa
	g.Label(name)
	g.MOVQ(s.argMem("squares"), s.squares)
	g.MOVQ(s.argMem("offs"), s.offs)
	g.MOVQ(s.argMem("n"), s.n)

	g.Label(name + "_bag")
	g.MOVLQSX(at(s.offs, 0), s.e)
	g.MOVLQSX(at(s.offs, 4), s.end)
	g.CMPQ(s.e, s.end)
	g.JE(operand.LabelRef(name + "_next"))

	sums := g.vecs(c)
	s.toRow()
	for k, x := range sums {
		g.VMOVUPS(at(s.row, k*g.bytes()), x)
	}
	g.Label(name + "_add")
	g.INCQ(s.e)
	g.CMPQ(s.e, s.end)
	g.JE(operand.LabelRef(name + "_square"))
	s.toRow()
	for k, x := range sums {
		g.VADDPS(at(s.row, k*g.bytes()), x, x)
	}
	g.JMP(operand.LabelRef(name + "_add"))

	g.Label(name + "_square")
	s.product(sums, func(k int) operand.Op { return sums[k] }, at(s.squares, 0))
	g.MOVLQSX(at(s.offs, 0), s.e)
	g.Label(name + "_dot")
	s.toRow()
	s.product(sums, func(k int) operand.Op { return at(s.row, k*g.bytes()) }, operand.Mem{Base: s.dots, Index: s.e, Scale: 4})
	g.INCQ(s.e)
	g.CMPQ(s.e, s.end)
	g.JNE(operand.LabelRef(name + "_dot"))

	g.Label(name + "_next")
	g.ADDQ(imm(4), s.offs)
	g.ADDQ(imm(4), s.squares)
	g.DECQ(s.n)
	g.JNZ(operand.LabelRef(name + "_bag"))
	g.ADDQ(imm(c*g.bytes()), s.m)
	g.SUBQ(imm(c*g.bytes()), s.left)
}

// toRow points to row e.
func (s *sumDotsState) toRow() {
	s.MOVLQSX(operand.Mem{Base: s.rows, Index: s.e, Scale: 4}, s.row)
	s.IMULQ(s.stride, s.row)
	s.ADDQ(s.m, s.row)
}

// product adds the dot product of x and y to what is at to, by two sums.
func (s *sumDotsState) product(x []reg.VecVirtual, y func(k int) operand.Op, to operand.Mem) {
	total := s.vecs(min(2, len(x)))
	for k, v := range x {
		if k < 2 {
			s.VMULPS(y(k), v, total[k])
			continue
		}
		s.VFMADD231PS(y(k), v, total[k%2])
	}
	if len(total) == 2 {
		s.VADDPS(total[1], total[0], total[0])
	}
	sum := s.oneSum(total[0])
	s.VADDSS(to, sum, sum)
	s.VMOVSS(sum, to)
}
