package viz_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"gondola/viz"
)

// payloads are texts that would act on a terminal, a reader or a spreadsheet.
func payloads() []string {
	return []string{
		"\x1b]52;c;cHduZWQ=\x07clipboard", "\x1b]52;c;cHduZWQ=\x1b\\clipboard", "\u009d52;c;cHduZWQ=\u009cclipboard",
		"\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "\x1b]0;title\x07", "\x1b]2;title\x1b\\", "\x1b]unfinished",
		"\x1b[2J", "\x1b[H\x1b[2Jgone", "\x1b[31mred", "\x1b[?1049h", "\x1b[6n", "\x1b[5i", "\x1b[99999999999;1H",
		"\u009b2J", "\x9b2J", "\x9b31mred", "\x1bc", "\x1b(0", "\x1b#8", "\x1b", "\x1b[", "\x1b[1;", "\x1b\x1b[2J", "\x1b\x1b\x1b[2J",
		"\x1bP+q544e\x1b\\dcs", "\u0090$qm\u009c", "\x1b_apc\x1b\\", "\x1b^pm\x1b\\", "\x1bXsos\x1b\\",
		"good\rbad", "line\r\nline", "\x00nul", "\x08\x08\x08back", "\x0b\x0c", "\x0e\x0f", "\x7f", "\x05enq",
		strings.Repeat("\a", 1000), "\u202egnp.exe", "\u2066iso\u2069", "\u200fmark\u061c", "\u2028\u2029", "zero\u200bwidth\ufeff",
		"\U000e0068\U000e0069", "\U0001f3f4\U000e0067\U000e0062\U000e0068\U000e0069\U000e0068\U000e0069\U000e0068\U000e007f", "\xff\xfe", "\xc3", "\xed\xa0\x80", "a\tb\nc",
	}
}

// inert fails the test when a terminal would act on s.
func inert(t *testing.T, s string) {
	t.Helper()
	if !utf8.ValidString(s) {
		t.Errorf("not UTF-8: %q", s)
	}
	for _, r := range s {
		switch {
		case r == '\n', r == '\t':
		case r < 0x20, 0x7f <= r && r <= 0x9f, r == 0x061c, r == 0x200e, r == 0x200f, 0x2028 <= r && r <= 0x202e, 0x2066 <= r && r <= 0x2069, r == 0xe0001, r == 0xe0020:
			t.Errorf("%U is alive in %q", r, s)
			return
		}
	}
}

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"plain, naïve, 饺子, ไทย", "plain, naïve, 饺子, ไทย"},
		{"a\tb\nc", "a\tb\nc"},
		{"a\x1b[2Jb", "ab"},
		{"a\x1b[38;5;1mb\x1b[0m", "ab"},
		{"a\u009b2Jb", "ab"},
		{"a\x9b2Jb", `a\x9B2Jb`},
		{"\x1b]52;c;cHduZWQ=\ab", "b"},
		{"\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "link"},
		{"\x1b]0;swallows nothing", "0;swallows nothing"},
		{"\x1bPdcs\x1b\\b", "b"},
		{"\x1bcb", "b"},
		{"\x1b(0b", "b"},
		{"\x1b", ""},
		{"\x1b[12", "12"},
		{"\x1b\x1b[2Jb", "b"},
		{"\x1b\nb", "\nb"},
		{"good\rbad", "good␍bad"},
		{"one\r\ntwo", "one\ntwo"},
		{"\a\a\a\x00\x7f\u0085b", "b"},
		{"\u202egnp.exe", "<U+202E>gnp.exe"},
		{"zero\u200bwidth", "zero<U+200B>width"},
		{"bad \xff\xc3 bytes", `bad \xFF\xC3 bytes`},
		{"👨‍👩‍👧 ❤️ 🏴\U000e0067\U000e0062\U000e007f", "👨‍👩‍👧 ❤️ 🏴\U000e0067\U000e0062\U000e007f"},
		{"🏴\U000e0067\U000e0062 x\U000e0061", "🏴<U+E0067><U+E0062> x<U+E0061>"},
		{"🏴🏴\U000e007f", "🏴🏴<U+E007F>"},
		{"می\u200cخواهم", "می\u200cخواهم"},
	} {
		if got := viz.Clean(c.in); got != c.want {
			t.Errorf("Clean(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestCleanLine(t *testing.T) {
	if got, want := viz.CleanLine("a\tb\nc\r\nd\re"), "a␉b␊c␊d␍e"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCleanPayloads(t *testing.T) {
	for _, s := range payloads() {
		inert(t, viz.Clean(s))
		inert(t, viz.CleanLine(s))
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range payloads() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clean, line := viz.Clean(s), viz.CleanLine(s)
		inert(t, clean)
		inert(t, line)
		if strings.ContainsAny(line, "\n\t") {
			t.Errorf("CleanLine(%q) = %q is not one line", s, line)
		}
		if again := viz.Clean(clean); again != clean {
			t.Errorf("Clean(%q) = %q, and again %q", s, clean, again)
		}
		if again := viz.CleanLine(line); again != line {
			t.Errorf("CleanLine(%q) = %q, and again %q", s, line, again)
		}
	})
}
