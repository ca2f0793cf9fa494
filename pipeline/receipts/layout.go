package receipts

import (
	"fmt"
	"strings"
)

// A layout is how a shop builds a line. In the vendors file it is text with
// slots and optional groups:
//
//	[%brand ]%noun[, %variety][ (Pack of %pack)|, %size]
//
// A group in brackets is printed only when every slot in it has a value; after
// a | stands what is tried next. A | to be printed is written ¦.
type layout struct {
	pieces []piece
	// noBrand says that the layout never prints the brand.
	noBrand bool
}

// piece is a list of alternatives, of which the first full one is printed.
type piece [][]part

// part is text, or a slot when slot is not slotNone.
type part struct {
	text string
	slot slot
}

type slot int

const (
	slotNone    slot = iota
	slotBrand        // "Old Mill"
	slotClaim        // "organic"
	slotKind         // "kettle"
	slotVariety      // "sea salt"
	slotWhole        // "potato chips"
	slotHead         // "chips"
	slotRest         // "potato"
	slotSizing       // "8 oz"
	slotPack         // "6"
	slotTail         // "with pulp"
	slotModel        // "KX-220"
	slotPerson       // "Marlene": fashion names its articles after people
	slotSku          // "1184532"
	slotUpc          // "004412700123"
	slotWeight       // "2.31": drawn anew for each line
	slotRate         // "0.69": the price a pound
)

func slots() map[string]slot {
	return map[string]slot{
		"brand": slotBrand, "claim": slotClaim, "kind": slotKind, "variety": slotVariety, "noun": slotWhole, "head": slotHead, "rest": slotRest,
		"size": slotSizing, "pack": slotPack, "tail": slotTail, "model": slotModel, "person": slotPerson, "sku": slotSku, "upc": slotUpc,
		"weight": slotWeight, "rate": slotRate,
	}
}

// parseLayout reads a layout as described at the type.
func parseLayout(s string) (layout, error) {
	l := layout{noBrand: !strings.Contains(s, "%brand")}
	for s != "" {
		if s[0] == '[' {
			inner, after, ok := strings.Cut(s[1:], "]")
			if !ok {
				return layout{}, fmt.Errorf("layout: a [ without its ]")
			}
			var p piece
			for alternative := range strings.SplitSeq(inner, "|") {
				parts, err := parseParts(alternative)
				if err != nil {
					return layout{}, err
				}
				p = append(p, parts)
			}
			l.pieces, s = append(l.pieces, p), after
			continue
		}
		k := strings.IndexByte(s, '[')
		if k < 0 {
			k = len(s)
		}
		parts, err := parseParts(s[:k])
		if err != nil {
			return layout{}, err
		}
		for _, p := range parts {
			l.pieces = append(l.pieces, piece{{p}})
		}
		s = s[k:]
	}
	return l, nil
}

// parseParts cuts text into what stands as it is and the slots.
func parseParts(s string) ([]part, error) {
	names := slots()
	var out []part
	for s != "" {
		text, after, found := strings.Cut(s, "%")
		if text != "" {
			out = append(out, part{text: strings.ReplaceAll(text, "¦", "|")})
		}
		if !found {
			break
		}
		end := 0
		for end < len(after) && after[end] >= 'a' && after[end] <= 'z' {
			end++
		}
		// "%packx%size": the longest slot that the letters begin with.
		n := end
		for n > 0 && names[after[:n]] == slotNone {
			n--
		}
		if n == 0 {
			return nil, fmt.Errorf("layout: no slot is called %q", "%"+after[:end])
		}
		out = append(out, part{slot: names[after[:n]]})
		s = after[n:]
	}
	return out, nil
}
