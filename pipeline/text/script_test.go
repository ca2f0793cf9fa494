package text

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
)

// TestEveryLetter tests what holds of words on every character of Unicode: by
// itself, within a word, and twice.
func TestEveryLetter(t *testing.T) {
	tok := New(Options{KeepNumbers: true})
	var tokens []Token
	for r := rune(1); r <= 0xE01FF; r++ {
		switch {
		case 0x3400 < r && r < 0x4DBF, 0x4E00 < r && r < 0x9FFF, 0xAC00 < r && r < 0xD7A3: // thousands that are alike
			continue
		case 0x20000 < r && r < 0x2F800, 0x2FA20 < r && r < 0xE0000: // the same, and planes that are empty
			continue
		}
		for _, title := range [...]string{string(r), "a" + string(r) + "b", string(r) + string(r)} {
			tokens = tok.Tokenize(title, tokens[:0])
			check(t, title, tokens)
		}
	}
}

// TestT5Composition: the same text composed and decomposed gives the same
// words (bar T5).
func TestT5Composition(t *testing.T) {
	tok := New(DefaultOptions())
	forms := func(title string) string {
		var words []string
		for _, token := range tok.Tokenize(title, nil) {
			words = append(words, fmt.Sprintf("%s/%s/%s/%v", token.Text, token.Base, token.Drop, token.Head))
		}
		return strings.Join(words, " ")
	}
	for _, title := range []string{
		"Crème brûlée à l’ancienne", "Jalapeño & Piña", "Würstchen mit Käse", "мёд йогурт", "ガーデン ｾﾞﾘｰ パン", "김치 라면", "καφές Φίλτρου",
		"شُكُولَاتَة أرز", "Phở bò", "น้ำมัน", "שׁוֹקוֹלָד", "Åkesson Ærø Łódź",
	} {
		c, d := forms(norm.NFC.String(title)), forms(norm.NFD.String(title))
		if c != d || c == "" {
			t.Errorf("%q: composed %q, decomposed %q", title, c, d)
		}
	}
}

// TestFolding: what is counted as one word.
func TestFolding(t *testing.T) {
	tok := New(Options{})
	base := func(word string) string {
		tokens := tok.Tokenize(word, nil)
		if len(tokens) != 1 || tokens[0].Drop != Kept {
			t.Errorf("%q is not one word: %s", word, show(tokens))
			return ""
		}
		return tokens[0].Base
	}
	for _, same := range [][]string{
		{"istanbul", "İSTANBUL", "ISTANBUL", "ıstanbul"}, // Turkish: dotted and dotless i are one
		{"strasse", "Straße", "STRASSE", "STRAẞE"},       // German
		{"λογος", "ΛΟΓΟΣ", "λόγος", "λόγοσ", "ΛΌΓΟΣ"},    // Greek: accents and the final sigma
		{"мед", "мёд", "МЁД", "мёд"},                     // Russian ё
		{"молоко", "молоко\u0301"},                       // stress
		{"شوكولاته", "شُوكُولَاته", "شـوكـولاته"},        // Arabic: vowel points and tatweel
		{"ارز", "أرز"},                                                       // alef with hamza
		{"اسيا", "آسيا"},                                                     // alef with madda
		{"שוקולד", "שׁוֹקוֹלָד"},                                             // Hebrew points
		{"wide7", "ＷＩＤＥ７", "ｗｉｄｅ７"},                                          // full width
		{"ゼリー", "ｾﾞﾘｰ"},                                                      // half width
		{"coeur", "cœur", "CŒUR"}, {"fine", "ﬁne"}, {"jalapeno", "jalapeño"}, // Latin
		{"softhyphen", "soft\u00adhyphen", "soft\u2060hyphen"}, // format characters
	} {
		for _, word := range same {
			if got := base(word); got != same[0] {
				t.Errorf("%s is counted as %q, want %q", word, got, same[0])
			}
		}
	}
	for _, pair := range [][2]string{
		{"бой", "бои"}, {"ガ", "カ"}, {"каи", "кай"}, {"ї", "і"}, {"मैं", "म"}, {"ў", "у"}, {"мой", "мои"},
	} {
		a, b := foldAccents(pair[0]), foldAccents(pair[1])
		if a == b {
			t.Errorf("%s and %s are both counted as %s", pair[0], pair[1], a)
		}
	}
}

// TestT5OddTitles: what becomes of titles that break programs (bar T5).
func TestT5OddTitles(t *testing.T) {
	tok := New(DefaultOptions())
	for _, tt := range []struct{ name, title, want string }{
		{"invalid UTF-8 separates", "red\xff\xfesoup \xc3", "red/red^ soup/soup^"},
		{"cut in the middle of a character", "cr\xc3\xa8me caf\xc3", "crème/creme^ caf/caf^"},
		{"overlong and surrogates", "a\xc0\xafb \xed\xa0\x80salt", "-a(stop word) -b(single letter) salt/salt^"},
		{"replacement character", "red\ufffdsoup", "red/red^ soup/soup^"},
		{"NUL and control bytes separate", "red\x00soup\x07salt\x1b[31moil\x7fend", "red/red^ soup/soup^ salt/salt^ 31moil/31moil end/end"},
		{"line breaks and other blanks separate", "red\r\nsoup\u2028salt\u00a0oil\u3000pan", "red/red^ soup/soup^ salt/salt^ oil/oil^ pan/pan^"},
		{"bidi controls vanish", "\u202ered\u202c \u2066so\u2069up\u200f \u061cصابون", "red/red^ soup/soup^ صابون/صابون^"},
		{"the zero-width space separates, other invisible ones vanish", "red\u200bsoup sa\u200c\u200dlt o\u2060il \ufeffpan t\u034fea", "red/red^ soup/soup^ salt/salt^ oil/oil^ pan/pan^ tea/tea^"},
		{"nothing but what is invisible", "\u200b\u200d\ufeff\u202e \u3164\u115f \ufe0f", ""},
		{"tag characters vanish", "re\U000E0072\U000E007Fd", "red/red^"},
		{"entities are markup, whole", "Salt &amp; Pepper&nbsp;Mill &#x27;s &copy; &", "salt/salt^ -&amp;(markup) pepper/pepper^ -&nbsp;(markup) mill/mill^ -&#x27;(markup) -s(stop word) -&copy;(markup)"},
		{"emoji are no words, nor any part of theirs", "👩‍🍳 soup 👨‍👩‍👧‍👦 🇮🇹 ❤️ pizza👍🏽salt ℹ️ Ⓜ️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "soup/soup^ pizza/pizza^ salt/salt^ -ℹ(single letter)"},
		{"a keycap is a number", "1️⃣ soup", "-1(number) soup/soup^"},
		{"marks without a letter", "\u0301\u0302 \u20e3 soup", "soup/soup^"},
		{"of many marks on a letter eight stay", "z" + strings.Repeat("\u0335", 40) + "oo", "z" + strings.Repeat("\u0335", 8) + "oo/zoo^"},
		{"formulas and markup", "=cmd|' /C calc'!A0 <script>alert(1)</script>", "cmd/cmd^ -c(single letter) calc/calc a0/a0 -<script>(markup) alert/alert -1(number) -</script>(markup)"},
		{"empty", "", ""},
		{"blanks", " \t\n", ""},
	} {
		tokens := tok.Tokenize(tt.title, nil)
		check(t, tt.title, tokens)
		if got := strings.TrimSpace(show(tokens)); got != tt.want {
			t.Errorf("%s: %q gives\n%s, want\n%s", tt.name, tt.title, got, tt.want)
		}
	}
	// A title of a megabyte, in words, in one word, and of bytes that are none.
	for _, part := range []string{"Organic Soup 12 oz, ", "a", "牛", "น้ำ", "<b>", "&amp;", "\xff", "\x00", "👩‍🍳", "\u202e", "é"} {
		title := strings.Repeat(part, 1<<20/len(part))
		tokens := tok.Tokenize(title, nil)
		check(t, title, tokens)
		for _, token := range tokens {
			if len(token.Text) > MaxWordBytes+len("…") {
				t.Fatalf("a megabyte of %q gives a piece of %d bytes", part, len(token.Text))
			}
		}
	}
}
