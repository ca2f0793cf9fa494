package word2vec

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// flat returns four words in the plane, with "rare" the nearest to "food" by angle
// and "pizza" by dot product.
func flat(t *testing.T) *KeyedVectors {
	t.Helper()
	kv, err := NewKeyedVectors(
		[]string{"food", "pizza", "rare", "car", "zero"}, []int64{50, 40, 30, 20, 10}, 2,
		[]float32{2, 0, 3, 1, 0.5, 0.1, 0, 4, 0, 0})
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

func TestMostSimilar(t *testing.T) {
	kv := flat(t)
	close := cmpopts.EquateApprox(0, 1e-6)
	got, err := kv.MostSimilar([]string{"food"}, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	want := []Similar{{"rare", 0.5 / math.Hypot(0.5, 0.1), 30}, {"pizza", 3 / math.Sqrt(10), 40}, {"car", 0, 20}}
	if diff := cmp.Diff(want, got, close); diff != "" {
		t.Error(diff)
	}
	if got, err = kv.MostSimilarByDot([]string{"food"}, nil, 2); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Similar{{"pizza", 3, 40}, {"rare", 0.5, 30}}, got, close); diff != "" {
		t.Error(diff)
	}

	// food - car points to (1, -1)/sqrt 2.
	if got, err = kv.MostSimilar([]string{"food"}, []string{"car"}, 99); err != nil {
		t.Fatal(err)
	}
	half := math.Sqrt(0.5)
	want = []Similar{{"rare", half * 0.4 / math.Hypot(0.5, 0.1), 30}, {"pizza", half * 2 / math.Sqrt(10), 40}, {"zero", 0, 10}}
	if diff := cmp.Diff(want, got, close); diff != "" {
		t.Error(diff)
	}

	if got, err = kv.MostSimilar([]string{"food"}, nil, 0); err != nil || len(got) != 0 {
		t.Errorf("topn 0 gives %v, %v", got, err)
	}
	if _, err = kv.MostSimilar(nil, nil, 5); err == nil {
		t.Error("no word: no error")
	}
}

func TestSimilarToVector(t *testing.T) {
	kv := flat(t)
	got, err := kv.SimilarToVector([]float32{0, 7}, 2, Cosine)
	if err != nil {
		t.Fatal(err)
	}
	want := []Similar{{"car", 1, 20}, {"pizza", 1 / math.Sqrt(10), 40}}
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Error(diff)
	}
	if got, err = kv.SimilarToVector([]float32{0, 7}, 1, Dot); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Similar{{"car", 28, 20}}, got); diff != "" {
		t.Error(diff)
	}
	for _, bad := range [][]float32{{1}, {1, 2, 3}, {float32(math.NaN()), 0}, {0, float32(math.Inf(1))}} {
		if _, err := kv.SimilarToVector(bad, 1, Dot); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
}

// TestNearestAgreesWithSorting holds the heap against a full sort, ties included.
func TestNearestAgreesWithSorting(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 3))
	kv := randomVectors(t, 300, 1, 1)
	for i := range kv.data {
		kv.data[i] = float32(r.IntN(20))
	}
	var all []Similar
	for i := range kv.Len() {
		all = append(all, Similar{kv.Word(i), float64(kv.data[i]), kv.Count(i)})
	}
	slices.SortStableFunc(all, func(a, b Similar) int { return int(b.Similarity - a.Similarity) })
	for _, topn := range []int{1, 2, 3, 10, 64, 299, 300, 301} {
		got, err := kv.SimilarToVector([]float32{1}, topn, Dot)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(all[:min(topn, 300)], got); diff != "" {
			t.Errorf("topn %d: %s", topn, diff)
		}
	}
}

func TestSimilarityAndDoesntMatch(t *testing.T) {
	kv := flat(t)
	got, err := kv.Similarity("food", "pizza")
	if want := 3 / math.Sqrt(10); err != nil || math.Abs(got-want) > 1e-6 {
		t.Errorf("similarity is %v, %v, want %v", got, err, want)
	}
	if got, err := kv.Similarity("food", "zero"); got != 0 || err != nil {
		t.Errorf("similarity to the zero vector is %v, %v, want 0", got, err)
	}
	if odd, err := kv.DoesntMatch("food", "car", "pizza", "rare"); odd != "car" || err != nil {
		t.Errorf("got %q, %v, want car", odd, err)
	}
	if _, err := kv.DoesntMatch(); err == nil {
		t.Error("no word: no error")
	}
	if _, err := kv.Similarity("food", "fod"); err == nil {
		t.Error("unknown word: no error")
	}
	if _, err := kv.DoesntMatch("food", "fod"); err == nil {
		t.Error("unknown word: no error")
	}
}

func TestUnknownWordsGetSuggestions(t *testing.T) {
	kv, err := NewKeyedVectors([]string{"chocolate", "cheese", "tea", "T-Shirt", "ten", strings.Repeat("long", 40)}, nil, 1, make([]float32, 6))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		word string
		want []string
	}{
		{"choclate", []string{"chocolate"}},
		{"chocolaet", []string{"chocolate"}}, // swapped
		{"CHEESE", []string{"cheese"}},
		{"chee", nil}, // short words: one edit
		{"teb", []string{"tea", "ten"}},
		{"t-shirts", []string{"T-Shirt"}},
		{"laptop", nil},
		{"", nil},
		{strings.Repeat("long", 41), nil},
		{strings.Repeat("x", 1<<20), nil},
		{"\xff\xff", nil},
	}
	for _, test := range tests {
		_, err := kv.MostSimilar([]string{"tea", test.word}, nil, 3)
		var unknown *UnknownWordError
		if !errors.As(err, &unknown) || unknown.Word != test.word {
			t.Fatalf("%.20q: got %v, want an *UnknownWordError", test.word, err)
		}
		if diff := cmp.Diff(test.want, unknown.Suggestions, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%.20q: %s", test.word, diff)
		}
	}
	_, err = kv.Similarity("tea", "teb")
	if got, want := err.Error(), `"teb" is not in the vocabulary; near spellings: "tea", "ten"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestEditDistance(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "ab", 2}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"ca", "abc", 3}, {"crème", "creme", 1}, {"milk", "milk", 0},
	}
	for _, test := range tests {
		a, b := []rune(test.a), []rune(test.b)
		if got := editDistance(a, b, 9); got != test.want {
			t.Errorf("%q to %q is %d, want %d", test.a, test.b, got, test.want)
		}
		if got := editDistance(b, a, 9); got != test.want {
			t.Errorf("%q to %q is %d, want %d", test.b, test.a, got, test.want)
		}
		if test.want > 1 {
			if got := editDistance(a, b, 1); got <= 1 {
				t.Errorf("%q to %q is %d within 1, want more", test.a, test.b, got)
			}
		}
	}
}

func TestWordsByPrefix(t *testing.T) {
	kv, err := NewKeyedVectors([]string{"tea", "apple", "team", "te", "Tea"}, nil, 1, make([]float32, 5))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"tea", "team"}, kv.WordsByPrefix("te", 2)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"tea", "team", "te"}, kv.WordsByPrefix("te", 9)); diff != "" {
		t.Error(diff)
	}
	if got := kv.WordsByPrefix("x", 9); len(got) != 0 {
		t.Errorf("got %q, want none", got)
	}
}

func TestNewKeyedVectorsRefuses(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(-1))
	tests := []struct {
		name, want string
		words      []string
		counts     []int64
		dim        int
		data       []float32
	}{
		{"dim 0", "dim is 0", nil, nil, 0, nil},
		{"counts", "2 words but 1 counts", []string{"a", "b"}, []int64{1}, 1, []float32{1, 2}},
		{"too few numbers", "3 numbers for 2 words of 2 dimensions", []string{"a", "b"}, nil, 2, []float32{1, 2, 3}},
		{"too many numbers", "6 numbers for 2 words of 2 dimensions", []string{"a", "b"}, nil, 2, make([]float32, 6)},
		{"word twice", `"a" stands in row 0 and in row 2`, []string{"a", "b", "a"}, nil, 1, make([]float32, 3)},
		{"NaN", `the vector of "b" (row 1) is not finite`, []string{"a", "b"}, nil, 1, []float32{1, nan}},
		{"infinite", `the vector of "a" (row 0) is not finite`, []string{"a", "b"}, nil, 1, []float32{inf, 1}},
		{"too long", "too long for a float32", []string{"a"}, nil, 2, []float32{3e38, 3e38}},
	}
	for _, test := range tests {
		if _, err := NewKeyedVectors(test.words, test.counts, test.dim, test.data); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q in it", test.name, err, test.want)
		}
	}
}
