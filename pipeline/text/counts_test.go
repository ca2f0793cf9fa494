package text

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCounts(t *testing.T) {
	tok := New(DefaultOptions())
	var all, one, two Counts
	for i, title := range []string{"Soup of the Day 12 oz", "the oz, 12 oz", "Bag of 7", "12 OZ of X"} {
		tokens := tok.Tokenize(title, nil)
		all.Add(tokens)
		if i%2 == 0 {
			one.Add(tokens)
		} else {
			two.Add(tokens)
		}
	}
	one.Merge(&two)
	if diff := cmp.Diff(all, one, cmp.AllowUnexported(Counts{})); diff != "" {
		t.Errorf("merged counts differ: %s", diff)
	}
	want := [Reasons]int64{Kept: 3, StopWord: 6, Quantity: 3, Number: 1, Unit: 1}
	if all.Titles != 4 || all.NoWords != 2 || all.Tokens != want || all.Dropped() != 11 {
		t.Errorf("%+v", all)
	}
	if diff := cmp.Diff([]Example{{"of", 3}, {"the", 2}}, all.Top(StopWord, 2)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]Example{{"12 oz", 3}}, all.Top(Quantity, 9)); diff != "" {
		t.Error(diff)
	}
	if top := all.Top(Markup, 3); len(top) != 0 {
		t.Errorf("markup: %v", top)
	}
}

// TestCountsAreBounded holds the error of the summary to what Misra and Gries
// promise, N / (cap + 1), also after merging.
func TestCountsAreBounded(t *testing.T) {
	var parts [3]Counts
	n := int64(0)
	for p := range parts {
		for i := range 20 * countsCap {
			parts[p].Add([]Token{{Text: fmt.Sprint(p, i), Drop: Number}, {Text: "12", Drop: Number}})
			n += 2
		}
	}
	c := &parts[0]
	c.Merge(&parts[1])
	c.Merge(&parts[2])
	if len(c.seen[Number]) > 2*countsCap {
		t.Errorf("%d examples held", len(c.seen[Number]))
	}
	top := c.Top(Number, 1)
	if true12 := n / 2; len(top) != 1 || top[0].Text != "12" || top[0].N > true12 || top[0].N < true12-n/countsCap {
		t.Errorf("%v, want about %d of 12", top, n/2)
	}
	if c.Tokens[Number] != n {
		t.Errorf("%d numbers, want %d", c.Tokens[Number], n)
	}
}
