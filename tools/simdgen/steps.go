package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// steps writes a training step for each row of U in turn: its scores against all
// rows of V, their gradients, and both updates in one pass over the rows, in which
// a register of V is loaded once, added to the sum for U, moved by U and stored.
// Each row of U finds V as the one before left it.
func steps(g *isa) {
	g.function("steps",
		"func(u *float32, uStride int, ui *int32, nu int, v *float32, vStride int, vi *int32, nv int, width int, a *float32, b *float32, ld int, s *float32, alpha float32) bool",
		"does for each of nu rows of u: s = alpha * (a - b*sigmoid(u . v)) over nv rows of v; v += s u; u += sum of s v, with v as it was before. a and b are of nu x ld; s, and the last rows of a and b, reach a register beyond nv. Strides, ld and width, the part of a row that is used, are in bytes; none is 0, and width is a multiple of a register. It reports whether all scores were in range.")
	locals := g.AllocLocal(72)
	d := &dotsState{
		isa: g, vi: g.GP64(), nv: g.GP64(), out: g.GP64(), step: g.GP64(),
		vEnd: locals, start: locals.Offset(8),
	}
	ui, nu, a, b, u := locals.Offset(16), locals.Offset(24), locals.Offset(32), locals.Offset(40), locals.Offset(48)
	t, w := g.GP64(), g.GP64()
	for i, to := range []operand.Mem{ui, nu, a, b} {
		g.MOVQ(g.argMem([]string{"ui", "nu", "a", "b"}[i]), t)
		g.MOVQ(t, to)
	}
	g.MOVQ(g.argMem("width"), w)
	g.MOVQ(g.argMem("v"), t)
	g.ADDQ(w, t)
	g.MOVQ(t, d.vEnd)
	g.NEGQ(w)
	g.MOVQ(w, d.start)
	k := newStepSigmoid(g)

	g.Label("input")
	// The scores, and zeros behind them for the rest of the last register.
	row := g.GP64()
	g.MOVQ(ui, t)
	g.MOVLQSX(at(t, 0), row)
	g.IMULQ(g.argMem("uStride"), row)
	g.ADDQ(g.argMem("u"), row)
	g.MOVQ(row, u)
	g.ADDQ(g.argMem("width"), row)
	d.u = []reg.Register{row}
	g.MOVQ(g.argMem("vi"), d.vi)
	g.MOVQ(g.argMem("nv"), d.nv)
	g.MOVQ(g.argMem("s"), d.out)
	for _, c := range []int{8, 4, 1} {
		name := fmt.Sprintf("score%d", c)
		g.Label(name)
		g.CMPQ(d.nv, imm(c))
		g.JL(operand.LabelRef(name + "_next"))
		d.block(1, c, name)
		g.ADDQ(imm(4*c), d.vi)
		g.ADDQ(imm(4*c), d.out)
		g.SUBQ(imm(c), d.nv)
		g.JMP(operand.LabelRef(name))
		g.Label(name + "_next")
	}
	z := g.vec()
	g.zero(z)
	g.VMOVUPS(z, at(d.out, 0))

	k.gradients(a, b)
	moveBoth(g, u)

	// The next row of U.
	p := g.GP64()
	for _, m := range []operand.Mem{a, b} {
		g.MOVQ(m, p)
		g.ADDQ(g.argMem("ld"), p)
		g.MOVQ(p, m)
	}
	g.MOVQ(ui, p)
	g.ADDQ(imm(4), p)
	g.MOVQ(p, ui)
	g.MOVQ(nu, p)
	g.DECQ(p)
	g.MOVQ(p, nu)
	g.JNZ(operand.LabelRef("input"))
	k.report()
	g.end()
}

// stepSigmoid is sigmoidGrad with its constants in memory: the registers are those
// of the scores.
type stepSigmoid struct {
	*sigmoidState
	alphaMem, badMem operand.Mem
}

func newStepSigmoid(g *isa) *stepSigmoid {
	k := &stepSigmoid{sigmoidState: &sigmoidState{isa: g}}
	for i, c := range exp2 {
		k.poly = append(k.poly, k.constantMem(fmt.Sprintf("stepExp2c%d", i), math.Float32bits(c)))
	}
	k.log2e = k.constantMem("stepMinusLog2e", math.Float32bits(-math.Log2E))
	k.high = k.constantMem("stepMaxExp", math.Float32bits(maxExp))
	k.low = k.constantMem("stepMinExp", math.Float32bits(-maxExp))
	k.magnitude = k.constantMem("stepMagnitude", 1<<31-1)
	k.limit = k.constantMem("stepMaxScore", math.Float32bits(maxScore))
	own := g.AllocLocal(2 * g.bytes())
	k.alphaMem, k.badMem = own, own.Offset(g.bytes())
	x := g.vec()
	g.VBROADCASTSS(g.argMem("alpha"), x)
	g.VMOVUPS(x, k.alphaMem)
	g.zero(x)
	g.VMOVUPS(x, k.badMem)
	k.alpha = k.alphaMem
	return k
}

// gradients turns the scores at s, and zeros behind them, into gradients.
func (k *stepSigmoid) gradients(a, b operand.Mem) {
	pa, pb, s, left := k.GP64(), k.GP64(), k.GP64(), k.GP64()
	k.MOVQ(a, pa)
	k.MOVQ(b, pb)
	k.MOVQ(k.argMem("s"), s)
	k.MOVQ(k.argMem("nv"), left)
	k.SHLQ(imm(2), left)
	k.bad = k.vec()
	k.VMOVUPS(k.badMem, k.bad)
	k.Label("gradient")
	x := k.vec()
	k.VMOVUPS(at(s, 0), x)
	k.gradient(x, at(pa, 0), at(pb, 0))
	k.VMOVUPS(x, at(s, 0))
	for _, p := range []reg.Register{pa, pb, s} {
		k.ADDQ(imm(k.bytes()), p)
	}
	k.SUBQ(imm(k.bytes()), left)
	k.JG(operand.LabelRef("gradient"))
	k.VMOVUPS(k.bad, k.badMem)
}

// report returns whether all scores were in range.
func (k *stepSigmoid) report() {
	k.bad = k.vec()
	k.VMOVUPS(k.badMem, k.bad)
	k.storeOK()
}

// moveBoth moves the row of U, and all rows of V, by the gradients at s, in parts of
// up to five registers of the width: 13 of AVX2 are 5 + 4 + 4.
func moveBoth(g *isa, u operand.Mem) {
	most := 5
	if g.wide() {
		most = 8
	}
	left, src, pu := g.GP64(), g.GP64(), g.GP64()
	g.MOVQ(g.argMem("width"), left)
	g.MOVQ(g.argMem("v"), src)
	g.MOVQ(u, pu)
	g.Label("part")
	type rule struct{ from, c int }
	var rules []rule
	if g.wide() {
		for c := most; c >= 1; c-- {
			rules = append(rules, rule{c, c})
		}
	} else {
		rules = []rule{{13, 5}, {12, 4}, {9, 5}, {8, 4}, {6, 3}, {5, 5}, {4, 4}, {3, 3}, {2, 2}, {1, 1}}
	}
	for _, r := range rules[:len(rules)-1] {
		g.CMPQ(left, imm(r.from*g.bytes()))
		g.JGE(operand.LabelRef(fmt.Sprintf("move%d", r.c)))
	}
	g.JMP(operand.LabelRef("move1"))
	for c := most; c >= 1; c-- {
		name := fmt.Sprintf("move%d", c)
		g.Label(name)
		old, sum := g.vecs(c), g.vecs(c)
		for i := range c {
			g.VMOVUPS(at(pu, i*g.bytes()), old[i])
			g.zero(sum[i])
		}
		vi, weight, count, row := g.GP64(), g.GP64(), g.GP64(), g.GP64()
		g.MOVQ(g.argMem("vi"), vi)
		g.MOVQ(g.argMem("s"), weight)
		g.MOVQ(g.argMem("nv"), count)
		g.Label(name + "_row")
		g.MOVLQSX(at(vi, 0), row)
		g.IMULQ(g.argMem("vStride"), row)
		w := g.vec()
		g.VBROADCASTSS(at(weight, 0), w)
		for i := range c {
			x := g.vec()
			g.VMOVUPS(indexed(src, row, i*g.bytes()), x)
			g.VFMADD231PS(x, w, sum[i])
			g.VFMADD231PS(old[i], w, x)
			g.VMOVUPS(x, indexed(src, row, i*g.bytes()))
		}
		g.ADDQ(imm(4), vi)
		g.ADDQ(imm(4), weight)
		g.DECQ(count)
		g.JNZ(operand.LabelRef(name + "_row"))
		for i := range c {
			g.VADDPS(sum[i], old[i], old[i])
			g.VMOVUPS(old[i], at(pu, i*g.bytes()))
		}
		g.ADDQ(imm(c*g.bytes()), pu)
		g.ADDQ(imm(c*g.bytes()), src)
		g.SUBQ(imm(c*g.bytes()), left)
		g.JNZ(operand.LabelRef("part"))
		g.JMP(operand.LabelRef("moved"))
	}
	g.Label("moved")
}
