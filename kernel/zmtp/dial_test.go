//go:build unix

package zmtp_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"gondola/kernel/zmtp"
)

// TestDial: our own client and our own sockets understand each other.
func TestDial(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), 10*answerTime)
	defer stop()
	each(t, func(t *testing.T, endpoint string, keys *zmtp.CurveKeys) {
		if keys != nil {
			return // the client has no encryption
		}
		ctx, stop := context.WithTimeout(t.Context(), 10*answerTime)
		defer stop()
		r := listenRouter(t, endpoint, zmtp.Options{})
		echo(t, r)
		c, err := zmtp.Dial(ctx, r.Endpoint(), "DEALER", "ann")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close() //nolint:errcheck // it was used
		for _, size := range []int{0, 1, 255, 256, 100_000} {
			if err := c.Send([]byte("a"), []byte(strings.Repeat("x", size))); err != nil {
				t.Fatal(err)
			}
			frames, err := c.Recv(ctx)
			if err != nil || len(frames) != 2 || len(frames[1]) != size {
				t.Fatalf("%d frames: %v", len(frames), err)
			}
		}
		short, stop := context.WithTimeout(ctx, answerTime/100)
		defer stop()
		if _, err := c.Recv(short); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("nothing comes: %v", err)
		}
		if _, err := zmtp.Dial(ctx, r.Endpoint(), "SUB", ""); err == nil {
			t.Error("a ROUTER takes a SUB")
		}
	})
	for _, endpoint := range []string{"127.0.0.1:1", "udp://127.0.0.1:1", "ipc:///no/such/socket"} {
		begun := time.Now()
		if _, err := zmtp.Dial(ctx, endpoint, "DEALER", ""); err == nil || time.Since(begun) > answerTime {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}
