package lake_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"gondola/internal/need"
	"gondola/lake"
)

// seedFile is a good Parquet file taken apart: what stands between the first
// magic number and the footer, the page headers in it, the footer.
type seedFile struct {
	name   string
	bytes  []byte
	body   int // where the footer begins
	footer *thriftNode
	pages  []seedPage
}

// seedPage is one page: its header and, behind it, its bytes.
type seedPage struct {
	from, data, to int
	header         *thriftNode
}

func takeApart(name string, b []byte) (*seedFile, error) {
	if len(b) < 12 {
		return nil, errThriftTree
	}
	size := int(binary.LittleEndian.Uint32(b[len(b)-8:]))
	s := &seedFile{name: name, bytes: b, body: len(b) - 8 - size}
	if s.body < 4 {
		return nil, errThriftTree
	}
	var err error
	if s.footer, _, err = parseThrift(b[s.body : len(b)-8]); err != nil {
		return nil, err
	}
	for _, chunk := range s.chunks() {
		from, to := chunkBytes(chunk)
		for from < to && from >= 4 && to <= s.body {
			header, n, err := parseThrift(b[from:to])
			size := int(header.number(3))
			if err != nil || size < 0 || size > to-from-n {
				break
			}
			s.pages = append(s.pages, seedPage{from, from + n, from + n + size, header})
			from += n + size
		}
	}
	return s, nil
}

// chunks returns the ColumnMetaData of all chunks of a footer.
func (s *seedFile) chunks() []*thriftNode {
	var out []*thriftNode
	groups := s.footer.get(4)
	if groups == nil {
		return nil
	}
	for _, group := range groups.kids {
		if columns := group.get(1); columns != nil {
			for _, c := range columns.kids {
				if meta := c.get(3); meta != nil {
					out = append(out, meta)
				}
			}
		}
	}
	return out
}

func chunkBytes(meta *thriftNode) (from, to int) {
	from = int(meta.number(9))
	if d := int(meta.number(11)); d > 0 && d < from {
		from = d
	}
	return from, from + int(meta.number(7))
}

// mutant returns the file with one to four changes, in fields of the footer,
// in fields of page headers, in the bytes of pages (whose checksums are mostly
// taken away then, so that the decoders behind get to see them), or anywhere.
func (s *seedFile) mutant(r *rand.Rand) []byte {
	c := &seedFile{bytes: s.bytes, body: s.body, footer: s.footer.clone()}
	body := bytes.Clone(s.bytes[:s.body])
	at := -1
	if len(s.pages) > 0 {
		at = r.IntN(len(s.pages))
	}
	for range 1 + r.IntN(4) {
		switch k := r.IntN(10); {
		case k < 3 || at < 0:
			c.footer.mutate(r)
		case k < 9:
			body = c.mutatePage(r, body, s.pages[at], k < 6)
			at = -1 // the pages have moved
		default:
			i := r.IntN(len(body))
			body[i] ^= 1 << r.IntN(8)
		}
	}
	out := c.footer.encode(body)
	if r.IntN(20) == 0 {
		out = append(out[:len(body):len(body)], mutateBytes(r, out[len(body):])...)
	}
	out = binary.LittleEndian.AppendUint32(out, uint32(len(out)-len(body)))
	return append(out, "PAR1"...)
}

// mutatePage changes the header of a page, or its bytes, and puts right what
// the footer says about where things are.
func (s *seedFile) mutatePage(r *rand.Rand, body []byte, p seedPage, header bool) []byte {
	head, data := p.header.clone(), body[p.data:p.to]
	if header {
		for range 1 + r.IntN(2) {
			head.mutate(r)
		}
	} else {
		data = mutateBytes(r, data)
		d := int64(len(data) - (p.to - p.data))
		head.add(2, d) // unpacked: right where nothing is packed
		head.add(3, d)
	}
	if r.IntN(5) > 0 {
		head.drop(4)
	}
	page := append(head.encode(nil), data...)
	moved := int64(len(page) - (p.to - p.from))
	for _, meta := range s.chunks() {
		from, to := chunkBytes(meta)
		if from <= p.from && p.from < to {
			meta.add(7, moved)
		}
		for _, offset := range []int16{9, 11} {
			if meta.number(offset) > int64(p.from) {
				meta.add(offset, moved)
			}
		}
	}
	return append(append(body[:p.from:p.from], page...), body[p.to:]...)
}

// arrowSeed writes every physical type in every encoding that arrow-go can
// write, with nulls and in lists.
func arrowSeed(t testing.TB, version parquet.DataPageVersion, codec compress.Compression) []byte {
	t.Helper()
	const rows = 40
	type col struct {
		typ parquet.Type
		enc parquet.Encoding
	}
	enc := parquet.Encodings
	cols := []col{
		{parquet.Types.Boolean, enc.Plain},
		{parquet.Types.Boolean, enc.RLE},
		{parquet.Types.Int96, enc.Plain},
	}
	for _, typ := range []parquet.Type{parquet.Types.Int32, parquet.Types.Int64} {
		cols = append(cols, col{typ, enc.Plain}, col{typ, enc.DeltaBinaryPacked}, col{typ, enc.ByteStreamSplit}, col{typ, enc.RLEDict})
	}
	for _, typ := range []parquet.Type{parquet.Types.Float, parquet.Types.Double} {
		cols = append(cols, col{typ, enc.Plain}, col{typ, enc.ByteStreamSplit}, col{typ, enc.RLEDict})
	}
	cols = append(cols,
		col{parquet.Types.ByteArray, enc.Plain}, col{parquet.Types.ByteArray, enc.DeltaByteArray},
		col{parquet.Types.ByteArray, enc.DeltaLengthByteArray}, col{parquet.Types.ByteArray, enc.RLEDict},
		col{parquet.Types.FixedLenByteArray, enc.Plain}, col{parquet.Types.FixedLenByteArray, enc.ByteStreamSplit},
		col{parquet.Types.FixedLenByteArray, enc.RLEDict})
	options := []parquet.WriterProperty{
		parquet.WithDataPageVersion(version), parquet.WithCompression(codec), parquet.WithDictionaryDefault(false),
		parquet.WithDataPageSize(150), parquet.WithBatchSize(10),
	}
	var fields schema.FieldList
	for i, c := range cols {
		name := fmt.Sprintf("c%d", i)
		size := -1
		if c.typ == parquet.Types.FixedLenByteArray {
			size = 3
		}
		r := []parquet.Repetition{required, optional, repeated}[i%3]
		fields = append(fields, schema.MustPrimitive(schema.NewPrimitiveNode(name, r, c.typ, -1, int32(size))))
		if c.enc == enc.RLEDict {
			options = append(options, parquet.WithDictionaryFor(name, true))
		} else {
			options = append(options, parquet.WithEncodingFor(name, c.enc))
		}
	}
	root, err := schema.NewGroupNode("schema", required, fields, -1)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := file.NewParquetWriter(&out, root, file.WithWriterProps(parquet.NewWriterProperties(options...)))
	rg, err := w.AppendRowGroupChecked()
	if err != nil {
		t.Fatal(err)
	}
	for i := range cols {
		cw, err := rg.NextColumn()
		if err != nil {
			t.Fatal(err)
		}
		var defs, reps []int16
		n := rows // values
		switch i % 3 {
		case 1:
			n = 0
			for k := range rows {
				d := int16(min(k%5, 1))
				defs, n = append(defs, d), n+int(d)
			}
		case 2:
			for k := range rows {
				defs, reps = append(defs, 1), append(reps, int16(min(k%3, 1)))
			}
			// Rows begin at every third value: fill up to as many rows.
			for range rows - (rows+2)/3 {
				defs, reps = append(defs, 0), append(reps, 0)
			}
		}
		if err := writeSeed(cw, n, defs, reps); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func writeSeed(cw file.ColumnChunkWriter, n int, defs, reps []int16) (err error) {
	texts := []string{"pizza", "pizza hut", "", "🍕", "pizza"}
	switch w := cw.(type) {
	case *file.BooleanColumnChunkWriter:
		_, err = w.WriteBatch(times(n, func(i int) bool { return i%7 < 3 }), defs, reps)
	case *file.Int32ColumnChunkWriter:
		_, err = w.WriteBatch(times(n, func(i int) int32 { return int32(i * i % 19) }), defs, reps)
	case *file.Int64ColumnChunkWriter:
		_, err = w.WriteBatch(times(n, func(i int) int64 { return int64(i%11) << 33 }), defs, reps)
	case *file.Int96ColumnChunkWriter:
		_, err = w.WriteBatch(times(n, func(i int) parquet.Int96 { return parquet.Int96{byte(i), 8: 0x8c, 9: 0x3d, 10: 0x25} }), defs, reps)
	case *file.Float32ColumnChunkWriter:
		_, err = w.WriteBatch(times(n, func(i int) float32 { return float32(i%5) / 3 }), defs, reps)
	case *file.Float64ColumnChunkWriter:
		_, err = w.WriteBatch(times(n, func(i int) float64 { return float64(i%5) / 3 }), defs, reps)
	case *file.ByteArrayColumnChunkWriter:
		_, err = w.WriteBatch(times(n, func(i int) parquet.ByteArray { return parquet.ByteArray(texts[i%len(texts)]) }), defs, reps)
	case *file.FixedLenByteArrayColumnChunkWriter:
		_, err = w.WriteBatch(times(n, func(i int) parquet.FixedLenByteArray { return parquet.FixedLenByteArray{1, byte(i % 4), 'x'} }), defs, reps)
	default:
		err = fmt.Errorf("%T", cw)
	}
	return errors.Join(err, cw.Close())
}

func times[T any](n int, f func(int) T) []T {
	out := make([]T, n)
	for i := range out {
		out[i] = f(i)
	}
	return out
}

// mutationSeeds returns small good files of all encodings, codecs, types and
// page versions.
func mutationSeeds(t testing.TB) []*seedFile {
	t.Helper()
	var seeds []*seedFile
	add := func(name string, b []byte) {
		s, err := takeApart(name, b)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if whole, err := takeApart(name, append(append(bytes.Clone(b[:s.body]), s.footer.encode(nil)...), b[len(b)-8:]...)); err != nil || len(whole.pages) != len(s.pages) {
			t.Fatalf("%s: cannot be put together again", name)
		}
		seeds = append(seeds, s)
	}
	for _, codec := range []string{"none", "none", "zstd", "snappy", "gzip"} { // most gets through where nothing is packed
		add(codec, smallFile(t, codec))
	}
	few := table(12, 9)
	add("types", writeParquet(t, few, lake.ParquetOptions{Compression: "none"}))
	for _, codec := range []compress.Compression{compress.Codecs.Uncompressed, compress.Codecs.Brotli} {
		add("arrow 1 "+codec.String(), arrowSeed(t, parquet.DataPageV1, codec))
		add("arrow 2 "+codec.String(), arrowSeed(t, parquet.DataPageV2, codec))
	}
	for _, name := range libraryFiles(t) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > 8<<10 || strings.Contains(name, "malformed") || strings.Contains(name, "dms_test") {
			continue
		}
		add(filepath.Base(name), b)
	}
	return seeds
}

// mutations is how many a test makes; GONDOLA_MUTATIONS (make fuzz) says
// another number.
func mutations(t testing.TB) int {
	t.Helper()
	if s := os.Getenv("GONDOLA_MUTATIONS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatalf("GONDOLA_MUTATIONS=%s: %v", s, err)
		}
		return n
	}
	return need.Size(20_000, 2_000)
}

// Bar D1: mutations of good files, all in this process: every failure is one
// line that names the file, and the column where it is one page's, within 2 s
// and 256 MiB of heap.
func TestD1Mutations(t *testing.T) {
	seeds := mutationSeeds(t)
	harmless, most := 0, uint64(0)
	slowest := time.Duration(0)
	n := mutations(t)
	for i := range n {
		r := rand.New(rand.NewPCG(42, uint64(i)))
		seed := seeds[i%len(seeds)]
		b := seed.mutant(r)
		start, before := cpuTime(), allocated()
		_, opened, err := readOpened(t.Context(), b, "m.parquet", 10_000)
		took, used := cpuTime()-start, allocated()-before
		slowest, most = max(slowest, took), max(most, used)
		if err == nil {
			harmless++
		} else if what := badError(err, opened); what != "" {
			t.Fatalf("mutation %d of %s: %s: %q", i, seed.name, what, err)
		}
		if used > 256<<20 { // more was asked for than allowed: how much of it at once?
			if v := judge(writeTemp(t, b)); v.Peak > 256<<20 {
				t.Errorf("mutation %d of %s: %d MiB of heap", i, seed.name, v.Peak>>20)
			}
		}
		if took > 2*slowdown*time.Second {
			t.Errorf("mutation %d of %s: %v", i, seed.name, took)
		}
	}
	t.Logf("%d mutations of %d files, %d of them harmless; the slowest took %v, the largest asked for %d MiB in all",
		n, len(seeds), harmless, slowest.Round(time.Millisecond), most>>20)
	if harmless == 0 || harmless > n*9/10 {
		t.Error("the mutations are too wild or too tame")
	}
}

func writeTemp(t testing.TB, b []byte) string {
	name := filepath.Join(t.TempDir(), "m.parquet")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// allocated is all memory ever asked for: its growth is at least that of the
// heap, and costs little to know.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// badError says what is wrong with an error, "" if it is a good one.
func badError(err error, opened bool) string {
	s := err.Error()
	switch {
	case !strings.HasPrefix(s, "m.parquet: "):
		return "does not name the file"
	case strings.IndexFunc(s, unicode.IsControl) >= 0:
		return "is not one line of text"
	case len(s) > 1000:
		return "is too long"
	case strings.HasPrefix(s, "m.parquet: footer cannot"), strings.HasPrefix(s, "m.parquet: a page cannot"):
		return "is a panic, recovered"
	case opened && !strings.Contains(s, "column ") && !strings.Contains(s, "belong together"):
		return "does not name the column"
	case !errors.Is(err, lake.ErrCorrupt) && !errors.Is(err, errors.ErrUnsupported):
		return "is of no kind"
	}
	var p runtime.Error
	if errors.As(err, &p) {
		return "is a runtime error"
	}
	return ""
}
