package word2vec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"gondola/internal/need"
)

const gensimNative = `
import json, sys, warnings
warnings.simplefilter("error")
import numpy as np
from gensim.models import KeyedVectors, Word2Vec
folder, words = sys.argv[1], json.loads(sys.argv[2])

ours = KeyedVectors.load(folder + "/ours.kv")
near = {w: ours.most_similar(w, topn=5) for w in words}
print(json.dumps({
    "keys": ours.index_to_key,
    "counts": [int(ours.get_vecattr(w, "count")) for w in ours.index_to_key],
    "near": near,
}))
more = KeyedVectors.load(folder + "/ours.kv") # it can go on there
more.add_vectors(["added"], np.ones((1, more.vector_size), dtype=np.float32))
assert more.most_similar("added", topn=1)

theirs = KeyedVectors.load(folder + "/ours.kv")
theirs.save(folder + "/theirs.kv")
theirs.save(folder + "/parted.kv", sep_limit=0)
theirs.vectors = theirs.vectors.astype(np.float64)
theirs.save(folder + "/double.kv")
titles = [list("abcd"), list("bcde"), list("cdea")] * 20
model = Word2Vec(titles, vector_size=6, min_count=1, seed=3, workers=1)
model.save(folder + "/trained.model")
model.save(folder + "/parted.model", sep_limit=0)
model.wv.save_word2vec_format(folder + "/trained.bin", binary=True)
`

// gensim loads our native files and answers as we do, and we load its: with
// arrays inside and in files of their own, KeyedVectors and whole models.
func TestGensimNative(t *testing.T) {
	python := need.Python(t, "gensim")
	c, d := InMemory(topicTitles(5, 30, 2000, 1))
	p := DefaultParams()
	p.VectorSize, p.Epochs = 30, 1
	trained, err := Train(t.Context(), c, d, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	kv := trained.Vectors
	dir := t.TempDir()
	var ours bytes.Buffer
	if err := kv.SaveGensim(&ours); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "ours.kv"), ours.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	words := []string{kv.Word(0), kv.Word(7), kv.Word(kv.Len() - 1)}
	asked, err := json.Marshal(words)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", gensimNative, dir, string(asked))
	cmd.Stderr = &bytes.Buffer{}
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, cmd.Stderr)
	}
	var answer struct {
		Keys   []string
		Counts []int64
		Near   map[string][][2]any
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		t.Fatal(err)
	}
	for i, key := range answer.Keys {
		if key != kv.Word(i) || answer.Counts[i] != kv.Count(i) {
			t.Fatalf("row %d is %q, %d times, in gensim %q, %d times", i, kv.Word(i), kv.Count(i), key, answer.Counts[i])
		}
	}
	for _, word := range words {
		want, err := kv.MostSimilar([]string{word}, nil, 5)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range want {
			got := answer.Near[word][i]
			score, ok := got[1].(float64)
			if got[0] != s.Word || !ok || score-s.Similarity > 1e-5 || s.Similarity-score > 1e-5 {
				t.Errorf("near %s: %v, in gensim %v", word, s, got)
			}
		}
	}
	fsys := os.DirFS(dir)
	for _, name := range []string{"ours.kv", "theirs.kv", "parted.kv", "double.kv"} {
		got, err := LoadGensim(fsys, name, Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, kv, got)
		for i := range kv.Len() {
			if got.Count(i) != kv.Count(i) {
				t.Fatalf("%s: %q occurs %d times, want %d", name, kv.Word(i), got.Count(i), kv.Count(i))
			}
		}
	}
	model := loadFile(t, filepath.Join(dir, "trained.bin"), true)
	for _, name := range []string{"trained.model", "parted.model"} {
		got, err := LoadGensim(fsys, name, Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		same(t, model, got)
		if got.Count(0) != 60 {
			t.Errorf("%s: %q occurs %d times", name, got.Word(0), got.Count(0))
		}
	}
	if err := os.Remove(filepath.Join(dir, "parted.kv.vectors.npy")); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadGensim(fsys, "parted.kv", Limits{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without its vectors: %v", err)
	}
	if _, err := LoadGensim(fsys, "ours.kv", Limits{MaxWords: 10}); err == nil || !strings.Contains(err.Error(), "limit of 10") {
		t.Errorf("more words than allowed: %v", err)
	}
}

// gensimFile is our own file of three words.
func gensimFile(t testing.TB) []byte {
	t.Helper()
	kv, err := NewKeyedVectors([]string{"a", "bé", ""}, []int64{3, 2, 1 << 40}, 2, []float32{1, 2, 3, 4, 5, 6})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := kv.SaveGensim(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGensimRoundTrip(t *testing.T) {
	b := gensimFile(t)
	kv, err := LoadGensim(fstest.MapFS{"m.kv": {Data: b}}, "m.kv", Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if kv.Len() != 3 || kv.Word(1) != "bé" || kv.Count(2) != 1<<40 || kv.Vector(2)[1] != 6 {
		t.Errorf("%v %v", kv.words, kv.data)
	}
	for cut := range b {
		if _, err := LoadGensim(fstest.MapFS{"m.kv": {Data: b[:cut]}}, "m.kv", Limits{}); err == nil {
			t.Fatalf("cut at %d: loaded", cut)
		}
	}
	bad, err := NewKeyedVectors([]string{"a\xff"}, nil, 1, []float32{1})
	if err != nil {
		t.Fatal(err)
	}
	if err := bad.SaveGensim(io.Discard); err == nil {
		t.Error("a word that is not UTF-8 was saved")
	}
	if err := (&KeyedVectors{dim: 1}).SaveGensim(&fullDisk{}); err == nil {
		t.Error("a full disk was not noticed")
	}
}

// What a pickle could do to whoever loads it in Python is refused here.
func TestPickleRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ program, want string }{
		"a command":           {"cos\nsystem\n(X\x02\x00\x00\x00lstR.", `names "os.system"`},
		"a command, newer":    {"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R.", `names "os.system"`},
		"eval":                {"c__builtin__\neval\n.", `names "__builtin__.eval"`},
		"INST":                {"(ios\nsystem\n.", "instruction 0x69"},
		"OBJ":                 {"(o.", "instruction 0x6f"},
		"PERSID":              {"Pxy\n.", "instruction 0x50"},
		"EXT1":                {"\x82\x01.", "instruction 0x82"},
		"a call of a text":    {"X\x01\x00\x00\x00a)R.", "a call of what is no class"},
		"a build of a text":   {"X\x01\x00\x00\x00a}b.", "where a"},
		"no end":              {"}", "unexpected EOF"},
		"empty stack":         {".", "its stack is empty"},
		"two values":          {"NN.", "more follows"},
		"more":                {"N.N", "more follows"},
		"a long text":         {"X\xff\xff\xff\xff.", "unexpected EOF"},
		"a very long text":    {"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.", "unexpected EOF"},
		"unknown memo":        {"h\x05.", "nothing is stored as 5"},
		"far memo":            {"Nr\xff\xff\xff\x7f.", "nothing can be stored"},
		"no mark":             {"u.", "no mark"},
		"mark as a value":     {"(.", "a mark where a value"},
		"key without a value": {"}(Nu.", "a key without a value"},
		"items of a list":     {"](NNu.", "items for a"},
		"append to a text":    {"X\x01\x00\x00\x00aNa.", "where a"},
		"protocol 9":          {"\x80\x09N.", "protocol 9"},
		"a name without end":  {"cnumpy", "does not end"},
		"many objects":        {strings.Repeat(")", maxPickleObjects+1), "more than 65536 objects"},
		"no model":            {"}.", "no KeyedVectors"},
		"nothing":             {"N.", "no KeyedVectors"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := LoadGensim(fstest.MapFS{"m.kv": {Data: []byte(tc.program)}}, "m.kv", Limits{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
}

func TestNPYRefuses(t *testing.T) {
	good := "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"
	npy := func(header string, data int) []byte {
		header += "\n"
		return append(fmt.Appendf(nil, "\x93NUMPY\x01\x00%c%c%s", len(header), 0, header), make([]byte, data)...)
	}
	if a, err := readNPY(fstest.MapFS{"x": {Data: npy(good, 8)}}, "x", Limits{}.withDefaults()); err != nil || len(a.shape) != 2 {
		t.Fatalf("%v %v", a, err)
	}
	for name, b := range map[string][]byte{
		"empty":         nil,
		"not numpy":     []byte("PK\x03\x04 and more than eight bytes"),
		"short":         npy(good, 7),
		"long":          npy(good, 9),
		"objects":       npy(strings.Replace(good, "<f4", "|O", 1), 8),
		"big-endian":    npy(strings.Replace(good, "<f4", ">f4", 1), 8),
		"Fortran order": npy(strings.Replace(good, "False", "True", 1), 8),
		"large":         npy(strings.Replace(good, "1, 2", "999999999999, 999999999999", 1), 8),
		"code":          npy("__import__('os')", 8),
	} {
		if _, err := readNPY(fstest.MapFS{"x": {Data: b}}, "x", Limits{}.withDefaults()); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
}

func FuzzLoadGensim(f *testing.F) {
	f.Add(gensimFile(f))
	f.Add([]byte("\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R."))
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		kv, err := LoadGensim(fstest.MapFS{"m.kv": {Data: b}}, "m.kv", Limits{})
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > uint64(400*len(b))+1<<20 {
			t.Errorf("%d bytes of memory for %d", took, len(b))
		}
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := kv.SaveGensim(&again); err != nil {
			t.Fatal(err)
		}
		back, err := LoadGensim(fstest.MapFS{"m.kv": {Data: again.Bytes()}}, "m.kv", Limits{})
		if err != nil {
			t.Fatal(err)
		}
		same(t, kv, back)
	})
}
