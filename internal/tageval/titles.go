package tageval

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"strings"
)

// Row is one title of a file of labelled titles.
type Row struct {
	ID       string
	Title    string
	Category string // departments from coarse to fine, joined by " > "; empty: no label
	Source   string
}

// Leaf is the last part of the category, the finest.
func (r Row) Leaf() string {
	if i := strings.LastIndex(r.Category, separator); i >= 0 {
		return r.Category[i+len(separator):]
	}
	return r.Category
}

// Department is the first part of the category, the coarsest.
func (r Row) Department() string {
	department, _, _ := strings.Cut(r.Category, separator)
	return department
}

const separator = " > "

// ReadFile reads titles from a .tsv or .tsv.gz file: one header line, then
// id, title, category path and source with tabs between, no quoting.
func ReadFile(path string) ([]Row, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // Only read.
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		gz, err := gzip.NewReader(bufio.NewReaderSize(f, 1<<16))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		r = gz
	}
	rows, err := Read(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return rows, nil
}

// Read reads titles as [ReadFile] does, unpacked already. The error names the
// line.
func Read(r io.Reader) ([]Row, error) {
	var rows []Row
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		if n == 1 {
			continue
		}
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 4 {
			return nil, fmt.Errorf("line %d: %d columns, want 4: id, title, category_path, source", n, len(fields))
		}
		rows = append(rows, Row{fields[0], fields[1], fields[2], fields[3]})
	}
	return rows, lines.Err()
}
