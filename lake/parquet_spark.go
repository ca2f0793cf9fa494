package lake

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// SparkWord is a row of the data of Spark ML's Word2VecModel.
type SparkWord struct {
	Word   string    `parquet:"word"` // required: an optional Go string would write "" as null, which Spark cannot read
	Vector []float32 `parquet:"vector,list"`
}

// SparkCentre is a row of the data of Spark ML's KMeansModel.
type SparkCentre struct {
	ClusterIdx    int32        `parquet:"clusterIdx"`
	ClusterCenter *SparkVector `parquet:"clusterCenter,optional"`
}

// SparkVector is Spark's VectorUDT: dense (type 1) with all values, or sparse
// (type 0) with the values at some indices of size.
type SparkVector struct {
	Type    int8      `parquet:"type"`
	Size    *int32    `parquet:"size,optional"`
	Indices []int32   `parquet:"indices,optional,list"`
	Values  []float64 `parquet:"values,optional,list"`
}

// sparkRowMetadata tells Spark that clusterCenter is a VectorUDT. Without it
// Spark refuses the file.
const sparkRowMetadata = `{"type":"struct","fields":[{"name":"clusterIdx","type":"integer","nullable":false,"metadata":{}},` +
	`{"name":"clusterCenter","type":{"type":"udt","class":"org.apache.spark.ml.linalg.VectorUDT","pyClass":"pyspark.ml.linalg.VectorUDT",` +
	`"sqlType":{"type":"struct","fields":[{"name":"type","type":"byte","nullable":false,"metadata":{}},` +
	`{"name":"size","type":"integer","nullable":true,"metadata":{}},` +
	`{"name":"indices","type":{"type":"array","elementType":"integer","containsNull":false},"nullable":true,"metadata":{}},` +
	`{"name":"values","type":{"type":"array","elementType":"double","containsNull":false},"nullable":true,"metadata":{}}]}},"nullable":true,"metadata":{}}]}`

// WriteSparkWords writes n rows of a Word2VecModel.
func WriteSparkWords(ctx context.Context, w io.Writer, n int, row func(i int) SparkWord) error {
	return writeSpark(ctx, w, n, row)
}

// WriteSparkCentres writes n rows of a KMeansModel.
func WriteSparkCentres(ctx context.Context, w io.Writer, n int, row func(i int) SparkCentre) error {
	return writeSpark(ctx, w, n, row,
		parquet.KeyValueMetadata("org.apache.spark.sql.parquet.row.metadata", sparkRowMetadata),
		parquet.KeyValueMetadata("org.apache.spark.version", "4.0.0"))
}

func writeSpark[T any](ctx context.Context, w io.Writer, n int, row func(i int) T, options ...parquet.WriterOption) error {
	out := parquet.NewGenericWriter[T](w, append(options, parquet.Compression(&parquet.Zstd))...)
	for i := range n {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if _, err := out.Write([]T{row(i)}); err != nil {
			return err
		}
	}
	return out.Close()
}

// ReadSparkWords reads the rows of a Word2VecModel from one of its files.
func ReadSparkWords(ctx context.Context, r io.ReaderAt, size int64, name string, fn func(SparkWord) error) error {
	return readSpark(ctx, r, size, name, [][]string{{"word"}, {"vector", "list", "element"}}, fn)
}

// ReadSparkCentres reads the rows of a KMeansModel from one of its files.
func ReadSparkCentres(ctx context.Context, r io.ReaderAt, size int64, name string, fn func(SparkCentre) error) error {
	return readSpark(ctx, r, size, name, [][]string{{"clusterIdx"}, {"clusterCenter", "type"}, {"clusterCenter", "values", "list", "element"}}, fn)
}

func readSpark[T any](ctx context.Context, r io.ReaderAt, size int64, name string, columns [][]string, fn func(T) error) (err error) {
	if _, err := OpenParquet(ctx, r, size, name, Limits{}); err != nil {
		return err // its checks stand before the library
	}
	defer recoverTo(&err, name, "a page")
	f, err := parquet.OpenFile(r, size)
	if err != nil {
		return fmt.Errorf("%s: %w: %w", name, ErrCorrupt, err)
	}
	for _, column := range columns {
		if _, ok := f.Schema().Lookup(column...); !ok {
			return fmt.Errorf("%s: no column %v: not of a Spark ML model of this class", name, column)
		}
	}
	in := parquet.NewGenericReader[T](f)
	defer func() { err = errors.Join(err, in.Close()) }()
	rows := make([]T, 64)
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		clear(rows) // what a row holds is kept by fn
		n, err := in.Read(rows)
		for _, row := range rows[:n] {
			if err := fn(row); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w: %w", name, ErrCorrupt, err)
		}
	}
}
