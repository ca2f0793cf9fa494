package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// assigner writes the kernels of k-means, for AVX2.
type assigner struct {
	*isa
	columns operand.Mem
}

func assign(isa *isa) {
	g := &assigner{isa: isa}
	g.scores("scores", "in fused steps", false)
	g.scores("inOrder", "a product and a sum at a time, in their order", true)
	g.writeColumns()
	for _, n := range nearestWidths {
		g.nearest(n)
	}
	g.addFixed()
}

// panel is the number of centres that scores works on together.
const panel = 16

// scores writes a product of matrices, a block of rows by a panel of 16 columns
// at a time, whose sums stay in registers.
func (g *assigner) scores(name, how string, inOrder bool) {
	// As many rows as leave registers for the columns, one value of a row and a
	// product.
	const rows = 6
	width := panel / g.floats // registers in a panel
	g.function(name,
		"func(dst *float32, ldd int, a *float32, lda int, n int, panels *float32, bias *float32, count int, dim int)",
		"sets dst to bias + a*panels, for n rows of a and count panels, "+how+". ldd and lda are in bytes; n, count and dim are not 0.")
	dst, ldd, a, lda := g.arg("dst"), g.arg("ldd"), g.arg("a"), g.arg("lda")
	panels, bias := g.arg("panels"), g.arg("bias")
	row, left, out, p, d := g.GP64(), g.GP64(), g.GP64(), g.GP64(), g.GP64()

	block := func(rows int, name string) {
		acc := make([][]reg.VecVirtual, rows)
		for i := range acc {
			acc[i] = g.vecs(width)
			for c, v := range acc[i] {
				g.VMOVUPS(at(bias, c*g.bytes()), v)
			}
		}
		g.MOVQ(panels, p)
		g.MOVQ(g.argMem("dim"), d)
		x := row
		next := g.GP64()
		g.MOVQ(x, next)
		var offsets []reg.Register // of every third row
		for i := 3; i < rows; i += 3 {
			r := g.GP64()
			if i == 3 {
				g.LEAQ(operand.Mem{Base: lda, Index: lda, Scale: 2}, r)
				g.ADDQ(next, r)
			} else {
				g.LEAQ(operand.Mem{Base: lda, Index: lda, Scale: 2}, r)
				g.ADDQ(offsets[len(offsets)-1], r)
			}
			offsets = append(offsets, r)
		}
		place := func(i int) operand.Mem {
			base := reg.Register(next)
			if i >= 3 {
				base = offsets[i/3-1]
			}
			if i%3 == 0 {
				return at(base, 0)
			}
			return operand.Mem{Base: base, Index: lda, Scale: uint8(i % 3)}
		}
		g.Label(name)
		b := g.vecs(width)
		for c, v := range b {
			g.VMOVUPS(at(p, c*g.bytes()), v)
		}
		for i := range acc {
			v := g.vec()
			g.VBROADCASTSS(place(i), v)
			for c := range b {
				if !inOrder {
					g.VFMADD231PS(b[c], v, acc[i][c])
					continue
				}
				product := g.vec()
				g.VMULPS(b[c], v, product)
				g.VADDPS(product, acc[i][c], acc[i][c])
			}
		}
		g.ADDQ(imm(4*panel), p)
		g.ADDQ(imm(4), next)
		for _, r := range offsets {
			g.ADDQ(imm(4), r)
		}
		g.DECQ(d)
		g.JNZ(operand.LabelRef(name))
		for i := range acc {
			for c, v := range acc[i] {
				g.VMOVUPS(v, at(out, c*g.bytes()))
			}
			g.ADDQ(ldd, out)
		}
	}

	g.Label("panel")
	g.MOVQ(a, row)
	g.MOVQ(dst, out)
	g.MOVQ(g.argMem("n"), left)
	g.Label("rows")
	g.CMPQ(left, imm(rows))
	g.JL(operand.LabelRef("rest"))
	block(rows, "depth")
	step := g.GP64()
	g.IMUL3Q(imm(rows), lda, step)
	g.ADDQ(step, row)
	g.SUBQ(imm(rows), left)
	g.JMP(operand.LabelRef("rows"))
	g.Label("rest")
	g.TESTQ(left, left)
	g.JZ(operand.LabelRef("next"))
	g.Label("one")
	block(1, "depth1")
	g.ADDQ(lda, row)
	g.DECQ(left)
	g.JNZ(operand.LabelRef("one"))
	g.Label("next")
	// p stands behind the panel just used.
	g.MOVQ(p, panels)
	g.ADDQ(imm(4*panel), bias)
	g.ADDQ(imm(4*panel), dst)
	g.DECQ(g.argMem("count"))
	g.JNZ(operand.LabelRef("panel"))
	g.end()
}

// nearestWidths are the widths of a table, in registers, that nearest is
// written for. 13 are the most that leave room to compare.
var nearestWidths = []int{2, 4, 6, 8, 10, 12, 13}

// ahead is how many rows before its use a row is asked for.
const ahead = 24

// writeColumns writes the column of each bit that nearest gathers by AVX2: packing
// works within halves of registers.
func (g *assigner) writeColumns() {
	g.columns = g.StaticGlobal("columns")
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	for bit := range 128 {
		col := bit/32*32 + bit%16/4*8 + bit%32/16*4 + bit%4
		g.AddDatum(bit, operand.U8(col))
	}
	g.AddDatum(128, operand.U8(0)) // no bit at all, where scores are no numbers
}

// nearest writes the sums of rows of a table n registers wide, with the
// greatest and second greatest of each.
func (g *assigner) nearest(n int) {
	g.function(fmt.Sprintf("nearest%d", n),
		"func(table *float32, stride int, offs *int32, n int, rows *int32, last *int32, base int, label *int32, best *float32, second *float32)",
		fmt.Sprintf("adds up rows of %d registers for each of n bags. stride is in bytes; n is not 0 and no bag is empty. last is the last of all rows.", n))
	table, stride, offs, count := g.arg("table"), g.arg("stride"), g.arg("offs"), g.arg("n")
	rows, last, label := g.arg("rows"), g.arg("last"), g.arg("label")
	best, second := g.arg("best"), g.arg("second")
	next, end, row, soon := g.GP64(), g.GP64(), g.GP64(), g.GP64()
	g.MOVLQSX(at(offs, 0), next)
	g.LEAQ(operand.Mem{Base: rows, Index: next, Scale: 4}, next)

	fetch := func() {
		g.LEAQ(at(next, 4*ahead), soon)
		g.CMPQ(soon, last)
		g.CMOVQHI(last, soon)
		g.MOVLQSX(at(soon, 0), soon)
		g.IMULQ(stride, soon)
		g.ADDQ(table, soon)
		for b := 0; b < n*g.bytes(); b += 64 {
			g.PREFETCHT0(at(soon, b))
		}
		g.MOVLQSX(at(next, 0), row)
		g.IMULQ(stride, row)
		g.ADDQ(table, row)
		g.ADDQ(imm(4), next)
	}
	acc := g.vecs(n)
	g.Label("bag")
	g.MOVLQSX(at(offs, 4), end)
	g.LEAQ(operand.Mem{Base: rows, Index: end, Scale: 4}, end)
	fetch()
	for i, v := range acc {
		g.VMOVUPS(at(row, i*g.bytes()), v)
	}
	g.CMPQ(next, end)
	g.JEQ(operand.LabelRef("summed"))
	g.Label("row")
	fetch()
	for i, v := range acc {
		g.VADDPS(at(row, i*g.bytes()), v, v)
	}
	g.CMPQ(next, end)
	g.JNE(operand.LabelRef("row"))
	g.Label("summed")

	// The two greatest of each lane, and then of all lanes.
	m1, m2, t := g.vec(), g.vec(), g.vec()
	g.VMINPS(acc[0], acc[1], m2)
	g.VMAXPS(acc[0], acc[1], m1)
	for i := 2; i < n; i++ {
		g.VMINPS(m1, acc[i], t)
		g.VMAXPS(m2, t, m2)
		g.VMAXPS(m1, acc[i], m1)
	}
	halves := func(swap func(from, to reg.VecVirtual)) {
		// max(m2, m2', min(m1, m1')) is the second of both halves.
		swap(m2, t)
		g.VMAXPS(m2, t, m2)
		swap(m1, t)
		g.VMINPS(m1, t, t)
		g.VMAXPS(m2, t, m2)
		swap(m1, t)
		g.VMAXPS(m1, t, m1)
	}
	halves(func(from, to reg.VecVirtual) { g.VPERM2F128(operand.I8(1), from, from, to) })
	halves(func(from, to reg.VecVirtual) { g.VPERMILPS(operand.I8(0x4e), from, to) })
	halves(func(from, to reg.VecVirtual) { g.VPERMILPS(operand.I8(-0x4f), from, to) })

	column := g.place(acc, m1, t)
	g.ADDQ(g.argMem("base"), column)

	// Merge with what is there.
	b, s, u := g.XMM(), g.XMM(), g.XMM()
	old := g.GP64()
	g.MOVLQSX(at(label, 0), old)
	g.VMOVSS(at(best, 0), b)
	g.VMINSS(m1.AsX(), b, u)
	g.VMAXSS(at(second, 0), m2.AsX(), s)
	g.VMAXSS(u, s, s)
	g.VUCOMISS(b, m1.AsX())
	g.CMOVQLS(old, column) // not above
	g.VMAXSS(b, m1.AsX(), b)
	g.MOVL(column.As32(), at(label, 0))
	g.VMOVSS(b, at(best, 0))
	g.VMOVSS(s, at(second, 0))
	g.ADDQ(imm(4), label)
	g.ADDQ(imm(4), best)
	g.ADDQ(imm(4), second)
	g.ADDQ(imm(4), offs)
	g.DECQ(count)
	g.JNZ(operand.LabelRef("bag"))
	g.end()
}

// place returns the first of the columns that equal the greatest, which is in
// all lanes of m. It may be another column when several do. acc and zero are
// spoilt.
func (g *assigner) place(acc []reg.VecVirtual, m, zero reg.VecVirtual) reg.GPVirtual {
	lo, hi, bits := g.GP64(), g.GP64(), g.GP64()
	for i, v := range acc {
		g.VCMPPS(operand.I8(0), m, v, acc[i])
	}
	g.zero(zero)
	or := func(i int) reg.VecVirtual {
		if i < len(acc) {
			return acc[i]
		}
		return zero
	}
	for i := 0; i < len(acc); i += 4 {
		// 32 columns in 32 bits.
		x, y := acc[i], zero
		g.VPACKSSDW(or(i+1), x, x)
		if i+2 < len(acc) {
			y = acc[i+2]
			g.VPACKSSDW(or(i+3), y, y)
		}
		g.VPACKSSWB(y, x, x)
		switch i / 4 {
		case 0:
			g.VPMOVMSKB(x, lo.As32())
		case 2:
			g.VPMOVMSKB(x, hi.As32())
		default:
			g.VPMOVMSKB(x, bits.As32())
			g.SHLQ(operand.U8(32), bits)
			if i == 4 {
				g.ORQ(bits, lo)
			} else {
				g.ORQ(bits, hi)
			}
		}
	}
	column, table := g.GP64(), g.GP64()
	g.TZCNTQ(lo, column)
	if len(acc) > 8 {
		g.TZCNTQ(hi, hi)
		g.ADDQ(imm(64), hi)
		g.TESTQ(lo, lo)
		g.CMOVQEQ(hi, column)
	}
	g.LEAQ(g.columns, table)
	g.MOVBQZX(operand.Mem{Base: table, Index: column, Scale: 1}, column)
	return column
}

// addFixed writes the sums of means of rows in fixed point.
func (g *assigner) addFixed() {
	g.function("addFixed",
		"func(sums *int64, stride int, to *int32, from *int32, points *int32, weights *float64, n int, table *float32, ld int, dim int, offs *int32, rows *int32, tail *int32)",
		"adds weights[e] times the sum of a bag's rows to the row to[e] of sums, as whole numbers, and takes it from the row from[e]. Strides are in bytes; n and dim are not 0 and no bag is empty; tail masks the last dim%8 floats.")
	to, points, weights := g.arg("to"), g.arg("points"), g.arg("weights")
	table, ld, dim, rows := g.arg("table"), g.arg("ld"), g.arg("dim"), g.arg("rows")
	magic, w := g.YMM(), g.YMM()
	big := g.StaticGlobal("fixedBig")
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	g.AddDatum(0, operand.U64(0x4338000000000000)) // 3 * 2^51
	g.VBROADCASTSD(big, magic)
	first, end, sum, left, next, row := g.GP64(), g.GP64(), g.GP64(), g.GP64(), g.GP64(), g.GP64()
	old := g.GP64() // where the other row of sums lies, from sum

	// block adds up some registers of every row, and goes on to the next.
	block := func(name string, n int, mask reg.VecVirtual) {
		acc := make([]reg.VecVirtual, n)
		for i := range acc {
			acc[i] = g.YMM()
		}
		g.MOVQ(first, next)
		load := func() {
			g.MOVLQSX(at(next, 0), row)
			g.IMULQ(ld, row)
			g.ADDQ(table, row)
			g.ADDQ(imm(4), next)
		}
		load()
		for i, v := range acc {
			if mask != nil {
				g.VMASKMOVPS(at(row, 32*i), mask, v)
			} else {
				g.VMOVUPS(at(row, 32*i), v)
			}
		}
		g.CMPQ(next, end)
		g.JEQ(operand.LabelRef(name + "summed"))
		g.Label(name + "row")
		load()
		for i, v := range acc {
			if mask != nil {
				x := g.YMM()
				g.VMASKMOVPS(at(row, 32*i), mask, x)
				g.VADDPS(x, v, v)
			} else {
				g.VADDPS(at(row, 32*i), v, v)
			}
		}
		g.CMPQ(next, end)
		g.JNE(operand.LabelRef(name + "row"))
		g.Label(name + "summed")
		for i, v := range acc {
			high := g.XMM()
			g.VEXTRACTF128(operand.I8(1), v, high)
			for half, x := range []reg.Register{v.AsX(), high} {
				y, z := g.YMM(), v // v is not needed any more: high was taken from it, and its low half goes first
				g.VCVTPS2PD(x, y)
				g.VMULPD(w, y, y)
				g.VADDPD(magic, y, y)
				g.VPSUBQ(magic, y, y)
				g.VPADDQ(at(sum, 64*i+32*half), y, z)
				g.VMOVDQU(z, at(sum, 64*i+32*half))
				g.VMOVDQU(indexed(sum, old, 64*i+32*half), z)
				g.VPSUBQ(y, z, z)
				g.VMOVDQU(z, indexed(sum, old, 64*i+32*half))
			}
		}
		g.ADDQ(imm(32*n), table)
		g.ADDQ(imm(64*n), sum)
		g.SUBQ(imm(8*n), left)
	}
	g.Label("point")
	// Ask for the rows of the point after the next.
	g.MOVQ(points, next)
	g.LEAQ(at(points, 8), row)
	g.CMPQ(g.argMem("n"), imm(2))
	g.CMOVQHI(row, next)
	g.MOVLQSX(at(next, 0), row)
	g.MOVQ(g.argMem("offs"), next)
	g.MOVLQSX(operand.Mem{Base: next, Index: row, Scale: 4, Disp: 4}, end)
	g.MOVLQSX(operand.Mem{Base: next, Index: row, Scale: 4}, next)
	g.Label("soon")
	g.MOVLQSX(operand.Mem{Base: rows, Index: next, Scale: 4}, row)
	g.IMULQ(ld, row)
	g.ADDQ(table, row)
	g.MOVQ(dim, left)
	g.Label("line")
	g.PREFETCHT0(at(row, 0))
	g.ADDQ(imm(64), row)
	g.SUBQ(imm(16), left)
	g.JGT(operand.LabelRef("line"))
	g.INCQ(next)
	g.CMPQ(next, end)
	g.JNE(operand.LabelRef("soon"))

	g.MOVLQSX(at(points, 0), row)
	g.MOVQ(g.argMem("offs"), next)
	g.MOVLQSX(operand.Mem{Base: next, Index: row, Scale: 4}, first)
	g.MOVLQSX(operand.Mem{Base: next, Index: row, Scale: 4, Disp: 4}, end)
	g.LEAQ(operand.Mem{Base: rows, Index: first, Scale: 4}, first)
	g.LEAQ(operand.Mem{Base: rows, Index: end, Scale: 4}, end)
	g.MOVLQSX(at(to, 0), sum)
	g.IMULQ(g.argMem("stride"), sum)
	g.MOVQ(g.argMem("from"), old)
	g.MOVLQSX(at(old, 0), old)
	g.ADDQ(imm(4), g.argMem("from"))
	g.IMULQ(g.argMem("stride"), old)
	g.SUBQ(sum, old)
	g.ADDQ(g.argMem("sums"), sum)
	g.VBROADCASTSD(at(weights, 0), w)
	g.MOVQ(dim, left)
	// Wide blocks first: the end of each loop over rows is a branch that the
	// processor cannot foresee.
	for i, n := range []int{12, 4, 1} {
		name := []string{"wide", "middle", "narrow"}[i]
		after := []string{"middle", "narrow", "tail"}[i]
		g.Label(name)
		g.CMPQ(left, imm(8*n))
		g.JL(operand.LabelRef(after))
		block(name, n, nil)
		g.JMP(operand.LabelRef(name))
	}
	g.Label("tail")
	g.TESTQ(left, left)
	g.JZ(operand.LabelRef("done"))
	mask := g.YMM()
	tail := g.GP64()
	g.MOVQ(g.argMem("tail"), tail)
	g.VMOVUPS(at(tail, 0), mask)
	block("tail", 1, mask)
	g.Label("done")
	g.MOVQ(g.argMem("table"), table)
	g.ADDQ(imm(4), to)
	g.ADDQ(imm(4), points)
	g.ADDQ(imm(8), weights)
	g.DECQ(g.argMem("n"))
	g.JNZ(operand.LabelRef("point"))
	g.end()
}
