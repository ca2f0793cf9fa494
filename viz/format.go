package viz

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"gondola/pipeline"
)

// Format is a way to write a small table, as -o names it.
type Format string

// The formats.
const (
	Text     Format = "table"
	JSON     Format = "json"
	JSONL    Format = "jsonl"
	CSV      Format = "csv"
	TSV      Format = "tsv"
	Markdown Format = "md"
)

// Formats returns all formats in the order in which help shows them. (Parquet,
// which -o knows too, is not text and is written by the store.)
func Formats() []Format { return []Format{Text, JSON, JSONL, CSV, TSV, Markdown} }

// Options say how a table is written. Each format looks at those that concern
// it.
type Options struct {
	TextOptions      // Text
	Exact       bool // CSV, TSV: for a file or a program and no screen: text is not cleaned, only defused
	Raw         bool // CSV, TSV: text as it is, neither cleaned nor defused
}

// WriteTable writes t in the format f. It returns the error of w, or one that
// names the known formats.
func WriteTable(w io.Writer, t *pipeline.Table, f Format, o Options) error {
	switch f {
	case Text:
		return TableText(w, t, o.TextOptions)
	case JSON:
		return TableJSON(w, t)
	case JSONL:
		return TableJSONL(w, t)
	case CSV:
		return TableCSV(w, t, o)
	case TSV:
		return TableTSV(w, t, o)
	case Markdown:
		return TableMarkdown(w, t)
	}
	return unknown("format", f, Formats())
}

// unknown is the error for a word that is not in a list.
func unknown[T ~string](what string, got T, known []T) error {
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	slices.Sort(names)
	return fmt.Errorf("no %s %q: there are %s", what, string(got), strings.Join(names, ", "))
}
