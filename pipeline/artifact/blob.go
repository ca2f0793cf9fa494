package artifact

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
)

// A section file of a model is, in this order:
//
//	8 bytes    the name of its kind, padded with spaces: "words   "
//	uint32     version of the kind's layout
//	uint32     bytes of the head
//	the head   JSON: how many of everything there are, and what is small
//	arrays     one after the other, of numbers in little endian
//
// and nothing more. The reader knows the size of the file and asks for memory
// only when the rest of the file can fill it.
const (
	blobVersion   = 1
	blobKindBytes = 8
	maxHead       = 64 << 20
	maxHeadItems  = 1 << 18 // commas: short JSON may stand for far more memory than its text
)

// number is what arrays are made of.
type number interface {
	~int32 | ~uint32 | ~int64 | ~float32 | ~float64
}

// blobWriter writes a section file.
type blobWriter struct {
	ctx context.Context
	w   *bufio.Writer
	buf []byte
	err error // the first one; what follows is not written
}

// writeBlob creates the file and writes head and what body writes.
func writeBlob(ctx context.Context, path, kind string, head any, body func(b *blobWriter)) error {
	text, err := json.Marshal(head)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if err := checkHead(text); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	b := &blobWriter{ctx: ctx, w: bufio.NewWriterSize(f, 1<<16)}
	intro := fmt.Appendf(nil, "%-*s", blobKindBytes, kind)
	intro = binary.LittleEndian.AppendUint32(intro, blobVersion)
	intro = binary.LittleEndian.AppendUint32(intro, uint32(len(text)))
	b.write(intro)
	b.write(text)
	body(b)
	if b.err == nil {
		b.err = b.w.Flush()
	}
	if err := errors.Join(b.err, f.Close()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func checkHead(text []byte) error {
	if len(text) > maxHead {
		return fmt.Errorf("a head of %d bytes: at most %d are read", len(text), maxHead)
	}
	if n := bytes.Count(text, []byte{','}); n > maxHeadItems {
		return fmt.Errorf("a head of %d items: at most %d are read", n, maxHeadItems)
	}
	return nil
}

func (b *blobWriter) write(p []byte) {
	if b.err == nil {
		_, b.err = b.w.Write(p)
	}
}

func (b *blobWriter) text(s string) {
	if b.err == nil {
		_, b.err = b.w.WriteString(s)
	}
}

// putNumbers writes an array.
func putNumbers[T number](b *blobWriter, values []T) {
	const most = 1 << 13
	for len(values) > 0 && b.err == nil {
		if b.err = context.Cause(b.ctx); b.err != nil {
			return
		}
		n := min(len(values), most)
		b.buf, b.err = binary.Append(b.buf[:0], binary.LittleEndian, values[:n])
		b.write(b.buf)
		values = values[n:]
	}
}

// blobReader reads a section file.
type blobReader struct {
	ctx  context.Context
	path string
	f    *os.File
	r    *bufio.Reader
	sum  hash.Hash
	left int64 // bytes of the file that are still to come
	err  error // the first one; what follows reads zeros
}

// readBlob opens the file, decodes its head and lets body read the arrays.
// want, when it is not empty, is the file's sha256. What is wrong wraps
// lake.ErrCorrupt.
func readBlob(ctx context.Context, path, kind, want string, head any, body func(b *blobReader) error) (err error) {
	f, err := openRegular(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	b := &blobReader{ctx: ctx, path: path, f: f, sum: sha256.New(), left: info.Size()}
	b.r = bufio.NewReaderSize(io.TeeReader(f, b.sum), 1<<16)
	b.head(kind, head)
	if b.err == nil {
		b.err = body(b)
	}
	if b.err == nil && b.left > 0 {
		b.fail("%d bytes more than its head tells of", b.left)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if want != "" {
		// A wrong sum explains every other error.
		if _, err := io.Copy(io.Discard, &contextReader{ctx: ctx, r: b.r}); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if hex.EncodeToString(b.sum.Sum(nil)) != want {
			return corrupt(path, "its checksum is not the manifest's")
		}
	}
	return b.err
}

// fail notes what is wrong with the file.
func (b *blobReader) fail(format string, args ...any) {
	if b.err == nil {
		b.err = corrupt(b.path, format, args...)
	}
}

func (b *blobReader) head(kind string, head any) {
	intro := b.bytes(blobKindBytes + 8)
	if b.err != nil {
		return
	}
	if got := string(intro[:blobKindBytes]); got != fmt.Sprintf("%-*s", blobKindBytes, kind) {
		b.fail("it holds %q, not %s", got, kind)
		return
	}
	if v := binary.LittleEndian.Uint32(intro[blobKindBytes:]); v != blobVersion {
		b.fail("layout %d, this version reads %d", v, blobVersion)
		return
	}
	n := int64(binary.LittleEndian.Uint32(intro[blobKindBytes+4:]))
	if n > maxHead {
		b.fail("a head of %d bytes: at most %d are read", n, maxHead)
		return
	}
	text := b.bytes(n)
	if b.err != nil {
		return
	}
	if err := checkHead(text); err != nil {
		b.fail("%w", err)
		return
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields() // what is not known may change what the rest means
	if err := d.Decode(head); err != nil {
		b.fail("its head: %w", err)
		return
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		b.fail("its head: more than one JSON value")
	}
}

// room reports whether n items of a size are left in the file.
func (b *blobReader) room(n int64, size int64) bool {
	if b.err != nil {
		return false
	}
	if n < 0 || n > b.left/size {
		b.fail("its head tells of %d items of %d bytes where %d bytes are left", n, size, b.left)
		return false
	}
	return true
}

// bytes reads n bytes.
func (b *blobReader) bytes(n int64) []byte {
	if !b.room(n, 1) {
		return nil
	}
	out := make([]byte, n)
	b.fill(out)
	return out
}

func (b *blobReader) fill(p []byte) {
	if b.err != nil {
		return
	}
	if b.err = context.Cause(b.ctx); b.err != nil {
		return
	}
	n, err := io.ReadFull(b.r, p)
	b.left -= int64(n)
	if err != nil {
		b.err = fmt.Errorf("%s: %w", b.path, err)
	}
}

// numbers reads an array of n numbers, refusing those that are not finite.
func numbers[T number](b *blobReader, n int64) []T {
	size := int64(binary.Size(T(0)))
	if !b.room(n, size) {
		return nil
	}
	const most = 1 << 13
	out := make([]T, n)
	buf := make([]byte, min(n, most)*size)
	for at := int64(0); at < n && b.err == nil; {
		some := out[at:min(n, at+most)]
		part := buf[:int64(len(some))*size]
		b.fill(part)
		if b.err != nil {
			return nil
		}
		if _, err := binary.Decode(part, binary.LittleEndian, some); err != nil {
			b.fail("%w", err)
		}
		for i, x := range some {
			if v := float64(x); math.IsNaN(v) || math.IsInf(v, 0) {
				b.fail("number %d of an array is %v", at+int64(i), v)
				return nil
			}
		}
		at += int64(len(some))
	}
	return out
}

// texts reads as many texts as there are lengths: first all of them in one
// piece of memory, which the texts share.
func (b *blobReader) texts(lengths []uint32) []string {
	var all int64
	for _, n := range lengths {
		all += int64(n)
	}
	shared := string(b.bytes(all))
	if b.err != nil {
		return nil
	}
	out := make([]string, len(lengths))
	for i, n := range lengths {
		out[i], shared = shared[:n], shared[n:]
	}
	return out
}
