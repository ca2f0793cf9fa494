package local

import (
	"slices"
	"strings"
	"testing"
)

func TestSQLStatements(t *testing.T) {
	for _, c := range []struct {
		sql  string
		want []string
	}{
		{"SELECT 1", []string{"SELECT 1"}},
		{" SELECT 1 ;; SELECT 2; ", []string{"SELECT 1 ", "SELECT 2"}},
		{"SELECT ';' -- ;\n, \";\"; /* ; /* ; */ ; */ SELECT 2 /* ;", []string{"SELECT ';' -- ;\n, \";\"", "SELECT 2 /* ;"}},
		{"SELECT 'it''s;', e'\\';', $$;'$$, $a$;$$;$a$; x", []string{"SELECT 'it''s;', e'\\';', $$;'$$, $a$;$$;$a$", "x"}},
		{"-- nothing", nil},
		{"", nil},
		{"SELECT 'open ; ", []string{"SELECT 'open ; "}},
		{"SELECT $1; SELECT a$b$; c", []string{"SELECT $1", "SELECT a$b$", "c"}},
	} {
		var got []string
		for _, p := range sqlStatements(c.sql) {
			if c.sql[p.start:p.end] != p.text {
				t.Errorf("%q: %q stands at %d", c.sql, p.text, p.start)
			}
			got = append(got, p.text)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.sql, got, c.want)
		}
	}
}

func TestSQLTokens(t *testing.T) {
	var literals, names []string
	for _, tok := range sqlTokens("SELECT a.\"b\"\"c\", 'it''s', e'a\\'b', $x$q'$x$, ünï FROM 'x.parquet' -- 'no'\n WHERE 1.5e3 > n1") {
		switch tok.kind {
		case sqlLiteral:
			literals = append(literals, tok.text)
		case sqlName:
			names = append(names, tok.text)
		case sqlEnd, sqlOther:
		}
	}
	if want := []string{"it's", "a'b", "q'", "x.parquet"}; !slices.Equal(literals, want) {
		t.Errorf("literals %q, want %q", literals, want)
	}
	if want := []string{"SELECT", "a", `b"c`, "ünï", "FROM", "WHERE", "e3", "n1"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
}

func FuzzSQLTokens(f *testing.F) {
	for _, s := range []string{"SELECT 'a''b' -- x\n;", "/* /* */", "$$ $a$", "e'\\", `"`, "'\x00ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		end := 0
		for _, tok := range sqlTokens(s) {
			if tok.start < end || tok.end <= tok.start || tok.end > len(s) {
				t.Fatalf("%q: a token from %d to %d after %d", s, tok.start, tok.end, end)
			}
			end = tok.end
		}
		for _, p := range sqlStatements(s) {
			if !strings.HasPrefix(s[p.start:], p.text) {
				t.Fatalf("%q: %q is not at %d", s, p.text, p.start)
			}
		}
	})
}
