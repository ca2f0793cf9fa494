// Package wire is the format of Jupyter's messages: what the frames of one
// hold, its signature, and the contents that a kernel reads. It knows neither
// sockets nor what a kernel does.
//
// A message is frames: identities (who it is from, or for), the delimiter
// <IDS|MSG>, the signature in hex, and four JSON objects (header, parent
// header, metadata, content), then buffers of bytes. The signature is the
// HMAC-SHA256 of the four JSON frames under the key of the connection file.
// Source: jupyter_client's docs/messaging.rst, protocol 5.5.
//
// What comes from outside is not trusted: Signer.Open refuses what is not
// signed, was seen before or is no message, and never panics.
package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Version is the version of Jupyter's protocol that is spoken.
const Version = "5.5"

// delimiter parts the identities from the message.
const delimiter = "<IDS|MSG>"

// Header is the first part of a message.
type Header struct {
	MsgID    string `json:"msg_id"`
	Session  string `json:"session"` // of the sender: one connection of a page, or one process of a kernel
	Username string `json:"username"`
	Date     string `json:"date"` // ISO 8601, in UTC
	MsgType  string `json:"msg_type"`
	Version  string `json:"version"`
	// SubshellID names the subshell that a request is for; empty for the shell.
	SubshellID string `json:"subshell_id,omitempty"`
}

// Message is one that has come in and was found genuine.
type Message struct {
	Identities [][]byte
	Header     Header
	// RawHeader is the header as it came, which answers carry as their parent.
	RawHeader json.RawMessage
	Parent    Header // its fields are empty when there is none
	Metadata  json.RawMessage
	Content   json.RawMessage
	Buffers   [][]byte
}

// Decode reads the content into a pointer. The error names the type of the
// message.
func (m *Message) Decode(content any) error {
	if err := json.Unmarshal(m.Content, content); err != nil {
		return fmt.Errorf("%s: %w", m.Header.MsgType, err)
	}
	return nil
}

// Outgoing is a message to be sent.
type Outgoing struct {
	Identities [][]byte // of a reply those of its request; of a publication its topic
	Type       string
	Parent     json.RawMessage // header of the request that it belongs to; nil for none
	Metadata   any             // an object; nil for an empty one
	Content    any             // an object; nil for an empty one
	Buffers    [][]byte
}

// Sender makes messages of one process: it knows the session id and numbers
// what it sends. Its methods may be called by several goroutines at once.
type Sender struct {
	signer   *Signer
	session  string
	username string
	next     func() string
}

// NewSender returns a Sender whose messages are of the given session.
func NewSender(s *Signer, session, username string) *Sender {
	return &Sender{signer: s, session: session, username: username, next: counter(session)}
}

// Frames returns the frames of a message and its id. The error is of content
// that is no JSON, such as NaN.
func (s *Sender) Frames(m Outgoing) (frames [][]byte, id string, err error) {
	header := Header{
		MsgID: s.next(), Session: s.session, Username: s.username, MsgType: m.Type, Version: Version,
		Date: time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"),
	}
	var parts [4]json.RawMessage
	parent := m.Parent
	if len(parent) == 0 {
		parent = json.RawMessage("{}")
	}
	for i, v := range []any{header, parent, m.Metadata, m.Content} {
		if parts[i], err = object(v); err != nil {
			return nil, "", fmt.Errorf("message %s: %w", m.Type, err)
		}
	}
	frames = make([][]byte, 0, len(m.Identities)+6+len(m.Buffers))
	frames = append(frames, m.Identities...)
	frames = append(frames, []byte(delimiter), s.signer.sign(parts[:]))
	for _, p := range parts {
		frames = append(frames, p)
	}
	return append(frames, m.Buffers...), header.MsgID, nil
}

// object writes a value as JSON without escaping what only matters in HTML:
// front ends get text as it is.
func object(v any) (json.RawMessage, error) {
	if v == nil {
		return json.RawMessage("{}"), nil
	}
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	return marshal(v)
}

// ErrRefused is wrapped by all errors of Open.
var ErrRefused = errors.New("message refused")
