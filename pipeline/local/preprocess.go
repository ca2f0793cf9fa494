package local

import (
	"context"
	"errors"
	"fmt"
	"os"
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

// tokenize reads all titles once: it counts words, gives them ids, and writes
// the titles as ids into a token file at path.
func (e *Engine) tokenize(ctx context.Context, d *dataset, p pipeline.Preprocess, path string, report pipeline.Report) (*artifact.Dictionary, *tokenFile, []pipeline.Table, error) {
	stop, err := stopWords(p.StopWords)
	if err != nil {
		return nil, nil, nil, err
	}
	tokenizer := text.New(text.Options{StopWords: stop, Units: p.Units, KeepNumbers: p.Numbers == "keep"})
	m := startMeter(report, p.Verb(), "rows", d.rows)
	defer m.end()

	w, err := createTokenFile(path)
	if err != nil {
		return nil, nil, nil, err
	}
	builder := artifact.NewDictionaryBuilder(tokenizer)
	var counts text.Counts
	var nulls int64
	type made struct {
		tokens []text.Token
		ends   []int // where the tokens of each title end; -1 for a null title
		counts text.Counts
	}
	var ids []int32
	err = scan(ctx, d, []string{d.schema.Title}, e.workers, func() func(int64, *lake.Batch) (*made, error) {
		return func(_ int64, b *lake.Batch) (*made, error) {
			out := &made{ends: make([]int, b.Rows), tokens: make([]text.Token, 0, 8*b.Rows)}
			titles := &b.Columns[0]
			all := string(titles.Bytes) // tokens point into it
			for i := range b.Rows {
				if titles.Null(i) {
					out.ends[i] = -1
					continue
				}
				from := len(out.tokens)
				out.tokens = tokenizer.Tokenize(all[titles.Offsets[i]:titles.Offsets[i+1]], out.tokens)
				out.ends[i] = len(out.tokens)
				out.counts.Add(out.tokens[from:])
			}
			return out, nil
		}
	}, func(out *made) error {
		counts.Merge(&out.counts)
		from := 0
		for _, end := range out.ends {
			head := 0
			ids = ids[:0]
			if end < 0 {
				nulls++
			} else {
				for i := from; i < end; i++ {
					t := &out.tokens[i]
					if t.Drop != text.Kept {
						continue
					}
					ids = append(ids, builder.Add(t))
					if t.Head {
						head = len(ids)
					}
				}
				from = end
			}
			if err := w.add(ids, head); err != nil {
				return err
			}
		}
		m.add(len(out.ends))
		return nil
	})
	if err != nil {
		w.discard()
		return nil, nil, nil, err
	}
	file, err := w.finish()
	if err != nil {
		w.discard()
		return nil, nil, nil, err
	}
	dict := builder.Finish()
	return dict, file, preprocessFacts(&counts, dict, d.rows, nulls), nil
}

// stopWords reads "en", "off" or a file.
func stopWords(name string) (*text.WordSet, error) {
	switch name {
	case "en":
		return text.English(), nil
	case "off", "":
		return nil, nil //nolint:nilnil // No stop words is a set of them.
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, &pipeline.ParamError{Param: "stopwords", Value: name, Reason: "is neither en nor off, and there is no such file: " + err.Error()}
	}
	defer func() { _ = f.Close() }() // only read
	set, err := text.ReadWordSet(f)
	if err != nil {
		return nil, &pipeline.ParamError{Param: "stopwords", Value: name, Reason: err.Error()}
	}
	return set, nil
}

// preprocessFacts says what was kept, and what was dropped and why.
func preprocessFacts(c *text.Counts, dict *artifact.Dictionary, rows, nulls int64) []pipeline.Table {
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
	titles.Add(rows, nulls, c.NoWords, c.Tokens[text.Kept], int64(dict.Len()), share(c.Tokens[text.Kept], rows-nulls))
	return []pipeline.Table{dropped, titles}
}

func share(n, of int64) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// appendKept adds the kept words of a title, as the title wrote them.
func appendKept(c *lake.Column, t *artifact.Title) {
	words := make([]string, 0, len(t.IDs))
	for i := range t.Tokens {
		if t.Tokens[i].Drop == text.Kept {
			words = append(words, t.Tokens[i].Text)
		}
	}
	c.AppendStrings(words)
}
