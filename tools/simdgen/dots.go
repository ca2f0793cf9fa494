package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dots writes S = U V^T. Each step loads the next register of r rows of U and of
// c rows of V and feeds r*c sums, so that the r+c loads pay for r*c
// multiplications. A core that starts two of them a cycle, each done after
// four, needs eight sums that do not wait for one another.
//
// Rows of U go by pairs; the first three of an odd number go at once, which
// leaves the slow single row to titles of one word. (AVX-512 has registers for
// 2 x 8 instead.) Whatever block a sum is in, its terms come in one order, and
// its lanes are added in one order.
func dots(g *isa) {
	g.function("dots",
		"func(s *float32, ld int, u *float32, uStride int, ui *int32, nu int, v *float32, vStride int, vi *int32, nv int, width int)",
		"computes s[i*ld+j] = u[ui[i]] . v[vi[j]]. ld, the strides and width, the part of a row that is used, are in bytes; nu, nv and width are not 0, and width is a multiple of a register.")
	d := &dotsState{
		isa: g,
		ld:  g.arg("ld"),
		vi:  g.GP64(), nv: g.GP64(), out: g.GP64(), step: g.GP64(),
	}
	// Pointers stand at the end of what is used of a row, and step runs from
	// -width up to 0.
	locals := g.AllocLocal(48)
	d.uEnd, d.vEnd, d.start = locals, locals.Offset(8), locals.Offset(16)
	d.s, d.ui, d.nu = locals.Offset(24), locals.Offset(32), locals.Offset(40)
	w, t := g.arg("width"), g.arg("u")
	g.ADDQ(w, t)
	g.MOVQ(t, d.uEnd)
	t = g.arg("v")
	g.ADDQ(w, t)
	g.MOVQ(t, d.vEnd)
	g.NEGQ(w)
	g.MOVQ(w, d.start)
	g.MOVQ(g.arg("s"), d.s)
	g.MOVQ(g.arg("ui"), d.ui)
	t = g.arg("nu")
	g.MOVQ(t, d.nu)

	if g.wide() {
		g.Label("pairs")
		g.CMPQ(d.nu, imm(2))
		g.JL(operand.LabelRef("single"))
		d.rows(2, 8, 4, 1)
		g.JMP(operand.LabelRef("pairs"))
	} else {
		g.TESTQ(operand.U32(1), t)
		g.JZ(operand.LabelRef("pairs"))
		g.CMPQ(d.nu, imm(1))
		g.JE(operand.LabelRef("single"))
		d.rows(3, 4, 2, 1)
		g.Label("pairs")
		g.CMPQ(d.nu, imm(0))
		g.JZ(operand.LabelRef("done"))
		d.rows(2, 4, 2, 1)
		g.JMP(operand.LabelRef("pairs"))
	}
	g.Label("single")
	g.CMPQ(d.nu, imm(0))
	g.JZ(operand.LabelRef("done"))
	d.rows(1, 8, 4, 1)
	g.Label("done")
	g.end()
}

type dotsState struct {
	*isa
	ld, vi, nv, out, step reg.Register

	// What is used once a row is kept in memory: registers are few.
	uEnd, vEnd, start, s, ui, nu operand.Mem

	u []reg.Register // the rows of U that are being worked on
}

// rows goes through all of V with the next r rows of U, in blocks of the given
// numbers of rows of V, the last of which is 1.
func (d *dotsState) rows(r int, blocks ...int) {
	d.u = nil
	ui := d.GP64()
	d.MOVQ(d.ui, ui)
	for i := range r {
		p := d.GP64()
		d.MOVLQSX(at(ui, 4*i), p)
		d.IMULQ(d.argMem("uStride"), p)
		d.ADDQ(d.uEnd, p)
		d.u = append(d.u, p)
	}
	d.MOVQ(d.argMem("vi"), d.vi)
	d.MOVQ(d.argMem("nv"), d.nv)
	d.MOVQ(d.s, d.out)
	for _, c := range blocks {
		name := fmt.Sprintf("r%dx%d", r, c)
		next := name + "_next"
		d.Label(name)
		d.CMPQ(d.nv, imm(c))
		d.JL(operand.LabelRef(next))
		d.block(r, c, name)
		d.ADDQ(imm(4*c), d.vi)
		d.ADDQ(imm(4*c), d.out)
		d.SUBQ(imm(c), d.nv)
		d.JMP(operand.LabelRef(name))
		d.Label(next)
	}
	for range r {
		d.ADDQ(d.ld, d.s)
	}
	d.ADDQ(imm(4*r), d.ui)
	d.SUBQ(imm(r), d.nu)
}

// block computes r x c products and stores them at out.
func (d *dotsState) block(r, c int, name string) {
	v := make([]reg.Register, c)
	for j := range v {
		v[j] = d.GP64()
		d.MOVLQSX(at(d.vi, 4*j), v[j])
		d.IMULQ(d.argMem("vStride"), v[j])
		d.ADDQ(d.vEnd, v[j])
	}
	sums := make([][]reg.VecVirtual, r)
	for i := range sums {
		sums[i] = d.vecs(c)
		for _, a := range sums[i] {
			d.zero(a)
		}
	}
	d.MOVQ(d.start, d.step)
	d.Label(name + "_step")
	x := d.vecs(r)
	for i, u := range d.u {
		d.VMOVUPS(indexed(u, d.step, 0), x[i])
	}
	for j, p := range v {
		if r == 1 {
			d.VFMADD231PS(indexed(p, d.step, 0), x[0], sums[0][j])
			continue
		}
		y := d.vec()
		d.VMOVUPS(indexed(p, d.step, 0), y)
		for i := range r {
			d.VFMADD231PS(y, x[i], sums[i][j])
		}
	}
	d.ADDQ(imm(d.bytes()), d.step)
	d.JNZ(operand.LabelRef(name + "_step"))
	if d.wide() {
		d.storeWide(sums)
	} else {
		d.store(sums)
	}
}

// fourSums adds lanes in the order ((0+2) + (1+3)), for each half of a, b, c and
// d, and leaves the four results of the lower halves in the lower half of a,
// those of the upper in the upper. Registers may be given twice.
func (g *isa) fourSums(a, b, c, d reg.VecVirtual) reg.VecVirtual {
	p := g.twoSums(a, b)
	q := p
	if c != a || d != b {
		q = g.twoSums(c, d)
	}
	x, y := g.vec(), g.vec()
	g.VSHUFPS(operand.U8(0x88), q, p, x)
	g.VSHUFPS(operand.U8(0xdd), q, p, y)
	g.VADDPS(y, x, x)
	return x
}

// twoSums leaves a0+a2, a1+a3, b0+b2, b1+b3 in each 128 bits.
func (g *isa) twoSums(a, b reg.VecVirtual) reg.VecVirtual {
	x, y := g.vec(), g.vec()
	g.VSHUFPS(operand.U8(0x44), b, a, x)
	g.VSHUFPS(operand.U8(0xee), b, a, y)
	g.VADDPS(y, x, x)
	return x
}

// store reduces the sums of AVX2 and stores them.
func (d *dotsState) store(sums [][]reg.VecVirtual) {
	var halves []reg.VecVirtual // each four products of one row, their halves not yet added
	for _, s := range sums {
		switch len(s) {
		case 8:
			halves = append(halves, d.fourSums(s[0], s[1], s[2], s[3]), d.fourSums(s[4], s[5], s[6], s[7]))
		case 4:
			halves = append(halves, d.fourSums(s[0], s[1], s[2], s[3]))
		case 2:
			halves = append(halves, d.fourSums(s[0], s[1], s[0], s[1]))
		case 1:
			halves = append(halves, d.fourSums(s[0], s[0], s[0], s[0]))
		}
	}
	c := len(sums[0])
	put := func(x reg.VecVirtual, to operand.Mem) {
		switch c {
		case 1:
			d.VMOVSS(x.AsX(), to)
		case 2:
			d.VMOVLPS(x.AsX(), to)
		default:
			d.VMOVUPS(x.AsX(), to)
		}
	}
	if c == 8 {
		x, y := d.vec(), d.vec()
		d.VPERM2F128(operand.U8(0x20), halves[1], halves[0], x)
		d.VPERM2F128(operand.U8(0x31), halves[1], halves[0], y)
		d.VADDPS(y, x, x)
		d.VMOVUPS(x, at(d.out, 0))
		return
	}
	for i, x := range halves {
		upper := d.XMM()
		d.VEXTRACTF128(operand.U8(1), x, upper)
		d.VADDPS(upper, x.AsX(), x.AsX())
		switch i {
		case 0:
			put(x, at(d.out, 0))
		case 1:
			put(x, indexed(d.out, d.ld, 0))
		case 2:
			put(x, operand.Mem{Base: d.out, Index: d.ld, Scale: 2})
		}
	}
}

// storeWide reduces the sums of AVX-512 and stores them.
func (d *dotsState) storeWide(sums [][]reg.VecVirtual) {
	// quarter leaves four products of row a in the lower half of a register,
	// their halves not yet added, and of b in the upper. Each list has four sums
	// or one.
	quarter := func(a, b []reg.VecVirtual) reg.VecVirtual {
		var both []reg.VecVirtual
		for i := range a {
			both = append(both, d.foldWide(operand.U8(0x44), operand.U8(0xee), a[i], b[i]))
		}
		if len(both) == 1 {
			return d.fourSums(both[0], both[0], both[0], both[0])
		}
		return d.fourSums(both[0], both[1], both[2], both[3])
	}
	// halves adds the 128 bits of which each half of a and of b consists.
	halves := func(a, b reg.VecVirtual) reg.VecVirtual {
		return d.foldWide(operand.U8(0x88), operand.U8(0xdd), a, b)
	}
	second := indexed(d.out, d.ld, 0)
	switch r, c := len(sums), len(sums[0]); {
	case r == 2 && c == 8:
		x := halves(quarter(sums[0][:4], sums[0][4:]), quarter(sums[1][:4], sums[1][4:]))
		d.VMOVUPS(x.AsY(), at(d.out, 0))
		d.VEXTRACTF64X4(operand.U8(1), x, second)
	case r == 1 && c == 8:
		p := quarter(sums[0][:4], sums[0][4:])
		d.VMOVUPS(halves(p, p).AsY(), at(d.out, 0))
	case c == 4:
		p := quarter(sums[0], sums[r-1])
		x := halves(p, p)
		d.VMOVUPS(x.AsX(), at(d.out, 0))
		if r == 2 {
			d.VEXTRACTF128(operand.U8(1), x.AsY(), second)
		}
	default:
		p := quarter(sums[0], sums[r-1])
		x := halves(p, p)
		d.VMOVSS(x.AsX(), at(d.out, 0))
		if r == 2 {
			upper := d.XMM()
			d.VEXTRACTF128(operand.U8(1), x.AsY(), upper)
			d.VMOVSS(upper, second)
		}
	}
}

// foldWide adds the quarters of a and b that even chooses to those that odd
// chooses: two of a, then two of b.
func (g *isa) foldWide(even, odd operand.U8, a, b reg.VecVirtual) reg.VecVirtual {
	x, y := g.vec(), g.vec()
	g.VSHUFF32X4(even, b, a, x)
	g.VSHUFF32X4(odd, b, a, y)
	g.VADDPS(y, x, x)
	return x
}
