package local

import (
	"fmt"
	"os"
	"slices"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
)

// dataset is a table with what was derived from it. The rows lie in files: the
// table's own, and beside it those of a layer with one row for each of its
// rows. The other derived columns are computed while reading.
type dataset struct {
	engine *Engine
	schema pipeline.Schema
	rows   int64
	facts  []pipeline.Table
	origin pipeline.Origin

	table    *table             // the source
	source   pipeline.Origin    // of the table
	tokens   *tokens            // after preprocess
	clusters *artifact.Clusters // after assign: computes cluster and distance
	layer    *table             // after tag: cluster, distance and tags, row for row
}

// tokens is what preprocess made of the titles.
type tokens struct {
	origin pipeline.Origin
	dict   *artifact.Dictionary
	file   *tokenFile
	lock   *os.File // keeps the file in the cache
}

// madeOf says whether a model's dictionary is that of these tokens: the same
// one, or that of another run of the same step.
func (t *tokens) madeOf(dict *artifact.Dictionary, model pipeline.Origin) bool {
	return t.dict == dict || slices.Contains(model.Inputs, t.origin.Hash)
}

func (d *dataset) Schema() pipeline.Schema { return d.schema }
func (d *dataset) Len() int64              { return d.rows }
func (d *dataset) Facts() []pipeline.Table { return d.facts }

func (d *dataset) Origin() pipeline.Origin { return d.origin }

// derive returns a copy that a transformation may extend.
func (d *dataset) derive(origin pipeline.Origin, facts []pipeline.Table, columns ...pipeline.Column) *dataset {
	out := *d
	out.facts, out.origin = facts, origin
	out.schema = d.schema.With(columns...)
	return &out
}

// column finds a column or names close ones.
func (d *dataset) column(name string) (pipeline.Column, error) {
	if c, ok := d.schema.Column(name); ok {
		return c, nil
	}
	for _, c := range d.schema.LeftOut {
		if c.Name == name {
			return c, fmt.Errorf("column %q cannot be read: %s", name, c.Note)
		}
	}
	return pipeline.Column{}, unknownColumn(name, d.schema.Names())
}

// typeOf names the type of a lake column in the words of package pipeline.
func typeOf(t lake.Type) pipeline.Type {
	switch t.Kind {
	case lake.Bool:
		return pipeline.Bool
	case lake.Int:
		return pipeline.Int
	case lake.Float, lake.Double:
		return pipeline.Float
	case lake.Date:
		return pipeline.Date
	case lake.Timestamp:
		return pipeline.Time
	case lake.Binary, lake.Fixed:
		return pipeline.Bytes
	case lake.List:
		if t.Of == lake.String {
			return pipeline.Strings
		}
		return pipeline.String // as [1,2]
	case lake.String, lake.UUID, lake.Decimal, lake.Time, lake.Unsupported:
	}
	return pipeline.String
}

// valueOf returns a cell as package pipeline promises it: nil, string, int64,
// float64, bool, time.Time, pipeline.Day, []string or []byte.
func valueOf(c *lake.Column, i int) any {
	v := c.Value(i)
	switch x := v.(type) {
	case nil, string, int64, float64, bool, []string, []byte:
		return v
	case uint64:
		if x <= 1<<63-1 {
			return int64(x)
		}
		return float64(x)
	}
	switch typeOf(c.Type) {
	case pipeline.Time:
		return v
	case pipeline.Date:
		return pipeline.Day(c.AppendText(nil, i))
	}
	return string(c.AppendText(nil, i))
}
