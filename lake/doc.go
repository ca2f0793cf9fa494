// Package lake reads and writes tables of rows in files: Parquet, CSV and JSON
// lines, in a file system or, behind the same small Store interface, in a
// bucket. It finds files by pattern with their partition folders, reads
// Parquet column by column from files that nobody has vouched for, and writes
// files and folders that are never seen half done.
//
// It is not a query engine, and it knows nothing of titles, tokens or models.
// Parsing CSV and JSON is left to DuckDB, which stands elsewhere.
//
// Rows travel in a Batch: for each column one Column with plain slices, reused
// between calls. Reading a column of strings:
//
//	store := lake.File{}
//	files, err := lake.Expand(ctx, store, "receipts/dt=2017-*/")
//	...
//	object, err := store.Open(ctx, files[0].Name)
//	...
//	defer object.Close()
//	f, err := lake.OpenParquet(ctx, object, files[0].Size, files[0].Name, lake.Limits{})
//	...
//	r, err := f.NewReader([]string{"title"})
//	...
//	defer r.Close()
//	var b lake.Batch
//	for {
//		err := r.Next(ctx, &b, 8192)
//		if err == io.EOF {
//			break
//		}
//		...
//		for i := range b.Rows {
//			if title := &b.Columns[0]; !title.Null(i) {
//				use(title.Str(i)) // valid until the next call of Next
//			}
//		}
//	}
//
// Writing a table, as one file or as a folder of parts:
//
//	out, err := lake.NewOutput(ctx, store, "tags/", fields, lake.OutputOptions{})
//	...
//	defer out.Abort()
//	err = out.Write(&b)
//	...
//	written, err := out.Commit(ctx)
package lake
