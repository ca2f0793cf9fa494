package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// steps writes training steps for rows of U one after the other, each of which finds
// V as the one before left it. To load each register of V once for several rows of
// U, up to four of them, u0 to u3, go as a group. What the first ones do to the
// scores of the later follows from their products with one another: with the
// gradients g[i][j],
//
//	u[i] . v[j] after i steps = u[i] . v[j] + sum over k < i of (u[i] . u[k]) g[k][j]
//
// So all products are computed first (products, grams), then the gradients from
// the first row to the last (gradients), then all rows move (move).
func steps(g *isa) {
	g.function("steps",
		"func(u *float32, uStride int, ui *int32, nu int, v *float32, vStride int, vi *int32, nv int, width int, a *float32, b *float32, ld int, s *float32, sld int, old *float32, alpha float32) bool",
		"does for each of nu rows of u: g = alpha * (a - b*sigmoid(u . v)) over nv rows of v; v += g u; u += sum of g v, with v as it was before. a and b are of nu x ld, and their last rows reach a register beyond nv; s has room for four rows of sld, and old for four of width. Strides, ld, sld and width, the part of a row that is used, are in bytes; nothing is 0, and width is a multiple of a register. It reports whether all scores were in range.")
	k := newStepper(g)
	t := g.GP64()
	g.Label("group")
	g.MOVQ(k.nu, t)
	for _, r := range []struct{ rows, n int }{{5, 3}, {4, 4}, {3, 3}, {2, 2}} {
		g.CMPQ(t, imm(r.rows))
		if r.rows == 5 { // 3 and 2 are faster than 4 and 1
			g.JE(operand.LabelRef("group3"))
			continue
		}
		g.JGE(operand.LabelRef(fmt.Sprintf("group%d", r.n)))
	}
	for n := 1; n <= maxGroup; n++ {
		g.Label(fmt.Sprintf("group%d", n))
		k.group(n)
	}
	g.Label("end")
	k.report()
	g.end()
}

// maxGroup is how many rows of U go together.
const maxGroup = 4

type stepper struct {
	*isa
	sigmoidConstants

	// What is used once a group is kept in memory: registers are few.
	ui, nu, a, b, uEnd, vEnd, start operand.Mem
	u                               [maxGroup]operand.Mem // ends of the rows of the group
	gram                            operand.Mem           // products of rows of the group: (1,0), (2,0), (2,1), (3,0) ...
	bad                             operand.Mem           // a register full
}

func newStepper(g *isa) *stepper {
	k := &stepper{isa: g, sigmoidConstants: newSigmoidConstants(g)}
	words := g.AllocLocal(8 * (7 + maxGroup))
	for i, m := range []*operand.Mem{&k.ui, &k.nu, &k.a, &k.b, &k.uEnd, &k.vEnd, &k.start} {
		*m = words.Offset(8 * i)
	}
	for i := range k.u {
		k.u[i] = words.Offset(8 * (7 + i))
	}
	k.gram = g.AllocLocal(32)
	k.bad = g.AllocLocal(g.bytes())
	z, w, t := g.vec(), g.arg("width"), g.GP64()
	g.zero(z)
	g.VMOVUPS(z, k.bad)
	for _, p := range []struct {
		name string
		end  bool
		to   operand.Mem
	}{{"ui", false, k.ui}, {"nu", false, k.nu}, {"a", false, k.a}, {"b", false, k.b}, {"u", true, k.uEnd}, {"v", true, k.vEnd}} {
		g.MOVQ(g.argMem(p.name), t)
		if p.end {
			g.ADDQ(w, t)
		}
		g.MOVQ(t, p.to)
	}
	g.NEGQ(w)
	g.MOVQ(w, k.start)
	return k
}

// group writes the steps of the next n rows of U.
func (k *stepper) group(n int) {
	ui, t := k.GP64(), k.GP64()
	k.MOVQ(k.ui, ui)
	for i := range n {
		k.MOVLQSX(at(ui, 4*i), t)
		k.IMULQ(k.argMem("uStride"), t)
		k.ADDQ(k.uEnd, t)
		k.MOVQ(t, k.u[i])
	}
	k.ADDQ(imm(4*n), ui)
	k.MOVQ(ui, k.ui)
	k.products(n)
	k.grams(n)
	k.gradients(n)
	k.move(n)

	ld, left := k.arg("ld"), k.GP64()
	for _, m := range []operand.Mem{k.a, k.b} {
		for range n {
			k.ADDQ(ld, m)
		}
	}
	k.MOVQ(k.nu, left)
	k.SUBQ(imm(n), left)
	k.MOVQ(left, k.nu)
	k.JNZ(operand.LabelRef("group"))
	if n < maxGroup {
		k.JMP(operand.LabelRef("end"))
	}
}

// rowsOfU loads the ends of the rows of the group.
func (k *stepper) rowsOfU(n int) []reg.Register {
	u := make([]reg.Register, n)
	for i := range u {
		u[i] = k.GP64()
		k.MOVQ(k.u[i], u[i])
	}
	return u
}

// rowsOfV loads the ends of the next c rows of V.
func (k *stepper) rowsOfV(vi reg.Register, c int) []reg.Register {
	v := make([]reg.Register, c)
	for j := range v {
		v[j] = k.GP64()
		k.MOVLQSX(at(vi, 4*j), v[j])
		k.IMULQ(k.argMem("vStride"), v[j])
		k.ADDQ(k.vEnd, v[j])
	}
	return v
}

// blocks writes a loop over all rows of V, in blocks of the given sizes, the last of
// which is 1.
func (k *stepper) blocks(name string, sizes []int, vi, left, s reg.Register, body func(c int, name string)) {
	k.MOVQ(k.argMem("vi"), vi)
	k.MOVQ(k.argMem("nv"), left)
	k.MOVQ(k.argMem("s"), s)
	for _, c := range sizes {
		block := fmt.Sprintf("%sBy%d", name, c)
		k.Label(block)
		k.CMPQ(left, imm(c))
		k.JL(operand.LabelRef(block + "Next"))
		body(c, block)
		k.ADDQ(imm(4*c), vi)
		k.ADDQ(imm(4*c), s)
		k.SUBQ(imm(c), left)
		k.JMP(operand.LabelRef(block))
		k.Label(block + "Next")
	}
}

// inS returns where row i of s is, whose first is at s.
func inS(s, sld, sld3 reg.Register, i int) operand.Mem {
	switch i {
	case 0:
		return at(s, 0)
	case 1, 2:
		return operand.Mem{Base: s, Index: sld, Scale: uint8(i)}
	}
	return indexed(s, sld3, 0)
}

// threeTimes returns 3x.
func (k *stepper) threeTimes(x reg.Register) reg.Register {
	y := k.GP64()
	k.LEAQ(operand.Mem{Base: x, Index: x, Scale: 2}, y)
	return y
}

// products writes s[i][j] = u[i] . v[j].
func (k *stepper) products(n int) {
	sizes := map[int][]int{1: {8, 4, 1}, 2: {4, 2, 1}, 3: {4, 2, 1}, 4: {2, 1}}[n]
	if k.wide() {
		sizes = map[int][]int{1: {8, 4, 1}, 2: {8, 4, 1}, 3: {4, 2, 1}, 4: {4, 2, 1}}[n]
	}
	u := k.rowsOfU(n)
	vi, left, s, sld := k.GP64(), k.GP64(), k.GP64(), k.arg("sld")
	var sld3 reg.Register
	if n == 4 {
		sld3 = k.threeTimes(sld)
	}
	k.blocks(fmt.Sprintf("products%d", n), sizes, vi, left, s, func(c int, name string) {
		v := k.rowsOfV(vi, c)
		sums := k.vecs(n * c) // row after row
		for _, x := range sums {
			k.zero(x)
		}
		step := k.GP64()
		k.MOVQ(k.start, step)
		k.Label(name + "Step")
		x := k.vecs(n)
		for i := range x {
			k.VMOVUPS(indexed(u[i], step, 0), x[i])
		}
		for j, p := range v {
			if n == 1 {
				k.VFMADD231PS(indexed(p, step, 0), x[0], sums[j])
				continue
			}
			y := k.vec()
			k.VMOVUPS(indexed(p, step, 0), y)
			for i := range x {
				k.VFMADD231PS(y, x[i], sums[i*c+j])
			}
		}
		k.ADDQ(imm(k.bytes()), step)
		k.JNZ(operand.LabelRef(name + "Step"))
		k.fours(sums, func(first int, x reg.VecVirtual) {
			i, j := first/c, first%c
			to := inS(s, sld, sld3, i)
			to.Disp += 4 * j
			switch {
			case c >= 4:
				k.VMOVUPS(x, to)
			case c == 2:
				k.VMOVLPS(x, to)
				if i+1 < n {
					k.VMOVHPS(x, inS(s, sld, sld3, i+1))
				}
			default:
				k.VMOVSS(x, to)
				for i := 1; i < n; i++ {
					k.VEXTRACTPS(operand.U8(i), x, inS(s, sld, sld3, i))
				}
			}
		})
	})
}

// grams writes the products of the rows of the group with one another, and keeps
// the rows as they are, register by register those of all rows.
func (k *stepper) grams(n int) {
	u, old, step := k.rowsOfU(n), k.arg("old"), k.GP64()
	sums := k.vecs(n * (n - 1) / 2)
	for _, x := range sums {
		k.zero(x)
	}
	k.MOVQ(k.start, step)
	name := fmt.Sprintf("gram%d", n)
	k.Label(name)
	x := k.vecs(n)
	for i := range x {
		k.VMOVUPS(indexed(u[i], step, 0), x[i])
		k.VMOVUPS(x[i], at(old, i*k.bytes()))
		for j := range i {
			k.VFMADD231PS(x[j], x[i], sums[i*(i-1)/2+j])
		}
	}
	k.ADDQ(imm(n*k.bytes()), old)
	k.ADDQ(imm(k.bytes()), step)
	k.JNZ(operand.LabelRef(name))
	k.fours(sums, func(first int, x reg.VecVirtual) { k.VMOVUPS(x, k.gram.Offset(4*first)) })
}

// fours adds up the lanes of sums, and gives the results by fours to store; what
// is behind the last has no meaning.
func (k *stepper) fours(sums []reg.VecVirtual, store func(first int, x reg.VecVirtual)) {
	if k.wide() {
		for _, x := range sums {
			upper := k.YMM()
			k.VEXTRACTF64X4(operand.U8(1), x, upper)
			k.VADDPS(upper, x.AsY(), x.AsY())
		}
	}
	for first := 0; first < len(sums); first += 4 {
		four := sums[first:min(first+4, len(sums))]
		last := len(four) - 1
		x := k.fourSums(four[0], four[min(1, last)], four[min(2, last)], four[last])
		upper := k.XMM()
		k.VEXTRACTF128(operand.U8(1), x.AsY(), upper)
		k.VADDPS(upper, x.AsX(), upper)
		store(first, upper)
	}
}

// gradients turns the products at s into gradients, row after row.
func (k *stepper) gradients(n int) {
	pa, pb, s, left := k.GP64(), k.GP64(), k.GP64(), k.GP64()
	ld, sld := k.arg("ld"), k.arg("sld")
	var ld3, sld3 reg.Register
	if n == 4 {
		ld3, sld3 = k.threeTimes(ld), k.threeTimes(sld)
	}
	k.MOVQ(k.a, pa)
	k.MOVQ(k.b, pb)
	k.MOVQ(k.argMem("s"), s)
	k.MOVQ(k.argMem("nv"), left)
	alpha := k.vec()
	k.VBROADCASTSS(k.argMem("alpha"), alpha)
	name := fmt.Sprintf("gradients%d", n)
	k.Label(name)
	counts := k.lanes(left)
	done := make([]reg.VecVirtual, n)
	for i := range n {
		x := k.vec()
		k.VMOVUPS(inS(s, sld, sld3, i), x)
		for j, g := range done[:i] {
			w := k.vec()
			k.VBROADCASTSS(k.gram.Offset(4*(i*(i-1)/2+j)), w)
			k.VFMADD231PS(w, g, x)
		}
		k.check(x, counts)
		done[i] = k.gradient(x, alpha, inS(pa, ld, ld3, i), inS(pb, ld, ld3, i))
		k.VMOVUPS(done[i], inS(s, sld, sld3, i))
	}
	for _, p := range []reg.Register{pa, pb, s} {
		k.ADDQ(imm(k.bytes()), p)
	}
	k.SUBQ(imm(k.floats), left)
	k.JG(operand.LabelRef(name))
}

// lanes returns which lanes of a register are scores: the first ones, as many as
// are left.
func (k *stepper) lanes(left reg.Register) reg.Register {
	n := k.vec()
	if k.wide() {
		k.VPBROADCASTD(left.(reg.GPVirtual).As32(), n)
		mask := k.K()
		k.VPCMPGTD(k.iota, n, mask)
		return mask
	}
	k.VMOVD(left.(reg.GPVirtual).As32(), n.AsX())
	k.VPBROADCASTD(n.AsX(), n)
	k.VPCMPGTD(k.iota, n, n)
	return n
}

// check notes which scores are out of range, or no number.
func (k *stepper) check(x reg.VecVirtual, counts reg.Register) {
	t := k.vec()
	const notLess = 5 // or unordered
	if k.wide() {
		out, all := k.K(), k.vec()
		k.VPANDD(k.magnitude, x, t)
		k.VCMPPS(operand.U8(notLess), k.limit, t, counts, out)
		k.VMOVUPS(k.bad, all)
		k.VPTERNLOGD(operand.U8(0xff), all, all, out, all)
		k.VMOVUPS(all, k.bad)
		return
	}
	k.VANDPS(k.magnitude, x, t)
	k.VCMPPS(operand.U8(notLess), k.limit, t, t)
	k.VANDPS(counts, t, t)
	k.VORPS(k.bad, t, t)
	k.VMOVUPS(t, k.bad)
}

// report returns whether all scores were in range.
func (k *stepper) report() {
	bad := k.vec()
	k.VMOVUPS(k.bad, bad)
	mask, ok := k.GP32(), k.GP8()
	if k.wide() {
		kr := k.K()
		k.VPTESTMD(bad, bad, kr)
		k.KMOVW(kr, mask)
	} else {
		k.VMOVMSKPS(bad, mask)
	}
	k.TESTL(mask, mask)
	k.SETEQ(ok)
	k.Store(ok, k.ReturnIndex(0))
}

// move writes v[j] += g[i][j] u[i] for one i after the other, and u[i] += the sum
// of g[i][j] v[j], with v as it is before its step i. A block of rows of V goes
// through all of the width with its gradients in registers.
func (k *stepper) move(n int) {
	sizes := map[int][]int{1: {4, 1}, 2: {4, 2, 1}, 3: {2, 1}, 4: {2, 1}}[n]
	if k.wide() {
		sizes = map[int][]int{1: {8, 1}, 2: {8, 4, 1}, 3: {4, 2, 1}, 4: {4, 2, 1}}[n]
	}
	u := k.rowsOfU(n)
	vi, left, s := k.GP64(), k.GP64(), k.GP64()
	k.blocks(fmt.Sprintf("move%d", n), sizes, vi, left, s, func(c int, name string) {
		weights := k.vecs(n * c)
		t := k.GP64()
		k.MOVQ(s, t)
		for i := range n {
			for j := range c {
				k.VBROADCASTSS(at(t, 4*j), weights[i*c+j])
			}
			if i+1 < n {
				k.ADDQ(k.argMem("sld"), t)
			}
		}
		v, step, old := k.rowsOfV(vi, c), k.GP64(), k.arg("old")
		k.MOVQ(k.start, step)
		k.Label(name + "Step")
		sums := k.vecs(n)
		for i := range sums {
			k.VMOVUPS(indexed(u[i], step, 0), sums[i])
		}
		for j, p := range v {
			x := k.vec()
			k.VMOVUPS(indexed(p, step, 0), x)
			for i := range n {
				k.VFMADD231PS(x, weights[i*c+j], sums[i])
				k.VFMADD231PS(at(old, i*k.bytes()), weights[i*c+j], x)
			}
			k.VMOVUPS(x, indexed(p, step, 0))
		}
		for i, x := range sums {
			k.VMOVUPS(x, indexed(u[i], step, 0))
		}
		k.ADDQ(imm(n*k.bytes()), old)
		k.ADDQ(imm(k.bytes()), step)
		k.JNZ(operand.LabelRef(name + "Step"))
	})
}
