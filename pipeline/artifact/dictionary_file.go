package artifact

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"gondola/pipeline/text"
)

const dictionaryKind = "dict"

// dictionaryHead begins a dictionary file. The arrays are: counts int64,
// lengths of words uint32, lengths of shown forms uint32 (0: as the word), the
// words, the shown forms.
type dictionaryHead struct {
	Words   int64            `json:"words"`
	Options tokenizerOptions `json:"options"`
}

// tokenizerOptions is all that a tokenizer is made of, so that titles are read
// by a model as they were read when it was learned.
type tokenizerOptions struct {
	// StopWords are the words themselves, one a line: a model does not change
	// with the built-in list, nor with the user's file. Null is none.
	StopWords   *string `json:"stopwords"`
	Units       bool    `json:"units"`
	KeepNumbers bool    `json:"keep_numbers"`
	// Keep, Drop and Synonyms are the user's lists, as far as there are any:
	// words one a line, and pairs of a spelling and what it counts as.
	Keep     *string     `json:"keep,omitempty"`
	Drop     *string     `json:"drop,omitempty"`
	Synonyms [][2]string `json:"synonyms,omitempty"`
}

func optionsOf(o text.Options) tokenizerOptions {
	return tokenizerOptions{
		StopWords: linesOf(o.StopWords), Units: o.Units, KeepNumbers: o.KeepNumbers,
		Keep: linesOf(o.Keep), Drop: linesOf(o.Drop), Synonyms: o.Synonyms.Pairs(),
	}
}

func linesOf(set *text.WordSet) *string {
	if set == nil {
		return nil
	}
	lines := strings.Join(set.Words(), "\n")
	return &lines
}

func (o tokenizerOptions) tokenizer() (*text.Tokenizer, error) {
	opts := text.Options{Units: o.Units, KeepNumbers: o.KeepNumbers}
	for _, list := range []struct {
		lines *string
		set   **text.WordSet
	}{{o.StopWords, &opts.StopWords}, {o.Keep, &opts.Keep}, {o.Drop, &opts.Drop}} {
		if list.lines == nil {
			continue
		}
		var err error
		if *list.set, err = text.ReadWordSet(strings.NewReader(*list.lines)); err != nil {
			return nil, err
		}
	}
	if o.Synonyms != nil {
		opts.Synonyms = text.NewSynonyms(o.Synonyms)
	}
	return text.New(opts), nil
}

// WriteDictionary writes a dictionary with its tokenizer as a section file.
func WriteDictionary(ctx context.Context, path string, d *Dictionary) error {
	head := dictionaryHead{Words: int64(d.Len()), Options: optionsOf(d.Tokenizer.Options())}
	lengths, shown := make([]uint32, d.Len()), make([]uint32, d.Len())
	for id, word := range d.Words {
		lengths[id] = uint32(len(word))
		if d.shown[id] != word {
			shown[id] = uint32(len(d.shown[id]))
		}
	}
	return writeBlob(ctx, path, dictionaryKind, head, func(b *blobWriter) {
		putNumbers(b, d.Counts)
		putNumbers(b, lengths)
		putNumbers(b, shown)
		for _, word := range d.Words {
			b.text(word)
		}
		for id, n := range shown {
			if n > 0 {
				b.text(d.shown[id])
			}
		}
	})
}

// ReadDictionary reads what WriteDictionary wrote. Beside twice the size of
// the file it takes about 100 bytes a word. Errors wrap lake.ErrCorrupt.
func ReadDictionary(ctx context.Context, path string) (*Dictionary, error) {
	return readDictionary(ctx, path, "")
}

func readDictionary(ctx context.Context, path, sum string) (*Dictionary, error) {
	var d *Dictionary
	head := dictionaryHead{}
	err := readBlob(ctx, path, dictionaryKind, sum, &head, func(b *blobReader) error {
		if head.Words > math.MaxInt32 {
			b.fail("%d words, at most %d are read", head.Words, math.MaxInt32)
		}
		counts := numbers[int64](b, head.Words)
		lengths := numbers[uint32](b, head.Words)
		forms := numbers[uint32](b, head.Words)
		words, shown := b.texts(lengths), b.texts(forms)
		checkWords(b, words, counts, shown)
		if b.err != nil {
			return b.err
		}
		tokenizer, err := head.Options.tokenizer()
		if err != nil {
			b.fail("its lists of words: %w", err)
			return b.err
		}
		d = NewDictionary(tokenizer, words, counts, shown)
		for id, word := range words {
			if found, _ := d.Find(word); int(found) != id {
				b.fail("the word %q stands there twice", clip(word))
			}
		}
		return b.err
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// checkWords checks what was read, and completes the shown forms.
func checkWords(b *blobReader, words []string, counts []int64, shown []string) {
	for id, word := range words {
		if b.err != nil {
			return
		}
		if shown[id] == "" {
			shown[id] = word
		}
		switch {
		case !utf8.ValidString(word) || !utf8.ValidString(shown[id]):
			b.fail("word %d is not UTF-8", id)
		case counts[id] < 0:
			b.fail("%q occurs %d times", clip(word), counts[id])
		}
	}
}

// sum tells one dictionary from another by its words in their order, which is
// what the ids in other files mean.
func (d *Dictionary) sum() string {
	h := sha256.New()
	for _, word := range d.Words {
		_, _ = io.WriteString(h, word) // a hash takes everything
		_, _ = h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))
}

// clip shortens what a file holds for an error message.
func clip(s string) string {
	const most = 40
	if len(s) > most {
		return fmt.Sprintf("%s...", s[:most])
	}
	return s
}
