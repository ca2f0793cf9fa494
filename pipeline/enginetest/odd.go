package enginetest

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gondola/pipeline"
)

// oddity is a table that nobody expects. Every step on it gives a result or an
// error of one line.
type oddity struct {
	name   string
	rows   [][]any // id, title
	step   pipeline.Preprocess
	k      int
	change func(*pipeline.Word2Vec)
	// refused is the step that refuses it, "" when it goes all the way, and
	// either when that is the engine's to say.
	refused string
}

// either lets an engine read a table or refuse it.
const either = "either"

// odd runs every step over odd tables, and says which took longest: the bar is
// 10 s.
func (s *suite) odd(t *testing.T) {
	slowest, longest := "", time.Duration(0)
	for _, o := range s.oddities() {
		t.Run(o.name, func(t *testing.T) {
			begun := time.Now()
			s.endure(t, o)
			if took := time.Since(begun); took > longest {
				slowest, longest = o.name, took
			}
		})
	}
	for _, big := range s.bigOddities() {
		t.Run(big.name, func(t *testing.T) {
			begun := time.Now()
			s.endureBig(t, big)
			if took := time.Since(begun); took > longest {
				slowest, longest = big.name, took
			}
		})
	}
	t.Logf("the slowest is %q with %v", slowest, longest)
}

func repeat(n int, title func(i int) any) [][]any {
	titles := make([]any, n)
	for i := range titles {
		titles[i] = title(i)
	}
	return titleRows(titles...)
}

func (s *suite) oddities() []oddity {
	many, long := s.rounds(1_000, 5_000, 5_000), s.rounds(1<<17, 1<<20, 1<<20)
	english := pipeline.Preprocess{StopWords: "en", Units: true, Numbers: "drop"}
	numbers := pipeline.Preprocess{StopWords: "off", Numbers: "keep"}
	words := newWords(newRand(5))(many)
	list := []oddity{
		{name: "no rows", refused: "train"},
		{name: "all null", rows: titleRows(nil, nil, nil), refused: "train"},
		{name: "all empty", rows: titleRows("", "", ""), refused: "train"},
		{name: "blanks", rows: titleRows(" ", "\t", "\u00a0", "\u3000"), refused: "train"},
		{name: "all stop words", rows: titleRows("the of and", "a the", "of"), step: english, refused: "train"},
		{name: "numbers only", rows: titleRows("501", "12 oz", "3/4", "1999"), step: english, refused: "train"},
		{name: "numbers kept", rows: titleRows("501 502", "501", "502 501"), step: numbers},
		{name: "one token", rows: titleRows("pizza"), refused: "train"},
		{name: "one title", rows: titleRows("red pizza with cheese")},
		{name: "one title many times", rows: repeat(many, func(int) any { return "red pizza with cheese" }), k: 5},
		{name: "one word and rare ones", rows: titleRows("pizza a", "pizza b", "pizza", "ccc", "ddd"), change: func(w *pipeline.Word2Vec) { w.MinCount = 2 }, refused: "train"},
		{name: "a title of 1 MB", rows: titleRows("red pizza", strings.Repeat("cheese pizza ", long/13), "red salsa"), change: func(w *pipeline.Word2Vec) { w.Epochs, w.VectorSize, w.Window = 1, 8, 1 }},
		{name: "a word of 1 MB", rows: titleRows("red pizza", strings.Repeat("cheese", long/6), "red salsa")},
		{name: "every word once", rows: repeat(many, func(i int) any { return words[i] }), change: func(w *pipeline.Word2Vec) { w.MinCount = 5 }, refused: "train"},
		{name: "every word once and kept", rows: repeat(1000, func(i int) any { return words[i] + " " + words[(i+1)%1000] }), change: func(w *pipeline.Word2Vec) { w.Epochs = 1 }},
		{name: "duplicate ids", rows: [][]any{{"a", "red pizza"}, {"a", "red salsa"}, {"a", "red pizza"}}},
		{name: "null ids", rows: [][]any{{nil, "red pizza"}, {nil, "red salsa"}, {"a", "red pizza"}}},
		{name: "emoji", rows: titleRows("🍕 pizza 👨‍👩‍👧", "👨‍👩‍👧 🍕", "pizza 🇩🇪 1️⃣"), refused: "train"},
		{name: "CJK", rows: titleRows("猪肉白菜 饺子", "饺子", "ラーメン 味噌", "김치 만두")},
		{name: "Thai", rows: titleRows("น้ำปลา ข้าว", "ข้าวผัด", "ข้าว น้ำปลา")},
		{name: "right to left", rows: titleRows("\u202bחומוס\u202c טחינה", "حمص \u2066طحينة\u2069", "חומוס \u200fطحينة")},
		{name: "composed and decomposed", rows: titleRows("crème brûlée", "cre\u0300me bru\u0302le\u0301e", "CRE\u0300ME")},
		{name: "zero width", rows: titleRows("piz\u200bza", "\ufeffpizza", "piz\u00adza", "pizza\u200d", "\u200b")},
		{name: "no UTF-8", rows: titleRows("piz\xffza", "\xc3\x28", "\xed\xa0\x80 salsa", "pizza"), refused: either},
		{name: "NUL", rows: titleRows("piz\x00za", "\x00", "pizza\x00", "pizza")},
		{name: "control bytes", rows: titleRows("\x1b[2Jpizza", "\x07\x08\x7f", "pizza\u009b2J", "pizza")},
		{name: "line ends", rows: titleRows("red\npizza", "red\r\npizza", "red\rpizza", "\n")},
		{name: "HTML", rows: titleRows("salt &amp; pepper", "<b>pizza</b>", "&lt;script&gt;alert(1)&lt;/script&gt;", "&#x27;pizza")},
		{name: "SQL", rows: titleRows("'; DROP TABLE titles; --", `" OR 1=1`, "pizza'", `\'`, "$1 ${x} {y} %s %d %!")},
		{name: "k above the distinct vectors", rows: titleRows("red pizza", "pizza red", "red pizza", "blue salsa"), k: 4},
		{name: "all vectors equal", rows: titleRows("red pizza", "pizza red", "red pizza", "pizza red", "red pizza red pizza"), k: 3},
		{name: "a vocabulary of one word", rows: repeat(20, func(int) any { return "pizza pizza pizza" }), k: 3},
		{name: "titles without a vector", rows: titleRows("red pizza", "red pizza", "pizza red", "salsa", "blue", nil), change: func(w *pipeline.Word2Vec) { w.MinCount = 3 }},
		{name: "titles without a vector by hierarchical softmax", rows: titleRows("red pizza", "red pizza", "pizza red", "salsa", "blue", nil), change: func(w *pipeline.Word2Vec) { w.MinCount, w.HS, w.Negative = 3, true, 0 }},
		{name: "k of 1", rows: titleRows("red pizza", "blue salsa", "red salsa"), k: 1},
		{name: "rare words only", rows: titleRows("red pizza", "blue salsa"), change: func(w *pipeline.Word2Vec) { w.MinCount = 3 }, refused: "train"},
		{name: "all thinned out", rows: titleRows("red pizza", "red pizza", "red"), change: func(w *pipeline.Word2Vec) { w.Subsample = 1e-12 }, refused: "train"},
		{name: "a wild rate", rows: repeat(500, func(i int) any { return words[i%7] + " " + words[i%11] }), change: func(w *pipeline.Word2Vec) { w.Alpha = 1e6 }, refused: "train"},
	}
	for i := range list {
		if list[i].step == (pipeline.Preprocess{}) {
			list[i].step = plainPreprocess()
		}
		if list[i].k == 0 {
			list[i].k = 2
		}
	}
	return list
}

// endure takes a table through every step. A step that refuses it ends the
// way.
func (s *suite) endure(t *testing.T, o oddity) {
	refused := func(what string, err error) bool {
		if err == nil {
			if what == o.refused {
				t.Errorf("%s took what it should refuse", what)
			}
			return false
		}
		checkLine(t, what, err)
		if what != o.refused && o.refused != either {
			t.Errorf("%s: %v", what, err)
		}
		return true
	}
	ctx := s.ctx(t)
	path := writeCSV(t, s.Dir(t), "odd.csv", []string{"id", "title"}, o.rows)
	ds, err := s.engine.Load(ctx, pipeline.Load{URI: path, Title: "title", ID: "id"}, nil)
	if refused("load", err) {
		return
	}
	before := s.rows(t, ds)
	if len(before) != len(o.rows) {
		t.Fatalf("%d rows are loaded, want %d", len(before), len(o.rows))
	}
	clean, err := s.engine.Transform(ctx, ds, o.step, nil)
	if refused("preprocess", err) {
		return
	}
	checkNulls(t, s.rows(t, clean, "title", pipeline.TokensColumn))
	w := smallWord2Vec()
	w.MinCount, w.Epochs = 1, 2
	if o.change != nil {
		o.change(&w)
	}
	model, err := s.engine.Fit(ctx, clean, w, nil)
	if refused("train", err) {
		return
	}
	words := model.(pipeline.WordModel)
	model, err = s.engine.Fit(ctx, clean, smallKMeans(words, o.k), nil)
	if refused("cluster", err) {
		return
	}
	clusters := model.(pipeline.ClusterModel)
	checkFacts(t, clusters.Facts())
	if clusters.K() > o.k {
		t.Errorf("%d clusters, at most %d", clusters.K(), o.k)
	}
	assigned, err := s.engine.Transform(ctx, clean, pipeline.Assign{Clusters: clusters}, nil)
	if !refused("assign", err) {
		checkSizes(t, clusters, notNull(s.column(t, assigned, pipeline.ClusterColumn)))
	}
	for _, method := range methods() {
		tags, err := s.engine.Transform(ctx, clean, smallTag(clusters, method), nil)
		if refused("tag by "+method, err) {
			continue
		}
		checkTags(t, s.rows(t, tags, pipeline.TokensColumn, pipeline.TagsColumn), 2)
		wantRows(t, "rows after tag by "+method, s.rows(t, tags, ds.Schema().Names()...), before)
		for _, row := range before[:min(3, len(before))] {
			if title, ok := row[1].(string); ok {
				_, err := clusters.Explain(title, smallTag(clusters, method))
				refused("explain", err)
			}
		}
		out := filepath.Join(s.Dir(t), "out.parquet")
		if _, err := s.engine.Write(ctx, tags, pipeline.Write{URI: out, Mode: "error"}, nil); refused("write", err) {
			continue
		}
		back := s.mustLoad(t, pipeline.Load{URI: out, Title: "title", ID: "id"})
		wantRows(t, "rows read back", s.rows(t, back, "id", "title", pipeline.TagsColumn), s.rows(t, tags, "id", "title", pipeline.TagsColumn))
	}
}

// bigOddities are those whose point is their size: a million rows, or with Slow
// not set a part of it.
func (s *suite) bigOddities() []oddity {
	many := s.rounds(5_000, 50_000, 1_000_000)
	words := make([]string, many)
	for i := range words { // four syllables, so that there are 18 million
		for left := i; len(words[i]) < 8; left /= 65 {
			words[i] += string("bdfgklmnprtvz"[left%65/5]) + string("aeiou"[left%5])
		}
	}
	return []oddity{
		{name: "one title a million times", rows: repeat(many, func(int) any { return "red pizza with cheese" }), k: 5},
		{name: "a million words once each", rows: repeat(many, func(i int) any { return words[i] }), change: func(w *pipeline.Word2Vec) { w.MinCount = 5 }, refused: "train"},
		{name: "a million words kept", rows: repeat(many/5, func(i int) any { return strings.Join(words[5*i:5*i+5], " ") }), k: 5, change: func(w *pipeline.Word2Vec) { w.Epochs = 1 }},
	}
}

// endureBig takes a table through the steps, and counts rows where endure reads
// them.
func (s *suite) endureBig(t *testing.T, o oddity) {
	path := writeCSV(t, s.Dir(t), "odd.csv", []string{"id", "title"}, o.rows)
	raw := s.mustLoad(t, pipeline.Load{URI: path, Title: "title", ID: "id"})
	clean := s.mustTransform(t, raw, plainPreprocess())
	w := smallWord2Vec()
	w.MinCount, w.Epochs, w.VectorSize, w.Window = 1, 2, 8, 1
	if o.change != nil {
		o.change(&w)
	}
	model, err := s.engine.Fit(s.ctx(t), clean, w, nil)
	if o.refused == "train" {
		wantError(t, "train", err)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	clusters := s.mustCluster(t, clean, smallKMeans(model.(pipeline.WordModel), o.k))
	tags := s.mustTransform(t, clean, smallTag(clusters, pipeline.MethodRanked))
	table := s.mustSelect(t, tags, pipeline.Selection{Measures: []pipeline.Measure{
		{Func: pipeline.Count}, {Func: pipeline.Nulls, Column: pipeline.TagsColumn}, {Func: pipeline.Empty, Column: pipeline.TagsColumn},
	}})
	wantRows(t, "rows, null tags and titles without tags", table.Rows, [][]any{{int64(len(o.rows)), int64(0), int64(0)}})
}

// checkNulls checks that of two columns both are null, or none.
func checkNulls(t testing.TB, rows [][]any) {
	t.Helper()
	for i, row := range rows {
		if (row[0] == nil) != (row[1] == nil) {
			t.Errorf("row %d: %.60s has %.60s", i, fmt.Sprint(row[0]), fmt.Sprint(row[1]))
			return
		}
	}
}

func notNull(values []any) int64 {
	n := int64(0)
	for _, v := range values {
		if v != nil {
			n++
		}
	}
	return n
}
