package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/text"
)

// The sections of a preprocess step in its artefact, beside the facts.
const (
	dictionaryFile = "dictionary.bin"
	tokensFile     = "tokens.bin"
	indexFile      = "tokens.idx"
)

// preprocess adds the column tokens, of a run of today or an earlier one.
func (e *Engine) preprocess(ctx context.Context, d *dataset, p pipeline.Preprocess, report pipeline.Report) (pipeline.Dataset, error) {
	origin, err := e.originOf(ctx, p, d.source)
	if err != nil {
		return nil, err
	}
	return kept(ctx, e, origin, p.Force, func(b *artifact.Builder) (made, error) {
		dict, file, facts, err := e.tokenize(ctx, d, p, b.Path(tokensFile), report)
		if err != nil {
			return made{}, err
		}
		err = errors.Join(file.file.Close(), file.writeIndex(b.Path(indexFile)), artifact.WriteDictionary(ctx, b.Path(dictionaryFile), dict), saveFacts(b, facts))
		return made{rows: d.rows}, err
	}, func(k *keptResult, o pipeline.Origin) (pipeline.Dataset, error) {
		facts, err := openFacts(k)
		if err != nil {
			return nil, err
		}
		made, err := e.openTokens(ctx, k, o)
		if err != nil {
			return nil, err
		}
		out := d.derive(o, facts, pipeline.Column{
			Name: pipeline.TokensColumn, Type: pipeline.Strings, Nullable: true, Note: "computed by preprocess",
		})
		out.tokens, out.clusters, out.layer = made, nil, nil
		return out, nil
	})
}

// openTokens opens what preprocess kept, or returns what is open already.
func (e *Engine) openTokens(ctx context.Context, k *keptResult, o pipeline.Origin) (*tokens, error) {
	if known := e.memory.tokens.get(k.Dir()); known != nil {
		return known, nil
	}
	dict, err := artifact.ReadDictionary(ctx, k.Path(dictionaryFile))
	if err != nil {
		return nil, err
	}
	file, err := openTokenFile(k.Path(tokensFile), k.Path(indexFile))
	if err != nil {
		return nil, err
	}
	t := &tokens{origin: o, dict: dict, file: file, lock: k.hold()}
	e.memory.tokens.put(k.Dir(), t)
	return t, nil
}

// tokenize reads all titles once: it counts the forms of words and writes the
// titles as numbers of forms into raw token files. When all are seen, it joins
// plurals to their singulars, finds phrases, and writes the token file that the
// other steps read to path, with ids of the dictionary and each different title
// once.
func (e *Engine) tokenize(ctx context.Context, d *dataset, p pipeline.Preprocess, path string, report pipeline.Report) (*artifact.Dictionary, *tokenFile, []pipeline.Table, error) {
	tokenizer, err := newTokenizer(p)
	if err != nil {
		return nil, nil, nil, err
	}
	m := startMeter(report, p.Verb(), "rows", d.rows)
	defer m.end()
	read := titleReader{tokenizer: tokenizer, builder: artifact.NewDictionaryBuilder(tokenizer), gaps: p.Phrases}
	raw, err := read.files(ctx, e, d, m)
	if err != nil {
		return nil, nil, nil, err
	}
	defer raw.close()
	counted := read.builder.Group()
	var found []foundPhrase
	if p.Phrases {
		if found, err = e.findPhrases(ctx, raw, &counted, p, m); err != nil {
			return nil, nil, nil, err
		}
	}
	file, dict, err := e.numberWords(ctx, raw, read.builder, found, path, m)
	if err != nil {
		return nil, nil, nil, err
	}
	facts := preprocessFacts(&read.counts, dict, file.words, d.rows, read.nulls)
	if p.Phrases {
		facts = append(facts, phraseFacts(found, dict, &counted, d.rows))
	}
	return dict, file, facts, nil
}

// titleReader is the first pass over the titles.
type titleReader struct {
	tokenizer *text.Tokenizer
	builder   *artifact.DictionaryBuilder
	gaps      bool // mark where words are not adjacent, for phrases
	counts    text.Counts
	nulls     int64
}

// rawTitles are token files of one reading, one of each worker, in which titles
// are forms; a title may stand there several times.
type rawTitles []*tokenFile

func (r rawTitles) close() {
	for _, file := range r {
		file.close()
	}
}

// titles is how many there are to go through.
func (r rawTitles) titles() (n int64) {
	for _, file := range r {
		n += file.titles
	}
	return n
}

func (r rawTitles) size() (n int64) {
	for _, file := range r {
		n += file.size
	}
	return n
}

// files writes the raw token files: titles as their forms, every number raised
// by one, so that artifact.Gap is 0.
func (r *titleReader) files(ctx context.Context, e *Engine, d *dataset, m *meter) (rawTitles, error) {
	var mu sync.Mutex
	var tables []*titleTable
	create := func() (*tokenWriter, error) { return createTokenFile(e.work.path("forms")) }
	type made struct {
		rows   int
		nulls  int64
		counts *text.Counts
	}
	err := scanDicts(ctx, d, []string{d.schema.Title}, e.workers, func() func(int64, *lake.Batch) (made, error) {
		t := r.newTable(e.readBytes()/int64(e.workers), create)
		mu.Lock()
		defer mu.Unlock()
		tables = append(tables, t)
		return func(first int64, b *lake.Batch) (made, error) {
			counts, nulls, err := t.batch(first, &b.Columns[0])
			return made{b.Rows, nulls, counts}, err
		}
	}, func(out made) error {
		r.counts.Merge(out.counts)
		r.nulls += out.nulls
		m.add(out.rows)
		return nil
	})
	var raw rawTitles
	if err == nil {
		raw = make(rawTitles, len(tables))
		err = inParallel(ctx, len(tables), func(_ context.Context, w int) (err error) {
			raw[w], err = tables[w].finish()
			return err
		})
	}
	if err != nil {
		for _, t := range tables {
			t.discard()
		}
		return nil, err
	}
	return raw, nil
}

// eachBlock calls fn for blocks of the raw titles, by several workers, each of
// which makes its own fn and is told in the end that there are no more by done.
func (r rawTitles) eachBlock(ctx context.Context, workers int, m *meter, newWorker func() (fn func(forms []int32, t *tokenTitle) error, done func() error)) error {
	type block struct {
		file     *tokenFile
		from, to int64
	}
	blocks := make(chan block)
	return inParallel(ctx, workers+1, func(ctx context.Context, w int) error {
		if w == workers {
			defer close(blocks)
			for _, file := range r {
				for from := int64(0); from < file.titles; from += 64 * blockTitles {
					select {
					case blocks <- block{file, from, min(from+64*blockTitles, file.titles)}:
					case <-ctx.Done():
						return context.Cause(ctx)
					}
				}
			}
			return nil
		}
		fn, done := newWorker()
		for b := range blocks {
			err := b.file.each(ctx, b.from, b.to, func(_ int64, t *tokenTitle) error {
				for k := range t.ids {
					t.ids[k]--
				}
				return fn(t.ids, t)
			})
			if err != nil {
				return err
			}
			m.add(int(b.to - b.from))
		}
		return done()
	})
}

// inParallel runs fn in so many goroutines and returns the first error. The
// others are cancelled then.
func inParallel(ctx context.Context, n int, fn func(ctx context.Context, i int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			if err := fn(ctx, i); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// numberWords turns the raw token files into the token file and makes the
// dictionary.
func (e *Engine) numberWords(ctx context.Context, raw rawTitles, b *artifact.DictionaryBuilder, found []foundPhrase, path string, m *meter) (*tokenFile, *artifact.Dictionary, error) {
	numbering, err := countPhrases(ctx, e.workers, raw, b, found, m)
	if err != nil {
		return nil, nil, err
	}
	dict := numbering.Finish()
	m.enter("number words", raw.titles())
	budget := e.readBytes() / int64(e.workers+1)
	parts, err := newPartitions(e.work, raw.size(), budget)
	if err != nil {
		return nil, nil, err
	}
	defer parts.close()
	err = raw.eachBlock(ctx, e.workers, m, func() (func([]int32, *tokenTitle) error, func() error) {
		w := parts.writer()
		var ids []int32
		var content []byte
		return func(forms []int32, t *tokenTitle) error {
			var head int
			ids, head = numbering.Title(forms, t.head, ids[:0])
			content = appendContent(content[:0], ids, head)
			return w.add(content, t.times, t.first)
		}, w.finish
	})
	if err != nil {
		return nil, nil, err
	}
	m.spilled.Add(parts.size)
	m.enter("put equal titles together", 0)
	w, err := createTokenFile(path)
	if err != nil {
		return nil, nil, err
	}
	if err = parts.write(ctx, w, e.workers, m.add); err == nil {
		var file *tokenFile
		if file, err = w.finish(); err == nil {
			return file, dict, nil
		}
	}
	w.discard()
	return nil, nil, err
}

// countPhrases counts in which titles words are joined, if any are.
func countPhrases(ctx context.Context, workers int, raw rawTitles, b *artifact.DictionaryBuilder, found []foundPhrase, m *meter) (*artifact.Numbering, error) {
	phrases := make([][2]int32, len(found))
	for i, p := range found {
		phrases[i] = p.words
	}
	numbering := b.Numbering(phrases)
	if len(phrases) == 0 {
		return numbering, nil
	}
	m.enter("count phrases", raw.titles())
	var mu sync.Mutex
	err := raw.eachBlock(ctx, workers, m, func() (func([]int32, *tokenTitle) error, func() error) {
		counter := numbering.Counter()
		return func(forms []int32, t *tokenTitle) error {
				counter.Add(forms, t.times)
				return nil
			}, func() error {
				mu.Lock()
				defer mu.Unlock()
				numbering.Merge(counter)
				return nil
			}
	})
	return numbering, err
}

// preprocessFacts says what was kept, and what was dropped and why; words is
// how many there are when phrases count as one.
func preprocessFacts(c *text.Counts, dict *artifact.Dictionary, words, rows, nulls int64) []pipeline.Table {
	all := pipeline.Completeness{Rows: rows}
	total := c.Dropped() + c.Tokens[text.Kept]
	dropped := pipeline.Table{Title: "kept and dropped", Shows: all, Columns: []pipeline.TableColumn{
		pipeline.Col("what", pipeline.String), pipeline.Col("pieces", pipeline.Int),
		pipeline.Col("share", pipeline.Float), pipeline.Col("most often", pipeline.String),
	}}
	for r := text.Kept; r < text.Reasons; r++ {
		n := c.Tokens[r]
		if n == 0 && r != text.Kept {
			continue
		}
		var often []string
		for _, x := range c.Top(r, 6) {
			often = append(often, fmt.Sprintf("%s %s", x.Text, pipeline.Thousands(x.N)))
		}
		dropped.Add(r.String(), n, share(n, total), strings.Join(often, ", "))
	}
	titles := pipeline.Table{Title: "titles", Shows: all, Columns: []pipeline.TableColumn{
		pipeline.Col("rows", pipeline.Int), pipeline.Col("null", pipeline.Int), pipeline.Col("without words", pipeline.Int),
		pipeline.Col("words", pipeline.Int), pipeline.Col("distinct words", pipeline.Int), pipeline.Col("words per title", pipeline.Float),
	}}
	titles.Add(rows, nulls, c.NoWords, words, int64(dict.Len()), share(words, rows-nulls))
	return []pipeline.Table{dropped, titles, wordsPerTitle(c, all), frequencies(dict, all)}
}

// wordsPerTitle counts the titles by how many pieces they had, and by how many
// words they have left.
func wordsPerTitle(c *text.Counts, all pipeline.Completeness) pipeline.Table {
	t := pipeline.Table{Title: "words per title", Shows: all, Columns: []pipeline.TableColumn{
		pipeline.Col("words", pipeline.Int), pipeline.Col("when", pipeline.String), pipeline.Col("titles", pipeline.Int),
	}}
	for n := range c.Words {
		if c.Pieces[n]+c.Words[n] > 0 {
			t.Add(int64(n), "before", c.Pieces[n])
			t.Add(int64(n), "after", c.Words[n])
		}
	}
	return t
}

// frequencies lists words by the rank of their frequency, some ten of each power
// of ten: as many as a plot on logarithmic axes shows (Zipf, Human Behavior and
// the Principle of Least Effort, 1949).
func frequencies(dict *artifact.Dictionary, all pipeline.Completeness) pipeline.Table {
	t := pipeline.Table{Title: "word frequencies", Shows: all, Columns: []pipeline.TableColumn{
		pipeline.Col("rank", pipeline.Int), pipeline.Col("occurrences", pipeline.Int), pipeline.Col("word", pipeline.String),
	}}
	ids := make([]int, dict.Len())
	for i := range ids {
		ids[i] = i
	}
	slices.SortFunc(ids, func(a, b int) int {
		return cmp.Or(cmp.Compare(dict.Counts[b], dict.Counts[a]), cmp.Compare(dict.Words[a], dict.Words[b]))
	})
	last := 0
	for step := 0; last < len(ids); step++ {
		rank := min(len(ids), max(last+1, int(math.Round(math.Pow(10, float64(step)/12)))))
		t.Add(int64(rank), dict.Counts[ids[rank-1]], dict.Words[ids[rank-1]])
		last = rank
	}
	t.Total = int64(len(t.Rows))
	return t
}

func share(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// appendKept adds the kept words and phrases of a title, as the title wrote
// them.
func appendKept(c *lake.Column, t *artifact.Title) {
	words := make([]string, 0, len(t.IDs))
	for i := range t.Tokens {
		if t.Tokens[i].Drop == text.Kept {
			words = append(words, t.Tokens[i].Text)
		}
	}
	c.AppendStrings(words)
}
