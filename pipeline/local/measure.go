package local

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gondola/pipeline"
)

// accumulator computes one measure of one group.
type accumulator interface {
	add(v any)
	result() any
}

// ranker is an accumulator that needs all different values, in order. They go
// into a tally that all groups share: add says with which number the value
// goes there, and when all rows are seen, take gets the numbers of the group.
type ranker interface {
	accumulator
	number(v any) (uint64, bool) // false when the value does not count
	take(number uint64, n int64)
}

func newAccumulator(f pipeline.Func) accumulator {
	switch f {
	case pipeline.Nulls:
		return &counter{match: func(v any) bool { return v == nil }}
	case pipeline.Empty:
		return &counter{match: isEmpty}
	case pipeline.Distinct:
		return &distinct{}
	case pipeline.Min:
		return &extreme{sign: -1}
	case pipeline.Max:
		return &extreme{sign: 1}
	case pipeline.Mean:
		return &sum{mean: true}
	case pipeline.Sum:
		return &sum{}
	case pipeline.Q1:
		return &quantile{q: 0.25}
	case pipeline.Median:
		return &quantile{q: 0.5}
	case pipeline.Q3:
		return &quantile{q: 0.75}
	case pipeline.P99:
		return &quantile{q: 0.99}
	}
	return &counter{match: func(any) bool { return true }}
}

// resultType is the column type of a measure.
func resultType(f pipeline.Func, of pipeline.Type) pipeline.Type {
	switch f {
	case pipeline.Min, pipeline.Max:
		if _, list := of.Elem(); list || of == pipeline.String || of == pipeline.Bytes {
			return pipeline.Int // lengths
		}
		return of
	case pipeline.Mean, pipeline.Q1, pipeline.Median, pipeline.Q3, pipeline.P99:
		return pipeline.Float
	case pipeline.Sum:
		if of == pipeline.Float {
			return pipeline.Float
		}
	}
	return pipeline.Int
}

type counter struct {
	n     int64
	match func(any) bool
}

func (c *counter) add(v any) {
	if c.match(v) {
		c.n++
	}
}
func (c *counter) result() any { return c.n }

func isEmpty(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v) == ""
	case []string:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case []byte:
		return len(v) == 0
	}
	return false
}

// hashSeed is fixed: the same rows give the same fingerprints.
const hashSeed = 0x9e3779b97f4a7c15

// distinct counts different values by fingerprints of 64 bits: of 10 million
// values two have the same one in 3 of a million tables (n^2/2 in 2^64).
type distinct struct {
	n   int64
	buf []byte
}

func (d *distinct) add(any) {}

func (d *distinct) number(v any) (uint64, bool) {
	if v == nil {
		return 0, false
	}
	d.buf = appendKey(d.buf[:0], v)
	return hash64(d.buf), true
}

func (d *distinct) take(uint64, int64) { d.n++ }
func (d *distinct) result() any        { return d.n }

// hash64 mixes 8 bytes at a time by the finaliser of splitmix64.
func hash64(b []byte) uint64 {
	h := uint64(hashSeed) ^ uint64(len(b))
	for len(b) >= 8 {
		h = mix(h ^ binary.LittleEndian.Uint64(b))
		b = b[8:]
	}
	var last [8]byte
	copy(last[:], b)
	return mix(h ^ binary.LittleEndian.Uint64(last[:]))
}

func mix(z uint64) uint64 {
	z += 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// extreme is min (sign -1) or max (sign 1). Text counts by its length.
type extreme struct {
	sign int
	best any
}

func (e *extreme) add(v any) {
	if v == nil {
		return
	}
	if n, ok := length(v); ok {
		v = n
	}
	if e.best == nil || compare(v, e.best)*e.sign > 0 {
		e.best = v
	}
}
func (e *extreme) result() any { return e.best }

type sum struct {
	mean    bool
	n       int64
	whole   int64
	real    float64
	isFloat bool
}

func (s *sum) add(v any) {
	switch v := v.(type) {
	case nil:
		return
	case float64:
		s.real += v
		s.isFloat = true
	case int64:
		s.whole += v
	case bool:
		if v {
			s.whole++
		}
	default:
		n, ok := length(v)
		if !ok {
			return
		}
		s.whole += n
	}
	s.n++
}

func (s *sum) result() any {
	switch {
	case s.n == 0:
		return nil
	case s.mean:
		return (s.real + float64(s.whole)) / float64(s.n)
	case s.isFloat:
		return s.real
	}
	return s.whole
}

// quantile interpolates between the two values nearest to q of the way, as
// numpy's default does (Hyndman and Fan's seventh definition).
type quantile struct {
	q         float64
	n         int64 // values
	taken     int64
	low, high float64
}

// add counts the values, so that their places are known when they come back
// in order.
func (q *quantile) add(v any) {
	if _, ok := q.number(v); ok {
		q.n++
	}
}

// number has the order of the floats: the bits of a positive one, the negated
// bits of a negative one (Herf, Radix Tricks, 2001).
func (q *quantile) number(v any) (uint64, bool) {
	x, ok := number(v)
	if !ok || math.IsNaN(x) {
		return 0, false
	}
	if x == 0 {
		x = 0 // -0 is 0
	}
	b := math.Float64bits(x)
	if b>>63 == 1 {
		return ^b, true
	}
	return b | 1<<63, true
}

// place is where the quantile lies among the sorted values.
func (q *quantile) place() (low, high int64, between float64) {
	at := q.q * float64(q.n-1)
	low = int64(at)
	return low, min(low+1, q.n-1), at - float64(low)
}

func (q *quantile) take(number uint64, n int64) {
	b := number ^ 1<<63
	if number>>63 == 0 {
		b = ^number
	}
	low, high, _ := q.place()
	first, next := q.taken, q.taken+n
	if low >= first && low < next {
		q.low = math.Float64frombits(b)
	}
	if high >= first && high < next {
		q.high = math.Float64frombits(b)
	}
	q.taken = next
}

func (q *quantile) result() any {
	if q.n == 0 {
		return nil
	}
	_, _, between := q.place()
	return q.low + between*(q.high-q.low)
}

// length measures text in characters and lists in items.
func length(v any) (int64, bool) {
	switch v := v.(type) {
	case string:
		return int64(utf8.RuneCountInString(v)), true
	case []string:
		return int64(len(v)), true
	case []any:
		return int64(len(v)), true
	case []byte:
		return int64(len(v)), true
	}
	return 0, false
}

func number(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	}
	n, ok := length(v)
	return float64(n), ok
}

// compare orders two values of one column. Null comes first.
func compare(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			return cmp.Compare(x, y)
		}
	case int64:
		if y, ok := b.(int64); ok {
			return cmp.Compare(x, y)
		}
	case pipeline.Day: // ISO 8601: the order of the text is that of the days
		if y, ok := b.(pipeline.Day); ok {
			return cmp.Compare(x, y)
		}
	case time.Time:
		if y, ok := b.(time.Time); ok {
			return x.Compare(y)
		}
	case []string:
		if y, ok := b.([]string); ok {
			return slices.Compare(x, y)
		}
	case []any:
		if y, ok := b.([]any); ok {
			return slices.CompareFunc(x, y, compare)
		}
	case []byte:
		if y, ok := b.([]byte); ok {
			return slices.Compare(x, y)
		}
	}
	x, okX := number(a)
	y, okY := number(b)
	if okX && okY {
		return cmp.Compare(x, y)
	}
	return 0
}

// appendKey writes a value so that equal values, and only they, give equal
// bytes.
func appendKey(b []byte, v any) []byte {
	switch x := v.(type) {
	case float64:
		if x == 0 {
			v = 0.0 // -0 and 0 are one group
		}
	case []any:
		b = binary.AppendUvarint(append(b, markList), uint64(len(x)))
		for _, item := range x {
			b = appendKey(b, item)
		}
		return b
	}
	return appendValue(b, v)
}

// The marks of types before values, see appendValue.
const (
	markNull byte = iota
	markString
	markInt
	markFloat
	markBool
	markTime
	markBytes
	markStrings
	markDay
	markList
)

// appendValue writes a value of a dataset: a mark of its type, then the value,
// with the length before text.
func appendValue(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, markNull)
	case string:
		b = binary.AppendUvarint(append(b, markString), uint64(len(v)))
		return append(b, v...)
	case int64:
		return binary.LittleEndian.AppendUint64(append(b, markInt), uint64(v))
	case float64:
		return binary.LittleEndian.AppendUint64(append(b, markFloat), math.Float64bits(v))
	case bool:
		if v {
			return append(b, markBool, 1)
		}
		return append(b, markBool, 0)
	case pipeline.Day:
		b = binary.AppendUvarint(append(b, markDay), uint64(len(v)))
		return append(b, v...)
	case time.Time: // the nanoseconds of all years have more than 64 bits
		b = binary.LittleEndian.AppendUint64(append(b, markTime), uint64(v.Unix()))
		return binary.LittleEndian.AppendUint32(b, uint32(v.Nanosecond()))
	case []byte:
		b = binary.AppendUvarint(append(b, markBytes), uint64(len(v)))
		return append(b, v...)
	case []string:
		b = binary.AppendUvarint(append(b, markStrings), uint64(len(v)))
		for _, s := range v {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
		return b
	case []any:
		b = binary.AppendUvarint(append(b, markList), uint64(len(v)))
		for _, item := range v {
			b = appendValue(b, item)
		}
		return b
	}
	return b
}
