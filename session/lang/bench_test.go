package lang_test

import (
	"strings"
	"testing"
)

// benchScript is 200 lines as people write them, without mistakes.
func benchScript() string {
	block := `param k = 100 in 20,50,100,200   # how many
load s3://lake/receipts/dt=2017-*/ --title product_title --sample 1% as raw
preprocess --stopwords en --units as clean
train --vector-size 100 --epochs 5 --window 5 as w2v

cluster -k {k} --seed 42 as groups
tag --max 2 | write "s3://lake/receipts tags/" --partition dt,product
plot tags --as bar ; near "burrito" ; explain "Buffalo Chicken Sandwich"
sql SELECT tag, count(*) n FROM tags GROUP BY 1 ORDER BY n DESC
# a comment on its own line
`
	return strings.Repeat(block, 20)
}

func BenchmarkParse(b *testing.B) {
	g, src := testGrammar(b), benchScript()
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		g.Parse(src)
	}
}

func BenchmarkCheck(b *testing.B) {
	g, src := testGrammar(b), benchScript()
	if ds := g.Check(g.Parse(src), nil); len(ds) > 0 {
		b.Fatal(ds)
	}
	script := g.Parse(src)
	b.ReportAllocs()
	for b.Loop() {
		if g.Check(script, nil).Failed() {
			b.Fatal("the script has no mistake")
		}
	}
}

func BenchmarkComplete(b *testing.B) {
	g, src, scope := testGrammar(b), benchScript()+"tag --me", testScope()
	b.ReportAllocs()
	for b.Loop() {
		if len(g.Complete(src, len(src), scope).Items) == 0 {
			b.Fatal("no items")
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	g, src := testGrammar(b), benchScript()
	b.ReportAllocs()
	for b.Loop() {
		g.Format(src)
	}
}
