package text

import (
	"bufio"
	"compress/gzip"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
)

var update = flag.Bool("update", false, "write the golden files anew")

// show renders tokens in one line, as the golden file has them.
func show(tokens []Token) string {
	var b strings.Builder
	for _, t := range tokens {
		if t.Drop != Kept {
			fmt.Fprintf(&b, " -%s(%s)", t.Text, t.Drop)
			continue
		}
		fmt.Fprintf(&b, " %s/%s", t.Text, t.Base)
		if t.Head {
			b.WriteByte('^')
		}
	}
	return b.String()
}

func TestGoldenTitles(t *testing.T) {
	path := filepath.Join("testdata", "titles.golden")
	golden, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tok := New(DefaultOptions())
	var got strings.Builder
	for line := range strings.Lines(string(golden)) {
		switch {
		case strings.HasPrefix(line, ">"):
		case strings.HasPrefix(line, "#"), line == "\n":
			got.WriteString(line)
		default:
			title := strings.TrimSuffix(line, "\n")
			fmt.Fprintf(&got, "%s\n>%s\n", title, show(tok.Tokenize(title, nil)))
		}
	}
	if *update {
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(golden), got.String()); diff != "" {
		t.Errorf("tokens changed (-golden +now; -update accepts):\n%s", diff)
	}
}

func TestOptions(t *testing.T) {
	list, err := ReadWordSet(strings.NewReader("# mine\nOrganic  crème # and\nDon’t\n"))
	if err != nil {
		t.Fatal(err)
	}
	const title = "The Organic Creme, Crème don't 12 oz 64gb Box of 501"
	for _, tt := range []struct {
		name string
		opts Options
		want string
	}{
		{"default", DefaultOptions(), "organic creme crème box"},
		{"stop words off", Options{Units: true}, "the organic creme crème don't box of"},
		{"units off", Options{StopWords: English()}, "organic creme crème oz 64gb box"},
		{"numbers kept", Options{StopWords: English(), Units: true, KeepNumbers: true}, "organic creme crème box 501"},
		{"all kept", Options{KeepNumbers: true}, "the organic creme crème don't 12 oz 64gb box of 501"},
		{"own list", Options{StopWords: list, Units: true}, "the creme box of"},
	} {
		var got []string
		for _, token := range New(tt.opts).Tokenize(title, nil) {
			if token.Drop == Kept {
				got = append(got, token.Text)
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, s, tt.want)
		}
	}
}

func TestReadWordSet(t *testing.T) {
	if set := English(); !set.Has("the") || !set.Has("don't") || set.Has("can") || set.Len() < 150 {
		t.Errorf("the built-in list has %d words", set.Len())
	}
	var none *WordSet
	if none.Has("the") || none.Len() != 0 {
		t.Error("no list is not empty")
	}
	for in, want := range map[string]string{
		"good\nb\xffd\n":                   "line 2 is not UTF-8",
		"a\n" + strings.Repeat("x", 1<<17): "line 2 is longer than 64 KiB",
	} {
		if _, err := ReadWordSet(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

func TestBase(t *testing.T) {
	tok := New(Options{})
	for in, want := range map[string]string{
		// Regular plurals are for Singulars.
		"chips": "chips", "berries": "berries", "glass": "glass",
		// The list.
		"cookies": "cookie", "brownies": "brownie", "knives": "knife", "loaves": "loaf", "shoes": "shoe", "women": "woman",
		"women's": "woman", "canvas": "canvas", "series": "series", "lenses": "lens", "headaches": "headache",
		"shorts": "shorts", "gas": "gas", "christmas": "christmas", "quiches": "quiche", "rain-shoes": "rain-shoe",
		// Accents, apostrophes, hyphens.
		"jalapeño": "jalapeno", "pâté": "pate", "l'oréal": "loreal", "t-shirt": "t-shirt", "bœuf": "boeuf", "kids'": "kids",
		"кофе": "кофе", "йод": "йод",
	} {
		tokens := tok.Tokenize(in, nil)
		if len(tokens) != 1 || tokens[0].Base != want {
			t.Errorf("%s: %s, want base %s", in, show(tokens), want)
		}
	}
}

func TestSingulars(t *testing.T) {
	tok := New(Options{})
	for in, want := range map[string]string{
		"chips": "chip", "berries": "berry berrie", "pies": "pie", "peaches": "peach peache", "dishes": "dish dishe",
		"boxes": "box boxe", "dresses": "dress dresse", "tomatoes": "tomato tomatoe", "toes": "toe", "cheeses": "cheese",
		"cases": "case", "olives": "olive", "tranches": "tranch tranche", "boulangeries": "boulangery boulangerie",
		"rain-coats": "rain-coat", "tri-berries": "tri-berry tri-berrie", "вещиs": "вещи", "gras": "gra",
		// None.
		"glass": "", "hummus": "", "basis": "", "bus": "", "chip": "", "": "", "s": "", "t-as": "",
		// The list knows better.
		"shorts": "", "canvas": "", "ananas": "", "cookies": "", "my-cookies": "",
	} {
		if got := strings.Join(tok.Singulars(in, nil), " "); got != want {
			t.Errorf("singulars of %s: %q, want %q", in, got, want)
		}
	}
}

// TestPluralList checks that the list says nothing that the rules would say
// first.
func TestPluralList(t *testing.T) {
	rules := &Tokenizer{} // without the list
	for line := range dataLines(pluralsEN) {
		fields := strings.Fields(line)
		if len(fields) > 2 {
			t.Errorf("%q: more than two words", line)
			continue
		}
		word, base := fields[0], fields[len(fields)-1]
		switch s := rules.Singulars(word, nil); {
		case len(s) > 0 && s[0] == base, len(s) == 0 && word == base:
			t.Errorf("%q: the rules say the same", line)
		}
	}
}

func TestNPMI(t *testing.T) {
	for _, c := range []struct {
		a, b, ab, words int64
		want            float64
	}{
		{10, 10, 10, 1000, 1},                  // only together
		{100, 100, 10, 1000, 0},                // as chance has it
		{100, 200, 40, 1000, 0.21533827903669}, // ln 2 / -ln 0.04
		{0, 1, 1, 10, math.Inf(-1)}, {1, 1, 0, 10, math.Inf(-1)}, {1, 1, 1, 1, math.Inf(-1)}, {1, 1, 1, 0, math.Inf(-1)},
	} {
		if got := NPMI(c.a, c.b, c.ab, c.words); got != c.want && !(math.Abs(got-c.want) < 1e-12) {
			t.Errorf("NPMI(%d, %d, %d, %d) = %v, want %v", c.a, c.b, c.ab, c.words, got, c.want)
		}
	}
}

func TestAdjacent(t *testing.T) {
	tok := New(DefaultOptions())
	for title, want := range map[string]bool{
		"ice cream": true, "ice  cream": true, "ice\u00a0cream": true, "ice\tcream": true,
		"ice, cream": false, "ice - cream": false, "ice/cream": false, "ice & cream": false, "ice_cream": false,
		"ice (cream)": false, "ice|cream": false, "ice. cream": false, "ice\u200bcream": false, "ice™ cream": false,
	} {
		tokens := tok.Tokenize(title, nil)
		if len(tokens) != 2 {
			t.Errorf("%q: %s", title, show(tokens))
			continue
		}
		if got := Adjacent(title, &tokens[0], &tokens[1]); got != want {
			t.Errorf("%q: adjacent %v, want %v", title, got, want)
		}
	}
	const title = "Bag with handles" // the head ends between two kept words
	all := New(Options{}).Tokenize(title, nil)
	if len(all) != 3 || Adjacent(title, &all[0], &all[1]) || !Adjacent(title, &all[1], &all[2]) {
		t.Errorf("%q: a phrase over the end of the head", title)
	}
}

func TestHeadEnd(t *testing.T) {
	for in, want := range map[string]string{
		"Tomato Soup, 12 oz":  "Tomato Soup",
		"1,000 Island, light": "1,000 Island",
		"Soup (can)":          "Soup ",
		"Soup [can]":          "Soup ",
		"Soup|Can":            "Soup",
		"Soup - Can":          "Soup",
		"Soup – Can":          "Soup",
		"Soup — Can":          "Soup",
		"T-Shirt -Blue":       "T-Shirt -Blue",
		"Bag with Handles":    "Bag",
		"Bag WITH Handles":    "Bag",
		"Bag w/ Handles":      "Bag",
		"Bag withal":          "Bag withal",
		"スープ（缶）":              "スープ",
		"":                    "",
		"Bag with":            "Bag with",
		"caffè – ":            "caffè",
		"a –":                 "a –",
	} {
		if got := in[:HeadEnd(in)]; got != want {
			t.Errorf("head of %q: %q, want %q", in, got, want)
		}
	}
}

func TestHeadLen(t *testing.T) {
	tok := New(DefaultOptions())
	for in, want := range map[string]int{
		"Tomato Soup, 12 oz": 2, "(2 pack) Red Batteries": 2, "The, 12 oz, Red Soup": 2, "12 oz": 0, "Soup, red, hot": 1,
	} {
		if got := HeadLen(tok.Tokenize(in, nil)); got != want {
			t.Errorf("%q: %d words in the head, want %d", in, got, want)
		}
	}
}

func TestTokenizeAppends(t *testing.T) {
	tok := New(DefaultOptions())
	one := tok.Tokenize("(2 pack) soup", nil)
	both := tok.Tokenize("Red, (can)", slices.Clone(one))
	if diff := cmp.Diff(one, both[:len(one)]); diff != "" {
		t.Errorf("what was in dst changed: %s", diff)
	}
	if len(both) != len(one)+2 {
		t.Errorf("%s", show(both))
	}
}

func TestAllocations(t *testing.T) {
	tok := New(DefaultOptions())
	tokens := make([]Token, 0, 64)
	for title, most := range map[string]float64{
		"chunky chicken noodle soup with shells 12 oz can": 0,
		"Chunky CHICKEN Noodle Soup with Shells":           1,
	} {
		if n := testing.AllocsPerRun(100, func() { tokens = tok.Tokenize(title, tokens[:0]) }); n > most {
			t.Errorf("%q: %v allocations, want at most %v", title, n, most)
		}
	}
}

// TestLongTitles would not end if the time grew with the square of the length.
func TestLongTitles(t *testing.T) {
	tok := New(DefaultOptions())
	for _, part := range []string{
		"a", "a ", "1 ", "1 x ", "1x", "1-", "<a", "<", "&a", "a&", "12 fl ", "a'", "é", "牛", "1.", "\u0301", "\u200d", " - ", "\xff",
		"in 1 ", "1 by ", "1 \"", "--", "1×", "Σ", "1 aaaaaaaaaaaaaaaa",
	} {
		title := strings.Repeat(part, 1<<18/len(part))
		tokens := tok.Tokenize(title, nil)
		check(t, title, tokens)
	}
}

func TestTooLong(t *testing.T) {
	tok := New(DefaultOptions())
	fits, over := strings.Repeat("a", MaxWordBytes), strings.Repeat("é", MaxWordBytes/2+1)
	tokens := tok.Tokenize(fits+" "+over, nil)
	if len(tokens) != 2 || tokens[0].Drop != Kept || tokens[1].Drop != TooLong || !strings.HasPrefix(tokens[1].Text, "éé") {
		t.Errorf("%s", show(tokens))
	}
}

func TestReasonString(t *testing.T) {
	seen := map[string]bool{}
	for r := Kept; r < Reasons; r++ {
		if s := r.String(); s == "unknown" || seen[s] {
			t.Errorf("reason %d is called %q", r, s)
		} else {
			seen[s] = true
		}
	}
}

// TestRealTitles holds what is true of any title on a hundred thousand real
// ones in many languages.
func TestRealTitles(t *testing.T) {
	f, err := os.Open(need.Data(t, "titles_multilingual.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	tok := New(DefaultOptions())
	var counts Counts
	var tokens []Token
	n := 0
	for lines := bufio.NewScanner(unzipped); lines.Scan(); n++ {
		if n%5 != 1 {
			continue
		}
		title := strings.Split(lines.Text(), "\t")[1]
		tokens = tok.Tokenize(title, tokens[:0])
		check(t, title, tokens)
		counts.Add(tokens)
	}
	if n != 1+536_199 {
		t.Errorf("%d lines, want a header and 536,199 titles", n)
	}
	if share := float64(counts.NoWords) / float64(counts.Titles); share > 0.005 {
		t.Errorf("%.2f %% of the titles have no word, want under 0.5 %%", 100*share)
	}
}
