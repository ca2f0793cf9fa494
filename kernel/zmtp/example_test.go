package zmtp_test

import (
	"context"
	"errors"
	"log"
	"time"

	"gondola/kernel/zmtp"
)

// A socket that answers each request, until it is closed.
func ExampleListenRouter() {
	r, err := zmtp.ListenRouter("tcp://127.0.0.1:0", zmtp.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := r.Close(ctx); err != nil {
			log.Print(err)
		}
	}()
	for {
		m, err := r.Recv(context.Background())
		if err != nil {
			return
		}
		if err := r.Send(m.Identity, m.Frames...); errors.Is(err, zmtp.ErrNoPeer) {
			continue // it has gone away meanwhile
		}
	}
}

// A socket that says hello to each new subscriber, and what one missed that
// did not read.
func ExampleListenXPub() {
	x, err := zmtp.ListenXPub("ipc:///run/user/1000/kernel-1", zmtp.XPubOptions{
		Welcome: func(subscription []byte) [][]byte { return [][]byte{subscription, []byte("welcome")} },
		Dropped: func(n int) [][]byte { return [][]byte{[]byte("stream"), []byte("some output is left out")} },
	})
	if err != nil {
		log.Fatal(err)
	}
	x.Send(zmtp.Publication{Frames: [][]byte{[]byte("status"), []byte("busy")}, Keep: true})
	x.Send(zmtp.Publication{Frames: [][]byte{[]byte("stream"), []byte("one line of many")}})
	x.Send(zmtp.Publication{Frames: [][]byte{[]byte("status"), []byte("idle")}, Keep: true})
}
