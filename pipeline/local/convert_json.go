//go:build cgo

package local

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
)

// What becomes of JSON that is no table: see docs/adr/0011-schema-drift.md.
const (
	maxJSONColumns = 2000 // columns of a table; more are refused
	maxJSONKeys    = 500  // different keys of objects under one key; more stay text
	maxJSONDepth   = 8    // objects in objects; deeper ones stay text
)

// jsonShape is what values at one place of JSON documents look like. The zero
// value is that of nulls.
type jsonShape struct {
	leaf   string // a type of DuckDB, "JSON" for values that have none in common; "" for lists and objects
	item   *jsonShape
	keys   []string
	values map[string]*jsonShape // of keys; nil when it is no object
}

// UnmarshalJSON reads what DuckDB's json_group_structure says, and keeps the
// order of keys.
func (s *jsonShape) UnmarshalJSON(b []byte) error {
	switch b[0] {
	case '"':
		return json.Unmarshal(b, &s.leaf)
	case '[':
		var list []*jsonShape
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
		s.item = &jsonShape{leaf: "NULL"}
		if len(list) > 0 {
			s.item = list[0]
		}
		return nil
	}
	s.values = map[string]*jsonShape{}
	d := json.NewDecoder(strings.NewReader(string(b)))
	if _, err := d.Token(); err != nil { // {
		return err
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		key, _ := token.(string)
		var v jsonShape
		if err := d.Decode(&v); err != nil {
			return err
		}
		s.keys = append(s.keys, key)
		s.values[key] = &v
	}
	return nil
}

func (s *jsonShape) isNull() bool { return s.leaf == "NULL" }

// merge makes s the shape of the values of both. It cannot be sure where one is
// "JSON": DuckDB says so of objects without keys too, which are objects like
// others.
func (s *jsonShape) merge(o *jsonShape) (sure bool) {
	sure = true
	switch {
	case o.isNull():
	case s.isNull():
		*s = *o.clone()
	case s.values != nil && o.values != nil:
		for _, key := range o.keys {
			if v, ok := s.values[key]; ok {
				sure = v.merge(o.values[key]) && sure
				continue
			}
			s.keys = append(s.keys, key)
			s.values[key] = o.values[key].clone()
		}
	case s.item != nil && o.item != nil:
		sure = s.item.merge(o.item)
	case s.leaf != "" && s.leaf == o.leaf:
	case isJSONNumber(s.leaf) && isJSONNumber(o.leaf):
		order := []string{"UBIGINT", "BIGINT", "HUGEINT", "DOUBLE"}
		s.leaf = order[max(slices.Index(order, s.leaf), slices.Index(order, o.leaf))]
	default:
		sure = s.leaf != "JSON" && o.leaf != "JSON"
		*s = jsonShape{leaf: "JSON"}
	}
	return sure
}

func isJSONNumber(leaf string) bool {
	return leaf == "UBIGINT" || leaf == "BIGINT" || leaf == "HUGEINT" || leaf == "DOUBLE"
}

func (s *jsonShape) clone() *jsonShape {
	c := &jsonShape{leaf: s.leaf, keys: slices.Clone(s.keys)}
	if s.item != nil {
		c.item = s.item.clone()
	}
	if s.values != nil {
		c.values = make(map[string]*jsonShape, len(s.values))
		for key, v := range s.values {
			c.values[key] = v.clone()
		}
	}
	return c
}

// jsonTable is how JSON files are read: as columns of types of DuckDB.
type jsonTable struct {
	converted

	keys    []string // of the rows
	shapes  []*jsonShape
	columns []string   // the types of DuckDB in which they are read
	paths   [][]string // of the columns that they make
	wide    bool       // whole numbers do not all fit into 64 bits with a sign
}

// jsonTable goes through all rows for the columns that they have.
func (c *converter) jsonTable(ctx context.Context) (*jsonTable, error) {
	shapes, err := c.jsonShapes(ctx)
	if err != nil {
		return nil, err
	}
	whole := &jsonShape{leaf: "NULL"}
	sure := true
	for _, s := range shapes {
		if s != nil {
			sure = whole.merge(s) && sure
		}
	}
	if !sure {
		if whole, err = c.jsonShape(ctx); err != nil {
			return nil, err
		}
	}
	if whole == nil || len(whole.keys) == 0 {
		return nil, fmt.Errorf("%s: no rows that are JSON objects with keys", c.named[0].Name)
	}
	t := &jsonTable{}
	if err := c.spelling(whole, shapes, nil); err != nil {
		return nil, err
	}
	for _, key := range whole.keys {
		if key == "" {
			t.note(`""`, "a key without a name: left out")
			continue
		}
		t.keys, t.shapes = append(t.keys, key), append(t.shapes, whole.values[key])
	}
	t.types()
	if len(t.paths) > maxJSONColumns {
		return nil, fmt.Errorf("%s: %s different keys make as many columns, and %s are read at most: put values of one kind under one key",
			c.named[0].Name, pipeline.Thousands(int64(len(t.paths))), pipeline.Thousands(maxJSONColumns))
	}
	for i, s := range shapes {
		if s == nil {
			continue // no rows
		}
		var fields []lake.Field
		for _, path := range t.paths {
			if s.has(path) {
				fields = append(fields, lake.Field{Name: strings.Join(path, "."), Type: lake.StringType})
			}
		}
		t.kinds = append(t.kinds, newPartColumns(fields, c.named[i].Name))
	}
	for _, path := range t.paths {
		t.noteMissing(strings.Join(path, "."))
	}
	return t, nil
}

// types finds the types of the keys, and the columns that they make.
func (t *jsonTable) types() {
	t.columns, t.paths = nil, nil
	for i, key := range t.keys {
		t.columns = append(t.columns, t.typeOf(t.shapes[i], []string{key}, false))
	}
}

// widen reads whole numbers as numbers without a sign where none has one, and
// as text where some have.
func (t *jsonTable) widen() {
	again := jsonTable{keys: t.keys, shapes: t.shapes, wide: true}
	again.types()
	t.columns = again.columns
	for _, d := range again.drift {
		if !slices.Contains(t.drift, d) {
			t.drift = append(t.drift, d)
		}
	}
}

// jsonShapes are those of the rows of each file, nil for files without rows.
func (c *converter) jsonShapes(ctx context.Context) ([]*jsonShape, error) {
	shapes := make([]*jsonShape, len(c.files))
	for i := range c.files {
		var err error
		if shapes[i], err = c.only(i).jsonShape(ctx); err != nil {
			return nil, err
		}
	}
	return shapes, nil
}

// jsonShape is that of the rows of all files, nil when there are none. It is
// found by one thread: the order of keys is then that of the rows. The aggregate
// keeps memory for every row that it is given, so it is given one row of each
// structure only; the grouping before it spills.
func (c *converter) jsonShape(ctx context.Context) (*jsonShape, error) {
	names := make([]string, len(c.files))
	for i, f := range c.files {
		names[i] = quoteSQL(f.Name)
	}
	query := fmt.Sprintf(`SELECT CAST(json_group_structure(one) AS VARCHAR) FROM (
		SELECT any_value(json) AS one, min(row) AS first FROM (
			SELECT json, CAST(json_structure(json) AS VARCHAR) AS structure, row_number() OVER () AS row FROM read_json_objects([%s], %s))
		GROUP BY structure ORDER BY first)`, strings.Join(names, ", "), strings.Join(c.jsonFormat(), ", "))
	var text *string
	if err := c.oneThread(ctx, func() error { return c.db.QueryRowContext(ctx, query).Scan(&text) }); err != nil {
		return nil, c.explain(err)
	}
	if text == nil {
		return nil, nil //nolint:nilnil // no rows, no shape
	}
	s := &jsonShape{}
	if err := json.Unmarshal([]byte(*text), s); err != nil {
		return nil, fmt.Errorf("%s: what DuckDB says of its keys: %w", c.named[0].Name, err)
	}
	if s.isNull() {
		return nil, nil //nolint:nilnil // nothing but nulls
	}
	if s.values == nil {
		return nil, fmt.Errorf("%s: its rows must be JSON objects with keys, as in {\"title\": \"green tea\"}", c.named[0].Name)
	}
	return s, nil
}

func (c *converter) oneThread(ctx context.Context, do func() error) error {
	var threads int
	if err := c.db.QueryRowContext(ctx, "SELECT current_setting('threads')").Scan(&threads); err != nil {
		return err
	}
	if _, err := c.db.ExecContext(ctx, "SET threads=1"); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err // and the database is not used again
	}
	_, err := c.db.ExecContext(ctx, fmt.Sprintf("SET threads=%d", threads))
	return err
}

func (c *converter) jsonFormat() []string {
	options := []string{fmt.Sprintf("maximum_object_size=%d", min(largestObject, c.memory/8))}
	if c.format == "jsonl" {
		options = append(options, "format='newline_delimited'")
	}
	return options
}

// spelling refuses keys of one object that differ in capitals only.
func (c *converter) spelling(s *jsonShape, shapes []*jsonShape, path []string) error {
	if s.item != nil {
		s = s.item
	}
	seen := map[string]string{}
	for _, key := range s.keys {
		here := append(slices.Clone(path), key)
		fold := strings.ToLower(key)
		if other, ok := seen[fold]; ok {
			a, b := c.fileOf(shapes, append(slices.Clone(path), other)), c.fileOf(shapes, here)
			if a == b {
				return fmt.Errorf("%s has the keys %q and %q: capitals are all that differs; give them one name, or two", a, other, key)
			}
			return fmt.Errorf("key %q of %s is called %q in %s: capitals are all that differs; give it one name", other, a, key, b)
		}
		seen[fold] = key
		if len(s.keys) <= maxJSONKeys || len(path) == 0 {
			if err := c.spelling(s.values[key], shapes, here); err != nil {
				return err
			}
		}
	}
	return nil
}

// fileOf is the first file that has the path.
func (c *converter) fileOf(shapes []*jsonShape, path []string) string {
	for i, s := range shapes {
		if s != nil && s.has(path) {
			return c.named[i].Name
		}
	}
	return c.named[0].Name
}

// has says whether values have a key at the end of the path, or something else
// on the way.
func (s *jsonShape) has(path []string) bool {
	for _, key := range path {
		if s.item != nil {
			s = s.item
		}
		if s.values == nil {
			return !s.isNull()
		}
		v, ok := s.values[key]
		if !ok {
			return false
		}
		s = v
	}
	return true
}

// typeOf is the type of DuckDB in which values of a shape are read. It notes
// what stays text, and adds the columns that they make.
func (t *jsonTable) typeOf(s *jsonShape, path []string, inList bool) string {
	text := func(why string) string {
		t.paths = append(t.paths, path)
		if why != "" {
			t.note(strings.Join(path, "."), why)
		}
		return "VARCHAR"
	}
	switch {
	case s.item != nil && inList:
		return text("lists in lists: read as JSON text")
	case s.item != nil && s.item.item != nil:
		return text("lists of lists: read as JSON text")
	case s.item != nil:
		return t.typeOf(s.item, path, true) + "[]"
	case s.values != nil:
		return t.objectOf(s, path, inList, text)
	}
	switch s.leaf {
	case "JSON":
		return text("values of several types: read as text")
	case "UBIGINT", "HUGEINT": // without and with a sign
		switch {
		case !t.wide:
			s = &jsonShape{leaf: "BIGINT"}
		case s.leaf == "HUGEINT":
			return text("whole numbers beyond 64 bits: read as text")
		}
		_ = text("")
		return s.leaf
	case "BIGINT", "DOUBLE", "BOOLEAN":
		_ = text("")
		return s.leaf
	}
	return text("")
}

func (t *jsonTable) objectOf(s *jsonShape, path []string, inList bool, text func(string) string) string {
	switch {
	case len(s.keys) == 0:
		return text("objects without keys: read as JSON text")
	case len(s.keys) > maxJSONKeys:
		return text(fmt.Sprintf("objects of %s different keys, more than %d: read as JSON text", pipeline.Thousands(int64(len(s.keys))), maxJSONKeys))
	case len(path) >= maxJSONDepth:
		return text(fmt.Sprintf("objects deeper than %d: read as JSON text", maxJSONDepth))
	case slices.Contains(s.keys, ""):
		return text("objects with a key without a name: read as JSON text")
	}
	members := make([]string, len(s.keys))
	for i, key := range s.keys {
		members[i] = quoteIdent(key) + " " + t.typeOf(s.values[key], append(slices.Clone(path), key), inList)
	}
	return "STRUCT(" + strings.Join(members, ", ") + ")"
}

// source is the table function that reads the files.
func (t *jsonTable) source(c *converter, names, options []string) string {
	options = append(options, c.jsonFormat()...)
	columns := make([]string, len(t.keys))
	for i, key := range t.keys {
		columns[i] = quoteSQL(key) + ": " + quoteSQL(t.columns[i])
	}
	options = append(options, "columns={"+strings.Join(columns, ", ")+"}")
	return fmt.Sprintf("read_json([%s], %s)", strings.Join(names, ", "), strings.Join(options, ", "))
}
