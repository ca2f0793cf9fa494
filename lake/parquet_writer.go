package lake

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/deprecated"
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
	// (packed) until it is full: 100,000 rows and 64 MiB unpacked by default.
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
	// EncodingAuto is a dictionary for strings that repeat, plain otherwise.
	EncodingAuto Encoding = ""
	// EncodingDictionary writes each value once, and its number for each row.
	// It gives way to plain where a dictionary grows beyond 1 MiB. Bool has no
	// dictionary.
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
	if o.RowGroupRows <= 0 {
		o.RowGroupRows = 100_000
	}
	if o.RowGroupBytes <= 0 {
		o.RowGroupBytes = 64 << 20
	}
	return o
}

func (o ParquetOptions) codec() (compress.Codec, error) {
	switch o.Compression {
	case "zstd":
		return &parquet.Zstd, nil
	case "snappy":
		return &parquet.Snappy, nil
	case "gzip":
		return &parquet.Gzip, nil
	case "brotli":
		return &parquet.Brotli, nil
	case "none":
		return &parquet.Uncompressed, nil
	}
	return nil, fmt.Errorf("compression %q: there are zstd, snappy, gzip, brotli and none: %w", o.Compression, errors.ErrUnsupported)
}

// ParquetWriter writes a Parquet file: every page with a checksum, every
// column chunk with its smallest and largest value (cut to about 64 bytes, and
// not for decimals of more than 18 digits and INT96), lists in the standard
// three levels. Strings are dictionary-encoded where they repeat: that is
// judged by the first batch, and a column whose dictionary grows beyond 1 MiB
// in a row group goes on without.
type ParquetWriter struct {
	out     *footerWriter
	fields  []Field
	options ParquetOptions
	codec   compress.Codec

	w       *parquet.GenericWriter[any]
	columns []*parquet.ColumnWriter
	values  []parquet.Value

	rows       int64
	groupRows  int
	groupBytes int
	err        error
}

// NewParquetWriter returns a writer of rows with the given fields. Nothing is
// written before the first Write or Close; out is not closed. It is written to
// in small pieces, so buffer it if that costs.
func NewParquetWriter(out io.Writer, fields []Field, options ParquetOptions) (*ParquetWriter, error) {
	w := &ParquetWriter{out: &footerWriter{out: out}, fields: append([]Field(nil), fields...), options: options.orDefault()}
	var err error
	if w.codec, err = w.options.codec(); err != nil {
		return nil, err
	}
	if len(fields) == 0 {
		return nil, errors.New("a Parquet file needs at least one column")
	}
	// Judge the types now, before any work.
	if _, err := parquetSchema(w.fields, w.encodings(nil)); err != nil {
		return nil, err
	}
	for name := range w.options.Encodings {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name }) {
			return nil, fmt.Errorf("an encoding for column %q, which there is not", name)
		}
	}
	return w, nil
}

// Rows returns the number of rows written so far.
func (w *ParquetWriter) Rows() int64 { return w.rows }

// Write adds the rows of b, whose columns must have the types of the fields.
// After an error the file is lost.
func (w *ParquetWriter) Write(b *Batch) error {
	if w.err == nil {
		w.err = w.write(b)
	}
	return w.err
}

func (w *ParquetWriter) write(b *Batch) (err error) {
	defer recoverTo(&err, "parquet output", "a batch")
	if err := b.check(w.fields); err != nil {
		return err
	}
	if b.Rows == 0 {
		return nil
	}
	if w.w == nil {
		if err := w.open(b); err != nil {
			return err
		}
	}
	for from := 0; from < b.Rows; {
		to := min(b.Rows, from+min(chunkRows, w.options.RowGroupRows-w.groupRows))
		for i := range b.Columns {
			if err := w.writeColumn(i, &b.Columns[i], from, to); err != nil {
				return fmt.Errorf("column %q: %w", b.Columns[i].Name, err)
			}
		}
		w.groupRows += to - from
		w.rows += int64(to - from)
		from = to
		if w.groupRows >= w.options.RowGroupRows || w.groupBytes >= w.options.RowGroupBytes {
			if err := w.w.Flush(); err != nil {
				return err
			}
			w.groupRows, w.groupBytes = 0, 0
		}
	}
	return nil
}

// chunkRows and chunkBytes are handed to the library at once: it looks at the
// size of a page only in between.
const (
	chunkRows  = 1024
	chunkBytes = 128 << 10
)

func (w *ParquetWriter) open(b *Batch) error {
	schema, err := parquetSchema(w.fields, w.encodings(b))
	if err != nil {
		return err
	}
	options := []parquet.WriterOption{
		schema,
		parquet.Compression(w.codec),
		parquet.DataPageVersion(1),        // read everywhere
		parquet.DataPageStatistics(false), // the chunk and the page index have them
		parquet.DictionaryMaxBytes(1 << 20),
		parquet.WriteBufferSize(0), // whoever gives us out has buffered it
		parquet.CreatedBy("gondola", "1", "lake"),
	}
	for k, v := range w.options.Metadata {
		options = append(options, parquet.KeyValueMetadata(k, v))
	}
	w.w = parquet.NewGenericWriter[any](w.out, options...)
	w.columns = w.w.ColumnWriters()
	return nil
}

// encodings returns the encoding of each column. b is the first batch, or nil.
func (w *ParquetWriter) encodings(b *Batch) []Encoding {
	out := make([]Encoding, len(w.fields))
	for i, f := range w.fields {
		out[i] = w.options.Encodings[f.Name]
		if out[i] != EncodingAuto {
			continue
		}
		if out[i] = EncodingPlain; b != nil && repeats(&b.Columns[i]) {
			out[i] = EncodingDictionary
		}
	}
	return out
}

// repeats tells whether a dictionary pays: among the first rows of a column of
// strings, one in seven has been there before. In a whole row group it is then
// about one in two.
func repeats(c *Column) bool {
	texts := c
	if c.Type.Kind == List {
		texts = c.Elem
	}
	if texts.Type.Kind != String {
		return false
	}
	const sample = 8192
	seen := map[string]bool{}
	n := 0
	for i := 0; i < texts.Len() && n < sample; i++ {
		if !texts.Null(i) {
			seen[string(texts.Str(i))] = true
			n++
		}
	}
	return len(seen)*7 <= n*6+64
}

// writeColumn writes rows from to to of column i.
func (w *ParquetWriter) writeColumn(i int, c *Column, from, to int) error {
	size := 0
	w.values = w.values[:0]
	for row := from; row < to; row++ {
		size += w.addRow(i, c, row)
		if size >= chunkBytes || row == to-1 {
			if _, err := w.columns[i].WriteRowValues(w.values); err != nil {
				return err
			}
			w.groupBytes += size
			size = 0
			w.values = w.values[:0]
		}
	}
	return nil
}

// addRow adds one row to w.values and returns about how many bytes it takes.
func (w *ParquetWriter) addRow(i int, c *Column, row int) int {
	def := 0
	if w.fields[i].Nullable {
		def = 1
	}
	if c.Null(row) {
		w.values = append(w.values, parquet.Value{}.Level(0, 0, i))
		return 1
	}
	if c.Type.Kind != List {
		v, n := w.value(c, row)
		w.values = append(w.values, v.Level(0, def, i))
		return n
	}
	first, last := c.Lists[row], c.Lists[row+1]
	if first == last {
		w.values = append(w.values, parquet.Value{}.Level(0, def, i))
		return 1
	}
	size := 0
	for k := first; k < last; k++ {
		rep := 1
		if k == first {
			rep = 0
		}
		if c.Elem.Null(k) {
			w.values = append(w.values, parquet.Value{}.Level(rep, def+1, i))
			size++
			continue
		}
		v, n := w.value(c.Elem, k)
		w.values = append(w.values, v.Level(rep, def+2, i))
		size += n + 1
	}
	return size
}

// value returns one value and about how many bytes it takes.
func (w *ParquetWriter) value(c *Column, row int) (parquet.Value, int) {
	switch c.Type.storage() {
	case bytesStorage:
		v := c.Str(row)
		if c.Type.width() > 0 {
			return parquet.FixedLenByteArrayValue(v), len(v)
		}
		return parquet.ByteArrayValue(v), len(v) + 4
	case floatsStorage:
		if c.Type.Kind == Float {
			return parquet.FloatValue(float32(c.Floats[row])), 4
		}
		return parquet.DoubleValue(c.Floats[row]), 8
	case boolsStorage:
		return parquet.BooleanValue(c.Bools[row]), 1
	}
	v := c.Ints[row]
	switch {
	case c.Type.Int96:
		return parquet.Int96Value(nanosInt96(v)), 12
	case c.Type.Kind == Int && c.Type.Bits < 64, c.Type.Kind == Date,
		c.Type.Kind == Time && c.Type.Unit == Milli,
		c.Type.Kind == Decimal && c.Type.Precision <= 9:
		return parquet.Int32Value(int32(v)), 4
	}
	return parquet.Int64Value(v), 8
}

// nanosInt96 is the inverse of int96Nanos.
func nanosInt96(ns int64) deprecated.Int96 {
	const day = 86400 * 1_000_000_000
	days := floorDiv(ns, day)
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(ns-days*day))
	return deprecated.Int96{
		binary.LittleEndian.Uint32(b[:4]),
		binary.LittleEndian.Uint32(b[4:]),
		uint32(days + julianEpoch),
	}
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
	if w.w == nil {
		if err := w.open(nil); err != nil {
			return err
		}
	}
	// The pages first, so that what is held back is the end alone.
	if err := w.w.Flush(); err != nil {
		return err
	}
	w.out.hold = true
	if err := w.w.Close(); err != nil {
		return err
	}
	return w.out.finish(w.fields)
}
