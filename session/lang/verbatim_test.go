package lang_test

import (
	"strings"
	"testing"

	"gondola/session/lang"
)

// TestVerbatimInsertion: a value stays in the quotes around its braces.
func TestVerbatimInsertion(t *testing.T) {
	const nasty = `x'); DROP TABLE t; --`
	for _, c := range []struct{ what, sql, value, want string }{
		{"outside quotes as it is", "LIMIT {k}", "5", "LIMIT 5"},
		{"in a text", "'{k}'", "men's", "'men''s'"},
		{"in the middle of a text", "'a{k}b'", nasty, `'ax''); DROP TABLE t; --b'`},
		{"after a doubled quote", "'it''s {k}'", "'", "'it''s '''"},
		{"after a text", "'a' {k}", "'b'", "'a' 'b'"},
		{"quotes of the value count", "{k} '{k}'", "'", "' '''"},
		{"in a name", `"{k}"`, `a"b`, `"a""b"`},
		{"an apostrophe in a name is a letter", `"it's {k}"`, `a'b`, `"it's a'b"`},
		{"a backslash is a letter", `'{k}'`, `\`, `'\'`},
		{"in a text with escapes", `e'\'{k}'`, `\'`, `e'\'\\'''`},
		{"no text with escapes", `namee'{k}'`, `\`, `namee'\'`},
		{"in a comment", "-- {k}", "a\nb", "-- a b"},
		{"after a comment", "-- ' \\\n'{k}'", "'", "-- ' \n''''"},
		{"in a comment of several lines", "/* {k} */ '", "*/", "/*    */ '"},
		{"comments nest", "/* /* */ ' {k} */", "'", "/* /* */ ' ' */"},
		{"in dollars", "$$a'{k}$$", "'", "$$a''$$"},
		{"after dollars", "$t$ ' $$ $t$ '{k}'", "'", "$t$ ' $$ $t$ ''''"},
		{"a price is no dollar quote", "$1 '{k}'", "'", "$1 ''''"},
		{"doubled braces", "'{{k}}' {k}", "7", "'{k}' 7"},
	} {
		t.Run(c.what, func(t *testing.T) {
			scope := &lang.Scope{Params: []lang.Param{{Name: "k", Value: c.value}}}
			if got := bindOne(t, "sql "+c.sql, scope).Raw; got != c.want {
				t.Errorf("%s with %q:\n got %s\nwant %s", c.sql, c.value, got, c.want)
			}
		})
	}
	g := testGrammar(t)
	_, diags := g.Bind(&g.Parse("sql $$ {k} $$").Statements[0].Steps[0], &lang.Scope{Params: []lang.Param{{Name: "k", Value: "a$$b"}}})
	if !diags.Failed() || !strings.Contains(diags.Error(), "could end the $$") {
		t.Errorf("a value that ends its dollar quotes: %v", diags)
	}
}

// TestRawPlace: bytes of the SQL that runs are found in what was typed.
func TestRawPlace(t *testing.T) {
	scope := &lang.Scope{Params: []lang.Param{{Name: "k", Value: "a b's c"}}}
	const src = "sql -o json  SELECT \"{k}\", '{k}',  \\\n  {{x}}, wrong\\\n FROM é"
	call := bindOne(t, src, scope)
	for _, c := range []struct{ part, want string }{
		{"SELECT", "SELECT"},
		{"b's", "{k}"},
		{"b''s", "{k}"},
		{"wrong", "wrong"},
		{"{x", "{{x"},
		{"FROM", "FROM"},
		{"é", "é"},
		{`SELECT "a b`, `SELECT "{k}`},
	} {
		at := strings.Index(call.Raw, c.part)
		if at < 0 {
			t.Fatalf("%q is not in %q", c.part, call.Raw)
		}
		span := call.RawPlace(at, at+len(c.part))
		if got := src[span.Start:span.End]; got != c.want {
			t.Errorf("%q stands at %q, want %q", c.part, got, c.want)
		}
	}
	if span := call.RawPlace(len(call.Raw), len(call.Raw)); span.Start != len(src) {
		t.Errorf("the end is at %v, want %d", span, len(src))
	}
}
