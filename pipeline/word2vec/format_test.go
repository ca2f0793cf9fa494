package word2vec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func save(t testing.TB, kv *KeyedVectors, binary bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := kv.SaveWord2VecFormat(&b, binary); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// same fails the test unless both hold the same words and bits.
func same(t testing.TB, want, got *KeyedVectors) {
	t.Helper()
	if diff := cmp.Diff(want.words, got.words); diff != "" {
		t.Fatal(diff)
	}
	if want.Dim() != got.Dim() {
		t.Fatalf("dim is %d, want %d", got.Dim(), want.Dim())
	}
	for i, x := range want.Data() {
		if math.Float32bits(x) != math.Float32bits(got.Data()[i]) {
			t.Fatalf("number %d is %g, want %g", i, got.Data()[i], x)
		}
	}
}

// oddWords are legal in both formats, and harder than they look.
var oddWords = []string{
	"a\tb", "\u00a0", "crème", "👩‍🍳", "\u202egnp", "a\x00b", "\x1b[2J", "a\rb", "\u2028", "'\"\\", "0.5", "", "-", "</script>", "\ufeffx",
}

func TestFormatsRoundTrip(t *testing.T) {
	for _, dim := range []int{1, 3, 100} {
		data := make([]float32, len(oddWords)*dim)
		extremes := []float32{0, float32(math.Copysign(0, -1)), 1, -1, math.SmallestNonzeroFloat32, 1e-10, 1e15, 16777217, 1.0 / 3}
		for i := range data {
			data[i] = extremes[i%len(extremes)]
		}
		kv, err := NewKeyedVectors(oddWords, nil, dim, data)
		if err != nil {
			t.Fatal(err)
		}
		for _, binary := range []bool{false, true} {
			file := save(t, kv, binary)
			for name, r := range map[string]io.Reader{
				"seekable":    bytes.NewReader(file),
				"stream":      iotest.OneByteReader(bytes.NewReader(file)),
				"EOF at once": iotest.DataErrReader(bytes.NewReader(file)),
			} {
				got, err := LoadWord2VecFormat(r, binary, Limits{})
				if err != nil {
					t.Fatalf("dim %d, binary %v, %s: %v", dim, binary, name, err)
				}
				same(t, kv, got)
			}
		}
	}
}

func TestLoadMakesUpFallingCounts(t *testing.T) {
	kv, err := LoadWord2VecFormat(strings.NewReader("3 1\na 1\nb 2\nc 3\n"), false, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if got := []int64{kv.Count(0), kv.Count(1), kv.Count(2)}; got[0] != 3 || got[1] != 2 || got[2] != 1 {
		t.Errorf("counts are %v, want 3 2 1 as in gensim", got)
	}
}

func TestFilesAsTheyAre(t *testing.T) {
	want, err := NewKeyedVectors([]string{"</s>", "the"}, nil, 2, []float32{0.5, -1, 2, 0.25})
	if err != nil {
		t.Fatal(err)
	}
	const a, b = "\x00\x00\x00\x3f\x00\x00\x80\xbf", "\x00\x00\x00\x40\x00\x00\x80\x3e"
	text, binary := "2 2\n</s> 0.5 -1\nthe 2 0.25\n", "2 2\n</s> "+a+"the "+b
	if got := string(save(t, want, false)); got != text {
		t.Errorf("text is %q, want %q", got, text)
	}
	if got := string(save(t, want, true)); got != binary {
		t.Errorf("binary is %q, want %q", got, binary)
	}

	tests := []struct {
		name, file string
		binary     bool
	}{
		{"word2vec.c text: a space before each line's end", "2 2\n</s> 0.500000 -1.000000 \nthe 2.000000 0.250000 \n", false},
		{"Windows line ends", "2 2\r\n</s> 0.5 -1\r\nthe 2 0.25\r\n", false},
		{"exponents, signs, many spaces", "2 2\n</s> +5e-1  -1E0\nthe .2e1 0.25\n", false},
		{"a blank line at the end", text + "\n", false},
		{"a word twice: the first counts", "3 2\n</s> 0.5 -1\nthe 2 0.25\nthe 7 7\n", false},
		{"word2vec.c binary: a line feed after each vector", "2 2\n</s> " + a + "\nthe " + b + "\n", true},
	}
	for _, test := range tests {
		got, err := LoadWord2VecFormat(strings.NewReader(test.file), test.binary, Limits{})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		same(t, want, got)
	}
}

func TestLoadRefuses(t *testing.T) {
	const nan, inf = "\x00\x00\xc0\x7f", "\x00\x00\x80\xff"
	tests := []struct {
		name, want, file string
		binary           bool
	}{
		{"empty", `the first line is ""`, "", false},
		{"no header", "GloVe's lack that line", "the 0.1 0.2\nof 0.3 0.4\n", false},
		{"negative words", `"-1 5"`, "-1 5\n", false},
		{"no dimensions", `"1 0"`, "1 0\na\n", false},
		{"not a number", `"1 x"`, "1 x\n", false},
		{"words beyond int64", "the first line is", "99999999999999999999 5\n", false},
		{"header of 1 MB", "the first line is", strings.Repeat("7", 1<<20), false},
		{"too many words", "3000000000 words are more than the limit", "3000000000 1\n", true},
		{"too many dimensions", "99999 dimensions are more than the limit", "1 99999\n", true},
		{"too much", "more than the limit of 17179869184 bytes", "2000000000 65536\n", true},
		{"NaN", `row 2 of 2: number 1 of "b" is "nan", not a finite number`, "2 1\na 1\nb nan\n", false},
		{"Inf", `row 1 of 1: number 2 of "a" is "-Inf"`, "1 2\na 1 -Inf\n", false},
		{"beyond float32", `number 1 of "a" is "1e39"`, "1 1\na 1e39\n", false},
		{"binary NaN", `row 1 of 1: number 1 of "a" is NaN`, "1 1\na " + nan, true},
		{"binary Inf", `number 1 of "a" is -Inf`, "1 1\na " + inf, true},
		{"not a number in a row", `row 1 of 1: number 1 of "a" is "b"`, "1 2\na b 1\n", false},
		{"too few numbers", `row 1 of 2: "a" has 1 numbers, not 2`, "2 2\na 1\nb 1 2\n", false},
		{"too many numbers", `row 1 of 1: "a" has more than 2 numbers`, "1 2\na 1 2 3\n", false},
		{"a word without numbers", `row 1 of 2: "a" has no numbers`, "2 1\na\nb 1\n", false},
		{"a blank line within", `row 2 of 2: "" has no numbers`, "2 1\na 1\n\nb 1\n", false},
		{"an endless number", "row 1 of 1 holds a word or number that is too long", "1 1\na " + strings.Repeat("1", 100) + "\n", false},
		{"an endless word", "row 1 of 1 holds a word or number that is too long", "1 1\n" + strings.Repeat("a", 2<<20) + " 1\n", false},
		{"binary read as text", "row 1 of 1", "1 1\na \x01\x02\x03\x04", false},
		{"not UTF-8", `row 1 of 1: the word "caf\xe9" is not UTF-8`, "1 1\ncaf\xe9 1\n", false},
		{"binary not UTF-8", `row 1 of 1: the word "caf\xe9" is not UTF-8`, "1 1\ncaf\xe9 \x00\x00\x00\x00", true},
		{"more rows than named", "more follows after row 1", "1 1\na 1\nb 2\n", false},
		{"binary: more rows than named", "more follows after row 1", "1 1\na \x00\x00\x00\x00b \x00\x00\x00\x00", true},
	}
	for _, test := range tests {
		_, err := LoadWord2VecFormat(strings.NewReader(test.file), test.binary, Limits{})
		switch {
		case err == nil || !strings.Contains(err.Error(), test.want):
			t.Errorf("%s: got %v, want %q in it", test.name, err, test.want)
		case len(err.Error()) > 300 || strings.Contains(err.Error(), "\n"):
			t.Errorf("%s: the error is not one short line: %q", test.name, err)
		}
	}
}

func TestTruncatedFilesNameTheRow(t *testing.T) {
	kv := randomVectors(t, 20, 5, 1)
	for _, binary := range []bool{false, true} {
		file := save(t, kv, binary)
		rows := bytes.IndexByte(file, '\n') + 1
		for n := range file {
			_, err := LoadWord2VecFormat(bytes.NewReader(file[:n]), binary, Limits{})
			if err == nil {
				t.Fatalf("binary %v: %d bytes of %d load", binary, n, len(file))
			}
			if n >= rows && (!errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "the file ends in row ")) {
				t.Fatalf("binary %v, %d bytes of %d: got %v", binary, n, len(file), err)
			}
		}
	}
}

func TestErrorsOfReaderAndWriterComeThrough(t *testing.T) {
	kv := randomVectors(t, 500, 20, 1)
	for _, binary := range []bool{false, true} {
		file := save(t, kv, binary)
		for _, n := range []int{0, 3, 100, len(file) - 1, len(file)} {
			r := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(fs.ErrPermission))
			if _, err := LoadWord2VecFormat(r, binary, Limits{}); !errors.Is(err, fs.ErrPermission) {
				t.Errorf("binary %v, %d bytes: got %v", binary, n, err)
			}
			w := &fullDisk{room: n}
			if err := kv.SaveWord2VecFormat(w, binary); n < len(file) && !errors.Is(err, io.ErrShortWrite) {
				t.Errorf("binary %v, room for %d: got %v", binary, n, err)
			}
		}
	}
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}

func TestSaveRefusesWhatCannotBeRead(t *testing.T) {
	for _, word := range []string{"a b", "a\n", "\nb", "\xff", strings.Repeat("x", maxWordBytes+1)} {
		kv, err := NewKeyedVectors([]string{"fine", word}, nil, 1, []float32{1, 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, binary := range []bool{false, true} {
			var out bytes.Buffer
			if err := kv.SaveWord2VecFormat(&out, binary); err == nil || out.Len() > 0 {
				t.Errorf("%.20q, binary %v: got %v and %d bytes, want an error and none", word, binary, err, out.Len())
			}
		}
	}
}

// TestLoadMemoryIsBounded reads small files that promise much.
func TestLoadMemoryIsBounded(t *testing.T) {
	real100 := save(t, randomVectors(t, 20_000, 100, 1), true)
	tests := []struct {
		name   string
		file   []byte
		binary bool
	}{
		{"promises 16 GiB", []byte("65536 65536\na 1 2 3\n"), false},
		{"promises 16 GiB, binary", []byte("65536 65536\na 1234"), true},
		{"two billion words", []byte("2000000000 2\na 1 2\n"), false},
		{"zeros", []byte("1000 1000\n" + strings.Repeat("w"+strings.Repeat(" 0", 1000)+"\n", 999)), false},
		{"one endless word", bytes.Repeat([]byte("x"), 8<<20), true},
		{"a real one of 8 MB", real100, true},
		{"a real one, cut", real100[:len(real100)/2], true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := bytes.NewReader(test.file)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := LoadWord2VecFormat(r, test.binary, Limits{})
			runtime.ReadMemStats(&after)
			used, limit := after.TotalAlloc-before.TotalAlloc, uint64(2*len(test.file)+16<<20)
			if used > limit {
				t.Errorf("%d bytes were allocated for %d (%v), want at most %d", used, len(test.file), err, limit)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	file := "3 2\na 1 1\nb 1 1\nc 1 1\n"
	for want, limits := range map[string]Limits{
		"":                                     {MaxWords: 3, MaxDim: 2, MaxBytes: 24},
		"3 words are more than":                {MaxWords: 2},
		"2 dimensions are more than":           {MaxDim: 1},
		"more than the limit of 23 bytes":      {MaxBytes: 23},
		"more than the limit of 1 bytes":       {MaxBytes: 1},
		"3 words are more than the limit of 1": {MaxWords: 1, MaxDim: 1},
	} {
		_, err := LoadWord2VecFormat(strings.NewReader(file), false, limits)
		if (err == nil) != (want == "") || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%+v: got %v, want %q", limits, err, want)
		}
	}
}

func FuzzLoadText(f *testing.F) {
	f.Add([]byte("2 2\n</s> 0.5 -1 \nthe 2 0.25\n"))
	f.Add([]byte("1 1\r\na\x00b +1e-3\r\n\n"))
	f.Add([]byte("3 1\na 1\na 2\n 3\n"))
	f.Add([]byte("65536 65536\na 1"))
	f.Add([]byte("0 1\n"))
	f.Fuzz(func(t *testing.T, file []byte) { loadAndSaveAgain(t, file, false) })
}

func FuzzLoadBinary(f *testing.F) {
	f.Add([]byte("2 1\n</s> \x00\x00\x00\x3fthe \x00\x00\x80\xbf"))
	f.Add([]byte("2 1\n</s> \x00\x00\x00\x3f\nthe \x00\x00\x80\xbf\n"))
	f.Add([]byte("2 1\n\n\n  \x00\x00\x00\x3f\n\x00\x00\x80\xbf"))
	f.Add([]byte("1 2\na \x00\x00\xc0\x7f\x00\x00\x80\xff"))
	f.Add([]byte("2000000000 2\n"))
	f.Fuzz(func(t *testing.T, file []byte) { loadAndSaveAgain(t, file, true) })
}

// loadAndSaveAgain checks that whatever loads is sound, and comes back as it is
// from both formats.
func loadAndSaveAgain(t *testing.T, file []byte, binary bool) {
	kv, err := LoadWord2VecFormat(bytes.NewReader(file), binary, Limits{})
	stream, streamErr := LoadWord2VecFormat(iotest.HalfReader(bytes.NewBuffer(file)), binary, Limits{})
	if (err == nil) != (streamErr == nil) {
		t.Fatalf("from a file: %v, from a stream: %v", err, streamErr)
	}
	if err != nil {
		return
	}
	same(t, kv, stream)
	for i := range kv.Len() {
		if row, ok := kv.Index(kv.Word(i)); !ok || row != i {
			t.Fatalf("%q is in row %d, found in %d", kv.Word(i), i, row)
		}
		for _, x := range kv.Vector(i) {
			if !finite(float64(x)) {
				t.Fatalf("%q holds %v", kv.Word(i), x)
			}
		}
		if strings.ContainsAny(kv.Word(i), "\n") {
			return // legal within a binary file, but nothing that is saved again
		}
	}
	for _, again := range []bool{false, true} {
		got, err := LoadWord2VecFormat(bytes.NewReader(save(t, kv, again)), again, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		same(t, kv, got)
	}
}
