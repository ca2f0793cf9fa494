package lake

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// ParquetOptions says how a Parquet file is written. The zero value is a good
// choice.
type ParquetOptions struct {
	// Compression is "zstd" (the default), "snappy", "gzip", "brotli" or "none".
	Compression string
	// Encodings chooses the encoding of columns by their names. A column that
	// is not named has EncodingAuto.
	Encodings map[string]Encoding
	// RowGroupRows and RowGroupBytes bound a row group, which is held in memory
	// (packed) until it is full. By default that is 131,072 rows, or as long as
	// the rows come with the same dictionaries up to 1,048,576, and 64 MiB
	// unpacked.
	RowGroupRows  int
	RowGroupBytes int
	// Metadata is written into the footer, for whoever wants to know where the
	// file comes from.
	Metadata map[string]string
}

// Encoding is how the values of a column are written.
type Encoding string

// The encodings.
const (
	// EncodingAuto is a dictionary for what comes with one, for strings that
	// repeat and for numbers of which there are few; plain otherwise.
	EncodingAuto Encoding = ""
	// EncodingDictionary writes each value once, and its number for each row.
	// It gives way to plain where a dictionary grows beyond 1 MiB and does not
	// pay, and where one that a batch brings along grows beyond 32 MiB. Bool has
	// no dictionary.
	EncodingDictionary Encoding = "dictionary"
	// EncodingPlain writes the values one after the other.
	EncodingPlain Encoding = "plain"
	// EncodingDelta writes differences: DELTA_BINARY_PACKED for what is stored
	// as an integer of 32 or 64 bits, DELTA_BYTE_ARRAY for text and bytes. It
	// suits sorted columns. Bool, Float, Double and INT96 have none.
	EncodingDelta Encoding = "delta"
)

func (o ParquetOptions) orDefault() ParquetOptions {
	if o.Compression == "" {
		o.Compression = "zstd"
	}
	if o.RowGroupBytes <= 0 {
		o.RowGroupBytes = 64 << 20
	}
	return o
}

// packer compresses pages.
type packer struct {
	codec format.CompressionCodec
	pack  func(dst, src []byte) ([]byte, error) // over dst; nil for none
}

// packer returns how pages are compressed. On pages, fastest zstd is a third
// faster than the default level and leaves a twentieth more.
func (o ParquetOptions) packer() (packer, error) {
	switch o.Compression {
	case "zstd":
		e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1),
			zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(1<<20), zstd.WithZeroFrames(true), zstd.WithEncoderCRC(false))
		return packer{format.Zstd, func(dst, src []byte) ([]byte, error) { return e.EncodeAll(src, dst[:0]), nil }}, err
	case "snappy":
		return packer{format.Snappy, func(dst, src []byte) ([]byte, error) { return s2.EncodeSnappy(dst[:cap(dst)], src), nil }}, nil
	case "gzip":
		return packer{format.Gzip, parquet.Gzip.Encode}, nil
	case "brotli":
		return packer{format.Brotli, parquet.Brotli.Encode}, nil
	case "none":
		return packer{codec: format.Uncompressed}, nil
	}
	return packer{}, fmt.Errorf("compression %q: there are zstd, snappy, gzip, brotli and none: %w", o.Compression, errors.ErrUnsupported)
}

// ParquetWriter writes a Parquet file: every page with a checksum, every
// column chunk with its smallest and largest value (cut to about 64 bytes, and
// not for decimals of more than 18 digits and INT96), lists in the standard
// three levels. Columns that come with a dictionary are written with it, see
// Column.Dict; whether one pays for the others is judged by the first batch of
// every row group.
type ParquetWriter struct {
	out     io.Writer
	fields  []Field
	options ParquetOptions
	chunks  []*chunkWriter
	dicts   []*Column // that were found good, see Batch.check
	meta    fileMeta

	at   int64 // bytes written
	rows int64 // of the open row group
	err  error
}

// NewParquetWriter returns a writer of rows with the given fields. Nothing is
// written before the first row group is full, or Close; out is not closed.
func NewParquetWriter(out io.Writer, fields []Field, options ParquetOptions) (*ParquetWriter, error) {
	w := &ParquetWriter{out: out, fields: append([]Field(nil), fields...), options: options.orDefault(), dicts: make([]*Column, len(fields))}
	pack, err := w.options.packer()
	if err != nil {
		return nil, err
	}
	if len(fields) == 0 {
		return nil, errors.New("a Parquet file needs at least one column")
	}
	encodings := make([]Encoding, len(fields))
	for i, f := range w.fields {
		encodings[i] = w.options.Encodings[f.Name]
	}
	root, err := parquetSchema(w.fields, encodings)
	if err != nil {
		return nil, err
	}
	for name := range w.options.Encodings {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name }) {
			return nil, fmt.Errorf("an encoding for column %q, which there is not", name)
		}
	}
	for i, f := range w.fields {
		c, err := newChunkWriter(f, encodings[i], pack)
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", f.Name, err)
		}
		w.chunks = append(w.chunks, c)
	}
	w.meta = fileMeta{Version: 1, Schema: schemaElements("schema", root), CreatedBy: "gondola version 1(build lake)"}
	w.meta.Schema[0].RepetitionType.Reset() // the root has none
	for k, v := range options.Metadata {
		w.meta.KeyValueMetadata = append(w.meta.KeyValueMetadata, format.KeyValue{Key: k, Value: v})
	}
	return w, nil
}

// Rows returns the number of rows written so far.
func (w *ParquetWriter) Rows() int64 { return w.meta.NumRows + w.rows }

// Write adds the rows of b, whose columns must have the types of the fields.
// After an error the file is lost.
func (w *ParquetWriter) Write(b *Batch) error {
	if w.err == nil {
		w.err = w.write(b)
	}
	return w.err
}

// The rows of a row group by default, and with dictionaries that go on.
const (
	groupRows   = 128 << 10
	carriedRows = 1 << 20
)

// room returns how many rows of b the open row group takes, at most.
func (w *ParquetWriter) room(b *Batch) int {
	if n := w.options.RowGroupRows; n > 0 {
		return n - int(w.rows)
	}
	carried := false
	for i, c := range w.chunks {
		col := &b.Columns[i]
		if !col.hasDictionary() {
			continue
		}
		if carried = true; w.rows >= groupRows && !c.goesOn(col) {
			return 0
		}
	}
	if carried {
		return carriedRows - int(w.rows)
	}
	return groupRows - int(w.rows)
}

// pieceRows is how many rows are written before the size of the row group is
// looked at.
const pieceRows = 4096

func (w *ParquetWriter) write(b *Batch) (err error) {
	defer recoverTo(&err, "parquet output", "a batch")
	if err := b.check(w.fields, w.dicts); err != nil {
		return err
	}
	for from := 0; from < b.Rows; {
		room := w.room(b)
		if room <= 0 {
			if err := w.endGroup(); err != nil {
				return err
			}
			room = w.room(b)
		}
		to := min(b.Rows, from+min(pieceRows, room))
		size := 0
		for i, c := range w.chunks {
			if err := c.write(&b.Columns[i], from, to); err != nil {
				return fmt.Errorf("column %q: %w", b.Columns[i].Name, err)
			}
			size += c.size()
		}
		w.rows += int64(to - from)
		from = to
		if size >= w.options.RowGroupBytes {
			if err := w.endGroup(); err != nil {
				return err
			}
		}
	}
	return nil
}

// put writes bytes of the file.
func (w *ParquetWriter) put(b []byte) error {
	n, err := w.out.Write(b)
	w.at += int64(n)
	return err
}

// begin writes the first bytes of the file.
func (w *ParquetWriter) begin() error {
	if w.at > 0 {
		return nil
	}
	return w.put([]byte(parquetMagic))
}

// endGroup writes the open row group.
func (w *ParquetWriter) endGroup() error {
	if err := w.begin(); err != nil {
		return err
	}
	g := rowGroupMeta{NumRows: w.rows, FileOffset: w.at}
	if n := len(w.meta.RowGroups); n <= 1<<15-1 { // more have no number
		g.Ordinal.Set(int16(n))
	}
	for i, c := range w.chunks {
		from := w.at
		dict, pages, m, err := c.finish()
		if err != nil {
			return fmt.Errorf("column %q: %w", w.fields[i].Name, err)
		}
		if len(dict) > 0 {
			m.DictionaryPageOffset = from
			if err := w.put(dict); err != nil {
				return err
			}
		}
		for _, p := range pages {
			if err := w.put(p); err != nil {
				return err
			}
		}
		m.DataPageOffset += from
		g.TotalByteSize += m.TotalUncompressedSize
		g.TotalCompressedSize += m.TotalCompressedSize
		g.Columns = append(g.Columns, columnChunk{FileOffset: 0, MetaData: m})
		c.reset()
	}
	w.meta.RowGroups = append(w.meta.RowGroups, g)
	w.meta.NumRows += w.rows
	w.rows = 0
	return nil
}

// Close writes what is left and the footer.
func (w *ParquetWriter) Close() (err error) {
	if w.err != nil {
		return w.err
	}
	defer func() {
		if w.err = err; err == nil {
			w.err = errors.New("the writer is closed")
		}
	}()
	defer recoverTo(&err, "parquet output", "the last row group")
	if w.rows > 0 {
		if err := w.endGroup(); err != nil {
			return err
		}
	}
	if err := w.begin(); err != nil {
		return err
	}
	footer, err := w.meta.appendFooter(nil)
	if err != nil {
		return err
	}
	return w.put(footer)
}
