package zmtp

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// Flags of a frame.
const (
	flagMore    = 1 // another frame of the message follows
	flagLong    = 2 // the size has eight bytes, not one
	flagCommand = 4
)

// readHeader reads the flags and the size of a frame, and checks neither
// against a bound.
func readHeader(r *bufio.Reader) (flags byte, size int64, err error) {
	if flags, err = r.ReadByte(); err != nil {
		return 0, 0, err
	}
	if flags&^(flagMore|flagLong|flagCommand) != 0 || flags&(flagMore|flagCommand) == flagMore|flagCommand {
		return 0, 0, fmt.Errorf("a frame begins with %#02x, which is no frame of ZMTP 3", flags)
	}
	n := 1
	if flags&flagLong != 0 {
		n = 8
	}
	b, err := r.Peek(n)
	if err != nil {
		return 0, 0, cutOff(err)
	}
	if n == 1 {
		size = int64(b[0])
	} else {
		size = int64(min(binary.BigEndian.Uint64(b), math.MaxInt64))
	}
	_, err = r.Discard(n)
	return flags &^ flagLong, size, err
}

// firstPiece is how much of a frame is made room for before any of it is there.
const firstPiece = 512

// readBody reads size bytes. Memory is taken for what has arrived, at most
// twice of it, since the size is only what the peer says.
func readBody(r *bufio.Reader, size int64) ([]byte, error) {
	body := make([]byte, min(size, max(firstPiece, int64(r.Buffered()))))
	have := 0
	for {
		n, err := io.ReadFull(r, body[have:])
		have += n
		if err != nil {
			return nil, cutOff(err)
		}
		if int64(have) == size {
			return body, nil
		}
		more := make([]byte, min(size, 2*int64(have)))
		copy(more, body)
		body = more
	}
}

// cutOff makes an end within a frame an error of its own kind.
func cutOff(err error) error {
	if err == io.EOF { //nolint:errorlint // bufio returns it bare
		return io.ErrUnexpectedEOF
	}
	return err
}

// appendHeader appends what goes before a frame's bytes.
func appendHeader(dst []byte, flags byte, size int) []byte {
	if size < 256 {
		return append(dst, flags, byte(size))
	}
	return binary.BigEndian.AppendUint64(append(dst, flags|flagLong), uint64(size))
}
