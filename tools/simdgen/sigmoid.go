package main

import (
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The polynomial and the limits of sigmoidGradGo, whose comment explains them.
var exp2 = []float32{1, 0.6931470036506653, 0.24022242426872253, 0.05550733581185341, 0.009671512991189957, 0.001326472731307149}

const (
	maxExp   = 87
	maxScore = 1000
)

// sigmoidGrad writes s = alpha * (a - b*sigmoid(s)). A rest that fills no
// register is done with the last whole register of floats: its scores are read
// before the loop changes them, and what both compute is the same. Fewer floats
// than a register go through memory of our own.
func sigmoidGrad(g *isa) {
	g.function("sigmoidGrad",
		"func(s *float32, a *float32, b *float32, alpha float32, n int) bool",
		"replaces n scores, 1 at least, by gradients, and reports whether all are in range.")
	k := &sigmoidState{isa: g}
	for i, c := range exp2 {
		k.poly = append(k.poly, k.constant("exp2c"+string(rune('0'+i)), math.Float32bits(c)))
	}
	k.log2e = k.constant("minusLog2e", math.Float32bits(-math.Log2E))
	k.high = k.constant("maxExp", math.Float32bits(maxExp))
	k.low = k.constant("minExp", math.Float32bits(-maxExp))
	k.magnitude = k.constantMem("magnitude", 1<<31-1)
	k.limit = k.constantMem("maxScore", math.Float32bits(maxScore))
	alpha := g.vec()
	g.VBROADCASTSS(g.argMem("alpha"), alpha)
	k.alpha = alpha
	k.bad = g.vec()
	g.zero(k.bad)

	s, a, b, n := g.arg("s"), g.arg("a"), g.arg("b"), g.arg("n")
	step, last := g.GP64(), g.GP64()
	g.XORQ(step, step)
	g.CMPQ(n, imm(g.floats))
	g.JL(operand.LabelRef("short"))
	lastScores := g.vec()
	g.LEAQ(operand.Mem{Base: n, Disp: -g.floats}, last) // where the last register starts
	g.SHLQ(imm(2), last)
	g.VMOVUPS(indexed(s, last, 0), lastScores)
	kept := g.AllocLocal(g.bytes())
	g.VMOVUPS(lastScores, kept)
	g.Label("loop")
	g.CMPQ(step, last)
	g.JGE(operand.LabelRef("last"))
	x := g.vec()
	g.VMOVUPS(indexed(s, step, 0), x)
	k.gradient(x, indexed(a, step, 0), indexed(b, step, 0))
	g.VMOVUPS(x, indexed(s, step, 0))
	g.ADDQ(imm(g.bytes()), step)
	g.JMP(operand.LabelRef("loop"))
	g.Label("last")
	x = g.vec()
	g.VMOVUPS(kept, x)
	k.gradient(x, indexed(a, last, 0), indexed(b, last, 0))
	g.VMOVUPS(x, indexed(s, last, 0))
	g.JMP(operand.LabelRef("report"))

	g.Label("short")
	// Zeros stand for what is missing: a score of 0 is in range.
	own := g.AllocLocal(3 * g.bytes())
	z := g.vec()
	g.zero(z)
	for i := range 3 {
		g.VMOVUPS(z, own.Offset(i*g.bytes()))
	}
	base, t := g.GP64(), g.GP32()
	g.LEAQ(own, base)
	left := g.GP64()
	g.MOVQ(n, left)
	g.Label("copyIn")
	for i, p := range []reg.Register{s, a, b} {
		g.MOVL(indexed(p, step, 0), t)
		g.MOVL(t, indexed(base, step, i*g.bytes()))
	}
	g.ADDQ(imm(4), step)
	g.DECQ(left)
	g.JNZ(operand.LabelRef("copyIn"))
	x = g.vec()
	g.VMOVUPS(own, x)
	k.gradient(x, own.Offset(g.bytes()), own.Offset(2*g.bytes()))
	g.VMOVUPS(x, own)
	g.XORQ(step, step)
	g.Label("copyOut")
	g.MOVL(indexed(base, step, 0), t)
	g.MOVL(t, indexed(s, step, 0))
	g.ADDQ(imm(4), step)
	g.DECQ(n)
	g.JNZ(operand.LabelRef("copyOut"))

	g.Label("report")
	k.storeOK()
	g.end()
}

// storeOK makes the function return whether all scores were in range.
func (k *sigmoidState) storeOK() {
	mask := k.GP32()
	ok := k.GP8()
	if k.wide() {
		kr := k.K()
		k.VPTESTMD(k.bad, k.bad, kr)
		k.KMOVW(kr, mask)
	} else {
		k.VMOVMSKPS(k.bad, mask)
	}
	k.TESTL(mask, mask)
	k.SETEQ(ok)
	k.Store(ok, k.ReturnIndex(0))
}

type sigmoidState struct {
	*isa
	// Registers, or memory full of a value.
	poly                    []operand.Op
	log2e, high, low, alpha operand.Op

	bad              reg.VecVirtual
	magnitude, limit operand.Mem
}

// constantMem is a register full of one value, in memory.
func (k *sigmoidState) constantMem(name string, bits uint32) operand.Mem {
	m := k.StaticGlobal(name + k.suffix)
	k.DataAttributes(attr.RODATA | attr.NOPTR)
	for range k.floats {
		k.AppendDatum(operand.U32(bits))
	}
	return m
}

func (k *sigmoidState) constant(name string, bits uint32) reg.VecVirtual {
	m := k.StaticGlobal(name + k.suffix)
	k.DataAttributes(attr.RODATA | attr.NOPTR)
	k.AppendDatum(operand.U32(bits))
	v := k.vec()
	k.VBROADCASTSS(m, v)
	return v
}

// gradient turns the scores x into alpha * (a - b*sigmoid(x)).
func (k *sigmoidState) gradient(x reg.VecVirtual, a, b operand.Mem) {
	t, n, p := k.vec(), k.vec(), k.vec()
	if k.wide() {
		in, out := k.K(), k.vec()
		k.VPANDD(k.magnitude, x, t)
		k.VCMPPS(operand.U8(5), k.limit, t, in) // not less than, or not a number
		k.VPTERNLOGD(operand.U8(0xff), out, out, out)
		k.VPORD_Z(out, k.bad, in, out)
		k.VPORD(out, k.bad, k.bad)
	} else {
		k.VANDPS(k.magnitude, x, t)
		k.VCMPPS(operand.U8(5), k.limit, t, t) // not less than, or not a number
		k.VORPS(t, k.bad, k.bad)
	}
	k.VMINPS(k.high, x, t)
	k.VMAXPS(k.low, t, t)
	k.VMULPS(k.log2e, t, t)
	// n nearest to t, then t - n, then 2^(t-n).
	if k.wide() {
		k.VRNDSCALEPS(operand.U8(0), t, n)
	} else {
		k.VROUNDPS(operand.U8(0), t, n)
	}
	k.VSUBPS(n, t, t)
	k.VMOVUPS(k.poly[5], p)
	for i := 4; i >= 0; i-- {
		k.VFMADD213PS(k.poly[i], t, p)
	}
	if k.wide() {
		k.VSCALEFPS(n, p, p)
	} else {
		k.VCVTPS2DQ(n, n)
		k.VPSLLD(operand.U8(23), n, n)
		k.VPADDD(n, p, p) // p is in [0.7, 1.42]: its exponent has room for n
	}
	k.VADDPS(k.poly[0], p, p)
	k.VMOVUPS(b, t)
	k.VDIVPS(p, t, t) // b * sigmoid
	k.VMOVUPS(a, x)
	k.VSUBPS(t, x, x)
	k.VMULPS(k.alpha, x, x)
}
