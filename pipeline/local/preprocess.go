package local

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
// titles as numbers of forms into a raw token file. When all are seen, it joins
// plurals to their singulars, finds phrases, and writes the token file that the
// other steps read to path, with ids of the dictionary.
func (e *Engine) tokenize(ctx context.Context, d *dataset, p pipeline.Preprocess, path string, report pipeline.Report) (*artifact.Dictionary, *tokenFile, []pipeline.Table, error) {
	tokenizer, err := newTokenizer(p)
	if err != nil {
		return nil, nil, nil, err
	}
	m := startMeter(report, p.Verb(), "rows", d.rows)
	defer m.end()
	read := titleReader{tokenizer: tokenizer, builder: artifact.NewDictionaryBuilder(tokenizer), gaps: p.Phrases}
	raw, err := read.file(ctx, e, d, m)
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
	m.enter("number words", raw.titles)
	file, dict, err := numberWords(ctx, raw, read.builder, found, path, m)
	if err != nil {
		return nil, nil, nil, err
	}
	facts := preprocessFacts(&read.counts, dict, file.tokens, d.rows, read.nulls)
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

// readTitles is what a worker makes of a batch of titles.
type readTitles struct {
	tokens []text.Token
	gap    []bool // by token: it is not adjacent to the kept one before
	ends   []int  // where the tokens of each title end; -1 for a null title
	counts text.Counts
}

// file writes the raw token file: each title as its forms, every number
// raised by one, so that artifact.Gap is 0.
func (r *titleReader) file(ctx context.Context, e *Engine, d *dataset, m *meter) (*tokenFile, error) {
	w, err := createTokenFile(e.work.path("forms"))
	if err != nil {
		return nil, err
	}
	var forms []int32
	err = scan(ctx, d, []string{d.schema.Title}, e.workers, func() func(int64, *lake.Batch) (*readTitles, error) {
		return func(_ int64, b *lake.Batch) (*readTitles, error) { return r.batch(b), nil }
	}, func(out *readTitles) error {
		r.counts.Merge(&out.counts)
		from := 0
		for _, end := range out.ends {
			head := 0
			forms = forms[:0]
			if end < 0 {
				r.nulls++
				end = from
			}
			for ; from < end; from++ {
				t := &out.tokens[from]
				if t.Drop != text.Kept {
					continue
				}
				if r.gaps && out.gap[from] && len(forms) > 0 {
					forms = append(forms, artifact.Gap+1)
				}
				forms = append(forms, r.builder.Add(t)+1)
				if t.Head {
					head = len(forms)
				}
			}
			if err := w.add(forms, head); err != nil {
				return err
			}
		}
		m.add(len(out.ends))
		return nil
	})
	if err == nil {
		var file *tokenFile
		if file, err = w.finish(); err == nil {
			return file, nil
		}
	}
	w.discard()
	return nil, err
}

// batch cuts the titles of a batch into tokens.
func (r *titleReader) batch(b *lake.Batch) *readTitles {
	out := &readTitles{ends: make([]int, b.Rows), tokens: make([]text.Token, 0, 8*b.Rows)}
	titles := &b.Columns[0]
	all := string(titles.Bytes) // tokens point into it
	for i := range b.Rows {
		if titles.Null(i) {
			out.ends[i] = -1
			continue
		}
		from := len(out.tokens)
		title := all[titles.Offsets[i]:titles.Offsets[i+1]]
		out.tokens = r.tokenizer.Tokenize(title, out.tokens)
		out.ends[i] = len(out.tokens)
		out.counts.Add(out.tokens[from:])
		for k := from; r.gaps && k < len(out.tokens); k++ {
			joined := k > from && out.tokens[k-1].Drop == text.Kept && text.Adjacent(title, &out.tokens[k-1], &out.tokens[k])
			out.gap = append(out.gap, !joined)
		}
	}
	return out
}

// numberWords is the last pass: it turns the raw token file into the token
// file and makes the dictionary.
func numberWords(ctx context.Context, raw *tokenFile, b *artifact.DictionaryBuilder, found []foundPhrase, path string, m *meter) (*tokenFile, *artifact.Dictionary, error) {
	phrases := make([][2]int32, len(found))
	for i, p := range found {
		phrases[i] = p.words
	}
	dict := b.Writer(phrases)
	w, err := createTokenFile(path)
	if err != nil {
		return nil, nil, err
	}
	var ids []int32
	err = raw.each(ctx, 0, raw.titles, func(i int64, forms []int32, head int) error {
		for k := range forms {
			forms[k]--
		}
		ids, head = dict.Title(forms, head, ids[:0])
		if i%blockTitles == blockTitles-1 {
			m.add(blockTitles)
		}
		return w.add(ids, head)
	})
	if err == nil {
		var file *tokenFile
		if file, err = w.finish(); err == nil {
			return file, dict.Finish(), nil
		}
	}
	w.discard()
	return nil, nil, err
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
	return []pipeline.Table{dropped, titles}
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
