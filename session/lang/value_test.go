package lang_test

import (
	"strings"
	"testing"

	"gondola/session/lang"
)

// TestValues reads values of one flag and looks at what the call says, or at
// the reason of the refusal.
func TestValues(t *testing.T) {
	show := map[lang.Type]func(c *lang.Call) any{
		lang.Int: func(c *lang.Call) any { return c.Int64("x") }, lang.Count: func(c *lang.Call) any { return c.Int64("x") },
		lang.Size: func(c *lang.Call) any { return c.Size("x") }, lang.Float: func(c *lang.Call) any { return c.Float("x") },
		lang.Bool: func(c *lang.Call) any { return c.Bool("x") }, lang.Sample: func(c *lang.Call) any { return c.Sample("x").String() },
		lang.Duration: func(c *lang.Call) any { return c.Duration("x").String() }, lang.Cluster: func(c *lang.Call) any { return c.Int("x") },
		lang.List: func(c *lang.Call) any { return strings.Join(c.List("x"), "|") }, lang.String: func(c *lang.Call) any { return c.String("x") },
		lang.Path: func(c *lang.Call) any { return c.String("x") },
	}
	for _, tt := range []struct {
		typ  lang.Type
		text string
		want any // a string with "!" before it is part of the reason
	}{
		{lang.Int, "5", int64(5)},
		{lang.Int, "-1_000", int64(-1000)},
		{lang.Int, "1e3", "!whole number"},
		{lang.Int, "9223372036854775808", "!too large"},
		{lang.Int, "''", "!whole number"},
		{lang.Count, "100k", int64(100_000)},
		{lang.Count, "1.5M", int64(1_500_000)},
		{lang.Count, "2G", int64(2_000_000_000)},
		{lang.Count, "-5", "!not a count"},
		{lang.Count, "1.5", "!not a count"},
		{lang.Count, "99999999999G", "!not a count"},
		{lang.Count, "k", "!not a count"},
		{lang.Size, "512", int64(512)},
		{lang.Size, "4GiB", int64(4 << 30)},
		{lang.Size, "1.5kib", int64(1536)},
		{lang.Size, "64MB", int64(64_000_000)},
		{lang.Size, "4g", "!write 4GiB"},
		{lang.Size, "1.5", "!not a size"},
		{lang.Size, "9999999TiB", "!not a size"},
		{lang.Size, "-1MB", "!not a size"},
		{lang.Float, "1e-4", 1e-4},
		{lang.Float, "-.5", -0.5},
		{lang.Float, "NaN", "!not a number"},
		{lang.Float, "inf", "!not a number"},
		{lang.Float, "0x1p4", "!not a number"},
		{lang.Float, "1e999", "!too large"},
		{lang.Sample, "1%", "1%"},
		{lang.Sample, "0.001%", "0.001%"},
		{lang.Sample, "5_000", "5000"},
		{lang.Sample, "0.5", "!write 50%"},
		{lang.Sample, "0%", "!above 0%"},
		{lang.Sample, "x", "!not a sample"},
		{lang.Duration, "90s", "1m30s"},
		{lang.Duration, "2d", "48h0m0s"},
		{lang.Duration, "1d12h", "36h0m0s"},
		{lang.Duration, "65000d60000000h", "!not a time"},
		{lang.Duration, "d", "!not a time"},
		{lang.Duration, "-1h", "!not a time"},
		{lang.Duration, "''", "!not a time"},
		{lang.Cluster, "c0", 0},
		{lang.Cluster, "c99999999999", "!not a cluster"},
		{lang.Cluster, "C1", "!not a cluster"},
		{lang.List, "a,b", "a|b"},
		{lang.List, `"a b","c,d",e`, "a b|c,d|e"},
		{lang.List, "'a, b'", "a, b"},
		{lang.List, "a,", "!empty item"},
		{lang.String, "''", ""},
		{lang.String, `"\u{1F600}é\t{{x}}"`, "😀é\t{x}"},
		{lang.Path, "' '", "!empty"},
		{lang.Path, "s3://b/{a,b}/x=1/*", "s3://b/{a,b}/x=1/*"},
	} {
		g, err := lang.NewGrammar([]lang.Command{{
			Name: "go", Group: "g", Summary: "Go.", Flags: []lang.Flag{{Name: "x", Type: tt.typ, Summary: "X."}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		call, diags := g.Bind(&g.Parse("go --x " + tt.text).Statements[0].Steps[0], nil)
		if reason, bad := tt.want.(string); bad && strings.HasPrefix(reason, "!") {
			if len(diags) != 1 || !strings.Contains(diags[0].Summary, reason[1:]) || diags[0].Code != "bad-value" {
				t.Errorf("%s %s: %v, want a reason with %q", tt.typ, tt.text, diags, reason[1:])
			}
			continue
		}
		if call == nil {
			t.Errorf("%s %s: %v", tt.typ, tt.text, diags)
			continue
		}
		if got := show[tt.typ](call); got != tt.want {
			t.Errorf("%s %s = %v, want %v", tt.typ, tt.text, got, tt.want)
		}
	}
}

func TestKinds(t *testing.T) {
	order := []lang.Kind{lang.None, lang.Table, lang.Tokens, lang.Vectors, lang.Clusters, lang.Tags}
	for i, k := range order {
		for j, need := range order {
			if k.Includes(need) != (i >= j) {
				t.Errorf("%v includes %v: %v", k, need, k.Includes(need))
			}
		}
	}
}
