package word2vec

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

// objectives are the ways to train, at settings for small corpora: in batches,
// and pair by pair.
func objectives() map[string]Params {
	sgNS := DefaultParams()
	sgHS := sgNS
	sgHS.HS, sgHS.Negative = true, 0
	cbowNS, cbowHS := sgNS, sgHS
	cbowNS.CBOW, cbowHS.CBOW = true, true
	nsPairs, hsPairs := sgNS, sgHS
	nsPairs.Shared, hsPairs.Shared = 0, 0
	return map[string]Params{
		"sg-ns": sgNS, "sg-hs": sgHS, "sg-ns-pairs": nsPairs, "sg-hs-pairs": hsPairs, "cbow-ns": cbowNS, "cbow-hs": cbowHS,
	}
}

// batched says whether p trains in batches.
func batched(p Params) bool { return p.Shared > 0 && !p.CBOW }

// small lowers the work of a run whose vectors need not be good: the race detector
// slows training down twenty times.
func small(p Params) Params {
	p.VectorSize, p.Window, p.Epochs = 4, 2, 2
	p.Negative = min(p.Negative, 2)
	return p
}

// topicTitles makes n titles of three to eight words. Each title has a topic; about
// two of three words are from the topic's own, the rest from words that all share.
// Word frequencies fall about as 1/rank.
func topicTitles(topics, wordsPerTopic, n int, seed uint64) [][]string {
	r := rand.New(rand.NewPCG(seed, 0))
	zipf := rand.NewZipf(r, 1.1, 4, uint64(wordsPerTopic-1)) // (4+rank)^-1.1
	titles := make([][]string, n)
	for i := range titles {
		topic := r.IntN(topics)
		for range 3 + r.IntN(6) {
			from := topic
			if r.IntN(3) == 0 {
				from = sharedTopic
			}
			titles[i] = append(titles[i], topicWord(from, zipf.Uint64()))
		}
	}
	return titles
}

const sharedTopic = -1

// topicWord names a word of a topic. The number in front scrambles the alphabet:
// words of equal count are sorted by name, and would otherwise stand by topic in the
// Huffman tree, which gives hierarchical softmax the answer.
func topicWord(topic int, rank uint64) string {
	name := fmt.Sprintf("t%dw%d", topic, rank)
	return fmt.Sprintf("%08x-%s", crc32.ChecksumIEEE([]byte(name)), name)
}

// topicOf is the topic that a word of topicWord was made for.
func topicOf(t testing.TB, word string) (topic int) {
	t.Helper()
	var number, rank uint32
	if _, err := fmt.Sscanf(word, "%08x-t%dw%d", &number, &topic, &rank); err != nil {
		t.Fatalf("%q is no word of a topic: %v", word, err)
	}
	return topic
}

// randomVectors makes vectors of the words w0, w1...
func randomVectors(t testing.TB, words, dim int, seed uint64) *KeyedVectors {
	t.Helper()
	r := rand.New(rand.NewPCG(seed, 0))
	names := make([]string, words)
	data := make([]float32, words*dim)
	for i := range names {
		names[i] = fmt.Sprintf("w%d", i)
	}
	for i := range data {
		data[i] = float32(r.NormFloat64())
	}
	kv, err := NewKeyedVectors(names, nil, dim, data)
	if err != nil {
		t.Fatal(err)
	}
	return kv
}
