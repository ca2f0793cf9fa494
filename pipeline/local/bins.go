package local

import (
	"fmt"
	"math"
	"time"

	"gondola/pipeline"
)

// binner puts the values of a column into ranges.
type binner struct {
	of    int // the column
	typ   pipeline.Type
	bin   pipeline.Bin
	whole bool
}

// newBinner checks that values of the type can be put into the bin.
func newBinner(b pipeline.Bin, of int, typ pipeline.Type) (binner, error) {
	out := binner{of: of, bin: b}
	switch typ {
	case pipeline.Time, pipeline.Date:
		if b.Every == "" {
			return out, fmt.Errorf("column %q is %s: its bins are spans of time", b.Column, typ)
		}
		if out.typ = typ; b.Every == "hour" {
			out.typ = pipeline.Time
		}
		return out, nil
	default:
		if b.Every != "" {
			return out, fmt.Errorf("column %q is %s: only times are put into spans of a %s", b.Column, typ, b.Every)
		}
	}
	out.whole = typ != pipeline.Float && b.Start == math.Trunc(b.Start) && b.Width == math.Trunc(b.Width)
	if out.typ = pipeline.Float; out.whole {
		out.typ = pipeline.Int
	}
	return out, nil
}

// value is where the range of v begins; nil where v has none.
func (b *binner) value(v any) any {
	switch v := v.(type) {
	case time.Time:
		return spanOf(v.UTC(), b.bin.Every)
	case pipeline.Day:
		t, err := time.Parse(time.DateOnly, string(v))
		if err != nil {
			return nil
		}
		if begin := spanOf(t, b.bin.Every); b.typ == pipeline.Time {
			return begin
		} else {
			return pipeline.Day(begin.Format(time.DateOnly))
		}
	}
	x, ok := number(v)
	if !ok || math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	begin := b.bin.Start + math.Floor((x-b.bin.Start)/b.bin.Width)*b.bin.Width
	if b.whole && math.Abs(begin) < 1<<53 {
		return int64(begin)
	}
	if b.whole {
		return nil // beyond what a float counts one by one
	}
	return begin
}

// spanOf is when the span of time that t lies in begins.
func spanOf(t time.Time, every string) time.Time {
	year, month, day := t.Date()
	switch every {
	case "hour":
		return t.Truncate(time.Hour)
	case "week":
		day -= (int(t.Weekday()) + 6) % 7
	case "month":
		day = 1
	case "quarter":
		month, day = month-(month-1)%3, 1
	case "year":
		month, day = 1, 1
	}
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}
