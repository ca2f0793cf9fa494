package text

import (
	"bufio"
	"compress/gzip"
	"os"
	"slices"
	"strings"
	"testing"

	"gondola/internal/need"
)

// numbering gives every counted form, and every dropped piece, a number of its
// own.
type numbering map[string]int32

func (n numbering) of(t *Token) int32 {
	key := t.Base
	if t.Drop != Kept {
		key = t.Drop.String() + " " + t.Text
	}
	if _, ok := n[key]; !ok {
		n[key] = int32(len(n))
	}
	return n[key]
}

// sameAsTokenize reads the titles with one reader, so that pieces of one stand
// in others, and compares each with what Tokenize makes of it.
func sameAsTokenize(t *testing.T, r *Reader, numbers numbering, titles ...string) {
	t.Helper()
	var words Words
	var tokens []Token
	for _, title := range titles {
		tokens = r.tok.Tokenize(title, tokens[:0])
		r.Start(&words)
		head := r.Read(title, &words)
		if want := HeadLen(tokens); head != want {
			t.Fatalf("%q: %d words in the head, want %d", title, head, want)
		}
		n := 0
		var drops []int32
		for _, token := range tokens {
			if token.Drop != Kept {
				if r.drop != nil {
					drops = append(drops, numbers.of(&token))
				}
				continue
			}
			if n == len(words.Numbers) {
				t.Fatalf("%q: word %q is missing", title, token.Text)
			}
			at := words.Spans[n]
			if words.Numbers[n] != numbers.of(&token) || int(at.Start) != token.Start || int(at.End) != token.End {
				t.Fatalf("%q: word %d from %d to %d with the number %d, want %+v, %d",
					title, n, at.Start, at.End, words.Numbers[n], token, numbers.of(&token))
			}
			if text, base := string(words.AppendText(nil, title, n)), string(words.AppendBase(nil, title, n)); text != token.Text || base != token.Base {
				t.Fatalf("%q: word %d is %q, counted as %q, want %q, %q", title, n, text, base, token.Text, token.Base)
			}
			n++
		}
		if n != len(words.Numbers) {
			t.Fatalf("%q: %d words, want %d", title, len(words.Numbers), n)
		}
		if !slices.Equal(words.Drops, drops) {
			t.Fatalf("%q: dropped %v, want %v of %v", title, words.Drops, drops, numbers)
		}
	}
}

// tokenizersForReaders are of all that makes a difference.
func tokenizersForReaders(t testing.TB) map[string]*Tokenizer {
	t.Helper()
	lists := Options{Units: true, StopWords: English()}
	for _, list := range []struct {
		words string
		set   **WordSet
	}{{"oz the 7up 501 x", &lists.Keep}, {"chicken t-shirt 80s", &lists.Drop}} {
		set, err := ReadWordList(strings.NewReader(strings.ReplaceAll(list.words, " ", "\n")))
		if err != nil {
			t.Fatal(err)
		}
		*list.set = set
	}
	synonyms, err := ReadSynonyms(strings.NewReader("tee, tshirt => t-shirt\ncrisps => chips\n501 => jeans\n"))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*Tokenizer{
		"default": New(DefaultOptions()),
		"plain":   New(Options{}),
		"numbers": New(Options{Units: true, KeepNumbers: true, Synonyms: synonyms}),
		"lists":   New(lists),
	}
}

func TestReader(t *testing.T) {
	titles := []string{
		"", " ", "a", "Soup", "Campbell's Chunky Soup, 18.6 oz", "Soup 18.6  oz can", "Soup 18.6   oz can", "Soup 18.6\toz",
		"12 Fl. Oz. Bottle", "12 fl oz", "fl oz", "2 x 500 ml Cola", "2 X Batteries", "3 in 1 Shampoo", "3 in", "10 by 15 Frame", "x 500 ml",
		"100% in 3", "100 % Cotton", "12", "12 ", "12,5 oz", "Salt,12 oz", "1 2 3 oz", "7 2 oz x 3 in 1 pack", "iPhone 6s 64 GB", "6 x",
		"Shirt with Sleeves", "Shirt With", "with Sleeves", "Shirt  with Sleeves", "Shirt with\tSleeves", "Shirt w/ Sleeves", "Shirt W/o", "w/ o",
		"Tea - Green", "Tea -", "Tea - ", "- Tea", "Tea\t- Green", "Tea – Green", "Tea — Green", "Tea —", "Tea -Green", "Tea -\tGreen",
		"(2 pack) Batteries", "Batteries (2 pack)", "Batt(er)ies AA", "A,B", "Salt, Pepper", "Salt,Pepper|Oil", "1,000 Pieces", "Pieces 1,000, Red",
		"牛肉（和牛）ラーメン", "康师傅冰红茶80克 x 2", "80 克", "12\u00a0oz", "Tea\u3000- Green", "ビタミン100 ml",
		"<b>Soup</b> 12 oz", "Soup <br /> 12 oz", "Soup 12 <i class='x y'>oz</i>", "a < b 12 oz", "AT&T &amp; M&M's", "12&nbsp;oz 3&#39; x 4",
		"Crème brûlée", "CRÈME BRÛLÉE", "L’Oréal L'OREAL l'huile", "Knives women's T-SHIRTS", "rock'n'roll ʼʼ", "I\u0307i \u0130",
		"\x00Soup\x01Can\x7f", "\xff12\xfe oz", "supercalifragilisticexpialidocious Supercalifragilisticexpialidocious-x 12 oz",
		"exactly16bytes!! next", "exactly16bytes!!", "sixteen-bytes-ab sixteen-bytes-abc", "80'S Rock 2ND 7UP 501 Crisps TEE",
		strings.Repeat("x", 300) + " 12 oz, soup", strings.Repeat("ab ", 200) + "12 oz", strings.Repeat("1", 130) + " oz",
		"TAB\tNEW\nLINE 5\noz", "12 x\u0301 3", "12 x-3", "12 oz- 3", "12 x3", "12 (oz)", "[12 oz] Can", "12 in. Pan", "12 sq. ft", "12 sq ft 3",
	}
	for name, tok := range tokenizersForReaders(t) {
		t.Run(name, func(t *testing.T) {
			numbers := numbering{}
			r := NewReaderOfAll(tok, numbers.of, numbers.of)
			for range 2 { // The second time all pieces are known.
				sameAsTokenize(t, r, numbers, titles...)
			}
			for _, title := range titles {
				sameAsTokenize(t, r, numbers, strings.ToUpper(title), strings.ToLower(title), title+" 12", title+" oz", "x "+title+",")
			}
		})
	}
}

// TestReaderForgets reads more pieces than are remembered.
func TestReaderForgets(t *testing.T) {
	numbers := numbering{}
	r := NewReader(New(DefaultOptions()), numbers.of)
	var words Words
	r.Start(&words)
	title := make([]byte, 0, 8)
	for i := range mostPieces + 10 {
		title = title[:0]
		for ; i > 0; i /= 26 {
			title = append(title, byte('a'+i%26))
		}
		r.Read(string(append(title, "word"...)), &words)
	}
	if n := r.known.n; n != mostPieces {
		t.Fatalf("%d pieces are remembered, want %d", n, mostPieces)
	}
	if last := string(words.AppendText(nil, string(title)+"word", len(words.Numbers)-1)); last != string(title)+"word" {
		t.Fatalf("the last word is %q", last)
	}
	r.Start(&words)
	sameAsTokenize(t, r, numbers, "Campbell's soup, 12 oz", "soup")
	if r.known.n > 10 {
		t.Fatalf("%d pieces are remembered after Start", r.known.n)
	}
}

// TestReaderOnRealTitles compares all titles beside the project, with -short the
// first tenth.
func TestReaderOnRealTitles(t *testing.T) {
	for _, name := range []string{"titles_dev.tsv.gz", "titles_multilingual.tsv.gz"} {
		t.Run(name, func(t *testing.T) {
			titles := realTitles(t, name)
			titles = titles[:len(titles)/need.Size(1, 10)]
			for name, tok := range tokenizersForReaders(t) {
				some := titles
				if name != "default" {
					some = titles[:len(titles)/10]
				}
				numbers := numbering{}
				sameAsTokenize(t, NewReaderOfAll(tok, numbers.of, numbers.of), numbers, some...)
			}
		})
	}
}

func realTitles(t testing.TB, name string) []string {
	t.Helper()
	f, err := os.Open(need.Data(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // Only read.
	unpacked, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	lines := bufio.NewScanner(unpacked)
	for lines.Scan() {
		titles = append(titles, strings.Split(lines.Text(), "\t")[1])
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return titles[1:] // The first line is the header.
}

// TestReaderAllocates nothing for a title whose pieces are known.
func TestReaderAllocates(t *testing.T) {
	numbers := numbering{}
	r := NewReader(New(DefaultOptions()), numbers.of)
	var words Words
	titles := []string{"Chunky CHICKEN Noodle Soup, 18.6", "T-shirt with sleeves (red)", "Crème brûlée", "Rosemary-flavoured crackers"}
	read := func() {
		r.Start(&words)
		for _, title := range titles {
			r.Read(title, &words)
		}
	}
	read()
	if n := testing.AllocsPerRun(100, read); n != 0 {
		t.Fatalf("%v allocations a round, want none", n)
	}
}

func FuzzReader(f *testing.F) {
	for _, title := range []string{"Campbell's Soup, 18.6 oz", "2 x 500 ml", "<b a c>x</b>&amp;", "Tea - 12 with", "牛肉ラーメン12 oz", "a\x00b\xff 3 in\t1"} {
		f.Add(title, "oz 12 x")
	}
	tokenizers := tokenizersForReaders(f)
	f.Fuzz(func(t *testing.T, title, other string) {
		for _, tok := range tokenizers {
			numbers := numbering{}
			sameAsTokenize(t, NewReaderOfAll(tok, numbers.of, numbers.of), numbers, other, title, title, strings.ToUpper(title), title+" "+other, title+" "+title)
		}
	})
}
