package main

import (
	"io"
	"time"

	"gondola/lake"
	"gondola/pipeline"
)

// writeParquet writes a small table as a Parquet file.
func writeParquet(out io.Writer, t *pipeline.Table) error {
	fields := make([]lake.Field, len(t.Columns))
	for i, c := range t.Columns {
		fields[i] = lake.Field{Name: c.Name, Type: lakeType(c.Type), Nullable: true}
	}
	w, err := lake.NewParquetWriter(out, fields, lake.ParquetOptions{})
	if err != nil {
		return err
	}
	b := lake.NewBatch(fields...)
	for _, row := range t.Rows {
		for i, v := range row {
			if day, ok := v.(pipeline.Day); ok {
				at, err := time.Parse(time.DateOnly, string(day))
				if err != nil {
					return err
				}
				v = at
			}
			if err := b.Columns[i].Append(v); err != nil {
				return err
			}
		}
		b.Rows++
	}
	if err := w.Write(b); err != nil {
		return err
	}
	return w.Close()
}

func lakeType(t pipeline.Type) lake.Type {
	if item, ok := t.Elem(); ok {
		return lake.ListOf(lakeType(item))
	}
	switch t {
	case pipeline.Int:
		return lake.Int64Type
	case pipeline.Float:
		return lake.DoubleType
	case pipeline.Bool:
		return lake.BoolType
	case pipeline.Date:
		return lake.Type{Kind: lake.Date}
	case pipeline.Time:
		return lake.Type{Kind: lake.Timestamp, Unit: lake.Micro, UTC: true}
	case pipeline.Bytes:
		return lake.Type{Kind: lake.Binary}
	case pipeline.String:
	}
	return lake.StringType
}
