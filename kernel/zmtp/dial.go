package zmtp

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// Client is a connection to a socket of the other side: what talks to a kernel
// of our own kind, to see how it does. It has no queues, does not connect again
// and speaks NULL only. One goroutine may send while another receives.
type Client struct {
	conn net.Conn
	r    *bufio.Reader

	sending sync.Mutex
	limits  limits
}

// Dial connects to endpoint as a socket of the type "DEALER", "REQ" or "SUB",
// until ctx ends. A DEALER may have an identity.
func Dial(ctx context.Context, endpoint, socketType, identity string) (*Client, error) {
	network, address, ok := strings.Cut(endpoint, "://")
	switch {
	case !ok || network != "tcp" && network != "ipc":
		return nil, fmt.Errorf("endpoint %q: write tcp://HOST:PORT or ipc://PATH", endpoint)
	case network == "ipc":
		network = "unix"
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c := &Client{conn: conn, r: bufio.NewReader(conn), limits: limits{frame: defaultFrame, message: defaultMessage}}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	err = c.shake(socketType, identity)
	if !stop() {
		err = errors.Join(context.Cause(ctx), err)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", endpoint, err), conn.Close())
	}
	return c, nil
}

func (c *Client) shake(socketType, identity string) error {
	if _, err := c.conn.Write(greeting(mechanismNull)); err != nil {
		return err
	}
	if err := readGreeting(c.r, mechanismNull); err != nil {
		return err
	}
	properties := ourMetadata(socketType)
	if identity != "" {
		const name = "Identity"
		properties = append(append(properties, byte(len(name))), name...)
		properties = binary.BigEndian.AppendUint32(properties, uint32(len(identity)))
		properties = append(properties, identity...)
	}
	if err := writeCommand(c.conn, command(cmdReady, properties...)); err != nil {
		return err
	}
	_, err := expect(c.r, cmdReady)
	return err
}

// Send sends a message.
func (c *Client) Send(frames ...[]byte) error {
	var out []byte
	for i, f := range frames {
		flags := byte(flagMore)
		if i == len(frames)-1 {
			flags = 0
		}
		out = append(appendHeader(out, flags, len(f)), f...)
	}
	c.sending.Lock()
	defer c.sending.Unlock()
	_, err := c.conn.Write(out)
	return err
}

// Subscribe asks, as a SUB, for the messages whose first frame begins with the
// prefix.
func (c *Client) Subscribe(prefix string) error { return c.Send(append([]byte{1}, prefix...)) }

// Recv waits for the next message until ctx ends, after which the connection is
// of no use.
func (c *Client) Recv(ctx context.Context) (frames [][]byte, err error) {
	stop := context.AfterFunc(ctx, func() { _ = c.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer func() {
		if !stop() {
			err = context.Cause(ctx)
		}
	}()
	p := &peer{conn: c.conn, r: c.r}
	cost := int64(0)
	for {
		flags, body, err := p.readFrame(c.limits, cost)
		if err != nil {
			return nil, err
		}
		if flags&flagCommand != 0 {
			if err := c.command(body); err != nil {
				return nil, err
			}
			continue
		}
		cost += int64(len(body)) + frameCost
		if frames = append(frames, body); flags&flagMore == 0 {
			return frames, nil
		}
	}
}

// command answers PING and leaves all others alone.
func (c *Client) command(body []byte) error {
	name, data, err := parseCommand(body)
	if err != nil || name != cmdPing || len(data) < 2 {
		return err
	}
	c.sending.Lock()
	defer c.sending.Unlock()
	return writeCommand(c.conn, command(cmdPong, data[2:]...))
}

// Close ends the connection.
func (c *Client) Close() error { return c.conn.Close() }
