package zmtp

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// listener is a net.Listener that knows its endpoint and takes its file away.
type listener struct {
	net.Listener
	endpoint string
	path     string      // of an ipc socket
	file     os.FileInfo // what was there when we made it
}

// listen listens at "tcp://host:port" or "ipc://path".
func listen(endpoint string) (*listener, error) {
	transport, address, ok := strings.Cut(endpoint, "://")
	var l *listener
	var err error
	switch {
	case ok && transport == "tcp":
		l, err = listenTCP(address)
	case ok && transport == "ipc":
		l, err = listenIPC(address)
	default:
		err = errors.New("an endpoint is tcp://host:port or ipc://path")
	}
	if err != nil {
		return nil, fmt.Errorf("zmtp: cannot listen at %q: %w", endpoint, err)
	}
	return l, nil
}

func listenTCP(address string) (*listener, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	where := host
	switch host {
	case "*":
		where = ""
	case "":
		return nil, errors.New("no host: * is all of this machine's addresses")
	}
	if port == "*" || port == "" {
		port = "0"
	}
	// A peer whose machine is gone is noticed after a minute and a half.
	config := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 15 * time.Second, Count: 4}}
	ln, err := config.Listen(context.Background(), "tcp", net.JoinHostPort(where, port))
	if err != nil {
		return nil, err
	}
	if _, port, err = net.SplitHostPort(ln.Addr().String()); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return &listener{Listener: ln, endpoint: "tcp://" + net.JoinHostPort(host, port)}, nil
}

// Accept accepts a connection that sends small messages at once.
func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if c, ok := conn.(*net.TCPConn); ok && err == nil {
		_ = c.SetNoDelay(true) // a slow connection is better than none
	}
	return conn, err
}

// listenIPC makes a socket file that only its owner may connect to. One that a
// dead process left is replaced.
func listenIPC(path string) (*listener, error) {
	if path == "" || path == "*" || path[0] == '@' {
		return nil, errors.New("an ipc endpoint is the path of a file")
	}
	if err := removeStale(path); err != nil {
		return nil, err
	}
	config := net.ListenConfig{Control: private}
	ln, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		if errors.Is(err, syscall.EINVAL) {
			err = fmt.Errorf("%w (a path of %d bytes may be too long for a socket: about 100 are allowed)", err, len(path))
		}
		return nil, err
	}
	l := &listener{Listener: ln, endpoint: "ipc://" + path, path: path}
	if u, ok := ln.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false) // it would also remove what another process put there
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	if l.file, err = os.Lstat(path); err != nil {
		return nil, errors.Join(err, ln.Close())
	}
	return l, nil
}

// removeStale removes a socket file that nobody listens at.
func removeStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSocket == 0 {
		return errors.New("there is another file: remove it, or take another path")
	}
	var d net.Dialer
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	conn, err := d.DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close()
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return errors.New("another process listens there")
	}
	if now, err := os.Lstat(path); err != nil || !os.SameFile(info, now) {
		return errors.New("another process begins to listen there")
	}
	return os.Remove(path)
}

// close stops listening and removes the file, if it is ours still.
func (l *listener) close() error {
	if l.path != "" {
		if now, err := os.Lstat(l.path); err == nil && os.SameFile(l.file, now) {
			if err := os.Remove(l.path); err != nil {
				return errors.Join(err, l.Close())
			}
		}
	}
	return l.Close()
}

// isReset tells a connection that its peer broke off.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNABORTED)
}
