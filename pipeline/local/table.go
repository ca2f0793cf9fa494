package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"gondola/lake"
)

// table is the rows of Parquet files, one after the other, with the key=value
// folders on the way to each as further columns. The files stay where they
// are.
type table struct {
	store      lake.Store
	fields     []lake.Field // of the files; columns that cannot be read left out
	index      map[string]int
	leftOut    []lake.Field
	kinds      []*partColumns // the different columns that files have
	drift      []drift        // what was done about them
	source     []*partColumns // of the text files from which it was made; nil for Parquet
	partitions []string       // names of the folder columns
	parts      []part
	rows       int64
	lock       *os.File // keeps the files in the cache while the table is used; nil for files of the user's
	mended     int64    // lines of its source that were not UTF-8
}

type part struct {
	name    string
	version string
	rows    int64
	bytes   int64
	columns *partColumns
	folders []lake.Partition // in the order of table.partitions
}

// openTable reads the footers of the files and makes one list of columns of
// all theirs.
func openTable(ctx context.Context, store lake.Store, files []lake.DataFile) (*table, error) {
	t := &table{store: store}
	for i, file := range files {
		f, closer, err := openParquet(ctx, store, file.Name)
		if err != nil {
			return nil, err
		}
		t.parts = append(t.parts, part{
			name: file.Name, version: file.Version, rows: f.NumRows(), bytes: file.Size,
			columns: t.kind(f.Schema(), file.Name), folders: file.Partitions,
		})
		t.rows += f.NumRows()
		if err := closer.Close(); err != nil {
			return nil, err
		}
		if i == 0 {
			for _, p := range file.Partitions {
				t.partitions = append(t.partitions, p.Key)
			}
			continue
		}
		if err := t.sameFolders(files[0].Name, file); err != nil {
			return nil, err
		}
	}
	m, err := mergeColumns(t.kinds)
	if err != nil {
		return nil, err
	}
	t.fields, t.leftOut, t.drift = m.fields, m.leftOut, m.drift
	if len(t.fields) == 0 && len(t.leftOut) > 0 {
		return nil, fmt.Errorf("%s: no column can be read: %q: %s", files[0].Name, t.leftOut[0].Name, t.leftOut[0].Type.Reason)
	}
	t.index = make(map[string]int, len(t.fields))
	for i, f := range t.fields {
		t.index[f.Name] = i
	}
	return t, t.foldersInFiles()
}

// kind finds or adds the columns of a file.
func (t *table) kind(all []lake.Field, file string) *partColumns {
	p := newPartColumns(all, file)
	for _, q := range slices.Backward(t.kinds) { // most often the last
		if q.same(p) {
			q.files++
			return q
		}
	}
	t.kinds = append(t.kinds, p)
	return p
}

// sameFolders refuses files whose folders give other columns.
func (t *table) sameFolders(first string, file lake.DataFile) error {
	keys := make([]string, 0, len(file.Partitions))
	for _, p := range file.Partitions {
		keys = append(keys, p.Key)
	}
	if !slices.Equal(keys, t.partitions) {
		return fmt.Errorf("the folders of %s give the columns %v, those of %s %v: load files of one layout together",
			first, t.partitions, file.Name, keys)
	}
	return nil
}

// foldersInFiles gives columns of folders that also stand in files to those.
// Files that lack them have the value of the folder, which is text.
func (t *table) foldersInFiles() error {
	for _, name := range t.partitions {
		if !t.inFiles(name) || t.field(name).Type.Kind == lake.String {
			continue
		}
		if with, without, ok := t.missing(name); ok {
			return fmt.Errorf("column %q is %s in %s and the name of a folder for %s: load them apart", name, t.field(name).Type, with, without)
		}
	}
	t.partitions = slices.DeleteFunc(t.partitions, t.inFiles)
	return nil
}

// missing names a file that has a column of the files and one that lacks it,
// if there is one.
func (t *table) missing(name string) (with, without string, ok bool) {
	if !t.inFiles(name) {
		return "", "", false
	}
	kinds := t.kinds
	if t.source != nil {
		kinds = t.source
	}
	for _, k := range kinds {
		if k.has(name) {
			with = cmp.Or(with, k.file)
		} else {
			without = cmp.Or(without, k.file)
		}
	}
	return with, without, with != "" && without != ""
}

func openParquet(ctx context.Context, store lake.Store, name string) (*lake.ParquetFile, io.Closer, error) {
	object, err := store.Open(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	f, err := lake.OpenParquet(ctx, object, object.Info().Size, name, lake.Limits{})
	if err != nil {
		return nil, nil, errors.Join(err, object.Close())
	}
	return f, object, nil
}

func (t *table) inFiles(name string) bool {
	_, ok := t.index[name]
	return ok
}

// has says whether the table has the column.
func (t *table) has(name string) bool {
	return t.inFiles(name) || slices.Contains(t.partitions, name)
}

// field describes a column of the table. Folder columns are text.
func (t *table) field(name string) lake.Field {
	if i, ok := t.index[name]; ok {
		f := t.fields[i]
		f.Nullable = true // another part may have declared it so
		return f
	}
	return lake.Field{Name: name, Type: lake.StringType, Nullable: true}
}

// openPart opens part i of the table, which must be as it was.
func openPart(ctx context.Context, t *table, i int) (*lake.ParquetFile, io.Closer, error) {
	p := t.parts[i]
	f, closer, err := openParquet(ctx, t.store, p.name)
	if err != nil {
		return nil, nil, err
	}
	if f.NumRows() != p.rows {
		return nil, nil, errors.Join(
			fmt.Errorf("%s: it had %d rows when it was loaded and has %d now: load it again", p.name, p.rows, f.NumRows()), closer.Close())
	}
	return f, closer, nil
}
