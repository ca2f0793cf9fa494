// Package local is the engine in this process: pipeline.Engine over files.
//
// Tables stay where they are, as Parquet; CSV, TSV and JSON are converted once
// by the embedded DuckDB into the engine's work folder. Every step streams in
// batches: what it holds in memory is the dictionary of words, the vectors and
// the centres, never the titles. Preprocess writes the titles as word ids into
// a token file, which training and clustering read again and again; tag writes
// its column beside the table. The columns tokens, cluster and distance are
// functions of the title and are computed while reading.
//
// DuckDB needs cgo. Without it Parquet and the generator work, and the formats
// that DuckDB reads are refused with a line that says so.
package local
