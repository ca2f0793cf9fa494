package lake

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// TableWriter writes rows in some format.
type TableWriter interface {
	// Write adds the rows of b, whose columns must be those that the writer was
	// made for. After an error the output is lost.
	Write(b *Batch) error
	// Close writes what is left. It does not close what lies beneath.
	Close() error
	// Rows returns the number of rows written.
	Rows() int64
}

// Format is a way to write a table.
type Format string

// The formats.
const (
	Parquet Format = "parquet"
	CSV     Format = "csv"
	TSV     Format = "tsv"
	JSONL   Format = "jsonl"
)

// FormatOf tells format and compression ("", "gz" or "zst") from the extension
// of a name, such as tags.csv.gz. Parquet packs its pages itself and takes
// no outer compression. An unknown extension wraps errors.ErrUnsupported.
func FormatOf(name string) (f Format, compression string, err error) {
	ext := path.Ext(name)
	if ext == ".gz" || ext == ".zst" {
		compression = ext[1:]
		ext = path.Ext(strings.TrimSuffix(name, ext))
	}
	switch strings.ToLower(ext) {
	case ".parquet", ".pq":
		f = Parquet
	case ".csv":
		f = CSV
	case ".tsv", ".tab":
		f = TSV
	case ".jsonl", ".ndjson", ".json":
		f = JSONL
	}
	if f == "" || f == Parquet && compression != "" {
		return "", "", fmt.Errorf("%s: the extension names no format; there are .parquet, .csv, .tsv and .jsonl, the last three also with .gz or .zst: %w", name, errors.ErrUnsupported)
	}
	return f, compression, nil
}

// WriterOptions says how a table is written. The zero value is a good choice.
type WriterOptions struct {
	Parquet ParquetOptions
	CSV     CSVOptions
	// Compression packs CSV, TSV and JSON lines: "", "gz" or "zst".
	Compression string
}

// NewTableWriter returns a writer of the format. out is not closed by it.
func NewTableWriter(out io.Writer, fields []Field, format Format, options WriterOptions) (TableWriter, error) {
	if format == Parquet {
		if options.Compression != "" {
			return nil, fmt.Errorf("parquet packs its pages itself, not by %s: %w", options.Compression, errors.ErrUnsupported)
		}
		return NewParquetWriter(out, fields, options.Parquet)
	}
	var closer io.Closer
	switch options.Compression {
	case "":
	case "gz":
		w := gzip.NewWriter(out)
		out, closer = w, w
	case "zst":
		w, err := zstd.NewWriter(out, zstd.WithEncoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		out, closer = w, w
	default:
		return nil, fmt.Errorf("compression %q: there are gz and zst: %w", options.Compression, errors.ErrUnsupported)
	}
	var w TableWriter
	var err error
	switch format {
	case CSV:
		w, err = NewCSVWriter(out, fields, options.CSV)
	case TSV:
		options.CSV.Tabs = true
		w, err = NewCSVWriter(out, fields, options.CSV)
	case JSONL:
		w, err = NewJSONLWriter(out, fields)
	default:
		err = fmt.Errorf("format %q: there are parquet, csv, tsv and jsonl: %w", format, errors.ErrUnsupported)
	}
	if err != nil || closer == nil {
		return w, err
	}
	return &packedWriter{TableWriter: w, packer: closer}, nil
}

// packedWriter ends the compressed stream after the table.
type packedWriter struct {
	TableWriter
	packer io.Closer
}

func (w *packedWriter) Close() error {
	return errors.Join(w.TableWriter.Close(), w.packer.Close())
}

// checkFields refuses fields that a text format cannot write.
func checkFields(fields []Field) error {
	if len(fields) == 0 {
		return errors.New("a table needs at least one column")
	}
	for _, f := range fields {
		if f.Type.storage() == noStorage {
			return fmt.Errorf("column %q: type %s cannot be written: %w", f.Name, f.Type, errors.ErrUnsupported)
		}
	}
	return nil
}
