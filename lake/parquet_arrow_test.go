package lake_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"gondola/internal/need"
	"gondola/lake"
)

// arrowReader reads physical values and levels with arrow-go and puts the rows
// together itself: nothing of package lake decides what is right.
type arrowReader struct {
	*file.Reader
}

func openArrow(b []byte) (r *arrowReader, err error) {
	defer recoverArrow(&err)
	f, err := file.NewParquetReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return &arrowReader{f}, nil
}

func recoverArrow(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("arrow-go: %v", p)
	}
}

// column returns the cells of a column chunk, over all row groups, as cell
// would show them for a column of type t.
func (r *arrowReader) column(chunk int, t lake.Type) (cells []any, err error) {
	defer recoverArrow(&err)
	for g := range r.NumRowGroups() {
		col, err := r.RowGroup(g).Column(chunk)
		if err != nil {
			return nil, err
		}
		entries, err := readEntries(col, t)
		if err != nil {
			return nil, err
		}
		rows, err := assemble(col.Descriptor(), entries)
		if err != nil {
			return nil, err
		}
		if int64(len(rows)) != r.RowGroup(g).NumRows() {
			return nil, fmt.Errorf("arrow-go: %d rows in a row group of %d", len(rows), r.RowGroup(g).NumRows())
		}
		cells = append(cells, rows...)
	}
	return cells, nil
}

type entry struct {
	def, rep int16
	value    any // where def is the highest
}

// assemble makes rows of entries: the record assembly of the Dremel paper for
// a path with at most one repeated element.
func assemble(col *schema.Column, entries []entry) ([]any, error) {
	// The levels of the elements on the path, from the value up.
	list := int16(-1) // the definition level of an empty list
	def := col.MaxDefinitionLevel()
	for n := schema.Node(col.SchemaNode()); n.Parent() != nil; n = n.Parent() {
		switch n.RepetitionType() {
		case parquet.Repetitions.Optional:
			def--
		case parquet.Repetitions.Repeated:
			def--
			list = def
		}
	}
	var rows []any
	for _, e := range entries {
		var v any
		if e.def == col.MaxDefinitionLevel() {
			v = e.value
		}
		switch {
		case list < 0:
			rows = append(rows, v)
		case e.rep > 0 && len(rows) == 0:
			return nil, errors.New("the first row begins in the middle")
		case e.rep > 0:
			rows[len(rows)-1] = append(rows[len(rows)-1].([]any), v)
		case e.def < list:
			rows = append(rows, nil)
		case e.def == list:
			rows = append(rows, []any{})
		default:
			rows = append(rows, []any{v})
		}
	}
	return rows, nil
}

// batch is how many entries are asked of arrow-go at once.
const batch = 4096

func readEntries(col file.ColumnChunkReader, t lake.Type) ([]entry, error) {
	if t.Kind == lake.List {
		t = t.Elem()
	}
	show := func(v any) any { return showPhysical(v, t) }
	switch c := col.(type) {
	case *file.BooleanColumnChunkReader:
		return readTyped(c.Descriptor(), c.HasNext, c.ReadBatch, c.Err, show)
	case *file.Int32ColumnChunkReader:
		return readTyped(c.Descriptor(), c.HasNext, c.ReadBatch, c.Err, show)
	case *file.Int64ColumnChunkReader:
		return readTyped(c.Descriptor(), c.HasNext, c.ReadBatch, c.Err, show)
	case *file.Int96ColumnChunkReader:
		return readTyped(c.Descriptor(), c.HasNext, c.ReadBatch, c.Err, show)
	case *file.Float32ColumnChunkReader:
		return readTyped(c.Descriptor(), c.HasNext, c.ReadBatch, c.Err, show)
	case *file.Float64ColumnChunkReader:
		return readTyped(c.Descriptor(), c.HasNext, c.ReadBatch, c.Err, show)
	case *file.ByteArrayColumnChunkReader:
		return readTyped(c.Descriptor(), c.HasNext, c.ReadBatch, c.Err, show)
	case *file.FixedLenByteArrayColumnChunkReader:
		return readTyped(c.Descriptor(), c.HasNext, c.ReadBatch, c.Err, show)
	}
	return nil, fmt.Errorf("%T", col)
}

func readTyped[T any](col *schema.Column, more func() bool, read func(int64, []T, []int16, []int16) (int64, int, error), failed func() error, show func(any) any) ([]entry, error) {
	var out []entry
	values, defs, reps := make([]T, batch), make([]int16, batch), make([]int16, batch)
	for more() {
		n, _, err := read(batch, values, defs, reps)
		if err != nil {
			return nil, err
		}
		k := 0
		for i := range n {
			var e entry
			if col.MaxRepetitionLevel() > 0 {
				e.rep = reps[i]
			}
			if col.MaxDefinitionLevel() > 0 {
				e.def = defs[i]
			}
			if e.def == col.MaxDefinitionLevel() {
				e.value = show(any(values[k]))
				k++
			}
			out = append(out, e)
		}
	}
	return out, failed()
}

// showPhysical is cell for a physical value, made from the documents of the
// format and not from package lake.
func showPhysical(v any, t lake.Type) any {
	switch v := v.(type) {
	case bool:
		return v
	case int32:
		if t.Kind == lake.Decimal {
			return decimalText(big.NewInt(int64(v)), t.Scale)
		}
		if t.Unsigned {
			return fmt.Sprint(uint32(v))
		}
		return fmt.Sprint(v)
	case int64:
		if t.Kind == lake.Decimal {
			return decimalText(big.NewInt(v), t.Scale)
		}
		if t.Unsigned {
			return fmt.Sprint(uint64(v))
		}
		return fmt.Sprint(v)
	case float32:
		return fmt.Sprintf("%016x", math.Float64bits(float64(v)))
	case float64:
		return fmt.Sprintf("%016x", math.Float64bits(v))
	case parquet.Int96:
		days := int64(int32(binary.LittleEndian.Uint32(v[8:]))) - 2440588
		ns := new(big.Int).Mul(big.NewInt(days), big.NewInt(86400e9))
		return ns.Add(ns, big.NewInt(int64(binary.LittleEndian.Uint64(v[:8])))).String()
	case parquet.ByteArray:
		return showBytes(v, t)
	case parquet.FixedLenByteArray:
		return showBytes(v, t)
	}
	return fmt.Sprintf("%T", v)
}

func showBytes(v []byte, t lake.Type) any {
	switch t.Kind {
	case lake.Decimal:
		n := new(big.Int).SetBytes(v)
		if len(v) > 0 && v[0] >= 0x80 {
			n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(v))))
		}
		return decimalText(n, t.Scale)
	case lake.Float:
		n := float16.FromLEBytes(v)
		x := float64(n.Float32())
		switch bits := n.Uint16(); {
		case bits&0x7c00 == 0: // there arrow-go v18.8.0 is wrong, pyarrow is not
			x = math.Copysign(float64(bits&0x3ff)/(1<<24), x)
		case math.IsNaN(x): // one NaN is as good as another
			x = math.Copysign(math.NaN(), x)
		}
		return fmt.Sprintf("%016x", math.Float64bits(x))
	}
	return hex.EncodeToString(v)
}

func decimalText(n *big.Int, scale int) string {
	sign := ""
	if n.Sign() < 0 {
		sign, n = "-", new(big.Int).Neg(n)
	}
	if scale == 0 {
		return sign + n.String()
	}
	digits := fmt.Sprintf("%0*s", scale+1, n.String())
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

// comparison counts what became of the columns of some files.
type comparison struct {
	files, equal, unsupported, refused, alone int
	rows                                      int64
	notes                                     []string
}

// compare reads a file with both readers. Every column is equal, or says itself
// that it is not supported.
func (c *comparison) compare(t *testing.T, name string, b []byte) {
	t.Helper()
	c.files++
	f, err := lake.OpenParquet(t.Context(), bytes.NewReader(b), int64(len(b)), name, lake.Limits{})
	if err != nil {
		c.refused++
		c.notes = append(c.notes, err.Error())
		if other := readAllArrow(b); other == nil && !errors.Is(err, errors.ErrUnsupported) && !stricter(name, err) {
			t.Errorf("only we refuse it: %v", err)
		}
		return
	}
	arrow, arrowErr := openArrow(b)
	c.rows += f.NumRows()
	for i, field := range f.Schema() {
		if field.Type.Kind == lake.Unsupported {
			c.unsupported++
			c.notes = append(c.notes, fmt.Sprintf("%s: %s: %s", name, field.Name, field.Type.Reason))
			continue
		}
		got, err := readField(t, f, field.Name)
		if errors.Is(err, errors.ErrUnsupported) {
			c.unsupported++
			c.notes = append(c.notes, err.Error())
			continue
		}
		var want []any
		other := arrowErr
		if other == nil {
			want, other = arrow.column(lake.ChunkOf(f, i), field.Type)
		}
		switch {
		case err == nil && other != nil && onlyOurs(name, other):
			c.alone++
			c.notes = append(c.notes, fmt.Sprintf("%s: %s: only we read it: %v", name, field.Name, other))
		case err != nil && other != nil:
			c.refused++
			c.notes = append(c.notes, err.Error())
		case err != nil && stricter(name, err):
			c.refused++
			c.notes = append(c.notes, err.Error())
		case err != nil:
			t.Errorf("only we refuse it: %v", err)
		case other != nil:
			t.Errorf("%s: column %q: only arrow-go refuses it: %v", name, field.Name, other)
		case int64(len(got)) != f.NumRows():
			t.Errorf("%s: column %q: %d rows, the footer says %d", name, field.Name, len(got), f.NumRows())
		case diff(want, got) != "":
			t.Errorf("%s: column %q of %s: %s", name, field.Name, field.Type, diff(want, got))
		default:
			c.equal++
		}
	}
}

// stricter tells whether an error is one of those that only we make.
func stricter(name string, err error) bool {
	want, ok := map[string]string{
		// The rows of the row groups are not those of the file: one is wrong.
		"negative_row_group_num_rows.parquet": "row group 0 has -1 rows, the file 500",
		"repeated_no_annotation.parquet":      "row group 0 has 6 rows, the file 0",
		// arrow-go does not look at checksums unless it is told to.
		"datapage_v1-corrupt-checksum.parquet":           "a page fails its checksum",
		"rle-dict-uncompressed-corrupt-checksum.parquet": "a page fails its checksum",
		// Malformed, as its name says.
		"nation.dict-malformed.parquet": "a page claims 28 bytes, the chunk has 13 left",
	}[name]
	return ok && strings.Contains(err.Error(), want)
}

// onlyOurs tells whether arrow-go's error is a limit of arrow-go.
func onlyOurs(name string, err error) bool {
	want, ok := map[string]string{
		"length.parquet": "unimplemented encoding type", // DELTA_BYTE_ARRAY of fixed bytes
		"datapage_v2_empty_datapage.snappy.parquet": "corrupt input", // a page without a byte
		"unknown-logical-type.parquet":              "invalid logical type",
	}[name]
	return ok && strings.Contains(err.Error(), want)
}

// readAllArrow returns the first error that arrow-go meets in a file.
func readAllArrow(b []byte) error {
	r, err := openArrow(b)
	if err != nil {
		return err
	}
	for chunk := range r.MetaData().Schema.NumColumns() {
		if _, err := r.column(chunk, lake.Type{Kind: lake.Binary}); err != nil {
			return err
		}
	}
	return nil
}

func readField(t *testing.T, f *lake.ParquetFile, name string) ([]any, error) {
	r, err := f.NewReader([]string{name})
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var b lake.Batch
	var out []any
	for {
		err := r.Next(t.Context(), &b, 5000)
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range b.Rows {
			out = append(out, cell(&b.Columns[0], i))
		}
	}
}

func (c *comparison) log(t *testing.T) {
	t.Helper()
	t.Logf("%d files, %d rows: %d columns equal, %d not supported, %d refused by both readers, %d not known to arrow-go",
		c.files, c.rows, c.equal, c.unsupported, c.refused, c.alone)
	for _, note := range c.notes {
		t.Log(note)
	}
}

// libraryFiles returns the Parquet files among the tests of parquet-go, in the
// module cache: most of them come from apache/parquet-testing.
func libraryFiles(t testing.TB) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", "github.com/parquet-go/parquet-go").Output()
	if err != nil {
		t.Fatal(err)
	}
	return parquetFiles(t, strings.TrimSpace(string(out)))
}

func parquetFiles(t testing.TB, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(name) == ".parquet" {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files below %s, %v", len(names), dir, err)
	}
	return names
}

// Bar D2: never silently wrong. Every column of every file that is at hand is
// equal to what arrow-go reads, or an error says that it is not supported.
// TestD2FilesOfPyArrow does the same with files of pyarrow. GONDOLA_TEST_PARQUET names a folder of more files, apache/parquet-testing.
func TestD2EqualToArrow(t *testing.T) {
	t.Run("files of parquet-go", func(t *testing.T) {
		var c comparison
		for i, name := range libraryFiles(t) {
			if i%need.Size(1, 4) == 0 {
				c.compareFile(t, name)
			}
		}
		c.log(t)
		if c.equal < need.Size(200, 40) {
			t.Errorf("%d columns compared", c.equal)
		}
	})
	t.Run("our own files", func(t *testing.T) {
		var c comparison
		for _, codec := range allCodecs[:need.Size(5, 3)] {
			c.compare(t, codec, writeParquet(t, table(700, 5), lake.ParquetOptions{Compression: codec, RowGroupRows: 300}))
		}
		c.log(t)
		if c.unsupported+c.refused > 0 {
			t.Error("of what we write, all is supported")
		}
	})
	t.Run("apache parquet-testing", func(t *testing.T) {
		dir := os.Getenv("GONDOLA_TEST_PARQUET")
		if dir == "" {
			t.Log("GONDOLA_TEST_PARQUET is not set: apache/parquet-testing is not compared, the files above are")
			return
		}
		var c comparison
		for _, name := range parquetFiles(t, dir) {
			c.compareFile(t, name)
		}
		c.log(t)
	})
}

func (c *comparison) compareFile(t *testing.T, name string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	c.compare(t, filepath.Base(name), b)
}
