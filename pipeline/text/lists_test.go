package text

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func mustList(t *testing.T, list string) *WordSet {
	t.Helper()
	set, err := ReadWordList(strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestKeepAndDrop(t *testing.T) {
	opts := DefaultOptions()
	opts.Keep = mustList(t, "\ufeffOf # a stop word\n\noz\n7up\n501\nx\nset\nl'huile\n")
	opts.Drop = mustList(t, "Organic\ncafé\n64gb\n")
	stop, err := ReadWordSet(strings.NewReader("of the l'"))
	if err != nil {
		t.Fatal(err)
	}
	opts.StopWords = stop
	for in, want := range map[string]string{
		"The Best of Oz":        "-the(stop word) best/best^ of/of^ oz/oz^",
		"7UP 12 oz":             "7up/7up^ -12(number) oz/oz^",
		"Jeans 501 x 502":       "jeans/jeans^ 501/501^ x/x^ -502(number)",
		"Tea 2 set":             "tea/tea^ -2(number) set/set^",
		"ORGANIC Organics Café": "-organic(drop list) organics/organics^ -café(drop list)",
		"cafe 64gb 32gb":        "cafe/cafe^ -64gb(drop list) -32gb(quantity)",
		"l'huile l'eau":         "l'huile/lhuile^ -l'(stop word) eau/eau^",
	} {
		if got := strings.TrimSpace(show(New(opts).Tokenize(in, nil))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if word, both := opts.Keep.Common(mustList(t, "b\nx\n501\n")); !both || word != "501" {
		t.Errorf("the first word in both lists is %q, want 501", word)
	}
	var none *WordSet
	if _, both := none.Common(opts.Keep); both {
		t.Error("no list has words in common")
	}
	if _, both := opts.Keep.Common(none); both {
		t.Error("no list has words in common")
	}
}

func TestReadWordListErrors(t *testing.T) {
	for in, want := range map[string]string{
		"tea\nice cream\n":         `line 2: "ice cream" is more than one word; write one word a line`,
		"tea\n\n# all\n100%\n":     `line 4: "100%" is no word as titles are cut`,
		"巧克力\n":                    `line 1: "巧克力" is more than one word`,
		"!\n":                      `line 1: "!" is no word`,
		"<b>\n":                    `line 1: "<b>" is no word`,
		"a\xff\n":                  "line 1 is not UTF-8",
		strings.Repeat("x", 1<<17): "line 1 is longer than 64 KiB",
		strings.Repeat("x", 500):   "is no word",
	} {
		if _, err := ReadWordList(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: error %v, want %q", in, err, want)
		}
	}
}

func TestSynonyms(t *testing.T) {
	syn, err := ReadSynonyms(strings.NewReader("# mine\ntee, T-Shirts , tshirt => t-shirt\ncrème => Cream\n7up=>soda # a brand\nan => one\n501 => jeans\n"))
	if err != nil {
		t.Fatal(err)
	}
	opts := DefaultOptions()
	opts.Synonyms = syn
	for in, want := range map[string]string{
		"Tee TEES tshirts t-shirts": "tee/t-shirt^ tees/t-shirt^ tshirts/t-shirt^ t-shirts/t-shirt^",
		"Crème creme crèmes cream":  "crème/cream^ creme/cream^ crèmes/cream^ cream/cream^",
		"7up an apple 501":          "7up/soda^ -an(stop word) apple/apple^ -501(number)",
	} {
		if got := strings.TrimSpace(show(New(opts).Tokenize(in, nil))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	opts.KeepNumbers = true
	if got := show(New(opts).Tokenize("501", nil)); got != " 501/jeans^" {
		t.Errorf("a number: %s", got)
	}
	var none *Synonyms
	if syn.Len() == 0 || none.Len() != 0 {
		t.Errorf("%d synonyms, and %d of none", syn.Len(), none.Len())
	}
}

func TestReadSynonymsErrors(t *testing.T) {
	for in, want := range map[string]string{
		"tee -> t-shirt\n":              "line 1 has no =>",
		"a => b\ntee tea\n":             "line 2 has no =>",
		"ice cream => icecream\n":       `line 1, before =>: "ice cream" is more than one word`,
		"icecream => ice cream\n":       `line 1, after =>: "ice cream" is more than one word`,
		"tee, => t-shirt\n":             "line 1, before =>: a word is missing",
		"tee =>\n":                      "line 1, after =>: a word is missing",
		"tee => shirt\n\nTee => coat\n": `line 3: "tee" is to count as "coat", and by line 1 as "shirt"`,
		"a => b\nb => c\n":              `line 1: variants are to count as "b", which by line 2 counts as "c" itself: write "c" there`,
		"b => c\na => b\n":              `line 2: variants are to count as "b", which by line 1 counts as "c" itself`,
		"tee => a => b\n":               "line 1, after =>",
		"\xff => b\n":                   "line 1 is not UTF-8",
	} {
		if _, err := ReadSynonyms(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", in, err, want)
		}
	}
}

func FuzzReadSynonyms(f *testing.F) {
	f.Add("tee, tshirt => t-shirt # mine\n", "tees")
	f.Add("a=>b\nb=>c", "a")
	f.Add("501=>jeans\n\xff", "501")
	f.Add("crème=>ŉ\nknives=>women's\nа=>ﷺ\n2x=>3/4", "501")
	f.Fuzz(func(t *testing.T, list, title string) {
		syn, err := ReadSynonyms(strings.NewReader(list))
		if err != nil {
			return
		}
		tok := New(Options{Synonyms: syn, KeepNumbers: true})
		tokens := tok.Tokenize(title, nil)
		check(t, title, tokens)
		for variant, word := range syn.to {
			if _, ok := syn.to[word]; ok {
				t.Fatalf("%q counts as %q, which counts as another", variant, word)
			}
		}
		if again := NewSynonyms(syn.Pairs()); !maps.Equal(again.to, syn.to) {
			t.Fatalf("%q stored: %v, want %v", list, again.to, syn.to)
		}
	})
}

func TestStopWords(t *testing.T) {
	for _, language := range StopWordLanguages() {
		set, err := StopWords(language)
		if err != nil || set.Len() < 60 {
			t.Fatalf("%s: %d words, %v", language, set.Len(), err)
		}
		for word := range set.words {
			tokens := New(Options{}).Tokenize(strings.TrimSuffix(word, "'")+" x", nil)
			if word != "'t" && !strings.HasSuffix(word, "'s") && (len(tokens) != 2 || tokens[0].Text != strings.TrimSuffix(word, "'")) {
				t.Errorf("%s: %q is no word that a title can hold: %s", language, word, show(tokens))
			}
		}
	}
	if _, err := StopWords("en", "sv"); err == nil || !strings.Contains(err.Error(), `"sv"`) || !strings.Contains(err.Error(), "de, en, es") {
		t.Errorf("sv: %v", err)
	}
	if !slices.IsSorted(StopWordLanguages()) {
		t.Error("the languages are not in order")
	}
	for title, want := range map[string]string{ // by language: what is left
		"fr L'huile d'olive vierge à l'ancienne et jus d’orange": "huile olive vierge ancienne jus orange",
		"de Brot mit Käse und Oliven für den Grill":              "brot käse oliven grill",
		"es Galletas de maíz con aceite y sin sal":               "galletas maíz aceite sal",
		"it Pasta all'uovo con sugo dell'orto e olio d'oliva":    "pasta uovo sugo orto olio oliva",
		"nl Brood met kaas en het beste van de boer":             "brood kaas beste boer",
		"pt Pão de queijo com manteiga e sem sal":                "pão queijo manteiga sal",
		"ru Хлеб с маслом и без соли":                            "хлеб маслом соли",
	} {
		set, err := StopWords(title[:2])
		if err != nil {
			t.Fatal(err)
		}
		var kept []string
		for _, token := range New(Options{StopWords: set}).Tokenize(title[3:], nil) {
			if token.Drop == Kept {
				kept = append(kept, token.Text)
			}
		}
		if got := strings.Join(kept, " "); got != want {
			t.Errorf("%s: %s, want %s", title, got, want)
		}
	}
}
