package main

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa writes one set of kernels. Most of a kernel is the same for both widths
// of registers and is written once; what differs asks for wide.
type isa struct {
	*build.Context
	suffix string // of the functions' names: AVX2
	floats int    // in a register
}

func newISA(c *build.Context, suffix string, floats int) *isa {
	return &isa{Context: c, suffix: suffix, floats: floats}
}

// wide reports whether the registers are those of AVX-512.
func (g *isa) wide() bool { return g.floats == 16 }

// bytes is the width of a register.
func (g *isa) bytes() int { return 4 * g.floats }

func (g *isa) vec() reg.VecVirtual {
	if g.wide() {
		return g.ZMM()
	}
	return g.YMM()
}

func (g *isa) vecs(n int) []reg.VecVirtual {
	list := make([]reg.VecVirtual, n)
	for i := range list {
		list[i] = g.vec()
	}
	return list
}

// function starts a function that calls nothing and whose pointers do not
// escape.
func (g *isa) function(name, signature, doc string) {
	g.Function(name + g.suffix)
	g.Attributes(attr.NOSPLIT)
	g.SignatureExpr(signature)
	g.Pragma("noescape")
	g.Doc(name + g.suffix + " " + doc)
}

// arg loads an argument into a register.
func (g *isa) arg(name string) reg.Register { return g.Load(g.Param(name), g.GP64()) }

// argMem returns where an argument lies.
func (g *isa) argMem(name string) operand.Mem {
	b, err := g.Param(name).Resolve()
	if err != nil {
		panic(err) // a slip in a signature below
	}
	return b.Addr
}

func (g *isa) zero(v reg.Register) { g.VXORPS(v, v, v) }

// end returns to Go, whose code must not find the upper halves in use.
func (g *isa) end() {
	g.VZEROUPPER()
	g.RET()
}

func at(base reg.Register, disp int) operand.Mem { return operand.Mem{Base: base, Disp: disp} }

func indexed(base, index reg.Register, disp int) operand.Mem {
	return operand.Mem{Base: base, Index: index, Scale: 1, Disp: disp}
}

func imm(n int) operand.Constant {
	if n >= -128 && n < 128 {
		return operand.I8(n)
	}
	return operand.I32(n)
}
