package pipeline

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"time"
)

// tableJSON is a Table as it is stored: cells are JSON values of their
// column's type.
type tableJSON struct {
	Title   string        `json:"title,omitempty"`
	Columns []TableColumn `json:"columns"`
	Rows    [][]any       `json:"rows"`
	Total   int64         `json:"total,omitempty"`
	Shows   Completeness  `json:"shows"`
}

// MarshalJSON writes the table so that UnmarshalJSON gives the same values of
// the same Go types. Not a number and the infinities, which JSON lacks, are
// text.
func (t Table) MarshalJSON() ([]byte, error) {
	out := tableJSON{Title: t.Title, Columns: t.Columns, Total: t.Total, Shows: t.Shows, Rows: make([][]any, len(t.Rows))}
	for i, row := range t.Rows {
		out.Rows[i] = make([]any, len(row))
		for c, v := range row {
			out.Rows[i][c] = storable(v)
		}
	}
	return json.Marshal(out)
}

// storable is v where JSON has a form for it, and else text.
func storable(v any) any {
	switch x := v.(type) {
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return strconv.FormatFloat(x, 'g', -1, 64)
		}
	case []any:
		list := make([]any, len(x))
		for i, item := range x {
			list[i] = storable(item)
		}
		return list
	}
	return v
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *Table) UnmarshalJSON(b []byte) error {
	var in tableJSON
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber() // integers beyond 2^53
	if err := d.Decode(&in); err != nil {
		return err
	}
	for r, row := range in.Rows {
		if len(row) != len(in.Columns) {
			return fmt.Errorf("row %d of table %q has %d cells for %d columns", r, in.Title, len(row), len(in.Columns))
		}
		for c, v := range row {
			x, err := cellOf(v, in.Columns[c].Type)
			if err != nil {
				return fmt.Errorf("row %d of table %q, column %q: %w", r, in.Title, in.Columns[c].Name, err)
			}
			row[c] = x
		}
	}
	*t = Table(in)
	if len(t.Rows) == 0 {
		t.Rows = nil
	}
	return nil
}

// cellOf turns a decoded JSON value into the Go value of a column's type.
func cellOf(v any, typ Type) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil //nolint:nilnil // null is nil
	case bool:
		if typ == Bool {
			return x, nil
		}
	case json.Number:
		switch typ {
		case Int:
			return x.Int64()
		case Float:
			return x.Float64()
		}
	case string:
		switch typ {
		case String:
			return x, nil
		case Float:
			return strconv.ParseFloat(x, 64)
		case Time:
			return time.Parse(time.RFC3339Nano, x)
		case Date:
			return Day(x), nil
		case Bytes:
			return base64.StdEncoding.DecodeString(x)
		}
	case []any:
		if typ == Strings {
			list := make([]string, len(x))
			for i, item := range x {
				s, ok := item.(string)
				if !ok {
					return nil, fmt.Errorf("%v is no text", item)
				}
				list[i] = s
			}
			return list, nil
		}
		elem, ok := typ.Elem()
		if !ok {
			break
		}
		list := make([]any, len(x))
		for i, item := range x {
			var err error
			if list[i], err = cellOf(item, elem); err != nil {
				return nil, fmt.Errorf("item %d: %w", i, err)
			}
		}
		return list, nil
	}
	return nil, fmt.Errorf("%v is no %s", v, typ)
}
