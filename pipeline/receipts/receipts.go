// Package receipts makes up the lines of till slips and order mails: the
// sample data of the product, used by the demo, the tutorials, the tests and
// the benchmarks.
//
// Every line is a purchase of an invented product in an invented shop. The
// shops write as shops do: one shouts and abbreviates ("BNLS CHKN BRST"), one
// turns names round ("Chips, Tortilla, Blue Corn"), one sells by mail ("Brand
// Product, Flavour, 12 oz (Pack of 3)"). Popular products recur, with a long
// tail behind them, and each line carries its true product type, so that tags
// and clusters can be measured.
//
// What is sold lives in readable text files in the folder catalogue: one file
// a department, and one each for the shops, the brand names and the
// abbreviations. The lines are a pure function of seed and row number. The
// seed draws the purchases, not the shops: two seeds buy different baskets of
// the same products.
//
// The package is no model of an economy (prices are plausible and nothing
// more), holds no real brand on purpose, and knows no file format and no
// engine: it fills structs, and others write them.
package receipts

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// Receipt is one line of a receipt.
type Receipt struct {
	// ItemID names the line, unique within a seed: the receipt and the
	// number of the line on it, such as "r000000017-3".
	ItemID string
	// ReceiptID names the receipt; its lines follow one another and share
	// vendor and day.
	ReceiptID string
	// Day is the date of the purchase in days since 1970-01-01, as a
	// Parquet DATE counts.
	Day int32
	// Vendor is the shop.
	Vendor string
	// Department is where the product stands, such as "snacks".
	Department string
	// ProductTitle is the line as the shop prints it: valid UTF-8, never
	// empty, without space at its ends.
	ProductTitle string
	// ProductType is the true kind of the product, such as "tortilla
	// chips": the label to measure tags and clusters against.
	ProductType string
	// Brand is the brand in its full spelling, empty (null) when the line
	// prints none.
	Brand string
	// Price is what one unit costs, in dollars, rounded to cents; negative
	// for coupons and refunds.
	Price float64
	// Quantity is the number of units bought, at least 1.
	Quantity int32
}

// Date returns the day of the purchase as YYYY-MM-DD.
func (r Receipt) Date() string {
	return time.Unix(int64(r.Day)*86400, 0).UTC().Format(time.DateOnly)
}

// Kind is the type of a column's values.
type Kind string

// The kinds of columns that receipts have.
const (
	String  Kind = "string"
	Date    Kind = "date"    // days since 1970-01-01
	Float64 Kind = "float64" // IEEE 754 double
	Int32   Kind = "int32"
)

// Column describes one column of the table.
type Column struct {
	Name     string
	Kind     Kind
	Nullable bool
	Doc      string // one line for people
}

// Columns returns the columns of the table in the order of the fields of
// [Receipt].
func Columns() []Column {
	return []Column{
		{"item_id", String, false, "the line: receipt and number of the line, unique"},
		{"receipt_id", String, false, "the receipt that the line stands on"},
		{"dt", Date, false, "day of the purchase"},
		{"vendor", String, false, "the shop"},
		{"department", String, false, "where the product stands"},
		{"product_title", String, false, "the line as the shop prints it"},
		{"product_type", String, false, "the true kind of the product"},
		{"brand", String, true, "the brand, null when the line prints none"},
		{"price", Float64, false, "dollars for one unit"},
		{"quantity", Int32, false, "units bought"},
	}
}

// Generator makes receipt lines. It is never changed after [New], and so is
// safe for use by several goroutines at once.
type Generator struct {
	seed uint64
	cat  *catalogue
	days []float64 // cumulative share of the days from firstDay on
}

// New reads the built-in catalogue (some milliseconds) and returns the
// generator for seed. It fails only when the catalogue is damaged; the error
// names file and line.
func New(seed uint64) (*Generator, error) {
	cat, err := readCatalogue(builtin())
	if err != nil {
		return nil, err
	}
	return &Generator{seed: seed, cat: cat, days: dayShares()}, nil
}

// Row returns line i, for i >= 0: what [Generator.Fill] gives for it.
func (g *Generator) Row(i int64) Receipt {
	var one [1]Receipt
	g.Fill(i, one[:])
	return one[0]
}

// Fill sets dst to the lines from, from+1, ... with from >= 0. Line i is the
// same whatever the batch, so the first m lines of n are those of m. It makes
// some hundred thousand lines a second on one core.
func (g *Generator) Fill(from int64, dst []Receipt) {
	var b basket
	var scratch [256]byte
	for k := range dst {
		i := from + int64(k)
		if i >= b.end {
			b = g.basketOf(i)
		}
		dst[k], _ = g.line(scratch[:0], &b, i)
	}
}

// basketRows is the number of rows that are laid out together: receipts do
// not reach over a multiple of it, so the receipt of any row is found by
// walking fewer than basketRows steps.
const basketRows = 32

// basket is one receipt: rows start to end-1.
type basket struct {
	start, end int64
	id         string
	vendor     *vendor
	day        int32
	month      int // index into vendor.shares
}

// basketOf finds the receipt that holds row i.
func (g *Generator) basketOf(i int64) basket {
	at := i - i%basketRows
	limit := at + basketRows
	for {
		d := newDraw(g.seed, saltBasket, uint64(at))
		v := &g.cat.vendors[pickShare(g.cat.vendorShares, d.float())]
		day := pickShare(g.days, d.float())
		// Lengths are exponential: many short receipts, a few long ones.
		lines := 1 + int64(-math.Log(1-d.float())*(v.lines-1)+0.5)
		end := min(at+lines, limit)
		if i < end {
			return basket{
				start: at, end: end, vendor: v,
				id:    "r" + padded(at, 9),
				day:   firstDay + int32(day),
				month: int(time.Unix(int64(firstDay+int32(day))*86400, 0).UTC().Month()) - 1,
			}
		}
		at = end
	}
}

// line makes row i of basket b, with buf as scratch space for the title. It
// also returns the product, which tests look into.
func (g *Generator) line(buf []byte, b *basket, i int64) (Receipt, product) {
	v := b.vendor
	d := newDraw(g.seed, saltLine, uint64(i))
	dept := v.departments[pickShare(v.shares[b.month], d.float())]
	t := &dept.types[pickShare(dept.shares, d.float())]
	p := t.product(v, d.zipf(t.logRanks))
	price, quantity := p.buy(v, &d)
	title, branded := p.title(buf, v, &d, &price)
	if d.float() < v.typos {
		title = typo(title, &d)
	}
	r := Receipt{
		ItemID:       b.id + "-" + strconv.FormatInt(i-b.start+1, 10),
		ReceiptID:    b.id,
		Day:          b.day,
		Vendor:       v.name,
		Department:   dept.name,
		ProductTitle: string(title),
		ProductType:  t.name,
		Price:        price,
		Quantity:     quantity,
	}
	if branded {
		r.Brand = p.brand[written]
	}
	return r, p
}

// The purchases span the first half of 2017: 181 days.
const (
	firstDay = 17167 // 2017-01-01
	numDays  = 181
)

// numMonths is the number of months in which anything is bought.
const numMonths = 6

// dayShares returns the cumulative share of each day: people shop more from
// Friday to Sunday.
func dayShares() []float64 {
	w := make([]float64, numDays)
	for k := range w {
		switch time.Unix(int64(firstDay+k)*86400, 0).UTC().Weekday() {
		case time.Saturday:
			w[k] = 1.7
		case time.Friday, time.Sunday:
			w[k] = 1.4
		default:
			w[k] = 1
		}
	}
	return cumulate(w)
}

// padded writes n with at least width digits.
func padded(n int64, width int) string {
	s := strconv.FormatInt(n, 10)
	if len(s) >= width {
		return s
	}
	const zeros = "000000000000"
	return zeros[:width-len(s)] + s
}

// typo makes one slip of the fingers in an ASCII word of title: two letters
// swapped, one dropped, one doubled, or a neighbouring key. A title without
// three ASCII letters in a row stays as it is.
func typo(title []byte, d *draw) []byte {
	for range 8 {
		k := d.intn(len(title))
		if k == 0 || k+1 >= len(title) || !letter(title[k-1]) || !letter(title[k]) || !letter(title[k+1]) {
			continue
		}
		switch d.intn(4) {
		case 0:
			title[k], title[k+1] = title[k+1], title[k]
		case 1:
			title = append(title[:k], title[k+1:]...)
		case 2:
			title = append(title[:k+1], title[k:]...)
		default:
			// Upper case and lower case differ in one bit.
			c := neighbours[title[k]&0x1f]
			title[k] = c[d.intn(len(c))] | title[k]&0x20
		}
		break
	}
	return title
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' && c < utf8.RuneSelf }

// neighbours holds the keys beside each letter on an English keyboard;
// A is 1.
var neighbours = [27]string{
	1: "QSZ", "VGN", "XDV", "SFE", "WRD", "DGR", "FHT", "GJY", "UOK", "HKU", "JLI", "KO", "NK", "BMH",
	"IPL", "OL", "WA", "ETF", "ADW", "RYG", "YIJ", "CBF", "QES", "ZCS", "TUH", "XSA",
}
