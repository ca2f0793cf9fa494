package lake

import (
	"fmt"
	"slices"
	"strings"
)

// splitter deals rows out to the partitions that they belong to. Rows wait in
// memory until a partition has a batch of them; the fullest goes first when
// memory runs short. At most MaxOpen parts are being written: one more ends
// the one that has waited longest, and its partition goes on in a part of its
// own later.
type splitter struct {
	columns []int // of the batch: those that become folders
	rest    []int // the others
	inner   []Field
	options *OutputOptions

	partitions map[string]*partition // by folder
	waiting    int                   // bytes
	open       []*partition
	clock      int
	text       []byte
}

// partition is one folder of the output.
type partition struct {
	folder string
	rows   Batch // waiting
	part   *part // nil when none is being written
}

// newSplitter returns the fields that stay in the parts, and a splitter if
// there is anything to split by.
func newSplitter(fields []Field, options *OutputOptions) ([]Field, *splitter, error) {
	if len(options.Partition) == 0 {
		return fields, nil, nil
	}
	s := &splitter{options: options, partitions: map[string]*partition{}}
	for _, name := range options.Partition {
		i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		switch {
		case i < 0:
			return nil, nil, fmt.Errorf("no column %q to partition by", name)
		case slices.Contains(s.columns, i):
			return nil, nil, fmt.Errorf("column %q twice among the partitions", name)
		case fields[i].Type.Kind == List || fields[i].Type.Kind == Binary || fields[i].Type.Kind == Fixed:
			return nil, nil, fmt.Errorf("column %q of type %s cannot make folders", name, fields[i].Type)
		}
		s.columns = append(s.columns, i)
	}
	for i, f := range fields {
		if !slices.Contains(s.columns, i) {
			s.rest = append(s.rest, i)
			s.inner = append(s.inner, f)
		}
	}
	if len(s.inner) == 0 {
		return nil, nil, fmt.Errorf("all columns are partitions, none is left to write")
	}
	return s.inner, s, nil
}

// partitionRows is how many rows a partition collects before it writes them.
const partitionRows = 8192

// maxFolderName is the longest name that common file systems take, in bytes.
const maxFolderName = 255

type (
	newPartFunc    func(folder string) (*part, error)
	finishPartFunc func(*part) error
)

func (s *splitter) write(b *Batch, begin newPartFunc, finish finishPartFunc) error {
	b = b.plain()
	var last *partition
	lastFolder := ""
	for row := range b.Rows {
		folder := s.folder(b, row)
		p := last
		if p == nil || folder != lastFolder {
			var err error
			if p, err = s.find(folder); err != nil {
				return err
			}
			last, lastFolder = p, p.folder
		}
		before := s.size(p)
		for k, i := range s.rest {
			p.rows.Columns[k].AppendFrom(&b.Columns[i], row)
		}
		p.rows.Rows++
		s.waiting += s.size(p) - before
		if p.rows.Rows >= partitionRows {
			if err := s.flush(p, begin, finish); err != nil {
				return err
			}
		}
		for s.waiting > s.options.PartitionBytes {
			if err := s.flush(s.fullest(), begin, finish); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *splitter) size(p *partition) int {
	n := 0
	for k := range p.rows.Columns {
		n += p.rows.Columns[k].bytesUsed()
	}
	return n
}

// folder returns the folder of a row.
func (s *splitter) folder(b *Batch, row int) string {
	folder := ""
	for _, i := range s.columns {
		c := &b.Columns[i]
		s.text = c.AppendText(s.text[:0], row)
		folder = joinName(folder, Partition{Key: c.Name, Value: string(s.text), Null: c.Null(row)}.Folder())
	}
	return folder
}

func (s *splitter) find(folder string) (*partition, error) {
	if p, ok := s.partitions[folder]; ok {
		return p, nil
	}
	if len(s.partitions) >= s.options.MaxPartitions {
		return nil, fmt.Errorf("more than %d partitions by %v: partition by a column with fewer values (MaxPartitions)", s.options.MaxPartitions, s.options.Partition)
	}
	for name := range strings.SplitSeq(folder, "/") {
		if len(name) > maxFolderName {
			return nil, fmt.Errorf("a partition folder of %d bytes, file systems take %d: partition by a column of short values", len(name), maxFolderName)
		}
	}
	p := &partition{folder: folder}
	p.rows.Init(s.inner)
	s.partitions[folder] = p
	return p, nil
}

func (s *splitter) fullest() *partition {
	var best *partition
	for _, p := range s.partitions {
		if best == nil || s.size(p) > s.size(best) || s.size(p) == s.size(best) && p.folder < best.folder {
			best = p
		}
	}
	return best
}

// flush writes the waiting rows of a partition.
func (s *splitter) flush(p *partition, begin newPartFunc, finish finishPartFunc) error {
	if p.part == nil {
		if len(s.open) >= s.options.MaxOpen {
			if err := s.closePart(s.longest(), finish); err != nil {
				return err
			}
		}
		var err error
		if p.part, err = begin(p.folder); err != nil {
			return err
		}
		s.open = append(s.open, p)
	}
	s.clock++
	p.part.used = s.clock
	s.waiting -= s.size(p)
	if err := p.part.table.Write(&p.rows); err != nil {
		return err
	}
	// Not Reset: memory for thousands of partitions adds up.
	p.rows = Batch{}
	p.rows.Init(s.inner)
	if p.part.count.n >= s.options.PartBytes {
		return s.closePart(p, finish)
	}
	return nil
}

// longest returns the open partition that has waited longest for rows.
func (s *splitter) longest() *partition {
	return slices.MinFunc(s.open, func(a, b *partition) int { return a.part.used - b.part.used })
}

func (s *splitter) closePart(p *partition, finish finishPartFunc) error {
	s.open = slices.DeleteFunc(s.open, func(q *partition) bool { return q == p })
	part := p.part
	p.part = nil
	return finish(part)
}

// finish writes what waits, in the order of the folders, and ends all parts.
func (s *splitter) finish(begin newPartFunc, finish finishPartFunc) error {
	folders := make([]string, 0, len(s.partitions))
	for f := range s.partitions {
		folders = append(folders, f)
	}
	slices.Sort(folders)
	for _, f := range folders {
		p := s.partitions[f]
		if p.rows.Rows > 0 {
			if err := s.flush(p, begin, finish); err != nil {
				return err
			}
		}
		if p.part != nil {
			if err := s.closePart(p, finish); err != nil {
				return err
			}
		}
	}
	return nil
}

// parts returns the parts that are being written.
func (s *splitter) parts() []*part {
	out := make([]*part, 0, len(s.open))
	for _, p := range s.open {
		out = append(out, p.part)
	}
	return out
}
