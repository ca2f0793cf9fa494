package lake

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf8"
)

// footerWriter passes on what is written, and holds the end of a file back: the
// library writes the footer, and what it says about the smallest and largest
// values of a chunk is put right here.
type footerWriter struct {
	out  io.Writer
	hold bool
	tail []byte
}

func (w *footerWriter) Write(b []byte) (int, error) {
	if !w.hold {
		return w.out.Write(b)
	}
	w.tail = append(w.tail, b...)
	return len(b), nil
}

// finish writes what was held back, with another footer.
func (w *footerWriter) finish(fields []Field) error {
	n := len(w.tail) - 8
	if n < 0 || int(binary.LittleEndian.Uint32(w.tail[n:])) > n {
		return corrupt("the library wrote no footer")
	}
	from := n - int(binary.LittleEndian.Uint32(w.tail[n:]))
	e := footerEditor{fields: fields, column: -1}
	footer, err := editThrift(nil, w.tail[from:n], e.edit)
	if err != nil {
		return corrupt("the library's footer is %v", err)
	}
	out := append(w.tail[:from:from], footer...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(footer)))
	_, err = w.out.Write(append(out, parquetMagic...))
	return err
}

// footerEditor changes the bounds of column chunks. Texts longer than
// boundBytes are cut, and the footer says so; a title of a megabyte would
// otherwise stand in it twice. Bounds in an order that is not the column's are
// left out: the library compares decimals of many digits without their sign,
// and the order of INT96 is not defined.
type footerEditor struct {
	fields []Field
	column int
}

// boundBytes is about how long the bounds of a chunk of texts may be.
const boundBytes = 64

func (e *footerEditor) edit(path []int16, value []byte) (thriftVerb, []byte) {
	switch {
	case len(path) == 1 && path[0] == 4, len(path) == 2 && path[1] == 1: // row_groups, columns
		return thriftEnter, nil
	case len(path) == 3 && path[2] == 3: // meta_data
		e.column++
		return thriftEnter, nil
	case len(path) == 3 && (path[2] == 6 || path[2] == 7) && !e.ordered(): // column_index
		return thriftDrop, nil
	case len(path) == 4 && path[2] == 3 && path[3] == 12: // statistics
		return e.statistics(value)
	}
	return thriftKeep, nil
}

// leafType is the type of the values of the current column.
func (e *footerEditor) leafType() Type {
	t := e.fields[e.column%len(e.fields)].Type
	if t.Kind == List {
		t = t.Elem()
	}
	return t
}

// ordered tells whether the library compares the values as the format wants.
func (e *footerEditor) ordered() bool {
	t := e.leafType()
	return !t.Int96 && (t.Kind != Decimal || t.storage() == intsStorage)
}

// statistics returns a Statistics structure of the format anew.
func (e *footerEditor) statistics(value []byte) (thriftVerb, []byte) {
	cut := false
	exactMin, exactMax, hasMin, hasMax := true, true, false, false
	out, err := editThrift(nil, value, func(path []int16, value []byte) (thriftVerb, []byte) {
		id := path[0]
		switch {
		case len(path) > 1 || id != 5 && id != 6: // all but max_value and min_value
			return thriftKeep, nil
		case !e.ordered():
			cut = true
			return thriftDrop, nil
		}
		_, n := binary.Uvarint(value)
		bound := value[n:]
		if len(bound) <= boundBytes {
			hasMax, hasMin = hasMax || id == 5, hasMin || id == 6
			return thriftKeep, nil
		}
		cut = true
		ok := e.leafType().width() == 0 // a part of fixed bytes is none
		if id == 5 {
			if bound = cutMax(bound); bound == nil || !ok {
				return thriftDrop, nil
			}
			hasMax, exactMax = true, false
		} else {
			if bound = cutText(bound); !ok {
				return thriftDrop, nil
			}
			hasMin, exactMin = true, false
		}
		return thriftReplace, append(binary.AppendUvarint(nil, uint64(len(bound))), bound...)
	})
	if err != nil || !cut {
		return thriftKeep, nil
	}
	// Fields 7 and 8, is_max_value_exact and is_min_value_exact, which the
	// library does not know. The stop comes off and on again.
	out = out[:len(out)-1]
	last := int16(3)
	if hasMax {
		last = 5
	}
	if hasMin {
		last = 6
	}
	if hasMax {
		out, last = appendThriftField(out, last, 7, thriftBool(exactMax)), 7
	}
	if hasMin {
		out = appendThriftField(out, last, 8, thriftBool(exactMin))
	}
	return thriftReplace, append(out, 0)
}

func thriftBool(v bool) byte {
	if v {
		return thriftTrue
	}
	return thriftFalse
}

// cutText returns the beginning of a text, which sorts before the text.
func cutText(text []byte) []byte {
	cut := text[:boundBytes]
	for i := 0; i < utf8.UTFMax && !utf8.RuneStart(text[len(cut)]); i++ {
		cut = cut[:len(cut)-1]
	}
	if !utf8.Valid(cut) { // no text, or a broken one: any byte may end it
		return text[:boundBytes]
	}
	return cut
}

// cutMax returns a short text that sorts behind every text with the same
// beginning, nil if there is none. UTF-8 sorts as its characters do, so the
// last one is replaced by the next.
func cutMax(text []byte) []byte {
	cut := bytes.Clone(cutText(text))
	if !utf8.Valid(cut) {
		for i := len(cut) - 1; i >= 0; i-- {
			if cut[i] < 0xff {
				cut[i]++
				return cut[:i+1]
			}
		}
		return nil
	}
	for len(cut) > 0 {
		r, n := utf8.DecodeLastRune(cut)
		cut = cut[:len(cut)-n]
		if r == 0xd7ff {
			r = 0xdfff // behind it come the surrogates, which are no characters
		}
		if r < utf8.MaxRune {
			return utf8.AppendRune(cut, r+1)
		}
	}
	return nil
}
