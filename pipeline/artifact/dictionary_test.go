package artifact

import (
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gondola/pipeline/text"
)

// build makes a dictionary of titles, with phrases given by their words, and
// returns the titles as the writer numbered them: counted forms joined by
// blanks, with | where the head ends.
func build(t *testing.T, titles []string, phrases ...string) (*Dictionary, []string) {
	t.Helper()
	tok := text.New(text.DefaultOptions())
	b := NewDictionaryBuilder(tok)
	counters := []*FormCounter{b.Forms(), b.Forms()} // as of two goroutines
	forms, heads := make([][]int32, len(titles)), make([]int, len(titles))
	for i, title := range titles {
		tokens := tok.Tokenize(title, nil)
		for k := range tokens {
			if tokens[k].Drop != text.Kept {
				continue
			}
			if len(forms[i]) > 0 && (tokens[k-1].Drop != text.Kept || !text.Adjacent(title, &tokens[k-1], &tokens[k])) {
				forms[i] = append(forms[i], Gap)
			}
			c := counters[i%2]
			form := c.Number(&tokens[k])
			c.Add(form, 1)
			forms[i] = append(forms[i], form)
			if tokens[k].Head {
				heads[i] = len(forms[i])
			}
		}
	}
	for _, c := range counters {
		c.Merge()
	}
	c := b.Group()
	var pairs [][2]int32
	for _, p := range phrases {
		x, y, _ := strings.Cut(p, " ")
		pairs = append(pairs, [2]int32{int32(slices.Index(c.Words, x)), int32(slices.Index(c.Words, y))})
	}
	w := b.Numbering(pairs)
	counter := w.Counter()
	for _, title := range forms {
		counter.Add(title, 1)
	}
	w.Merge(counter)
	d := w.Finish()
	var ids []int32
	var numbered [][]int32
	var ends []int
	for i := range titles {
		var end int
		from := len(ids)
		ids, end = w.Title(forms[i], heads[i], ids)
		numbered, ends = append(numbered, ids[from:]), append(ends, end)
	}
	out := make([]string, len(titles))
	for i := range titles {
		out[i] = words(d, numbered[i], ends[i])
	}
	return d, out
}

func words(d *Dictionary, ids []int32, head int) string {
	var out []string
	for i, id := range ids {
		if i == head {
			out = append(out, "|")
		}
		if id < 0 {
			out = append(out, "?")
			continue
		}
		out = append(out, d.Words[id])
	}
	return strings.Join(out, " ")
}

func read(d *Dictionary, title string) string {
	var t Title
	d.Read(title, &t)
	return words(d, t.IDs, t.HeadLen)
}

var phraseTitles = []string{
	"Vanilla Ice Cream, olive oil", "Ice Creams", "ice, cream", "Olive Oils with Ice Cream", "ice cream cake cream",
	"Cakes", "cake", "Serviette Rouge", "serviettes rouges", "rouge", "Ananas", "ananas", "bougies", "bougie", "2 ice creams of ice",
}

func TestDictionary(t *testing.T) {
	d, got := build(t, phraseTitles)
	want := []string{
		"vanilla ice cream | olive oil", "ice cream", "ice | cream", "olive oil | ice cream", "ice cream cake cream",
		"cake", "cake", "serviette rouge", "serviette rouge", "rouge", "ananas", "ananas", "bougie", "bougie", "ice cream ice",
	}
	for i, title := range phraseTitles {
		if got[i] != want[i] {
			t.Errorf("%q: numbered %q, want %q", title, got[i], want[i])
		}
	}
	check(t, d, phraseTitles, got)
	if d.Shown("cake") != "cake" || d.Shown("unseen") != "unseen" {
		t.Errorf("shown %q, %q", d.Shown("cake"), d.Shown("unseen"))
	}
}

func TestPhrases(t *testing.T) {
	d, got := build(t, phraseTitles, "ice cream", "cream cake", "serviette rouge", "olive oil")
	want := []string{
		"vanilla ice_cream | olive_oil", "ice_cream", "ice | cream", "olive_oil | ice_cream", "ice_cream cake cream",
		"cake", "cake", "serviette_rouge", "serviette_rouge", "rouge", "ananas", "ananas", "bougie", "bougie", "ice_cream ice",
	}
	for i, title := range phraseTitles {
		if got[i] != want[i] {
			t.Errorf("%q: numbered %q, want %q", title, got[i], want[i])
		}
	}
	check(t, d, phraseTitles, got)
	if s := d.Shown("ice_cream"); s != "ice cream" {
		t.Errorf("ice_cream is shown as %q", s)
	}
	if _, ok := d.Find("serviette"); ok {
		t.Error("serviette occurs in a phrase only, and is a word")
	}
	for in, want := range map[string]string{
		"ice cream": "ice_cream", "Ice Creams": "ice_cream", "ICE  CREAM": "ice_cream", "cakes": "cake", "ice, cream": "ice, cream",
		"Ice Cream Cake": "ice cream cake", "ice_cream": "ice_cream", "Bougies": "bougie", "of": "of", "": "",
	} {
		if got := d.Base(in); got != want {
			t.Errorf("base of %q is %q, want %q", in, got, want)
		}
	}
	var title Title
	d.Read("Great Ice  Creams of Olive Oil", &title)
	var pieces []string
	for _, token := range title.Tokens {
		pieces = append(pieces, fmt.Sprintf("%s/%s@%d-%d", token.Text, token.Base, token.Start, token.End))
	}
	if want := "great/great@0-5 ice creams/ice_cream@6-17 of/@18-20 olive oil/olive_oil@21-30"; strings.Join(pieces, " ") != want {
		t.Errorf("tokens %s, want %s", strings.Join(pieces, " "), want)
	}
	if !slices.Equal(title.Token, []int32{0, 1, 3}) || title.IDs[0] != -1 {
		t.Errorf("ids %v of the tokens %v", title.IDs, title.Token)
	}
}

// check tests that reading a title gives what it was numbered to, that counts
// are right, and that the stored parts make the same dictionary.
func check(t *testing.T, d *Dictionary, titles, numbered []string) {
	t.Helper()
	counts := map[string]int64{}
	for i, title := range titles {
		if got := read(d, title); got != numbered[i] {
			t.Errorf("%q: read %q, numbered %q", title, got, numbered[i])
		}
		for w := range strings.FieldsSeq(strings.ReplaceAll(numbered[i], "|", "")) {
			counts[w]++
		}
	}
	for id, word := range d.Words {
		if d.Counts[id] != counts[word] || d.Counts[id] == 0 {
			t.Errorf("%s is counted %d times, want %d", word, d.Counts[id], counts[word])
		}
	}
	again := NewDictionary(d.Tokenizer, d.Words, d.Counts, d.ShownForms())
	if !reflect.DeepEqual(d, again) {
		t.Error("made again, the dictionary is another")
	}
}

// TestPluralsWithoutSingular: what occurs in one number only answers to both.
func TestPluralsWithoutSingular(t *testing.T) {
	d, got := build(t, []string{"pizzas", "cracker"})
	if got[0] != "pizzas" || read(d, "pizza") != "pizzas" || read(d, "crackers") != "cracker" || d.Base("pizza") != "pizzas" {
		t.Errorf("%q, pizza %q, crackers %q", got, read(d, "pizza"), read(d, "crackers"))
	}
	// One in a hundred is no slip any more.
	titles := append(slices.Repeat([]string{"mangas"}, 300), "manga", "manga")
	if _, got := build(t, titles); got[0] != "mangas" {
		t.Errorf("two manga among 300 mangas make them %s", got[0])
	}
	if _, got := build(t, append(titles, "manga")); got[0] != "manga" {
		t.Errorf("three manga among 300 mangas leave them %s", got[0])
	}
}

// TestDictionaryFile: a dictionary that was kept reads titles as before, with
// phrases and all lists of the user.
func TestDictionaryFile(t *testing.T) {
	keep, err := text.ReadWordList(strings.NewReader("of\n7up\nl'eau\n"))
	if err != nil {
		t.Fatal(err)
	}
	drop, err := text.ReadWordList(strings.NewReader("rouge\n"))
	if err != nil {
		t.Fatal(err)
	}
	synonyms, err := text.ReadSynonyms(strings.NewReader("crème, sorbet => cream\n"))
	if err != nil {
		t.Fatal(err)
	}
	stop, err := text.StopWords("en", "fr")
	if err != nil {
		t.Fatal(err)
	}
	for _, opts := range []text.Options{
		{StopWords: stop, Units: true, Keep: keep, Drop: drop, Synonyms: synonyms}, {StopWords: stop, KeepNumbers: true}, {Synonyms: synonyms}, {Keep: keep}, {},
	} {
		d, _ := build(t, phraseTitles, "ice cream", "olive oil", "serviette rouge")
		d = NewDictionary(text.New(opts), d.Words, d.Counts, d.ShownForms())
		path := filepath.Join(t.TempDir(), "dictionary.bin")
		if err := WriteDictionary(t.Context(), path, d); err != nil {
			t.Fatal(err)
		}
		again, err := ReadDictionary(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(d.Words, again.Words) || !reflect.DeepEqual(d.index, again.index) || !reflect.DeepEqual(d.phrases, again.phrases) {
			t.Errorf("%+v: kept and read, the dictionary is another", opts)
		}
		for _, title := range append(phraseTitles, "Crèmes of 7up, 12 oz of l'eau", "l'huile rouge", "Sorbets 501") {
			var a, b Title
			d.Read(title, &a)
			again.Read(title, &b)
			if !reflect.DeepEqual(a, b) {
				t.Errorf("%+v: %q is read as %+v, before it was kept as %+v", opts, title, b, a)
			}
		}
	}
}
