package lake

// ChunkOf returns the number of the column chunk, within its row group, that
// holds the values of a field.
func ChunkOf(f *ParquetFile, field int) int { return f.leaves[field].chunk }
