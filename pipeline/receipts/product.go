package receipts

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// product is one article of a type. It is the same for every seed and, but
// for the store brands, in every shop.
type product struct {
	t                          *productType
	key                        uint64
	noun                       *noun
	brand                      phrase
	claim, kind, variety, tail *phrase // nil for none
	size                       *size   // nil for none
	pack                       int     // 0 for a single one
	packed                     bool    // the line printed the pack
}

// How often an article has each attribute that its type offers.
const (
	chanceClaim   = 0.28
	chanceKind    = 0.78
	chanceVariety = 0.95
	chanceSize    = 0.88
	chanceTail    = 0.22
	chancePack    = 0.18
	chanceStore   = 0.22 // of the branded ones, where the shop has its own
	chanceFirst   = 0.6  // that the first of several names is used
)

// product returns the article of the given rank of popularity, as v sells it.
func (t *productType) product(v *vendor, rank uint64) product {
	d := newDraw(saltProduct, t.key, rank)
	p := product{t: t, key: uint64(d), noun: &t.nouns[0]}
	if u := d.float(); len(t.nouns) > 1 && u >= chanceFirst {
		p.noun = &t.nouns[1+int((u-chanceFirst)/(1-chanceFirst)*float64(len(t.nouns)-1))]
	}
	maybe := func(chance float64, from []phrase) *phrase {
		// Where there is one choice, to have none is the other: n in n+1.
		if n := float64(len(from)); d.float() >= chance*n/(n+1) {
			return nil
		}
		return &from[d.skewed(len(from))]
	}
	p.kind = maybe(chanceKind, t.kinds)
	p.variety = maybe(chanceVariety, t.varieties)
	p.claim = maybe(chanceClaim, t.dept.claims)
	p.tail = maybe(chanceTail, t.tails)
	if len(t.sizes) > 0 && d.float() < chanceSize {
		p.size = &t.sizes[d.skewed(len(t.sizes))]
	}
	p.dropRepeats()
	if packs := t.dept.packs; len(packs) > 0 && t.low < maxPacked && d.float() < chancePack {
		p.pack = packs[d.intn(len(packs))]
	}
	if d.float() < t.dept.branded {
		if store := d.float() < chanceStore; store && len(v.stores) > 0 {
			p.brand = v.stores[d.intn(len(v.stores))]
		} else if len(t.brands) > 0 {
			p.brand = t.brands[d.skewed(len(t.brands))]
		}
	}
	return p
}

// maxPacked is the price, in dollars, from which nothing is sold in packs.
const maxPacked = 15

// dropRepeats leaves out what would say a word twice: "diet diet soda",
// "chocolate chocolate bar", "thin sliced sliced ham".
func (p *product) dropRepeats() {
	name := p.noun.whole[lowered]
	if p.variety != nil && strings.Contains(name, p.variety[lowered]) {
		p.variety = nil
	}
	if p.kind != nil {
		k := p.kind[lowered]
		first, _, _ := strings.Cut(name, " ")
		if strings.Contains(name, k) || strings.Contains(k, first) || p.variety != nil && k == p.variety[lowered] {
			p.kind = nil
		}
	}
	if p.claim == nil {
		return
	}
	for _, other := range []*phrase{p.kind, p.variety, &p.noun.whole} {
		if other != nil && strings.Contains(other[lowered], p.claim[lowered]) {
			p.claim = nil
			return
		}
	}
}

// buy draws what a unit of p costs at v today, and how many are bought.
func (p *product) buy(v *vendor, d *draw) (price float64, quantity int32) {
	t := p.t
	if t.dept.bare {
		// Fees and coupons come in round amounts.
		return math.Round((t.low+(t.high-t.low)*d.float())*20) / 20, 1
	}
	own := newDraw(p.key, v.key)
	price = t.low * math.Pow(t.high/t.low, own.float()) * v.dearness
	if d.float() < 0.07 {
		price *= 0.8 // on sale
	}
	price = marked(price)
	quantity = 1
	if u := d.float(); u > 0.85 && price < 100 {
		quantity = 2
		if u > 0.96 {
			quantity += int32(d.intn(4))
		}
	}
	return price, quantity
}

// marked returns the price as shops write it: 3.49, 12.99.
func marked(price float64) float64 {
	price = max(0.19, math.Floor(price*10)/10+0.09)
	if price > 10 {
		price = math.Floor(price) + 0.99
	}
	return math.Round(price*100) / 100
}

// title appends to buf how v prints p and reports whether it prints the
// brand. What the till weighs gets its price from the weight, a printed pack
// from its number.
func (p *product) title(buf []byte, v *vendor, d *draw, price *float64) (title []byte, branded bool) {
	if p.t.dept.bare {
		return p.bareTitle(buf, v, *price), false
	}
	// The shop's computer prints an article the same way every time.
	own := newDraw(saltShop, p.key, v.key)
	l := &v.layouts[pickShare(v.layoutShares, own.float())]
	pounds, perPound := 0.0, *price
	if p.size != nil && p.size.weighed {
		pounds = 0.3 + 3.2*d.float()*d.float()
	}
	for _, alternatives := range l.pieces {
	next:
		for _, parts := range alternatives {
			mark, packed := len(buf), false
			for _, part := range parts {
				if part.slot == slotNone {
					buf = append(buf, part.text...)
					continue
				}
				before := len(buf)
				packed = packed || part.slot == slotPack
				switch part.slot {
				case slotWeight:
					if pounds > 0 {
						buf = strconv.AppendFloat(buf, pounds, 'f', 2, 64)
						*price = math.Round(perPound*pounds*100) / 100
					}
				case slotRate:
					buf = strconv.AppendFloat(buf, perPound, 'f', 2, 64)
				default:
					buf = p.appendSlot(buf, part.slot, v, own)
				}
				if len(buf) == before {
					buf = buf[:mark]
					continue next
				}
			}
			p.packed = p.packed || packed
			break
		}
	}
	if p.packed {
		*price = marked(*price * math.Pow(float64(p.pack), 0.7))
	}
	if v.letters <= titled {
		buf = capitalise(buf)
	}
	if v.width > 0 && len(buf) > v.width {
		buf = buf[:v.width] // in capitals, and so ASCII
		for buf[len(buf)-1] == ' ' {
			buf = buf[:len(buf)-1]
		}
	}
	return buf, !l.noBrand && p.brand[written] != ""
}

// appendSlot appends the value of a slot, nothing when p has none.
func (p *product) appendSlot(buf []byte, s slot, v *vendor, own draw) []byte {
	f := v.letters
	text := func(ph *phrase) []byte {
		if ph == nil {
			return buf
		}
		return append(buf, ph[f]...)
	}
	switch s {
	case slotBrand:
		return text(&p.brand)
	case slotClaim:
		return text(p.claim)
	case slotKind:
		return text(p.kind)
	case slotVariety:
		return text(p.variety)
	case slotWhole:
		return text(&p.noun.whole)
	case slotHead:
		if p.noun.rest[f] == "" {
			return buf
		}
		return text(&p.noun.head)
	case slotRest:
		return text(&p.noun.rest)
	case slotTail:
		return text(p.tail)
	case slotSizing:
		if p.size != nil && (!p.size.single || v.letters >= lowered) {
			return append(buf, p.size.forms[v.spelling]...)
		}
	case slotPack:
		if p.pack > 0 {
			return strconv.AppendInt(buf, int64(p.pack), 10)
		}
	case slotModel:
		if m := p.t.dept.models; len(m) > 0 {
			own = newDraw(p.key) // the maker's number, the same in all shops
			return appendPattern(buf, m[own.intn(len(m))], &own, f == lowered)
		}
	case slotPerson:
		if len(v.people) > 0 {
			own.next()
			return text(&v.people[own.intn(len(v.people))])
		}
	case slotSku:
		own.next()
		return appendPattern(buf, "1######", &own, false)
	case slotUpc:
		own = newDraw(p.key)
		return appendPattern(buf, "0############", &own, false)
	}
	return buf
}

// bareTitle prints a line that is no product; "#" stands for the amount.
func (p *product) bareTitle(buf []byte, v *vendor, price float64) []byte {
	f := v.letters
	if f == short {
		f = upper // "CPN" would be no English
	}
	for i := range len(p.noun.whole[f]) {
		c := p.noun.whole[f][i]
		if c == '#' {
			buf = strconv.AppendFloat(buf, price, 'f', 2, 64)
			continue
		}
		buf = append(buf, c)
	}
	if f == written {
		buf = capitalise(buf)
	}
	return buf
}

// appendPattern appends a number by its pattern: # is a digit, @ a letter.
func appendPattern(buf []byte, pattern string, d *draw, lower bool) []byte {
	for i := range len(pattern) {
		c := pattern[i]
		switch c {
		case '#':
			c = byte('0' + d.intn(10))
		case '@':
			c = "ABCDEFGHKLMNPRSTVXZ"[d.intn(19)]
		}
		if lower && c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		buf = append(buf, c)
	}
	return buf
}

// capitalise makes the first letter of title a capital.
func capitalise(title []byte) []byte {
	r, n := utf8.DecodeRune(title)
	if u := unicode.ToUpper(r); u != r && utf8.RuneLen(u) == n {
		utf8.EncodeRune(title[:n], u)
	}
	return title
}
