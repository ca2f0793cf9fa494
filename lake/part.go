package lake

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
)

// part is one file on its way: table writer, count and checksum, buffer, store.
type part struct {
	name   string // relative to the folder of the output, or the file itself
	upload Upload
	buf    *bufio.Writer
	count  countingWriter
	table  TableWriter
	used   int // when rows last came
}

type countingWriter struct {
	out  io.Writer
	hash hash.Hash
	n    int64
}

func (w *countingWriter) Write(b []byte) (int, error) {
	n, err := w.out.Write(b)
	w.hash.Write(b[:n]) // never fails
	w.n += int64(n)
	return n, err
}

const partBuffer = 256 << 10

func newPart(ctx context.Context, s Store, full, name string, fields []Field, o *OutputOptions, create CreateOptions) (*part, error) {
	upload, err := s.Create(ctx, full, create)
	if err != nil {
		return nil, err
	}
	p := &part{name: name, upload: upload}
	p.buf = bufio.NewWriterSize(upload, partBuffer)
	p.count = countingWriter{out: p.buf, hash: sha256.New()}
	p.table, err = NewTableWriter(&p.count, fields, o.Format, o.Writer)
	if err != nil {
		return nil, errors.Join(err, upload.Abort())
	}
	return p, nil
}

// finish writes what is left; the part is complete, and not yet to be seen.
func (p *part) finish() (Part, error) {
	if err := p.table.Close(); err != nil {
		return Part{}, err
	}
	if err := p.buf.Flush(); err != nil {
		return Part{}, err
	}
	return Part{
		Name:   p.name,
		Rows:   p.table.Rows(),
		Bytes:  p.count.n,
		SHA256: hex.EncodeToString(p.count.hash.Sum(nil)),
	}, nil
}
