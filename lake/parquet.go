package lake

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// Limits bounds what a Parquet file may ask for. They are checked before
// anything is allocated; an error names the limit. The zero value stands for
// DefaultLimits.
type Limits struct {
	// FooterBytes is the most that the footer may take.
	FooterBytes int64
	// PageBytes is the most that one page may take, unpacked. It is also the
	// most that pages and dictionaries take together in the columns that are
	// read side by side, not counting 32 times the size of the file: what is
	// large when unpacked may come from a large file, not from a small one. A
	// dictionary may take half of it, the lists of one row a quarter.
	PageBytes int64
	// BatchBytes is about the most that one batch of rows takes; Next returns
	// fewer rows when they are large.
	BatchBytes int64
	// RowsPerByte is the most rows that a file may declare for each of its
	// bytes. Long runs of one value pack well, but not without end.
	RowsPerByte int64
}

// DefaultLimits returns 64 MiB for the footer, 128 MiB for a page, 32 MiB for
// a batch and 100,000 rows a byte. The largest pages that usual writers make
// have 100 MB (DuckDB); with these limits a small file takes less than 256 MiB.
func DefaultLimits() Limits {
	return Limits{FooterBytes: 64 << 20, PageBytes: 128 << 20, BatchBytes: 32 << 20, RowsPerByte: 100_000}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	for _, p := range []struct{ v, d *int64 }{
		{&l.FooterBytes, &d.FooterBytes},
		{&l.PageBytes, &d.PageBytes},
		{&l.BatchBytes, &d.BatchBytes},
		{&l.RowsPerByte, &d.RowsPerByte},
	} {
		if *p.v <= 0 {
			*p.v = *p.d
		}
	}
	return l
}

// ErrCorrupt is wrapped by every error that says that a file is damaged or was
// made to do damage.
var ErrCorrupt = errors.New("damaged file")

// ParquetFile is an opened Parquet file: its footer was read and checked, its
// pages were not. It may be used from several goroutines.
type ParquetFile struct {
	r      io.ReaderAt
	size   int64
	name   string
	limits Limits
	meta   format.FileMetaData
	fields []Field
	leaves []leaf // one for each field; meaningful for supported ones
	end    int64  // where the footer begins
}

// parquetMagic stands at both ends of a file.
const parquetMagic = "PAR1"

// OpenParquet reads the footer of the Parquet file in r, which has size bytes,
// and checks it before anything in it is believed; name is what errors call
// the file. Pages are checked as they are read. Errors are one line, wrap
// ErrCorrupt for a damaged file and errors.ErrUnsupported for a sound one that
// cannot be read.
//
// The order of the checks is: both magic numbers, the length of the footer,
// its shape, its row counts, one chunk for each column in every row group, and
// every chunk before the footer.
func OpenParquet(ctx context.Context, r io.ReaderAt, size int64, name string, limits Limits) (f *ParquetFile, err error) {
	defer recoverTo(&err, name, "footer")
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	f = &ParquetFile{r: r, size: size, name: name, limits: limits.orDefault()}
	footer, err := f.readFooter()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := f.decodeFooter(footer); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := f.checkRowGroups(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// recoverTo makes an error of a panic below: a library that decodes foreign
// bytes can meet what it did not expect.
func recoverTo(err *error, name, where string) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("%s: %s cannot be decoded: %v: %w", name, where, p, ErrCorrupt)
	}
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrCorrupt}, args...)...)
}

// tailBytes is read at once from the end of a file: for most files that is the
// whole footer, and one request instead of two on a remote store.
const tailBytes = 64 << 10

func (f *ParquetFile) readFooter() ([]byte, error) {
	if f.size < 12 {
		return nil, corrupt("%d bytes are too few for a Parquet file", f.size)
	}
	tail := make([]byte, min(f.size, tailBytes))
	if err := readFullAt(f.r, tail, f.size-int64(len(tail))); err != nil {
		return nil, err
	}
	head := tail[:4]
	if int64(len(tail)) < f.size {
		head = make([]byte, 4)
		if err := readFullAt(f.r, head, 0); err != nil {
			return nil, err
		}
	}
	end := tail[len(tail)-8:]
	if string(head) == "PARE" || string(end[4:]) == "PARE" {
		return nil, fmt.Errorf("the file is encrypted: %w", errors.ErrUnsupported)
	}
	if string(head) != parquetMagic || string(end[4:]) != parquetMagic {
		return nil, corrupt("not a whole Parquet file: it does not begin and end with %s", parquetMagic)
	}
	n := int64(binary.LittleEndian.Uint32(end))
	switch {
	case n > f.size-12:
		return nil, corrupt("the footer claims %d bytes in a file of %d", n, f.size)
	case n > f.limits.FooterBytes:
		return nil, corrupt("the footer has %d bytes, the limit is %d (FooterBytes)", n, f.limits.FooterBytes)
	}
	f.end = f.size - 8 - n
	if n+8 <= int64(len(tail)) {
		return tail[int64(len(tail))-8-n : len(tail)-8], nil
	}
	footer := make([]byte, n)
	return footer, readFullAt(f.r, footer, f.end)
}

func readFullAt(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func (f *ParquetFile) decodeFooter(footer []byte) error {
	if _, err := checkThrift(footer); err != nil {
		return corrupt("the footer is %v", err)
	}
	footer, err := editThrift(make([]byte, 0, len(footer)), footer, dropUnread)
	if err != nil {
		return corrupt("the footer is %v", err)
	}
	var p thrift.CompactProtocol
	if err := thrift.NewDecoder(p.NewReaderFromBytes(footer)).Decode(&f.meta); err != nil {
		return corrupt("the footer cannot be decoded: %v", err)
	}
	if f.meta.EncryptionAlgorithm.Value != nil {
		return fmt.Errorf("columns are encrypted: %w", errors.ErrUnsupported)
	}
	f.fields, f.leaves, err = readSchema(f.meta.Schema)
	return err
}

// dropUnread leaves out of a footer what is not read here: the structures of
// the library take much more memory than the bytes, and they demand that keys
// have values, which the format does not.
func dropUnread(path []int16, _ []byte) (thriftVerb, []byte) {
	switch len(path) {
	case 1: // FileMetaData
		switch path[0] {
		case 5, 7: // key_value_metadata, column_orders
			return thriftDrop, nil
		case 4: // row_groups
			return thriftEnter, nil
		}
	case 2: // RowGroup
		if path[1] == 1 { // columns
			return thriftEnter, nil
		}
	case 3: // ColumnChunk
		switch path[2] {
		case 3: // meta_data
			return thriftEnter, nil
		case 4, 5, 6, 7: // where the page index is
			return thriftDrop, nil
		}
	case 4: // ColumnMetaData
		switch path[3] {
		case 8, 12, 13, 14, 15, 16, 17: // key_value_metadata, statistics, encoding_stats, bloom filter, sizes, geospatial
			return thriftDrop, nil
		}
	}
	return thriftKeep, nil
}

func (f *ParquetFile) checkRowGroups() error {
	columns := countLeaves(f.meta.Schema)
	var rows, packed int64
	for g := range f.meta.RowGroups {
		rg := &f.meta.RowGroups[g]
		if rg.NumRows < 0 || rg.NumRows > f.meta.NumRows-rows {
			return corrupt("row group %d has %d rows, the file %d", g, rg.NumRows, f.meta.NumRows)
		}
		rows += rg.NumRows
		if len(rg.Columns) != columns {
			return corrupt("row group %d has %d column chunks, the schema %d columns", g, len(rg.Columns), columns)
		}
		for _, s := range rg.SortingColumns {
			if s.ColumnIdx < 0 || int(s.ColumnIdx) >= columns {
				return corrupt("row group %d is sorted by column %d of %d", g, s.ColumnIdx, columns)
			}
		}
		for c := range rg.Columns {
			if err := f.checkChunk(&rg.Columns[c]); err != nil {
				return fmt.Errorf("row group %d, column %d: %w", g, c, err)
			}
			// Each lies within the file, so the sum cannot overflow.
			if packed += rg.Columns[c].MetaData.TotalCompressedSize; packed > f.size {
				return corrupt("the chunks claim more bytes than the file has")
			}
		}
	}
	if rows != f.meta.NumRows {
		return corrupt("the row groups hold %d rows, the footer says %d", rows, f.meta.NumRows)
	}
	if rows/f.limits.RowsPerByte > f.size {
		return corrupt("%d rows in %d bytes, the limit is %d rows a byte (RowsPerByte)", rows, f.size, f.limits.RowsPerByte)
	}
	return nil
}

// checkChunk tells whether a chunk lies between the first magic number and
// the footer.
func (f *ParquetFile) checkChunk(c *format.ColumnChunk) error {
	m := &c.MetaData
	if c.FilePath != "" {
		return fmt.Errorf("the values lie in another file, %q: %w", shortName(c.FilePath), errors.ErrUnsupported)
	}
	if m.NumValues < 0 {
		return corrupt("%d values", m.NumValues)
	}
	if m.NumValues == 0 {
		m.TotalCompressedSize = 0
		return nil // nothing is read, and writers put anything there
	}
	from, n := chunkRange(m)
	if n < 0 || from < 4 && n > 0 || from < 0 || from > f.end || n > f.end-from {
		return corrupt("the chunk claims bytes %d to %d, the data ends at %d", from, from+n, f.end)
	}
	return nil
}

// chunkRange returns the first byte of a column chunk and its length. A
// dictionary, if there is one, comes first; some writers leave its offset 0.
func chunkRange(m *format.ColumnMetaData) (from, n int64) {
	from = m.DataPageOffset
	if d := m.DictionaryPageOffset; d > 0 && d < from {
		from = d
	}
	return from, m.TotalCompressedSize
}

// Name returns what the file is called in errors.
func (f *ParquetFile) Name() string { return f.name }

// Schema returns the columns in the order of the file, flat: what lies in
// structs is named by its path, item.title, and is null where a struct on the
// way is. Lists are columns of kind List; so are the members of a list of
// structs (items.title, items.price) and a map (attrs.key, attrs.value), whose
// lists are equally long in every row. A null list and an empty one differ.
// Columns that cannot be read, such as lists of lists, have the kind Unsupported
// and a reason.
func (f *ParquetFile) Schema() []Field { return append([]Field(nil), f.fields...) }

// NumRows returns the number of rows.
func (f *ParquetFile) NumRows() int64 { return f.meta.NumRows }

// NumRowGroups returns the number of row groups: runs of rows that can be read
// one without the other.
func (f *ParquetFile) NumRowGroups() int { return len(f.meta.RowGroups) }

// RowGroupRows returns the number of rows of row group i.
func (f *ParquetFile) RowGroupRows(i int) int64 { return f.meta.RowGroups[i].NumRows }
