package lang_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"gondola/session/lang"
)

// TestDrawIsSafe holds that no byte of the source can act on a terminal, and
// that the carets stand under what is shown in its place.
func TestDrawIsSafe(t *testing.T) {
	g := testGrammar(t)
	src := "explain \x1b]52;c;Zm9v\a\x9b2J \xff\u202e\u200bx | frob\x00"
	ds := g.Check(g.Parse(src), testScope())
	if len(ds) == 0 {
		t.Fatal("no diagnostics")
	}
	d := ds[len(ds)-1]
	d.Summary, d.Hint = "a\x1b[2Jb\nc\r\u202e", "\x1b]0;t\a"
	out := lang.Draw(src, d, lang.DrawOptions{File: "a\x1bb.gnd"})
	for _, r := range out {
		if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u202e' || r == '\u200b') {
			t.Errorf("%U reaches the terminal in %q", r, out)
		}
	}
	lines := strings.Split(out, "\n")
	if len(lines) != 6 {
		t.Fatalf("%d lines, want 6:\n%s", len(lines), out)
	}
	for _, want := range []string{"a␛[2Jb␊c␍<U+202E>", "a␛b.gnd:1:", "␛]52;c;Zm9v␇", "<U+200B>x", "hint: ␛]0;t␇"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

func TestDrawColorAndSeverity(t *testing.T) {
	src := "load x\nshow"
	d := lang.Diagnostic{Code: "odd", Severity: lang.Warning, Summary: "odd it is", Span: lang.Span{Start: 7, End: 11}}
	plain := lang.Draw(src, d, lang.DrawOptions{})
	if want := "warning[odd]: odd it is\n   2 | show\n     | ^^^^\n"; plain != want {
		t.Errorf("plain\n%s", plain)
	}
	color := lang.Draw(src, d, lang.DrawOptions{Color: true})
	stripped := color
	for {
		i := strings.Index(stripped, "\x1b[")
		if i < 0 {
			break
		}
		n := strings.IndexByte(stripped[i:], 'm')
		stripped = stripped[:i] + stripped[i+n+1:]
	}
	if color == plain || stripped != plain {
		t.Errorf("colour changes the text:\n%q", color)
	}
	d.Span = lang.Span{}
	if got := lang.Draw(src, d, lang.DrawOptions{File: "f"}); got != "warning[odd]: odd it is\n" {
		t.Errorf("without a place: %q", got)
	}
}

// TestDrawWidths cuts a line of a megabyte and one of every width around the
// carets.
func TestDrawWidths(t *testing.T) {
	src := strings.Repeat("牛x ", 250_000) + "frob" + strings.Repeat(" é", 250_000)
	at := strings.Index(src, "frob")
	d := lang.Diagnostic{Code: "c", Summary: "s", Span: lang.Span{Start: at, End: at + 4}}
	for _, width := range []int{0, 1, 30, 31, 32, 33, 80, 200} {
		out := lang.Draw(src, d, lang.DrawOptions{Width: width})
		lines := strings.Split(out, "\n")
		text, carets := []rune(lines[1]), lines[2]
		if len(out) > 2000 || !utf8.ValidString(out) {
			t.Errorf("width %d: %d bytes", width, len(out))
		}
		column, i := 0, 0
		for ; i < len(text) && column < strings.IndexByte(carets, '^'); i++ {
			if column++; text[i] == '牛' {
				column++
			}
		}
		if got := string(text[i:min(i+4, len(text))]); got != "frob" || strings.Count(carets, "^") != 4 {
			t.Errorf("width %d: the carets stand under %q:\n%s", width, got, out)
		}
	}
}

func TestHTMLIsEscaped(t *testing.T) {
	src := `explain </pre><script>alert(1)</script> ; frob<b>"'&`
	g := testGrammar(t)
	ds := g.Check(g.Parse(src), testScope())
	d := ds[len(ds)-1]
	d.Hint, d.Code = "<img src=x onerror=y>", "<i>"
	out := lang.HTML(src, d)
	for _, tag := range []string{"<script", "<img", "<b>\"", "<i>", "</pre><script"} {
		if strings.Contains(out, tag) {
			t.Errorf("%s in %s", tag, out)
		}
	}
	if !strings.Contains(out, "<mark>frob&lt;b&gt;&#34;&#39;&amp;</mark>") {
		t.Errorf("the place is not marked: %s", out)
	}
}

func TestRecord(t *testing.T) {
	g := testGrammar(t)
	src := "load é | frob"
	ds := g.Check(g.Parse(src), nil)
	got, err := json.Marshal(ds[0].Record(src))
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"code":"unknown-command","summary":"unknown command \"frob\"","line":1,"col":10,"hint":"help lists the commands"}`; string(got) != want {
		t.Errorf("%s", got)
	}
	if !strings.Contains(ds.Error(), "error[unknown-command]") || ds.Err() == nil {
		t.Errorf("as an error: %v", ds.Err())
	}
	if r := (lang.Diagnostic{Code: "x"}).Record(src); r.Line != 0 || r.Col != 0 {
		t.Errorf("no place, but %+v", r)
	}
}

func TestPositions(t *testing.T) {
	src := "aé\r\n牛b\n\n"
	for _, tt := range []struct{ offset, line, col, runes int }{
		{-1, 1, 1, 0}, {0, 1, 1, 0}, {1, 1, 2, 1}, {3, 1, 3, 2}, {5, 2, 1, 4}, {8, 2, 2, 5}, {10, 3, 1, 7}, {11, 4, 1, 8}, {99, 4, 1, 8},
	} {
		if line, col := lang.Position(src, tt.offset); line != tt.line || col != tt.col {
			t.Errorf("offset %d is %d:%d, want %d:%d", tt.offset, line, col, tt.line, tt.col)
		}
		if got := lang.RuneOffset(src, tt.offset); got != tt.runes {
			t.Errorf("offset %d is %d code points, want %d", tt.offset, got, tt.runes)
		}
		if back := lang.ByteOffset(src, tt.runes); back != min(max(tt.offset, 0), len(src)) {
			t.Errorf("%d code points are offset %d, want %d", tt.runes, back, tt.offset)
		}
	}
}
