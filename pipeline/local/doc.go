// Package local is the engine in this process: pipeline.Engine and
// pipeline.Querier over files.
//
// Tables stay where they are, as Parquet; CSV, TSV and JSON are converted once
// by the embedded DuckDB. Every step streams in batches: what it holds in
// memory is the dictionary of words, the vectors and the centres, never the
// titles; what grows with different values spills to the work folder.
// Preprocess writes the titles as word ids into a token file, which training
// and clustering read again and again; tag writes its column beside the table.
// The columns tokens, cluster and distance are functions of the title and are
// computed while reading.
//
// What a step makes is an artefact in the cache folder, found again by the hash
// of its origin (cache.go, origin.go), in this process and the next ones.
//
// DuckDB needs cgo. Without it Parquet and the generator work; SQL and the
// formats that DuckDB reads are refused with a line that says so.
package local
