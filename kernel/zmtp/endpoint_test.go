//go:build unix

package zmtp_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gondola/kernel/zmtp"
)

func TestEndpoints(t *testing.T) {
	for _, bad := range []string{
		"", "tcp", "tcp://", "tcp://127.0.0.1", "tcp://:0", "tcp://127.0.0.1:x", "udp://127.0.0.1:0", "ipc://", "ipc://*", "ipc://@name",
		"ipc:///no/such/folder/s", "ipc://" + t.TempDir() + strings.Repeat("/long", 50),
	} {
		if r, err := zmtp.ListenRouter(bad, zmtp.Options{}); err == nil {
			closed(t, r)
			t.Errorf("%q: listens at %s", bad, r.Endpoint())
		} else if !strings.Contains(err.Error(), bad) {
			t.Errorf("%q is not named: %v", bad, err)
		}
	}
	r := listenRouter(t, "tcp://*:*", zmtp.Options{})
	if !strings.HasPrefix(r.Endpoint(), "tcp://*:") || strings.HasSuffix(r.Endpoint(), ":0") {
		t.Error(r.Endpoint())
	}
	dial(t, strings.Replace(r.Endpoint(), "*", "127.0.0.1", 1), "DEALER", "")
	first := listenRouter(t, "tcp://127.0.0.1:0", zmtp.Options{})
	if _, err := zmtp.ListenRouter(first.Endpoint(), zmtp.Options{}); err == nil {
		t.Error("two sockets listen at " + first.Endpoint())
	}
	for _, bad := range []zmtp.Options{{MaxFrame: -1}, {MaxMessage: -1}, {Queue: -1}, {Handshake: -1}, {MaxPeers: -1}} {
		if _, err := zmtp.ListenRouter("tcp://127.0.0.1:0", bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestIPCFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	open := func() (*zmtp.Router, error) { return zmtp.ListenRouter("ipc://"+path, zmtp.Options{}) }

	// What a dead process leaves.
	l, err := new(net.ListenConfig).Listen(t.Context(), "unix", path)
	if err != nil {
		t.Fatal(err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := open()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode() != fs.ModeSocket|0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if _, err := open(); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("two sockets listen at one file: %v", err)
	}
	dial(t, r.Endpoint(), "DEALER", "") // the first is not harmed by that
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the file is still there: %v", err)
	}

	// What is not ours is left alone.
	if r, err = open(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(path, []byte("letter"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := open(); err == nil {
		t.Error("a file of another kind was replaced")
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "letter" {
		t.Errorf("%q, %v", b, err)
	}
}
