package local

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gondola/pipeline"
)

// fuzzFile writes bytes to a new file and opens it.
func fuzzFile(t *testing.T, content []byte) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "fuzz")
	check(t, os.WriteFile(path, content, 0o600))
	f, err := os.Open(path)
	check(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// FuzzTokenFile: a token file and its index of any bytes are refused, or give
// titles that are whole: so many as the index says, and all that they name.
func FuzzTokenFile(f *testing.F) {
	index := func(n ...int64) (b []byte) {
		for _, x := range n {
			b = binary.LittleEndian.AppendUint64(b, uint64(x))
		}
		return b
	}
	title := func(b []byte, head int, times, first uint64, ids ...int32) []byte {
		b = appendContent(b, ids, head)
		return binary.AppendUvarint(binary.AppendUvarint(b, times), first)
	}
	whole := title(title(title(nil, 1, 3, 0, 7, 1<<20), 0, 1, 5), 2, 1, 1<<40, 3, 3)
	f.Add(index(3, 5, 4, 8, int64(len(whole)), 0), whole)
	f.Add(index(0, 0, 0, 0, 0), []byte{})
	f.Add(index(3, 5, 4, 8, int64(len(whole))-1, 0), whole)
	f.Add(index(2000, 2000, 0, 0, int64(len(whole)), 0, -1), whole)
	f.Add(index(1<<62, 1<<62, 0, 0, int64(len(whole)), 0), whole)
	negative := title(nil, 1, 1<<63, 1<<63, 1)
	f.Add(index(1, 1, 1, 1, int64(len(negative)), 0), negative)
	many := append(binary.AppendUvarint(nil, 1<<60), 0, 1, 2, 3)
	f.Add(index(1, 1, 1, 1, int64(len(many)), 0), many)
	head := title(nil, 4, 1, 0, 1, 2)
	f.Add(index(1, 1, 2, 2, int64(len(head)), 0), head)

	f.Fuzz(func(t *testing.T, index, content []byte) {
		dir := t.TempDir()
		path, indexPath := filepath.Join(dir, "tokens"), filepath.Join(dir, "index")
		check(t, os.WriteFile(path, content, 0o600))
		check(t, os.WriteFile(indexPath, index, 0o600))
		file, err := openTokenFile(path, indexPath)
		if err != nil {
			return
		}
		defer file.close()
		seen := int64(0)
		err = file.each(t.Context(), 0, file.titles, func(i int64, got *tokenTitle) error {
			if i != seen || got.head < 0 || got.head > len(got.ids) || got.times < 1 || got.first < 0 {
				t.Fatalf("title %d after %d: %+v", i, seen, got)
			}
			for _, id := range got.ids {
				if id < 0 {
					t.Fatalf("title %d: id %d", i, id)
				}
			}
			if cap(got.ids) > 4*len(content)+64 {
				t.Fatalf("room for %d ids in %d bytes", cap(got.ids), len(content))
			}
			seen++
			return nil
		})
		if err == nil && seen != file.titles {
			t.Errorf("%d titles of %d", seen, file.titles)
		}
	})
}

// FuzzPartition: records of any bytes are refused, or put together: each
// content once, in the order of hashes, for as many rows as its records say.
func FuzzPartition(f *testing.F) {
	record := func(b []byte, times, first uint64, ids ...int32) []byte {
		content := appendContent(nil, ids, 0)
		b = append(binary.AppendUvarint(b, uint64(len(content))), content...)
		return binary.AppendUvarint(binary.AppendUvarint(b, times), first)
	}
	f.Add(record(record(record(nil, 2, 9, 1, 2), 1, 4, 3), 5, 7, 1, 2))
	f.Add([]byte{})
	f.Add(record(nil, 1<<63, 1<<63, 5))
	f.Add(append(binary.AppendUvarint(nil, 1<<63), 1, 2, 3))
	f.Add(binary.AppendUvarint(nil, 1<<20))
	f.Add([]byte{1, 7, 1, 1}) // a content that tells of seven ids and has none
	f.Fuzz(func(t *testing.T, content []byte) {
		parts := &partitions{file: fuzzFile(t, content), extents: [][]extent{{{0, len(content)}}}, shift: 64}
		var u uniqueTitles
		if u.read(t.Context(), parts, 0) != nil {
			return
		}
		seen := map[string]bool{}
		for i := range u.titles {
			title := &u.titles[i]
			text := string(u.content(title))
			if seen[text] || i > 0 && u.titles[i-1].hash > title.hash {
				t.Fatalf("%q stands there twice, or too late", text)
			}
			if title.first < 0 {
				t.Fatalf("%q stands in %d rows from %d", text, title.times, title.first)
			}
			seen[text] = true
		}
		if len(u.slots) > 4*len(content)+1024 {
			t.Errorf("%d slots for %d bytes", len(u.slots), len(content))
		}
	})
}

// FuzzSpilledRows: rows of any bytes are refused, or read as values that are
// written and read again as they are.
func FuzzSpilledRows(f *testing.F) {
	rows := func(all ...[]any) (b []byte) {
		for number, values := range all {
			row := binary.AppendUvarint(nil, uint64(number))
			for _, v := range values {
				row = appendValue(row, v)
			}
			b = append(binary.AppendUvarint(b, uint64(len(row))), row...)
		}
		return b
	}
	f.Add(1, rows([]any{nil, "a", int64(-1), 0.5, true, false, pipeline.Day("2024-02-29"), time.Unix(1, 2).UTC(), []byte{0}, []string{"", "b"}}))
	f.Add(1, rows([]any{[]any{int64(1), nil, -0.5}, []any{}}))
	f.Add(1, append(binary.AppendUvarint(nil, 6), 0, markList, 1, markList, 1, markNull))
	f.Add(2, rows([]any{}, []any{nil}))
	f.Add(3, rows([]any{"only one"}))
	f.Add(1, binary.AppendUvarint(nil, 1<<62))
	f.Add(1, append(binary.AppendUvarint(nil, 12), 0, markStrings, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 1))
	f.Add(1, []byte{2, 0, markInt})
	f.Add(1, []byte{2, 0, 200})
	f.Fuzz(func(t *testing.T, count int, content []byte) {
		s := &spilledRows{parts: []*spilledPart{{file: fuzzFile(t, content), rows: int64(count), bytes: int64(len(content))}}}
		err := s.each(t.Context(), 0, func(number int64, values []any) error {
			row := binary.AppendUvarint(nil, uint64(number))
			for _, v := range values {
				row = appendValue(row, v)
			}
			again, same, err := readRow(row)
			copied := binary.AppendUvarint(nil, uint64(again))
			for _, v := range same {
				copied = appendValue(copied, v)
			}
			if err != nil || !bytes.Equal(copied, row) {
				t.Fatalf("row %d, %v: read again as %d, %v, %v", number, values, again, same, err)
			}
			return nil
		})
		if err == nil && count > len(content) {
			t.Errorf("%d rows of %d bytes", count, len(content))
		}
	})
}

// FuzzTallyRun: a run of any bytes is refused, or gives so many values.
func FuzzTallyRun(f *testing.F) {
	f.Add(2, []byte{0, 1, 2, 1, 1, 1})
	f.Add(1, []byte{0xff})
	f.Add(1<<40, []byte{0, 1, 2})
	f.Add(1, binary.AppendUvarint(binary.AppendUvarint(binary.AppendUvarint(nil, 1<<63), 1<<63), 1<<63))
	f.Fuzz(func(t *testing.T, count int, content []byte) {
		run := &tallyRun{file: fuzzFile(t, content), all: max(count, 0)}
		n := 0
		err := mergeTally(t.Context(), []*tallyRun{run}, func(tallyCount) error { n++; return nil })
		if err == nil && (count > len(content) || n > count && count >= 0) {
			t.Errorf("%d values of %d in %d bytes", n, count, len(content))
		}
	})
}
