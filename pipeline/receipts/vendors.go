package receipts

import (
	"fmt"
	"strconv"
	"strings"
)

// vendor is one shop with its habits.
type vendor struct {
	name     string
	share    float64 // of all receipts
	key      uint64
	letters  form
	spelling spelling
	width    int     // titles are cut to so many bytes, 0 for never
	lines    float64 // mean lines of a receipt
	typos    float64 // share of lines with a slip
	dearness float64 // factor on prices
	stores   []phrase
	people   []phrase
	layouts  []layout
	// departments sold here, and for each month their cumulative shares.
	departments []*department
	weights     []float64
	shares      [numMonths][]float64

	layoutWeights []float64
	layoutShares  []float64
}

// readVendors reads the file of shops: blocks of "key: value" that begin with
// "vendor: name".
func (r *reader) readVendors() error {
	c := r.cat
	err := r.lines(fileVendors, func(line string) error {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return fmt.Errorf("%q: write key: value", line)
		}
		value = strings.TrimSpace(value)
		if key == "vendor" {
			c.vendors = append(c.vendors, vendor{name: value, key: hashText(value), share: 1, lines: 4, dearness: 1})
			return nil
		}
		if len(c.vendors) == 0 {
			return fmt.Errorf("%s stands before the first vendor", key)
		}
		return r.readVendor(&c.vendors[len(c.vendors)-1], key, value)
	})
	if err != nil {
		return err
	}
	if len(c.vendors) == 0 {
		return fmt.Errorf("catalogue: %s: no vendors", fileVendors)
	}
	var shares []float64
	for i := range c.vendors {
		v := &c.vendors[i]
		if len(v.layouts) == 0 || len(v.departments) == 0 {
			return fmt.Errorf("catalogue: %s: vendor %q lacks layouts or departments", fileVendors, v.name)
		}
		v.layoutShares = cumulate(v.layoutWeights)
		for month := range v.shares {
			w := make([]float64, len(v.departments))
			for k, d := range v.departments {
				w[k] = v.weights[k]
				if d.season[month] {
					w[k] *= 2
				}
			}
			v.shares[month] = cumulate(w)
		}
		shares = append(shares, v.share)
	}
	c.vendorShares = cumulate(shares)
	return nil
}

func (r *reader) readVendor(v *vendor, key, value string) error {
	number := func(to *float64) error {
		f, err := strconv.ParseFloat(value, 64)
		if err != nil || f < 0 {
			return fmt.Errorf("%s: %q is no number", key, value)
		}
		*to = f
		return nil
	}
	switch key {
	case "share":
		return number(&v.share)
	case "lines":
		return number(&v.lines)
	case "dearness":
		return number(&v.dearness)
	case "typos": // per cent
		err := number(&v.typos)
		v.typos /= 100
		return err
	case "width":
		var f float64
		err := number(&f)
		v.width = int(f)
		return err
	case "letters":
		forms := map[string]form{"written": written, "titled": titled, "lower": lowered, "upper": upper, "short": short}
		f, ok := forms[value]
		if !ok {
			return fmt.Errorf("letters: %q is none of written, titled, lower, upper, short", value)
		}
		v.letters = f
	case "sizes":
		s, ok := spellings()[value]
		if !ok {
			return fmt.Errorf("sizes: %q is no known way to write 12 oz", value)
		}
		v.spelling = s
	case "store brands", "people":
		items, err := expand(value, r.common)
		if err != nil {
			return err
		}
		to := &v.stores
		if key == "people" {
			to = &v.people
		}
		*to = r.phrases(items)
	case "departments":
		return r.readShares(v, value)
	default:
		weight, ok := strings.CutPrefix(key, "line ")
		w, err := strconv.ParseFloat(weight, 64)
		if !ok || err != nil || w <= 0 {
			return fmt.Errorf("unknown key %q; write line WEIGHT: and the layout", key)
		}
		l, err := parseLayout(value)
		if err != nil {
			return err
		}
		v.layouts, v.layoutWeights = append(v.layouts, l), append(v.layoutWeights, w)
	}
	return nil
}

// readShares reads "produce 12, dairy 10".
func (r *reader) readShares(v *vendor, value string) error {
	for item := range strings.SplitSeq(value, ",") {
		item = strings.TrimSpace(item)
		k := strings.LastIndexByte(item, ' ')
		if k < 0 {
			return fmt.Errorf("departments: %q lacks its share", item)
		}
		w, err := strconv.ParseFloat(item[k+1:], 64)
		if err != nil || w <= 0 {
			return fmt.Errorf("departments: %q is no share", item[k+1:])
		}
		var found *department
		for _, d := range r.cat.departments {
			if d.name == item[:k] {
				found = d
			}
		}
		if found == nil {
			return fmt.Errorf("departments: no department is called %q", item[:k])
		}
		v.departments, v.weights = append(v.departments, found), append(v.weights, w)
	}
	return nil
}
