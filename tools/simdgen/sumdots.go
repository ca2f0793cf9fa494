package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sumDots writes the products of the rows of bags with the sums of their bags.
// The sum of a bag stays in registers, up to 13, which is all of a row of 100
// floats; longer rows are done in parts whose products are added up in memory.
// The floats behind the last whole register are loaded by a mask.
func sumDots(g *isa) {
	g.function("sumDots",
		"func(dots *float32, squares *float32, table *float32, stride int, offs *int32, n int, rows *int32, eights int, mask *int32)",
		"adds table[rows[e]] . S to dots[e] and S . S to squares[i] for each of n bags i and e from offs[i] to offs[i+1], where S is the sum of the bag's rows. Rows are stride bytes, eights whole registers and as many floats as mask, 8 numbers, tells; n is not 0.")
	const most = 13
	s := &sumDotsState{
		isa: g, table: g.arg("table"), stride: g.arg("stride"), rows: g.arg("rows"), left: g.arg("eights"), dots: g.arg("dots"),
		squares: g.GP64(), offs: g.GP64(), n: g.GP64(), row: g.GP64(), e: g.GP64(), end: g.GP64(),
	}
	g.Label("block")
	g.CMPQ(s.left, imm(most))
	g.JGE(operand.LabelRef(fmt.Sprintf("x%d", most)))
	g.MOVQ(s.argMem("mask"), s.row)
	g.CMPL(at(s.row, 0), imm(0))
	g.JE(operand.LabelRef("whole"))
	for c := most - 1; c >= 0; c-- {
		g.CMPQ(s.left, imm(c))
		g.JE(operand.LabelRef(fmt.Sprintf("x%dmask", c)))
	}
	g.Label("whole")
	for c := most - 1; c >= 1; c-- {
		g.CMPQ(s.left, imm(c))
		g.JE(operand.LabelRef(fmt.Sprintf("x%d", c)))
	}
	g.JMP(operand.LabelRef("done"))
	for c := range most {
		s.block(c, true, fmt.Sprintf("x%dmask", c))
		g.JMP(operand.LabelRef("done"))
	}
	for c := 1; c <= most; c++ {
		s.block(c, false, fmt.Sprintf("x%d", c))
		g.JMP(operand.LabelRef("block"))
	}
	g.Label("done")
	g.end()
}

type sumDotsState struct {
	*isa
	table reg.Register // row 0, from where this block starts
	left  reg.Register // whole registers still to do

	dots, squares, stride, offs, n, rows, row, e, end reg.Register
}

// block does the next c registers of all rows, and what is behind them.
func (s *sumDotsState) block(c int, masked bool, name string) {
	g := s.isa
	g.Label(name)
	g.MOVQ(s.argMem("squares"), s.squares)
	g.MOVQ(s.argMem("offs"), s.offs)
	g.MOVQ(s.argMem("n"), s.n)
	sums := g.vecs(c)
	var mask, tail reg.VecVirtual
	if masked {
		mask, tail = g.vec(), g.vec()
		g.MOVQ(s.argMem("mask"), s.row)
		g.VMOVDQU(at(s.row, 0), mask)
	}

	g.Label(name + "_bag")
	g.MOVLQSX(at(s.offs, 0), s.e)
	g.MOVLQSX(at(s.offs, 4), s.end)
	g.CMPQ(s.e, s.end)
	g.JE(operand.LabelRef(name + "_next"))
	s.toRow()
	for k, x := range sums {
		g.VMOVUPS(at(s.row, k*g.bytes()), x)
	}
	if masked {
		g.VMASKMOVPS(at(s.row, c*g.bytes()), mask, tail)
	}
	g.Label(name + "_add")
	g.INCQ(s.e)
	g.CMPQ(s.e, s.end)
	g.JE(operand.LabelRef(name + "_square"))
	s.toRow()
	for k, x := range sums {
		g.VADDPS(at(s.row, k*g.bytes()), x, x)
	}
	if masked {
		t := g.vec()
		g.VMASKMOVPS(at(s.row, c*g.bytes()), mask, t)
		g.VADDPS(t, tail, tail)
	}
	g.JMP(operand.LabelRef(name + "_add"))

	// product adds the dot product with the sum to what is at to.
	product := func(y func(k int) operand.Op, rest func() reg.VecVirtual, to operand.Mem) {
		var total reg.VecVirtual
		var second reg.VecVirtual
		add := func(a operand.Op, b reg.VecVirtual) {
			switch {
			case total == nil:
				total = g.vec()
				g.VMULPS(a, b, total)
			case second == nil:
				second = g.vec()
				g.VMULPS(a, b, second)
			default:
				total, second = second, total
				g.VFMADD231PS(a, b, second)
			}
		}
		if masked { // first, while a register is free
			t := rest()
			total = g.vec()
			g.VMULPS(t, tail, total)
		}
		for k, v := range sums {
			add(y(k), v)
		}
		if second != nil {
			g.VADDPS(second, total, total)
		}
		sum := g.oneSum(total)
		g.VADDSS(to, sum, sum)
		g.VMOVSS(sum, to)
	}
	g.Label(name + "_square")
	product(func(k int) operand.Op { return sums[k] }, func() reg.VecVirtual { return tail }, at(s.squares, 0))
	g.MOVLQSX(at(s.offs, 0), s.e)
	g.Label(name + "_dot")
	s.toRow()
	product(func(k int) operand.Op { return at(s.row, k*g.bytes()) }, func() reg.VecVirtual {
		t := g.vec()
		g.VMASKMOVPS(at(s.row, c*g.bytes()), mask, t)
		return t
	}, operand.Mem{Base: s.dots, Index: s.e, Scale: 4})
	g.INCQ(s.e)
	g.CMPQ(s.e, s.end)
	g.JNE(operand.LabelRef(name + "_dot"))

	g.Label(name + "_next")
	g.ADDQ(imm(4), s.offs)
	g.ADDQ(imm(4), s.squares)
	g.DECQ(s.n)
	g.JNZ(operand.LabelRef(name + "_bag"))
	if !masked {
		g.ADDQ(imm(c*g.bytes()), s.table)
		g.SUBQ(imm(c), s.left)
	}
}

// toRow points to row e.
func (s *sumDotsState) toRow() {
	s.MOVLQSX(operand.Mem{Base: s.rows, Index: s.e, Scale: 4}, s.row)
	s.IMULQ(s.stride, s.row)
	s.ADDQ(s.table, s.row)
}
