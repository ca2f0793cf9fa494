package lake_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"gondola/lake"
)

func render(t testing.TB, b *lake.Batch, format lake.Format, o lake.WriterOptions) string {
	t.Helper()
	var buf bytes.Buffer
	w, err := lake.NewTableWriter(&buf, b.Fields(), format, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Write(b), w.Close()); err != nil {
		t.Fatal(err)
	}
	if w.Rows() != int64(b.Rows) {
		t.Errorf("%d rows, %d written", b.Rows, w.Rows())
	}
	return buf.String()
}

// row makes a batch of one row from values.
func row(t testing.TB, fields []lake.Field, values ...any) *lake.Batch {
	t.Helper()
	b := lake.NewBatch(fields...)
	for i, v := range values {
		if err := b.Columns[i].Append(v); err != nil {
			t.Fatal(err)
		}
	}
	b.Rows = 1
	return b
}

func textFields() []lake.Field {
	return []lake.Field{
		{Name: "title", Type: lake.StringType, Nullable: true},
		{Name: "n", Type: lake.Int64Type, Nullable: true},
		{Name: "x", Type: lake.DoubleType, Nullable: true},
		{Name: "ok", Type: lake.BoolType, Nullable: true},
		{Name: "tags", Type: lake.ListType, Nullable: true},
		{Name: "at", Type: lake.Type{Kind: lake.Timestamp, Unit: lake.Milli, UTC: true}, Nullable: true},
		{Name: "day", Type: lake.Type{Kind: lake.Date}, Nullable: true},
		{Name: "price", Type: lake.Type{Kind: lake.Decimal, Precision: 9, Scale: 2}, Nullable: true},
		{Name: "u", Type: lake.Type{Kind: lake.Int, Bits: 64, Unsigned: true}, Nullable: true},
	}
}

func TestTextFormats(t *testing.T) {
	header := "title,n,x,ok,tags,at,day,price,u\n"
	for _, c := range []struct {
		name   string
		values []any
		csv    string
		jsonl  string
	}{
		{
			"plain",
			[]any{"Pizza", 5, 0.1, true, []string{"pizza", "large"}, int64(1500), int64(-1), int64(-5), uint64(math.MaxUint64)},
			`Pizza,5,0.1,true,pizza|large,1970-01-01T00:00:01.5Z,1969-12-31,-0.05,18446744073709551615`,
			`{"title":"Pizza","n":5,"x":0.1,"ok":true,"tags":["pizza","large"],"at":"1970-01-01T00:00:01.5Z","day":"1969-12-31","price":"-0.05","u":18446744073709551615}`,
		},
		{
			"nulls",
			[]any{nil, nil, nil, nil, nil, nil, nil, nil, nil},
			`,,,,,,,,`,
			`{"title":null,"n":null,"x":null,"ok":null,"tags":null,"at":null,"day":null,"price":null,"u":null}`,
		},
		{
			"empty and exact",
			[]any{"", int64(math.MinInt64), -1e300, false, []string{}, nil, nil, nil, nil},
			`"",-9223372036854775808,-1e+300,false,"",,,,`,
			`{"title":"","n":-9223372036854775808,"x":-1e+300,"ok":false,"tags":[],"at":null,"day":null,"price":null,"u":null}`,
		},
		{
			"quotes",
			[]any{"a \"b\", c\nd", 1, math.NaN(), nil, []string{`"`, "<b>"}, nil, nil, nil, nil},
			"\"a \"\"b\"\", c\nd\",1,NaN,,\"\"\"|<b>\",,,,",
			`{"title":"a \"b\", c\nd","n":1,"x":null,"ok":null,"tags":["\"","\u003cb\u003e"],"at":null,"day":null,"price":null,"u":null}`,
		},
		{
			"formula",
			[]any{"=1+1", -7, math.Inf(-1), nil, []string{"@x"}, nil, nil, nil, nil},
			`'=1+1,-7,-Inf,,'@x,,,,`,
			`{"title":"=1+1","n":-7,"x":null,"ok":null,"tags":["@x"],"at":null,"day":null,"price":null,"u":null}`,
		},
		{
			"not UTF-8",
			[]any{"caf\xe9 \u2028", 1, nil, nil, nil, nil, nil, nil, nil},
			"caf\ufffd \u2028,1,,,,,,,",
			`{"title":"caf` + "\ufffd" + ` \u2028","n":1,"x":null,"ok":null,"tags":null,"at":null,"day":null,"price":null,"u":null}`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := row(t, textFields(), c.values...)
			if got := render(t, b, lake.CSV, lake.WriterOptions{}); got != header+c.csv+"\n" {
				t.Errorf("csv:\n got %q\nwant %q", got, header+c.csv+"\n")
			}
			if got := render(t, b, lake.JSONL, lake.WriterOptions{}); got != c.jsonl+"\n" {
				t.Errorf("jsonl:\n got %s\nwant %s", got, c.jsonl)
			}
		})
	}
}

func TestCSVVariants(t *testing.T) {
	fields := textFields()[:2]
	b := row(t, fields, "=a\tb, c", -1)
	if got := render(t, b, lake.TSV, lake.WriterOptions{}); got != "title\tn\n'=a b, c\t-1\n" {
		t.Errorf("tsv: %q", got)
	}
	if got := render(t, b, lake.CSV, lake.WriterOptions{CSV: lake.CSVOptions{Raw: true}}); got != "title,n\n\"=a\tb, c\",-1\n" {
		t.Errorf("raw: %q", got)
	}
	if got := render(t, lake.NewBatch(fields...), lake.CSV, lake.WriterOptions{}); got != "title,n\n" {
		t.Errorf("no rows: %q", got)
	}
	if got := render(t, row(t, fields[:1], nil), lake.CSV, lake.WriterOptions{}); got != "title\n\"\"\n" {
		t.Errorf("one null column: %q", got)
	}
	header := []lake.Field{{Name: "=cmd()", Type: lake.StringType}}
	if got := render(t, row(t, header, "x"), lake.CSV, lake.WriterOptions{}); got != "'=cmd()\nx\n" {
		t.Errorf("header: %q", got)
	}
}

func TestCompressedText(t *testing.T) {
	b := titleBatch(1000, 1000)
	want := render(t, b, lake.CSV, lake.WriterOptions{})
	packed := render(t, b, lake.CSV, lake.WriterOptions{Compression: "gz"})
	r, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != want || len(packed) > len(want)/2 {
		t.Errorf("gz: %d bytes, %v", len(got), err)
	}
	packed = render(t, b, lake.CSV, lake.WriterOptions{Compression: "zst"})
	z, err := zstd.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	if got, err := io.ReadAll(z); err != nil || string(got) != want || len(packed) > len(want)/2 {
		t.Errorf("zst: %d bytes, %v", len(got), err)
	}
}

func TestFormatOf(t *testing.T) {
	for name, want := range map[string]string{
		"a.parquet": "parquet ", "a.csv": "csv ", "x/a.b.tsv.gz": "tsv gz", "a.jsonl.zst": "jsonl zst", "A.CSV": "csv ",
		"a": "error", "a.gz": "error", "a.parquet.gz": "error", "a.xlsx": "error",
	} {
		f, c, err := lake.FormatOf(name)
		got := string(f) + " " + c
		if err != nil {
			got = "error"
			if !errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// Bar X: no line of a text cell begins, behind blanks, with a character that
// starts a formula; and nothing but the guard changes the cell.
func FuzzCSVFormula(f *testing.F) {
	for _, s := range []string{"=1+1", "  -x", "a\n=b", "a\r@b", "\t=x", "+", "a", "", "\u00a0=x", "＝1", "'=x", "\x00=x", "\v=", "-\n-\r\n-", "caf\xe9"} {
		f.Add(s)
	}
	fields := []lake.Field{{Name: "title", Type: lake.StringType}, {Name: "n", Type: lake.Int64Type}}
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsRune(text, '\x1a') {
			return // it stands for a carriage return below
		}
		for _, format := range []lake.Format{lake.CSV, lake.TSV} {
			out := render(t, row(t, fields, text, 1), format, lake.WriterOptions{})
			want := strings.ToValidUTF8(text, "\ufffd")
			r := csv.NewReader(strings.NewReader(strings.ReplaceAll(out, "\r", "\x1a"))) // encoding/csv drops \r
			records, err := r.ReadAll()
			if format == lake.TSV { // no quotes, and no breaks within a cell
				want, err = strings.NewReplacer("\t", " ", "\n", " ", "\r", " ").Replace(want), nil
				records = nil
				for line := range strings.SplitSeq(strings.TrimSuffix(out, "\n"), "\n") {
					records = append(records, strings.Split(line, "\t"))
				}
			}
			if err != nil || len(records) != 2 || len(records[1]) != 2 || records[1][1] != "1" {
				t.Fatalf("%q reads as %q, %v", out, records, err)
			}
			cell := strings.ReplaceAll(records[1][0], "\x1a", "\r")
			for _, line := range strings.FieldsFunc(cell, func(c rune) bool { return c == '\n' || c == '\r' }) {
				line = strings.TrimLeft(line, " \t\u00a0\u3000\v\f")
				if line != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(line)[0]) {
					t.Errorf("%q has the line %q", text, line)
				}
			}
			if strings.ContainsRune(text, '\'') {
				continue
			}
			if got := strings.ReplaceAll(cell, "'", ""); got != want && utf8.ValidString(text) {
				t.Errorf("%q became %q", want, got)
			}
		}
	})
}

// Every cell comes back from JSON as it was, or as valid UTF-8.
func FuzzJSONString(f *testing.F) {
	for _, s := range []string{"", "\"\\\n\r\t\x00\x7f", "</script>\u2028\u2029", "caf\xe9", "🍕\xf0\x9f", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		out := render(t, row(t, []lake.Field{{Name: text, Type: lake.StringType}}, text), lake.JSONL, lake.WriterOptions{})
		var got map[string]string
		if err := json.Unmarshal([]byte(out), &got); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		want := strings.Map(func(r rune) rune { return r }, text) // each bad byte becomes U+FFFD
		if got[want] != want || !utf8.ValidString(out) || strings.ContainsAny(out, "<>&\u2028\u2029") {
			t.Errorf("%q became %q", text, out)
		}
	})
}
