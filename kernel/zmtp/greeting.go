package zmtp

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// The greeting is 64 bytes, the same in both directions: signature (10), version
// (2), mechanism (20), whether this is the server of the mechanism (1), zeros.
const greetingSize = 64

const (
	mechanismNull  = "NULL"
	mechanismCurve = "CURVE"
)

func greeting(mechanism string) []byte {
	g := make([]byte, greetingSize)
	g[0], g[9] = 0xff, 0x7f
	g[10], g[11] = 3, 1
	copy(g[12:32], mechanism)
	if mechanism == mechanismCurve {
		g[32] = 1
	}
	return g
}

// readGreeting reads the peer's greeting and checks that we speak the same. Old
// peers are told by their first bytes, since they wait for an answer then.
func readGreeting(r *bufio.Reader, mechanism string) error {
	g := make([]byte, greetingSize)
	if _, err := io.ReadFull(r, g[:1]); err != nil {
		return err
	}
	if g[0] != 0xff {
		return fmt.Errorf("the first byte is %#02x: that is ZMTP 1, or another protocol; ZMTP 3 is needed (ZeroMQ 4)", g[0])
	}
	if _, err := io.ReadFull(r, g[1:10]); err != nil {
		return cutOff(err)
	}
	if g[9]&1 == 0 {
		return errors.New("the peer speaks ZMTP 1: ZMTP 3 is needed (ZeroMQ 4)")
	}
	if _, err := io.ReadFull(r, g[10:11]); err != nil {
		return cutOff(err)
	}
	if g[10] < 3 {
		return errors.New("the peer speaks ZMTP 2: ZMTP 3 is needed (ZeroMQ 4)")
	}
	if _, err := io.ReadFull(r, g[11:]); err != nil {
		return cutOff(err)
	}
	name, _, _ := bytes.Cut(g[12:32], []byte{0})
	if string(name) != mechanism {
		return fmt.Errorf("the peer wants the mechanism %q, this socket has %s", name, mechanism)
	}
	return nil
}
