package receipts

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"
)

// Options says which sample is wanted.
type Options struct {
	Rows int64  // number of lines, at least 0
	Seed uint64 // draws the purchases
}

// What a URI that says nothing else stands for, and the most rows that one
// may ask for.
const (
	DefaultRows = 200_000
	DefaultSeed = 1
	MaxRows     = 1_000_000_000_000
)

// ErrURI is wrapped by every error of [ParseURI].
var ErrURI = errors.New("bad sample URI")

const scheme, source = "sample:", "receipts"

// IsURI reports whether s names a sample (begins with "sample:"), so that
// [ParseURI] is the one to ask about it.
func IsURI(s string) bool { return strings.HasPrefix(s, scheme) }

// ParseURI reads a name such as "sample:receipts?n=200k&seed=7". Keys are n,
// the number of rows (digits, also with a fraction and the endings k, M or G for
// thousands, millions and milliards; default 200,000), and seed (default 1).
// The errors wrap [ErrURI] and say what is wrong and what is expected.
func ParseURI(s string) (Options, error) {
	o := Options{Rows: DefaultRows, Seed: DefaultSeed}
	fail := func(format string, args ...any) (Options, error) {
		return Options{}, fmt.Errorf("%w %q: %s", ErrURI, s, fmt.Sprintf(format, args...))
	}
	rest, ok := strings.CutPrefix(s, scheme)
	if !ok {
		return fail("it must begin with %q", scheme)
	}
	name, query, _ := strings.Cut(rest, "?")
	if name != source {
		return fail("no sample is called %q; write sample:receipts", name)
	}
	seen := map[string]bool{}
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		key, value, ok := strings.Cut(pair, "=")
		if !ok {
			return fail("%q lacks a value; write n=200k or seed=7", key)
		}
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		if seen[key] {
			return fail("%q is given twice", key)
		}
		seen[key] = true
		var err error
		switch key {
		case "n":
			o.Rows, err = parseRows(value)
		case "seed":
			o.Seed, err = strconv.ParseUint(value, 10, 64)
			if err != nil {
				err = fmt.Errorf("seed=%q is no whole number from 0 to 2^64-1", value)
			}
		default:
			err = fmt.Errorf("unknown key %q; there are n and seed", key)
		}
		if err != nil {
			return fail("%s", err)
		}
	}
	return o, nil
}

// String returns the URI that ParseURI reads as o.
func (o Options) String() string {
	return scheme + source + "?n=" + strconv.FormatInt(o.Rows, 10) + "&seed=" + strconv.FormatUint(o.Seed, 10)
}

// parseRows reads a number of rows such as 5000, 200k or 1.5M.
func parseRows(s string) (int64, error) {
	digits, unit := s, 1.0
	if s != "" {
		switch s[len(s)-1] {
		case 'k', 'K':
			unit = 1e3
		case 'm', 'M':
			unit = 1e6
		case 'g', 'G':
			unit = 1e9
		}
		if unit > 1 {
			digits = s[:len(s)-1]
		}
	}
	// ParseFloat reads more than we want: signs, hexadecimal, NaN, exponents.
	if digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return 0, fmt.Errorf("n=%q is no number of rows; write digits, also 200k or 1.5M", s)
	}
	f, err := strconv.ParseFloat(digits, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("n=%q is no number of rows; write digits, also 200k or 1.5M", s)
	}
	rows := math.Round(f * unit)
	switch {
	case rows > MaxRows:
		return 0, fmt.Errorf("n=%q is too many; at most %d rows", s, int64(MaxRows))
	case math.Abs(f*unit-rows) > 1e-15*rows: // 2.3k is 2299.9999999999995
		return 0, fmt.Errorf("n=%q is no whole number of rows", s)
	}
	return int64(rows), nil
}
