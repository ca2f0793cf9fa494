package pipeline

import (
	"fmt"
	"strings"
)

// Step is something an engine can do, as a value. Two equal steps on equal
// inputs give equal results, so a step can be hashed, compared and stored.
type Step interface {
	// Verb is the word of the language: "load", "train".
	Verb() string
	// Validate checks what can be checked without data. Its errors are
	// *ParamError.
	Validate() error
}

// Transformer is a Step that derives a dataset from another, row by row:
// Preprocess, Assign, Tag.
type Transformer interface {
	Step
	transforms()
}

// Estimator is a Step that learns a model from a dataset: Word2Vec, KMeans.
type Estimator interface {
	Step
	fits()
}

// Load opens a table of titles.
type Load struct {
	URI    string // file, folder, glob, or "sample:receipts?n=&seed="
	Title  string // column; empty: guessed
	ID     string // column; empty: guessed, may be absent
	Format string // "parquet", "csv", "tsv", "json", "jsonl"; empty: by name
	Quote  string // CSV and TSV: the quotation mark, "none" for none; empty: by format
	Sample Share  // of the rows, after Explode
	Seed   uint64 // of the sample

	// Explode names a list: one row for each of its items, in which the columns
	// below it are single values and the others as they were. Rows whose list
	// is empty or null are left out, or with ExplodeOuter kept as one row of
	// nulls (Spark's explode and explode_outer).
	Explode      string
	ExplodeOuter bool

	Force bool `json:"-"` // compute it although an earlier run left the result
}

// Verb returns "load".
func (Load) Verb() string { return "load" }

// Validate checks the format and the sample.
func (l Load) Validate() error {
	if l.URI == "" {
		return &ParamError{"uri", "", "say which file, folder or pattern to load"}
	}
	switch l.Format {
	case "", "parquet", "csv", "tsv", "json", "jsonl":
	default:
		return &ParamError{"format", l.Format, "must be parquet, csv, tsv, json or jsonl"}
	}
	if l.ExplodeOuter && l.Explode == "" {
		return &ParamError{"explode-outer", "on", "needs --explode: the list to make rows of"}
	}
	return l.Sample.validate()
}

// Share is a part of the rows: a number of rows, or a fraction of them. The
// zero value means all.
type Share struct {
	Rows     int64
	Fraction float64 // 0 < f <= 1
}

// All says that the share is not a real part.
func (s Share) All() bool { return s.Rows == 0 && s.Fraction == 0 }

func (s Share) validate() error {
	if s.Rows < 0 || s.Fraction < 0 || s.Fraction > 1 {
		return &ParamError{"sample", s, "give a number of rows (100k) or a share (1%)"}
	}
	return nil
}

// Preprocess turns titles into tokens.
type Preprocess struct {
	StopWords string // languages ("en", "en,fr"), "off", or the path of a file of words
	Units     bool   // drop quantities and units: 12 oz, 3 ct, 64gb, 2x500ml
	Numbers   string // "drop" or "keep"

	Keep     string // path of a file: words that are never dropped, one a line
	Drop     string // path of a file: words that always are
	Synonyms string // path of a file: variant, variant => the word as which they count

	// Phrases joins two words that stand next to each other far more often
	// than by chance into one: ice cream. The other names are gensim's.
	Phrases         bool
	PhraseMinCount  int     // pairs seen less often are no phrases
	PhraseThreshold float64 // the NPMI that a phrase exceeds, -1 to 1

	Force bool `json:"-"` // compute it although an earlier run left the result
}

// What makes a phrase when the user does not say (measured in
// docs/quality.md).
const (
	DefaultPhraseMinCount  = 10
	DefaultPhraseThreshold = 0.6
)

// Verb returns "preprocess".
func (Preprocess) Verb() string { return "preprocess" }
func (Preprocess) transforms()  {}

// Validate checks the choices.
func (p Preprocess) Validate() error {
	if p.Numbers != "keep" && p.Numbers != "drop" {
		return &ParamError{"numbers", p.Numbers, "must be keep or drop"}
	}
	if !p.Phrases {
		return nil
	}
	if p.PhraseMinCount < 1 {
		return &ParamError{"phrase_min_count", p.PhraseMinCount, "must be 1 or more"}
	}
	if !(p.PhraseThreshold >= -1 && p.PhraseThreshold <= 1) {
		return &ParamError{"phrase_threshold", p.PhraseThreshold, "must be from -1 to 1"}
	}
	return nil
}

// Word2Vec trains word vectors on the tokens of a preprocessed dataset. The
// names are gensim 4's (Subsample is its sample).
type Word2Vec struct {
	VectorSize int     // dimensions of a vector
	Window     int     // words to either side
	MinCount   int     // words seen less often are left out
	Negative   int     // noise words a pair; 0 only with HS
	HS         bool    // hierarchical softmax instead of negative sampling
	CBOW       bool    // continuous bag of words instead of skip-gram
	Subsample  float64 // threshold above which frequent words are thinned; 0 is off
	Epochs     int     // passes over the titles
	Alpha      float64 // first learning rate
	MinAlpha   float64 // last learning rate
	Shared     int     // noise words, at least, that the pairs of a title share; 0 draws Negative for each pair
	Fold       int     // most that a title counts which stands there several times; 0 is no limit
	Seed       uint64
	Workers    int  `json:"-"` // goroutines; 1 is bit-identical for a seed
	Force      bool `json:"-"` // compute it although an earlier run left the result
}

// Verb returns "train".
func (Word2Vec) Verb() string { return "train" }
func (Word2Vec) fits()        {}

// Validate checks what several parameters say together. The range of each
// alone is checked by whoever trains.
func (w Word2Vec) Validate() error {
	if w.Workers < 0 {
		return &ParamError{"workers", w.Workers, "must be 0 (one for each processor) or more"}
	}
	if w.MinAlpha > w.Alpha {
		return &ParamError{"min_alpha", w.MinAlpha, fmt.Sprintf("must not exceed alpha (%v)", w.Alpha)}
	}
	if w.Negative == 0 && !w.HS {
		return &ParamError{"negative", 0, "must be 1 or more, unless --hs is given"}
	}
	return nil
}

// Metric returns by what "near a centre" is measured for vectors trained like
// this: the dot product after negative sampling, where the length of a vector
// tells how steadily a word is used; the cosine after hierarchical softmax.
func (w Word2Vec) Metric() string {
	if w.HS {
		return "cosine"
	}
	return "dot"
}

// KMeans clusters title vectors, the means of the vectors of a title's words.
// The names are scikit-learn's.
type KMeans struct {
	Vectors WordModel `json:"-"`
	K       int
	MaxIter int
	Tol     float64 // relative to the variance of the title vectors
	Init    string  // "k-means++" or "random"
	Metric  string  // "euclidean" or "cosine"
	Seed    uint64
	Workers int  `json:"-"`
	Force   bool `json:"-"` // compute it although an earlier run left the result
}

// Verb returns "cluster".
func (KMeans) Verb() string { return "cluster" }
func (KMeans) fits()        {}

// Validate checks that there are vectors.
func (k KMeans) Validate() error {
	if k.Vectors == nil {
		return &ParamError{"vectors", nil, "train vectors first"}
	}
	if k.Workers < 0 {
		return &ParamError{"workers", k.Workers, "must be 0 (one for each processor) or more"}
	}
	return nil
}

// Assign adds the columns cluster and distance.
type Assign struct {
	Clusters ClusterModel `json:"-"`
}

// Verb returns "assign".
func (Assign) Verb() string { return "assign" }
func (Assign) transforms()  {}

// Validate checks that there are clusters.
func (a Assign) Validate() error {
	if a.Clusters == nil {
		return &ParamError{"clusters", nil, "cluster first"}
	}
	return nil
}

// The taggers.
const (
	MethodRanked = "ranked" // a title's own words by how much each looks like the kind of thing it names
	MethodNear   = "near"   // the near words of the title's cluster that occur in it: the talk's method
	MethodTitle  = "title"  // the near words of the title itself that occur in it: slow, for comparison
)

// The forms of tags.
const (
	FormTitle = "title" // as the title writes them: pizzas
	FormBase  = "base"  // as words are counted, so that one thing has one tag: pizza
)

// Tag adds the column tags: words of the title that say what it names.
type Tag struct {
	Clusters ClusterModel `json:"-"`
	Method   string       // MethodRanked, MethodNear or MethodTitle
	Max      int          // tags a title
	MinScore float64      // tags below are left out, when HasMin
	HasMin   bool
	Near     int    // near: words a centre; title: words a title; see DefaultNear
	Metric   string // "dot", "cosine", or "auto": by how the vectors were trained
	Form     string // FormTitle or FormBase; empty is FormTitle
	Workers  int    `json:"-"`
	Force    bool   `json:"-"` // compute it although an earlier run left the result
}

// Verb returns "tag".
func (Tag) Verb() string { return "tag" }
func (Tag) transforms()  {}

// Validate checks the method and that there are clusters.
func (t Tag) Validate() error {
	if t.Clusters == nil {
		return &ParamError{"clusters", nil, "cluster first"}
	}
	switch t.Method {
	case MethodRanked, MethodNear, MethodTitle:
	default:
		return &ParamError{"method", t.Method, "must be ranked, near or title"}
	}
	if t.Form != FormTitle && t.Form != FormBase && t.Form != "" {
		return &ParamError{"form", t.Form, "must be title or base"}
	}
	switch {
	case t.Max < 1:
		return &ParamError{"max", t.Max, "must be 1 or more"}
	case t.Near < 1 && t.Method != MethodRanked:
		return &ParamError{"near", t.Near, "must be 1 or more"}
	case t.Workers < 0:
		return &ParamError{"workers", t.Workers, "must be 0 (one for each processor) or more"}
	}
	switch t.Metric {
	case "auto", "dot", "cosine":
		return nil
	}
	return &ParamError{"metric", t.Metric, "must be auto, dot or cosine"}
}

// DefaultNear is how many near words a method looks at when the user does not
// say: 200 of each centre, 300 of each title (measured in docs/quality.md).
// The ranked tagger looks at none.
func DefaultNear(method string) int {
	switch method {
	case MethodNear:
		return 200
	case MethodTitle:
		return 300
	}
	return 0
}

// Write writes a dataset as a file or as a folder of parts.
type Write struct {
	URI         string   // out.parquet, out.csv.gz, or a folder out/
	Format      string   // "parquet", "csv", "tsv", "jsonl"; empty: by name, parquet for a folder
	Columns     []string // empty: all but tokens beside tags, which can be computed again
	Partition   []string // columns that become folders: out/dt=2017-01/
	Mode        string   // "error" (refuse what exists) or "overwrite"
	Compression string   // Parquet: "zstd", "snappy", "gzip", "none"
	Raw         bool     // CSV: do not defuse cells that a spreadsheet would run as formulas
	Force       bool     `json:"-"` // compute it although an earlier run left the result
}

// Verb returns "write".
func (Write) Verb() string { return "write" }

// Validate checks mode and compression.
func (w Write) Validate() error {
	if w.URI == "" {
		return &ParamError{"uri", "", "say which file or folder to write"}
	}
	if w.Mode != "error" && w.Mode != "overwrite" {
		return &ParamError{"mode", w.Mode, "must be error or overwrite"}
	}
	if w.Raw && w.Format == "parquet" {
		return &ParamError{"raw", strings.ToLower(fmt.Sprint(w.Raw)), "is for csv and tsv only"}
	}
	return nil
}

// Written says what a Write left behind.
type Written struct {
	URI   string
	Rows  int64
	Bytes int64
	Files []WrittenFile
	// Origin says what was written. It is Cached when an earlier run wrote the
	// same rows there, and nothing has changed since.
	Origin Origin `json:"-"`
}

// WrittenFile is one file of a Written.
type WrittenFile struct {
	Name  string
	Rows  int64
	Bytes int64
}
