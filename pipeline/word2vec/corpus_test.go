package word2vec

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestVocabularyIsFilteredAndSorted(t *testing.T) {
	d := Dictionary{
		Words:  []string{"rare", "b", "often", "a", "never", "c"},
		Counts: []int64{1, 3, 9, 3, 0, 3},
	}
	v, err := newVocabulary(t.Context(), d, 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"often", "a", "b", "c"}, v.words); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{9, 3, 3, 3}, v.counts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int32{-1, 2, 0, 1, -1, 3}, v.rowOf); diff != "" {
		t.Error(diff)
	}
	if v.total != 18 {
		t.Errorf("total is %d, want 18", v.total)
	}
}

func TestVocabularyErrors(t *testing.T) {
	tests := []struct {
		name, want string
		d          Dictionary
	}{
		{"no words", "the corpus holds no words", Dictionary{}},
		{"unused words", "the corpus holds no words", Dictionary{[]string{"a"}, []int64{0}}},
		{"all rare", `min_count = 5 leaves no word of 2: the most frequent, "b", occurs 4 times`, Dictionary{[]string{"a", "b", "c"}, []int64{3, 4, 0}}},
		{"counts missing", "2 words but 1 counts", Dictionary{[]string{"a", "b"}, []int64{9}}},
		{"negative count", `count of "b" is -1`, Dictionary{[]string{"a", "b"}, []int64{9, -1}}},
		{"word twice", `"a" stands in it twice`, Dictionary{[]string{"a", "b", "a"}, []int64{9, 9, 9}}},
		{"overflow", "more than 2^63", Dictionary{[]string{"a", "b"}, []int64{1 << 62, 1 << 62}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := newVocabulary(t.Context(), test.d, 5)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
		})
	}

	_, err := newVocabulary(t.Context(), Dictionary{[]string{"a", "b", "c"}, []int64{3, 4, 0}}, 5)
	var empty *VocabularyError
	if !errors.As(err, &empty) {
		t.Fatalf("got %T, want a *VocabularyError", err)
	}
	if diff := cmp.Diff(&VocabularyError{MinCount: 5, Distinct: 2, MostFrequent: "b", MaxCount: 4}, empty); diff != "" {
		t.Error(diff)
	}
}

func TestInMemoryCounts(t *testing.T) {
	c, d := InMemory([][]string{{"b", "a"}, {}, {"a", "a"}})
	if diff := cmp.Diff(Dictionary{[]string{"b", "a"}, []int64{1, 3}}, d); diff != "" {
		t.Error(diff)
	}
	var got [][]int32
	err := c.Each(t.Context(), 0, c.Len(), func(i int64, ids []int32, times int64) error {
		if i != int64(len(got)) {
			t.Errorf("title %d came as %d", len(got), i)
		}
		got = append(got, ids)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]int32{{0, 1}, {}, {1, 1}}, got); diff != "" {
		t.Error(diff)
	}
}
