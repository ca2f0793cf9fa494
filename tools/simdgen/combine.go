package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// combine writes weighted sums of rows. A block is r rows of dst by c registers
// of their width, held while all rows of src go by: c loads and r weights pay
// for r*c multiplications. Pairs of rows take up to 6 registers of AVX2, a last
// single row up to 13, which is all of a row of 100 floats.
func combine(g *isa) {
	g.function("combine",
		"func(dst *float32, dStride int, di *int32, nd int, w *float32, gRow int, gCol int, src *float32, sStride int, si *int32, ns int, width int, add int)",
		"sets dst[di[d]] to the sum of w[d*gRow+m*gCol] * src[si[m]] over m, or adds it there if add is not 0. Strides and width, the part of a row that is used, are in bytes; nd, ns and width are not 0, and width is a multiple of a register.")
	s := &combineState{
		isa: g,
		di:  g.arg("di"), nd: g.arg("nd"), gCol: g.arg("gCol"), gRow: g.arg("gRow"),
		left: g.GP64(), src: g.GP64(), weight: g.GP64(), si: g.GP64(), row: g.GP64(), sStride: g.arg("sStride"),
		siEnd: g.arg("si"), gStart: g.AllocLocal(8),
	}
	ns := g.arg("ns")
	g.LEAQ(operand.Mem{Base: s.siEnd, Index: ns, Scale: 4}, s.siEnd)
	t := g.arg("w") // g would be the goroutine
	g.MOVQ(t, s.gStart)

	g.Label("pairs")
	g.CMPQ(s.nd, imm(2))
	g.JL(operand.LabelRef("single"))
	s.rows(2)
	g.JMP(operand.LabelRef("pairs"))
	g.Label("single")
	g.TESTQ(s.nd, s.nd)
	g.JZ(operand.LabelRef("done"))
	s.rows(1)
	g.Label("done")
	g.end()
}

type combineState struct {
	*isa
	di, nd, gCol, gRow, sStride reg.Register
	left                        reg.Register // bytes of the width still to do
	src                         reg.Register // row 0 of src, from where this block starts
	weight, si, siEnd, row      reg.Register
	gStart                      operand.Mem
}

// rows computes the next r rows of dst, block by block of their width.
func (s *combineState) rows(r int) {
	dst := make([]reg.Register, r)
	for i := range dst {
		dst[i] = s.GP64()
		s.MOVLQSX(at(s.di, 4*i), dst[i])
		s.IMULQ(s.argMem("dStride"), dst[i])
		s.ADDQ(s.argMem("dst"), dst[i])
	}
	s.MOVQ(s.argMem("src"), s.src)
	s.MOVQ(s.argMem("width"), s.left)

	name := fmt.Sprintf("r%d", r)
	s.Label(name)
	most := s.choose(r, name)
	for c := most; c >= 1; c-- {
		s.block(dst, c, fmt.Sprintf("%sx%d", name, c))
		s.JMP(operand.LabelRef(name + "_next"))
	}
	s.Label(name + "_next")
	s.TESTQ(s.left, s.left)
	s.JNZ(operand.LabelRef(name))

	g := s.GP64()
	s.MOVQ(s.gStart, g)
	for range r {
		s.ADDQ(s.gRow, g)
	}
	s.MOVQ(g, s.gStart)
	s.ADDQ(imm(4*r), s.di)
	s.SUBQ(imm(r), s.nd)
}

// choose jumps to the block for what is left of the width. Blocks of few
// registers wait for their own sums, so a rest is cut into equal parts.
func (s *combineState) choose(r int, name string) (most int) {
	// From how many registers on the block of c is taken, the widest first.
	type rule struct{ from, c int }
	var rules []rule
	switch {
	case s.wide():
		most = 12 / r
		for c := most; c >= 1; c-- {
			rules = append(rules, rule{c, c})
		}
	case r == 1:
		most = 13
		for c := most; c >= 1; c-- {
			rules = append(rules, rule{c, c})
		}
	default: // 13 is 5 + 4 + 4
		most = 6
		rules = []rule{{13, 5}, {11, 6}, {9, 5}, {7, 4}, {6, 6}, {5, 5}, {4, 4}, {3, 3}, {2, 2}, {1, 1}}
	}
	for _, u := range rules[:len(rules)-1] {
		s.CMPQ(s.left, imm(u.from*s.bytes()))
		s.JGE(operand.LabelRef(fmt.Sprintf("%sx%d", name, u.c)))
	}
	s.JMP(operand.LabelRef(name + "x1"))
	return most
}

func (s *combineState) block(dst []reg.Register, c int, name string) {
	sums := make([][]reg.VecVirtual, len(dst))
	for i := range sums {
		sums[i] = s.vecs(c)
	}
	s.Label(name)
	s.CMPQ(s.argMem("add"), imm(0))
	s.JE(operand.LabelRef(name + "_zero"))
	for i, p := range dst {
		for k, a := range sums[i] {
			s.VMOVUPS(at(p, k*s.bytes()), a)
		}
	}
	s.JMP(operand.LabelRef(name + "_start"))
	s.Label(name + "_zero")
	for _, list := range sums {
		for _, a := range list {
			s.zero(a)
		}
	}
	s.Label(name + "_start")
	s.MOVQ(s.gStart, s.weight)
	s.MOVQ(s.argMem("si"), s.si)

	s.Label(name + "_row")
	s.MOVLQSX(at(s.si, 0), s.row)
	s.IMULQ(s.sStride, s.row)
	w := s.vecs(len(dst))
	s.VBROADCASTSS(at(s.weight, 0), w[0])
	if len(w) == 2 {
		s.VBROADCASTSS(indexed(s.weight, s.gRow, 0), w[1])
	}
	for k := range c {
		from := indexed(s.src, s.row, k*s.bytes())
		if len(dst) == 1 {
			s.VFMADD231PS(from, w[0], sums[0][k])
			continue
		}
		x := s.vec()
		s.VMOVUPS(from, x)
		for i := range dst {
			s.VFMADD231PS(x, w[i], sums[i][k])
		}
	}
	s.ADDQ(imm(4), s.si)
	s.ADDQ(s.gCol, s.weight)
	s.CMPQ(s.si, s.siEnd)
	s.JNE(operand.LabelRef(name + "_row"))

	for i, p := range dst {
		for k, a := range sums[i] {
			s.VMOVUPS(a, at(p, k*s.bytes()))
		}
		s.ADDQ(imm(c*s.bytes()), p)
	}
	s.ADDQ(imm(c*s.bytes()), s.src)
	s.SUBQ(imm(c*s.bytes()), s.left)
}
