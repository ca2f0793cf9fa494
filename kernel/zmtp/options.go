package zmtp

import (
	"errors"
	"fmt"
	"time"
)

// Options bound what peers may cost. The zero value is ready to use.
type Options struct {
	// MaxFrame is the size in bytes of the largest frame that is taken, and
	// MaxMessage that of the largest message, of all its frames together and
	// 64 bytes for each of them. A peer that announces more is disconnected.
	// 0 means 64 MiB and 256 MiB.
	MaxFrame   int64
	MaxMessage int64
	// Handshake is the time in which a peer must have shaken hands; 0 means 5 s.
	Handshake time.Duration
	// MaxPeers is the number of connections at a time; 0 means 1,024. A new one
	// takes the place of the oldest that has not shaken hands yet, and is
	// refused when there is none.
	MaxPeers int
	// Queue is how many bytes may wait for a peer that does not read. At more it
	// is disconnected; 0 means 64 MiB. One message alone may be larger.
	Queue int64
	// Curve is the server's key pair: then peers must encrypt. nil is NULL.
	Curve *CurveKeys
	// Log is given a line about a peer that was refused or cut off, at most
	// ten at once and one a second; nil drops them. Several goroutines call it.
	Log func(line string)
}

// Errors that callers may want to tell apart.
var (
	// ErrNoPeer says that nobody has this identity now.
	ErrNoPeer = errors.New("no peer has this identity")
	// ErrClosed says that the socket was closed.
	ErrClosed = errors.New("the socket is closed")
)

const (
	defaultFrame     = 64 << 20
	defaultMessage   = 256 << 20
	defaultHandshake = 5 * time.Second
	defaultPeers     = 1024
	defaultQueue     = 64 << 20
	defaultSoftQueue = 16 << 20
	defaultPatience  = 200 * time.Millisecond
)

// maxCommand bounds a command, and with it everything that is read before the
// handshake is over.
const maxCommand = 64 << 10

// frameCost is what a frame is counted for beside its bytes: its place in the
// message and an allocation of its own.
const frameCost = 64

func (o Options) withDefaults() (Options, error) {
	for _, f := range []struct {
		name     string
		value    *int64
		standard int64
	}{
		{"MaxFrame", &o.MaxFrame, defaultFrame},
		{"MaxMessage", &o.MaxMessage, defaultMessage},
		{"Queue", &o.Queue, defaultQueue},
	} {
		if err := orDefault(f.name, f.value, f.standard); err != nil {
			return o, err
		}
	}
	return o, errors.Join(
		orDefault("Handshake", &o.Handshake, defaultHandshake),
		orDefault("MaxPeers", &o.MaxPeers, defaultPeers))
}

func orDefault[T int | int64 | time.Duration](name string, value *T, standard T) error {
	if *value < 0 {
		return fmt.Errorf("zmtp: %s is %v: give a positive number, or 0 for %v", name, *value, standard)
	}
	if *value == 0 {
		*value = standard
	}
	return nil
}

// costOf is what frames are counted for.
func costOf(frames [][]byte) int64 {
	n := int64(len(frames)) * frameCost
	for _, f := range frames {
		n += int64(len(f))
	}
	return n
}
