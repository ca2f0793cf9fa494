package local

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/axiomhq/hyperloglog"
	"github.com/caio/go-tdigest/v4"

	"gondola/pipeline"
)

// exactLimit is up to how many values distinct, median and p99 are exact;
// beyond it they are estimates in bounded memory.
const exactLimit = 1 << 20

// accumulator computes one measure of one group.
type accumulator interface {
	add(v any)
	result() any
}

func newAccumulator(f pipeline.Func) accumulator {
	switch f {
	case pipeline.Nulls:
		return &counter{match: func(v any) bool { return v == nil }}
	case pipeline.Empty:
		return &counter{match: isEmpty}
	case pipeline.Distinct:
		return &distinct{seen: map[uint64]struct{}{}}
	case pipeline.Min:
		return &extreme{sign: -1}
	case pipeline.Max:
		return &extreme{sign: 1}
	case pipeline.Mean:
		return &sum{mean: true}
	case pipeline.Sum:
		return &sum{}
	case pipeline.Median:
		return &quantile{q: 0.5}
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
	case pipeline.Mean, pipeline.Median, pipeline.P99:
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

// hashSeed is fixed: the same rows give the same estimate.
const hashSeed = 0x9e3779b97f4a7c15

type distinct struct {
	seen   map[uint64]struct{}
	sketch *hyperloglog.Sketch
	buf    []byte
}

func (d *distinct) add(v any) {
	if v == nil {
		return
	}
	d.buf = appendKey(d.buf[:0], v)
	h := hash64(d.buf)
	if d.sketch != nil {
		d.sketch.InsertHash(h)
		return
	}
	d.seen[h] = struct{}{}
	if len(d.seen) > exactLimit {
		d.sketch = hyperloglog.New14()
		for h := range d.seen {
			d.sketch.InsertHash(h)
		}
		d.seen = nil
	}
}

func (d *distinct) result() any {
	if d.sketch != nil {
		return int64(d.sketch.Estimate())
	}
	return int64(len(d.seen))
}

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

type quantile struct {
	q      float64
	values []float64
	digest *tdigest.TDigest
}

func (q *quantile) add(v any) {
	x, ok := number(v)
	if !ok || math.IsNaN(x) {
		return
	}
	if q.digest != nil {
		_ = q.digest.Add(x) // fails for NaN only
		return
	}
	q.values = append(q.values, x)
	if len(q.values) <= exactLimit {
		return
	}
	digest, err := tdigest.New(tdigest.LocalRandomNumberGenerator(1))
	if err != nil {
		return // the options are constants: cannot fail
	}
	for _, x := range q.values {
		_ = digest.Add(x)
	}
	q.digest, q.values = digest, nil
}

func (q *quantile) result() any {
	switch {
	case q.digest != nil:
		return q.digest.Quantile(q.q)
	case len(q.values) == 0:
		return nil
	}
	slices.Sort(q.values)
	at := q.q * float64(len(q.values)-1)
	low := int(at)
	high := min(low+1, len(q.values)-1)
	return q.values[low] + (at-float64(low))*(q.values[high]-q.values[low])
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
// bytes: a mark of the type, then the value, with the length before text.
func appendKey(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, 0)
	case string:
		b = binary.AppendUvarint(append(b, 1), uint64(len(v)))
		return append(b, v...)
	case int64:
		return binary.LittleEndian.AppendUint64(append(b, 2), uint64(v))
	case float64:
		if v == 0 {
			v = 0 // -0 and 0 are one group
		}
		return binary.LittleEndian.AppendUint64(append(b, 3), math.Float64bits(v))
	case bool:
		if v {
			return append(b, 4, 1)
		}
		return append(b, 4, 0)
	case pipeline.Day:
		b = binary.AppendUvarint(append(b, 8), uint64(len(v)))
		return append(b, v...)
	case time.Time:
		return binary.LittleEndian.AppendUint64(append(b, 5), uint64(v.UnixNano()))
	case []byte:
		b = binary.AppendUvarint(append(b, 6), uint64(len(v)))
		return append(b, v...)
	case []string:
		b = binary.AppendUvarint(append(b, 7), uint64(len(v)))
		for _, s := range v {
			b = binary.AppendUvarint(b, uint64(len(s)))
			b = append(b, s...)
		}
		return b
	case []any:
		b = binary.AppendUvarint(append(b, 9), uint64(len(v)))
		for _, item := range v {
			b = appendKey(b, item)
		}
		return b
	}
	return b
}
