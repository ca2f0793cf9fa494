package main

import (
	"fmt"
	"math"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The rational function and the limits of sigmoid in pipeline/simd, whose comment
// explains them: tanh(x/2) is x P(x*x) / Q(x*x).
var (
	tanhP = [4]float32{0.4999978436093252, 0.015377730165692638, 7.115593944160722e-05, 3.070326865122193e-08}
	tanhQ = [4]float32{1, 0.11408508145414714, 0.001317011561934402, 2.224233944412287e-06}
)

const (
	maxTanh  = 14
	maxScore = 1000
)

// sigmoidConstants are registers full of a value, in memory.
type sigmoidConstants struct {
	p, q                              [4]operand.Mem
	high, low, half, magnitude, limit operand.Mem
	iota                              operand.Mem // 0, 1, 2 ...
}

func newSigmoidConstants(g *isa) sigmoidConstants {
	var k sigmoidConstants
	float := func(name string, x float32) operand.Mem {
		return g.constantMem(name, func(int) uint32 { return math.Float32bits(x) })
	}
	for i := range k.p {
		k.p[i], k.q[i] = float(fmt.Sprintf("tanhP%d", i), tanhP[i]), float(fmt.Sprintf("tanhQ%d", i), tanhQ[i])
	}
	k.high, k.low, k.half = float("maxTanh", maxTanh), float("minTanh", -maxTanh), float("half", 0.5)
	k.limit = float("maxScore", maxScore)
	k.magnitude = g.constantMem("magnitude", func(int) uint32 { return 1<<31 - 1 })
	k.iota = g.constantMem("iota", func(i int) uint32 { return uint32(i) })
	return k
}

// constantMem is a register full of values, in memory.
func (g *isa) constantMem(name string, bits func(lane int) uint32) operand.Mem {
	m := g.StaticGlobal(name + g.suffix)
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range g.floats {
		g.AppendDatum(operand.U32(bits(i)))
	}
	return m
}

// gradient returns alpha * (a - b*sigmoid(x)), which with t = tanh(x/2) is
// (alpha a - alpha b/2) - alpha b/2 t. What waits for x is kept short, as each row
// of a group waits for the one before: P and Q are computed side by side, each
// in halves.
func (k *stepper) gradient(x, alpha reg.VecVirtual, a, b operand.Mem) reg.VecVirtual {
	k.VMINPS(k.high, x, x)
	k.VMAXPS(k.low, x, x)
	y, z := k.vec(), k.vec()
	k.VMULPS(x, x, y)
	k.VMULPS(y, y, z)
	cubic := func(c [4]operand.Mem) reg.VecVirtual {
		low, high := k.vec(), k.vec()
		k.VMOVUPS(c[1], low)
		k.VFMADD213PS(c[0], y, low)
		k.VMOVUPS(c[3], high)
		k.VFMADD213PS(c[2], y, high)
		k.VFMADD231PS(high, z, low)
		return low
	}
	q, p := cubic(k.q), cubic(k.p)
	half, rest := k.vec(), k.vec()
	k.VMULPS(k.half, alpha, half)
	k.VMULPS(b, half, half)
	k.VMULPS(a, alpha, rest)
	k.VSUBPS(half, rest, rest)
	k.VMULPS(half, x, x)
	k.VMULPS(x, p, p)
	k.VDIVPS(q, p, p)
	k.VSUBPS(p, rest, rest)
	return rest
}
