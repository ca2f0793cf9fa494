package zmtp

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
)

// kind is a kind of socket.
type kind struct {
	name    string
	accepts []string // kinds of peers
}

// readCommand reads a frame that must be a command, as all are before the
// handshake is over, and a small one.
func readCommand(r *bufio.Reader) (name string, data []byte, err error) {
	flags, size, err := readHeader(r)
	if err != nil {
		return "", nil, cutOff(err)
	}
	if flags&flagCommand == 0 {
		return "", nil, errors.New("a message before the handshake was over")
	}
	if size > maxCommand {
		return "", nil, fmt.Errorf("a command of %d bytes: at most %d are allowed", size, maxCommand)
	}
	body, err := readBody(r, size)
	if err != nil {
		return "", nil, err
	}
	return parseCommand(body)
}

// writeCommand writes a command in the clear.
func writeCommand(conn net.Conn, body []byte) error {
	_, err := conn.Write(append(appendHeader(nil, flagCommand, len(body)), body...))
	return err
}

// shake takes the peer through the handshake up to our last word, which ready
// has the bytes of: it is sent when the peer has its place.
func shake(conn net.Conn, k kind, keys *CurveKeys) (p *peer, ready []byte, err error) {
	mechanism := mechanismNull
	if keys != nil {
		mechanism = mechanismCurve
	}
	if _, err := conn.Write(greeting(mechanism)); err != nil {
		return nil, nil, err
	}
	p = &peer{conn: conn, r: bufio.NewReaderSize(conn, 8<<10), out: newOutbox(), gone: make(chan struct{})}
	if err := readGreeting(p.r, mechanism); err != nil {
		return nil, nil, err
	}
	var data []byte
	if keys != nil {
		p.sec, data, err = acceptCurve(conn, p.r, keys)
	} else {
		data, err = expect(p.r, cmdReady)
	}
	if err == nil {
		p.meta, err = parseMetadata(data)
	}
	if err == nil && !slices.Contains(k.accepts, p.meta.socketType) {
		err = fmt.Errorf("a peer of type %.20q: %s talks to %s", p.meta.socketType, k.name, strings.Join(k.accepts, ", "))
	}
	if err != nil {
		// Whether the peer hears the reason does not matter to us.
		_ = writeCommand(conn, errorCommand(err.Error()))
		return nil, nil, err
	}
	if ready = command(cmdReady, ourMetadata(k.name)...); p.sec != nil {
		ready = p.sec.ready(ourMetadata(k.name))
	}
	return p, ready, nil
}

// expect reads the command of that name.
func expect(r *bufio.Reader, want string) ([]byte, error) {
	name, data, err := readCommand(r)
	if err != nil {
		return nil, err
	}
	if name == cmdError {
		return nil, fmt.Errorf("the peer refuses: %q", reasonOf(data))
	}
	if name != want {
		return nil, fmt.Errorf("the command %.20q where %s belongs", name, want)
	}
	return data, nil
}
