//go:build unix

package lake_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"gondola/internal/need"
	"gondola/lake"
)

// The parts of a Parquet file made by hand, so that each can lie.

func tNumber(id int16, typ byte, v int64) *thriftNode {
	n := &thriftNode{id: id, typ: typ}
	n.setNumber(v)
	return n
}

func tText(id int16, s string) *thriftNode {
	return &thriftNode{id: id, typ: tBinary, data: []byte(s)}
}

func tStructOf(id int16, kids ...*thriftNode) *thriftNode {
	return &thriftNode{id: id, typ: tStruct, kids: kids}
}

func tListOf(id int16, elem byte, kids ...*thriftNode) *thriftNode {
	return &thriftNode{id: id, typ: tList, elem: elem, kids: kids}
}

// Numbers of the format.
const (
	physInt64, physBytes                               = 2, 6
	repRequired, repOptional, repRepeated              = 0, 1, 2
	codecNone, codecGzip, codecBrotli, codecZstd       = 0, 2, 4, 6
	encPlain, encRLE, encDict                          = 0, 3, 8
	pageData, pageDict                           int64 = 0, 2
)

// rawPage is a page and what its header claims. The unpacked size is filled in
// where nothing is packed.
type rawPage struct {
	kind, values, encoding int64
	unpacked               int64
	data                   []byte
}

func (p rawPage) bytes() []byte {
	head := tStructOf(0, tNumber(1, tI32, p.kind), tNumber(2, tI32, p.unpacked), tNumber(3, tI32, int64(len(p.data))))
	if p.kind == pageDict {
		head.kids = append(head.kids, tStructOf(7, tNumber(1, tI32, p.values), tNumber(2, tI32, p.encoding)))
	} else {
		head.kids = append(head.kids, tStructOf(5, tNumber(1, tI32, p.values), tNumber(2, tI32, p.encoding), tNumber(3, tI32, encRLE), tNumber(4, tI32, encRLE)))
	}
	return append(head.encode(nil), p.data...)
}

// rawColumn is a column and what its chunk claims.
type rawColumn struct {
	physical, repetition, codec int64
	values                      int64
	pages                       []rawPage
}

// rawFile makes a file of one row group.
func rawFile(rows int64, columns ...rawColumn) []byte {
	out := []byte("PAR1")
	elements := []*thriftNode{tStructOf(0, tText(4, "schema"), tNumber(5, tI32, int64(len(columns))))}
	var chunks []*thriftNode
	for i, c := range columns {
		for k, p := range c.pages {
			if c.codec == codecNone {
				c.pages[k].unpacked = int64(len(p.data))
			}
		}
		name := fmt.Sprintf("c%d", i)
		elements = append(elements, tStructOf(0, tNumber(1, tI32, c.physical), tNumber(3, tI32, c.repetition), tText(4, name)))
		from := int64(len(out))
		for _, p := range c.pages {
			out = append(out, p.bytes()...)
		}
		chunks = append(chunks, tStructOf(0, tNumber(2, tI64, from), tStructOf(3,
			tNumber(1, tI32, c.physical), tListOf(2, tI32, tNumber(0, tI32, encPlain)), tListOf(3, tBinary, tText(0, name)),
			tNumber(4, tI32, c.codec), tNumber(5, tI64, c.values), tNumber(6, tI64, 1), tNumber(7, tI64, int64(len(out))-from), tNumber(9, tI64, from))))
	}
	footer := tStructOf(0, tNumber(1, tI32, 1), tListOf(2, tStruct, elements...), tNumber(3, tI64, rows),
		tListOf(4, tStruct, tStructOf(0, tListOf(1, tStruct, chunks...), tNumber(2, tI64, 1), tNumber(3, tI64, rows)))).encode(nil)
	out = append(out, footer...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(footer)))
	return append(out, parquetEnd...)
}

const parquetEnd = "PAR1"

// run is one run of equal values of at most 8 bits.
func run(n uint64, value byte) []byte { return append(binary.AppendUvarint(nil, n<<1), value) }

// levelsV1 puts the length in front of levels.
func levelsV1(b []byte) []byte {
	return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...)
}

// packed compresses what it is given piece by piece.
func packed(t testing.TB, codec int64, pieces int, piece []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	switch codec {
	case codecGzip:
		z, err := gzip.NewWriterLevel(&out, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		w = z
	case codecBrotli:
		w = brotli.NewWriterLevel(&out, brotli.BestSpeed)
	case codecZstd:
		z, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedFastest))
		if err != nil {
			t.Fatal(err)
		}
		w = z
	}
	for range pieces {
		if _, err := w.Write(piece); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const mib = 1 << 20

// Bar D3: what claims to be large, or is, stops at a limit that the error
// names, within 2 s and 256 MiB.
func TestD3Bombs(t *testing.T) {
	zeros := make([]byte, mib)
	pad := strings.Repeat("x", 42_000)
	number := make([]byte, 8)
	longest := int64(1<<31 - 1)
	oneEntry := []rawPage{{pageDict, 1, encPlain, 0, number}, {pageData, longest, encDict, 0, []byte{0}}}       // indexes of 0 bits
	forever := append(append(levelsV1(append(run(1, 0), run(1<<31-2, 1)...)), levelsV1(run(1<<31-1, 1))...), 0) // one list
	text := append(binary.LittleEndian.AppendUint32(nil, mib), zeros...)
	cases := []struct {
		name string
		file []byte
		want string // "" where the rows are read up to a million
	}{
		{
			"10^12 rows in 42 KB",
			rawFile(1e12, rawColumn{physical: physBytes, values: 1e12, pages: []rawPage{{pageData, longest, encPlain, 0, append(binary.LittleEndian.AppendUint32(nil, 42_000), pad...)}}}),
			"RowsPerByte",
		},
		{
			"as many rows as the limit allows",
			rawFile(longest, rawColumn{physical: physInt64, values: longest, pages: append(oneEntry[:1:1], rawPage{pageData, longest, encDict, 0, append([]byte{0}, make([]byte, 40_000)...)})}),
			"",
		},
		{
			"10^12 values in lists of 42 KB",
			rawFile(1, rawColumn{physical: physInt64, repetition: repRepeated, values: 1e12, pages: []rawPage{
				oneEntry[0], {pageData, longest, encDict, 0, forever},
			}}),
			"PageBytes",
		},
		{
			"a list of 10^9 nulls", // two levels of null cannot be had by hand: an empty list that does not end
			rawFile(1, rawColumn{physical: physInt64, repetition: repRepeated, values: longest, pages: []rawPage{
				{pageData, longest, encPlain, 0, append(levelsV1(append(run(1, 0), run(1<<31-2, 1)...)), levelsV1(run(1<<31-1, 0))...)},
			}}),
			"an empty list goes on",
		},
		{
			"a long text 10^9 times in a list",
			rawFile(1, rawColumn{physical: physBytes, repetition: repRepeated, codec: codecZstd, values: longest, pages: []rawPage{
				{pageDict, 1, encPlain, int64(len(text)), packed(t, codecZstd, 1, text)},
				{pageData, longest, encDict, int64(len(forever)), packed(t, codecZstd, 1, forever)},
			}}),
			"PageBytes",
		},
		{
			"a dictionary that claims 2^31 values",
			rawFile(5, rawColumn{physical: physInt64, values: 5, pages: []rawPage{{pageDict, longest, encPlain, 0, number}, oneEntry[1]}}),
			"a dictionary of 2147483647 values in 8 bytes",
		},
		{
			"a dictionary of 25 million empty texts",
			rawFile(5, rawColumn{physical: physBytes, codec: codecZstd, values: 5, pages: []rawPage{{pageDict, 25 * mib, encPlain, 100 * mib, packed(t, codecZstd, 100, zeros)}, oneEntry[1]}}),
			"PageBytes",
		},
	}
	huge := binary.LittleEndian.AppendUint32(nil, 100*mib-4)
	huge = append(huge, make([]byte, 100*mib-4)...)
	names := map[int64]string{codecZstd: "zstd", codecGzip: "gzip", codecBrotli: "brotli"}
	for _, codec := range []int64{codecZstd, codecGzip, codecBrotli}[:need.Size(3, 1)] {
		name, data := names[codec], packed(t, codec, 1, huge)
		page := func(claimed int64) rawColumn {
			return rawColumn{physical: physBytes, codec: codec, values: 1, pages: []rawPage{{pageData, 1, encPlain, claimed, data}}}
		}
		cases = append(cases, []struct {
			name string
			file []byte
			want string
		}{
			{name + " claims 1 GiB", rawFile(1, page(1<<30)), "PageBytes"},
			{name + " is more than it claims", rawFile(1, page(mib)), "cannot be unpacked"},
			{name + " is less than it claims", rawFile(1, page(120*mib)), "cannot be unpacked"},
			{name + " holds 100 MiB in each of 20 columns", rawFile(1, repeat(page(100*mib), 20)...), "PageBytes"},
		}...)
		cases = append(cases, struct {
			name string
			file []byte
			want string
		}{name + " is one text of 100 MiB", rawFile(1, page(100*mib)), ""})
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			v := judge(writeTemp(t, c.file))
			switch {
			case v.Panic != "":
				t.Fatal(v.Panic)
			case c.want == "" && (v.Err != "" || v.Rows == 0), c.want != "" && !strings.Contains(v.Err, c.want):
				t.Errorf("%d rows, %q, want %q", v.Rows, v.Err, c.want)
			case v.Peak > 256*mib:
				t.Errorf("%d MiB of heap", v.Peak/mib)
			case v.Seconds > 2*slowdown:
				t.Errorf("%.1f s", v.Seconds)
			}
			t.Logf("%d bytes, %.3f s, %d MiB: %s", len(c.file), v.Seconds, v.Peak/mib, v.Err)
		})
	}
}

func repeat(c rawColumn, n int) []rawColumn {
	out := make([]rawColumn, n)
	for i := range out {
		out[i] = c
	}
	return out
}

// A schema whose names, written as paths, would take gigabytes.
func TestD3LongPaths(t *testing.T) {
	const leaves = 2000
	elements := []*thriftNode{
		tStructOf(0, tText(4, "schema"), tNumber(5, tI32, 1)),
		tStructOf(0, tNumber(3, tI32, repOptional), tText(4, strings.Repeat("n", mib)), tNumber(5, tI32, leaves)),
	}
	for range leaves {
		elements = append(elements, tStructOf(0, tNumber(1, tI32, physInt64), tNumber(3, tI32, repRequired), tText(4, "x")))
	}
	footer := tStructOf(0, tNumber(1, tI32, 1), tListOf(2, tStruct, elements...), tNumber(3, tI64, 0), tListOf(4, tStruct)).encode(nil)
	b := binary.LittleEndian.AppendUint32(append([]byte("PAR1"), footer...), uint32(len(footer)))
	b = append(b, parquetEnd...)
	before := allocated()
	_, err := lake.OpenParquet(t.Context(), bytes.NewReader(b), int64(len(b)), "x.parquet", lake.Limits{})
	if !errors.Is(err, lake.ErrCorrupt) || !strings.Contains(err.Error(), "the names of the columns") {
		t.Errorf("got %.200v", err)
	}
	if used := allocated() - before; used > 64*mib {
		t.Errorf("%d MiB", used/mib)
	}
}
