//go:build linux && !race

// The race detector takes memory of its own: it notes who used what.

package zmtp_test

import (
	"bytes"
	"fmt"
	"io"
	"testing"
)

func (c *child) measure() (kib, goroutines int) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, "\n"); err != nil {
		c.t.Fatal(err)
	}
	line := c.line()
	if _, err := fmt.Sscan(line, &kib, &goroutines); err != nil {
		c.t.Fatalf("%q: %v", line, err)
	}
	return kib, goroutines
}

// TestMemoryIsForBytesThatArrived is the bar K2: 1,000 connections that
// announce much and send nothing cost less than 64 MiB together.
func TestMemoryIsForBytesThatArrived(t *testing.T) {
	ready := append(hello("NULL", 1), wire(command, readyBody("DEALER", ""))...)
	for _, tt := range []struct {
		name string
		say  []byte
		stay bool // connected, all of them
	}{
		{"nothing", nil, true},
		{"half a greeting", ready[:20], true},
		{"a command of 2^62 bytes", append(hello("NULL", 1), header(command, 1<<62)...), false},
		{"a command of 64 KiB", append(hello("NULL", 1), header(command, 1<<16)...), true},
		{"a frame of 2^62 bytes", append(bytes.Clone(ready), header(0, 1<<62)...), false},
		{"a frame just under 64 MiB", append(bytes.Clone(ready), header(0, 64<<20-1)...), true},
		{"and its first bytes", append(append(bytes.Clone(ready), header(0, 64<<20-1)...), make([]byte, 1000)...), true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := startChild(t, 0)
			dial(t, c.endpoint, "DEALER", "").flush()
			before, _ := c.measure()
			const n = 1000
			var peers []*client
			for range n {
				p := connect(t, c.endpoint)
				p.bytes(tt.say)
				peers = append(peers, p)
			}
			for _, p := range peers {
				if !tt.stay {
					p.ended()
				} else if err := p.greeted(); err != nil {
					t.Fatal(err)
				} else if bytes.HasPrefix(tt.say, ready) {
					p.ready()
				}
			}
			good := dial(t, c.endpoint, "DEALER", "")
			good.within(answerTime)
			good.send("hello")
			if got, err := good.recv(); err != nil || got[0] != "hello" {
				t.Errorf("%q, %v", got, err)
			}
			after, goroutines := c.measure()
			t.Logf("%d KiB more for %d connections, %d goroutines", after-before, n, goroutines)
			if tt.stay && goroutines < n {
				t.Errorf("only %d goroutines: the connections are not there", goroutines)
			}
			if after-before >= 64<<10 {
				t.Errorf("%d KiB more", after-before)
			}
		})
	}
}
