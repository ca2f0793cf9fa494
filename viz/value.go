package viz

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"gondola/pipeline"
)

// timeLayout shows a timestamp to a person; zeros of the fraction are left
// out.
const timeLayout = "2006-01-02 15:04:05.999999"

// listSeparator stands between the items of a list in a cell of CSV and TSV.
const listSeparator = "|"

// isNumber says that the type's cells stand at the right.
func isNumber(t pipeline.Type) bool { return t == pipeline.Int || t == pipeline.Float }

// integer returns v as an int64. Tables hold int64; what code adds by hand is
// often an int.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	}
	return 0, false
}

// number returns v as a float64.
func number(v any) (float64, bool) {
	if f, ok := v.(float64); ok {
		return f, true
	}
	n, ok := integer(v)
	return float64(n), ok
}

// exact returns a value as other programs read it: digits without separators,
// RFC 3339, base64 for bytes, the strings of a list with | between them, other
// lists as JSON: [1,null,3]. NaN and the infinities are "NaN", "Infinity" and
// "-Infinity", as Spark and pandas write them.
func exact(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case float64:
		return exactFloat(v)
	case time.Time:
		return v.Format(time.RFC3339Nano)
	case []string:
		return strings.Join(v, listSeparator)
	case []any:
		return exactList(v)
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	}
	if n, ok := integer(v); ok {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprint(v)
}

// exactList writes numbers and booleans bare and other items as JSON text.
func exactList(list []any) string {
	items := make([]string, len(list))
	for i, item := range list {
		switch item.(type) {
		case nil:
			items[i] = "null"
		case bool, int, int64, float64:
			items[i] = exact(item)
		default:
			items[i] = string(appendJSONString(nil, exact(item)))
		}
	}
	return "[" + strings.Join(items, ",") + "]"
}

func exactFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// readable returns a value as a person reads it: thousands separators, decimals
// digits after the point, lists as [a, b]. Text is not
// cleaned yet.
func readable(v any, decimals int) string {
	switch v := v.(type) {
	case nil:
		return "NULL"
	case float64:
		return readableFloat(v, decimals)
	case time.Time:
		return v.UTC().Format(timeLayout)
	case []string:
		items := make([]string, len(v))
		for i, item := range v { // each alone: an open escape sequence must not reach the next
			items[i] = CleanLine(item)
		}
		return "[" + strings.Join(items, ", ") + "]"
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i] = CleanLine(readable(item, maxDecimals))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case []byte:
		return "0x" + hex.EncodeToString(v)
	}
	if n, ok := integer(v); ok {
		return pipeline.Thousands(n)
	}
	return exact(v)
}

// readableFloat writes f with the given decimals, or with four digits and an
// exponent when that would say too little or too much.
func readableFloat(f float64, decimals int) string {
	switch a := math.Abs(f); {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return strconv.FormatFloat(f, 'f', -1, 64)
	case a >= 1e15 || a != 0 && a < tiny:
		return strconv.FormatFloat(f, 'g', 4, 64)
	}
	s := strconv.FormatFloat(f, 'f', decimals, 64)
	whole, fraction, found := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	n, _ := strconv.ParseInt(whole, 10, 64) // under 1e15
	whole = pipeline.Thousands(n)
	if found {
		whole += "." + fraction
	}
	if s[0] == '-' && strings.Trim(s, "-0.") != "" { // no "-0.00"
		whole = "-" + whole
	}
	return whole
}

// tiny is where a float is written with an exponent, and maxDecimals the
// digits after the point that a person wants to see.
const (
	tiny        = 1e-3
	maxDecimals = 4
)

// decimals returns the digits after the point that column c needs over the
// rows: enough for four significant digits of each value, one number for all,
// so that the points stand below each other.
func decimals(rows [][]any, c int) int {
	most := 0
	for _, row := range rows {
		f, ok := row[c].(float64)
		if !ok || f == 0 || math.IsNaN(f) || math.IsInf(f, 0) || math.Abs(f) < tiny || math.Abs(f) >= 1e15 {
			continue
		}
		n := min(maxDecimals, max(0, 3-int(math.Floor(math.Log10(math.Abs(f))))))
		s := strconv.FormatFloat(f, 'f', n, 64)
		if _, fraction, found := strings.Cut(s, "."); found {
			most = max(most, len(strings.TrimRight(fraction, "0")))
		}
	}
	return most
}
