package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// check tests what holds for the tokens of any title.
func check(t *testing.T, title string, tokens []Token) {
	t.Helper()
	start, end, kept := -1, 0, 0
	for i, token := range tokens {
		first, _ := utf8.DecodeRuneInString(title[token.Start:])
		overlap := token.Start < end && (token.Start <= start || scriptOf(first) != scriptHan)
		if overlap || token.End <= token.Start || token.End > len(title) {
			t.Fatalf("token %d of %.100q is at %d to %d after %d", i, title, token.Start, token.End, end)
		}
		start, end = token.Start, token.End
		if !utf8.ValidString(token.Text) || !utf8.ValidString(token.Base) {
			t.Fatalf("token %d of %.100q is not UTF-8: %q, %q", i, title, token.Text, token.Base)
		}
		if token.Drop >= Reasons || (token.Drop == Kept) != (token.Base != "") {
			t.Fatalf("token %d of %.100q: dropped %v, base %q", i, title, token.Drop, token.Base)
		}
		if token.Drop == Kept {
			kept++
			for _, word := range []string{token.Text, token.Base} {
				if word == "" || strings.ContainsFunc(word, unfit) {
					t.Fatalf("token %d of %.100q has the text %q, counted as %q", i, title, token.Text, token.Base)
				}
			}
		}
	}
	if head := HeadLen(tokens); head > kept || kept > 0 && head == 0 {
		t.Fatalf("%.100q: %d of %d words in the head", title, head, kept)
	}
}

// unfit reports what no word holds: blanks, control and format characters,
// among them those that turn the direction of text, and what joins phrases.
func unfit(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs) ||
		r == utf8.RuneError || strings.ContainsRune(PhraseJoin+"<>", r)
}

func FuzzTokenize(f *testing.F) {
	for _, title := range []string{
		"Campbell's Soup, 18.6 oz", "M&M's 12 ct (Pack of 6)", "2 x 500 ml", "3 in 1", "<b>x</b>&amp;", "12 fl. oz.",
		"牛肉ラーメン", "a\xffb\x00c", "\u200d\u0301x", "3½ in 10\" 5'", "1×2×3mm", "l’été", "Σ'ς", "ﬀs", "\ufffd1st", "0\xd70", "80's", "ǅungla",
		"a'\u0300s", "1\u20e3 ozs", "½-½", "1:2/3.4,5", "x-\u00ads", "Ω's", "12\u200b oz", "İ", "ſs", "ŉ",
		"康师傅冰红茶80克", "日の出 みりん風調味料", "蒟蒻ｾﾞﾘｰ", "น้ำมันUHT250มล.", "شُكُولَاتَة ـ", "\ufdfa", "\u3164", "l'l'huile", "牛\U000E0100肉\u0301丼",
	} {
		f.Add(title, byte(0))
		f.Add(title, byte(7))
	}
	var tokenizers [8]*Tokenizer
	for flags := range tokenizers {
		opts := Options{Units: flags&1 == 0, KeepNumbers: flags&2 != 0}
		if flags&4 == 0 {
			opts.StopWords = English()
		}
		tokenizers[flags] = New(opts)
	}
	f.Fuzz(func(t *testing.T, title string, flags byte) {
		tokens := tokenizers[flags%8].Tokenize(title, nil)
		check(t, title, tokens)
		if e := HeadEnd(title); e < 0 || e > len(title) {
			t.Fatalf("head of %q ends at %d", title, e)
		}
		var c Counts
		c.Add(tokens)
		if c.Dropped()+c.Tokens[Kept] != int64(len(tokens)) {
			t.Fatalf("%d tokens counted, want %d", c.Dropped()+c.Tokens[Kept], len(tokens))
		}
	})
}

func FuzzReadWordSet(f *testing.F) {
	f.Add("the of # comment\nDon’t\n")
	f.Add("\xff\n")
	f.Fuzz(func(t *testing.T, list string) {
		set, err := ReadWordSet(strings.NewReader(list))
		if err != nil {
			return
		}
		for word := range set.words {
			if !set.Has(word) || !utf8.ValidString(word) || strings.ContainsAny(word, "# \n") {
				t.Fatalf("%q gives the word %q", list, word)
			}
		}
	})
}
