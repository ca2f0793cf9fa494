package zmtp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Names of commands.
const (
	cmdReady     = "READY"
	cmdError     = "ERROR"
	cmdPing      = "PING"
	cmdPong      = "PONG"
	cmdSubscribe = "SUBSCRIBE"
	cmdCancel    = "CANCEL"
)

// parseCommand splits the body of a command frame.
func parseCommand(body []byte) (name string, data []byte, err error) {
	if len(body) == 0 || body[0] == 0 || len(body) < 1+int(body[0]) {
		return "", nil, errors.New("a command without its name")
	}
	n := 1 + int(body[0])
	return string(body[1:n]), body[n:], nil
}

// command is the body of a command frame. The name is one of ours, shorter than
// 256 bytes.
func command(name string, data ...byte) []byte {
	return append(append([]byte{byte(len(name))}, name...), data...)
}

// errorCommand tells the peer why it is refused.
func errorCommand(reason string) []byte {
	if len(reason) > 255 {
		reason = reason[:255]
	}
	return command(cmdError, append([]byte{byte(len(reason))}, reason...)...)
}

// metadata is what a peer says of itself in the handshake.
type metadata struct {
	socketType string
	identity   []byte
}

const maxIdentity = 255

// parseMetadata reads the properties of READY and INITIATE. Names are compared
// without regard to case, and unknown ones skipped, as the specification asks.
func parseMetadata(data []byte) (metadata, error) {
	var m metadata
	broken := errors.New("properties that end in the middle of one")
	for len(data) > 0 {
		n := int(data[0])
		if n == 0 || len(data) < 1+n+4 {
			return m, broken
		}
		name := string(data[1 : 1+n])
		size := binary.BigEndian.Uint32(data[1+n:])
		data = data[1+n+4:]
		if uint64(size) > uint64(len(data)) {
			return m, broken
		}
		value := data[:size]
		data = data[size:]
		switch strings.ToLower(name) {
		case "socket-type":
			m.socketType = string(value)
		case "identity":
			if len(value) > maxIdentity {
				return m, fmt.Errorf("an identity of %d bytes: at most %d are allowed", len(value), maxIdentity)
			}
			if len(value) > 0 && value[0] == 0 {
				return m, errors.New("an identity that begins with a zero byte: those are made here")
			}
			m.identity = value
		}
	}
	return m, nil
}

// ourMetadata is what we say of ourselves.
func ourMetadata(socketType string) []byte {
	const name = "Socket-Type"
	b := append([]byte{byte(len(name))}, name...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(socketType)))
	return append(b, socketType...)
}
