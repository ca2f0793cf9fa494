package zmtp_test

import (
	"fmt"
	"io"
	"testing"

	"gondola/kernel/zmtp"
)

// BenchmarkXPub publishes to subscribers that read: messages a second.
func BenchmarkXPub(b *testing.B) {
	for _, bb := range []struct {
		size, subscribers int
		curve             bool
	}{{100, 1, false}, {100, 10, false}, {100, 1, true}, {1 << 20, 1, false}, {1 << 20, 1, true}} {
		b.Run(fmt.Sprintf("size=%d/subscribers=%d/curve=%v", bb.size, bb.subscribers, bb.curve), func(b *testing.B) {
			var o zmtp.XPubOptions
			if bb.curve {
				o.Curve = newKeys(b)
			}
			x := listenXPub(b, "tcp://127.0.0.1:0", o)
			m := zmtp.Publication{Frames: [][]byte{[]byte("topic"), make([]byte, bb.size)}}
			wireSize := int64(2 + 5 + len(wire(0, m.Frames[1])))
			if bb.curve {
				wireSize = int64(len(wire(0, make([]byte, 5+33))) + len(wire(0, make([]byte, bb.size+33))))
			}
			done := make(chan error, bb.subscribers)
			for range bb.subscribers {
				var c *client
				if bb.curve {
					c = dialCurve(b, x.Endpoint(), "SUB", "", o.Curve)
				} else {
					c = dial(b, x.Endpoint(), "SUB", "")
				}
				c.send("\x01")
				c.flush()
				go func() {
					_, err := io.CopyN(io.Discard, c.r, int64(b.N)*wireSize)
					done <- err
				}()
			}
			b.SetBytes(int64(bb.size))
			b.ResetTimer()
			for range b.N {
				x.Send(m)
			}
			for range bb.subscribers {
				if err := <-done; err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*bb.subscribers)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}

// BenchmarkRouter receives and answers: one message after another, and as many
// as come.
func BenchmarkRouter(b *testing.B) {
	for _, endpoint := range endpoints(b) {
		b.Run(endpoint[:3]+"/round trip", func(b *testing.B) {
			r := listenRouter(b, endpoint, zmtp.Options{})
			echo(b, r)
			c := dial(b, r.Endpoint(), "DEALER", "")
			body, reply := wire(0, make([]byte, 100)), make([]byte, 102)
			for b.Loop() {
				c.bytes(body)
				if _, err := io.ReadFull(c.r, reply); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("stream", func(b *testing.B) {
		r := listenRouter(b, "tcp://127.0.0.1:0", zmtp.Options{})
		c := dial(b, r.Endpoint(), "DEALER", "")
		go func() {
			var batch []byte
			for range 100 {
				batch = append(batch, wire(0, make([]byte, 100))...)
			}
			for {
				if _, err := c.conn.Write(batch); err != nil {
					return
				}
			}
		}()
		for b.Loop() {
			if _, err := r.Recv(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	})
}
