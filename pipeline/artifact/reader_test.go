package artifact

import (
	"slices"
	"testing"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/pipeline/text"
)

// sameAsRead compares a reader of titles with Dictionary.Read.
func sameAsRead(t *testing.T, d *Dictionary, titles []string) {
	t.Helper()
	r := d.NewReader()
	var got Titles
	var want Title
	for block := range slices.Chunk(titles, 100) {
		r.Read(block, &got)
		if got.Len() != len(block) {
			t.Fatalf("%d titles, want %d", got.Len(), len(block))
		}
		from := 0
		for i, title := range block {
			d.Read(title, &want)
			ids := got.IDs[from:got.Ends[i]]
			if !slices.Equal(ids, want.IDs) || int(got.Heads[i]) != want.HeadLen {
				t.Fatalf("%q: words %d, %d in the head, want %d, %d", title, ids, got.Heads[i], want.IDs, want.HeadLen)
			}
			for k := range ids {
				for _, form := range []string{pipeline.FormBase, ""} {
					if word := string(got.AppendWord(nil, i, from+k, form)); word != want.Word(k, form) {
						t.Fatalf("%q: word %d is %q in the form %q, want %q", title, k, word, form, want.Word(k, form))
					}
				}
			}
			from = int(got.Ends[i])
		}
	}
}

func TestTitleReader(t *testing.T) {
	titles := []string{
		"Vanilla Ice Cream", "ICE CREAM, vanilla", "Ice, cream", "ice (cream)", "Ice 12 oz cream", "ice cream cream", "ice ice creams",
		"Peanut Butter Cup Ice Cream", "butter cup", "peanut butter butter cup", "Hot-Dog Buns", "hot dog buns", "hot  dogs", "hot\u00a0dog",
		"Creams", "ices", "unknownword", "Crème glacée ice crème", "with ice cream", "Cones with ice cream", "(2) ice cream", "2 x ice cream 12 oz cream",
		"", "12 oz", "dog", "cone", "only hot", "Hot dog's dogs", "L'ice cream",
	}
	for name, phrases := range map[string][]string{
		"words":   nil,
		"phrases": {"ice cream", "peanut butter", "butter cup", "hot dog"},
	} {
		t.Run(name, func(t *testing.T) {
			d, _ := build(t, titles[:12], phrases...)
			sameAsRead(t, d, titles)
			sameAsRead(t, d, slices.Concat(titles, titles))
		})
	}
}

func TestTitleReaderOnRealTitles(t *testing.T) {
	for _, name := range []string{"titles_dev.tsv.gz", "titles_multilingual.tsv.gz"} {
		t.Run(name, func(t *testing.T) {
			titles := realTitles(t, name)
			for _, phrases := range [][]string{nil, {"ice cream", "olive oil", "peanut butter", "hard drive", "dark chocolate", "green tea", "cream cheese"}} {
				d, _ := build(t, titles[:len(titles)/4], phrases...) // the other words are unknown
				if len(phrases) > 0 && d.phrases == nil {
					t.Fatal("no phrases")
				}
				sameAsRead(t, d, titles[:len(titles)/need.Size(1, 10)])
			}
		})
	}
}

// TestTitleReaderAllocates nothing once it knows the pieces.
func TestTitleReaderAllocates(t *testing.T) {
	titles := []string{"Vanilla ICE CREAM, 18.6", "Crème glacée", "hot dog buns"}
	d, _ := build(t, titles, "ice cream", "hot dog")
	r := d.NewReader()
	var got Titles
	var word []byte
	read := func() {
		r.Read(titles, &got)
		for k := range got.IDs[:got.Ends[0]] {
			word = got.AppendWord(word[:0], 0, k, pipeline.FormBase)
			word = got.AppendWord(word[:0], 0, k, "")
		}
	}
	read()
	if n := testing.AllocsPerRun(100, read); n != 0 {
		t.Fatalf("%v allocations a round, want none", n)
	}
}

func FuzzTitleReader(f *testing.F) {
	f.Add("Ice cream, 12 oz hot dogs", "ice x cream")
	f.Add("ice-cream\u3000ice\u00a0cream", "hot\tdog")
	tok := text.New(text.DefaultOptions())
	words := []string{"ice_cream", "hot_dog", "ice", "dogs", "cream_cheese"}
	d := NewDictionary(tok, words, make([]int64, len(words)), words)
	f.Fuzz(func(t *testing.T, a, b string) {
		sameAsRead(t, d, []string{a, b, a + " " + b, b + " " + a, a + "cream ice " + b})
	})
}
