package wire

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
)

// Bounds of what is looked at.
const (
	// maxIdentities is how many frames may stand before the delimiter.
	maxIdentities = 64
	// maxSeen is how many signatures are remembered: jupyter_client's number.
	maxSeen = 1 << 16
)

// Signer signs messages and checks signatures. Its methods may be called by
// several goroutines at once.
type Signer struct {
	key []byte

	mu   sync.Mutex
	seen map[[sha256.Size]byte]struct{}
	ring [][sha256.Size]byte // in the order they came; the oldest is forgotten
	at   int
}

// NewSigner returns a Signer for the key of a connection file. An empty key
// signs nothing and accepts everything. The error is of a scheme that is not
// hmac-sha256.
func NewSigner(scheme, key string) (*Signer, error) {
	if scheme != "" && scheme != "hmac-sha256" {
		return nil, fmt.Errorf("signature scheme %q: only hmac-sha256 is known", scheme)
	}
	return &Signer{key: []byte(key), seen: map[[sha256.Size]byte]struct{}{}}, nil
}

func (s *Signer) sum(parts []json.RawMessage) (sum [sha256.Size]byte) {
	mac := hmac.New(sha256.New, s.key)
	for _, p := range parts {
		mac.Write(p)
	}
	mac.Sum(sum[:0])
	return sum
}

func (s *Signer) sign(parts []json.RawMessage) []byte {
	if len(s.key) == 0 {
		return nil
	}
	sum := s.sum(parts)
	return hex.AppendEncode(nil, sum[:])
}

// Open reads the frames of a message. It is refused, with an error that says
// why, when it is no message, is not signed by the key, or was seen before.
func (s *Signer) Open(frames [][]byte) (*Message, error) {
	refuse := func(format string, args ...any) (*Message, error) {
		return nil, fmt.Errorf("%w: %s", ErrRefused, fmt.Sprintf(format, args...))
	}
	at := -1
	for i := range min(len(frames), maxIdentities+1) {
		if string(frames[i]) == delimiter {
			at = i
			break
		}
	}
	switch {
	case at < 0:
		return refuse("no delimiter in its first %d frames of %d", min(len(frames), maxIdentities+1), len(frames))
	case len(frames)-at < 6:
		return refuse("%d parts follow the delimiter, 5 are needed", len(frames)-at-1)
	}
	parts := make([]json.RawMessage, 4)
	for i := range parts {
		parts[i] = frames[at+2+i]
	}
	if why := s.check(frames[at+1], parts); why != "" {
		return refuse("%s", why)
	}
	m := &Message{Identities: frames[:at:at], RawHeader: parts[0], Metadata: parts[2], Content: parts[3], Buffers: frames[at+6:]}
	for i, name := range []string{"header", "parent header", "metadata", "content"} {
		if !isObject(parts[i]) {
			return refuse("its %s is no JSON object", name)
		}
	}
	if err := json.Unmarshal(parts[0], &m.Header); err != nil {
		return refuse("its header: %s", err)
	}
	// A parent of another make is no reason to refuse.
	if err := json.Unmarshal(parts[1], &m.Parent); err != nil {
		m.Parent = Header{}
	}
	if m.Header.MsgType == "" || m.Header.MsgID == "" {
		return refuse("its header has no msg_type or no msg_id")
	}
	return m, nil
}

// check compares the signature, in constant time, and remembers it.
func (s *Signer) check(signature []byte, parts []json.RawMessage) string {
	if len(s.key) == 0 {
		return ""
	}
	want := s.sum(parts)
	if len(signature) != hex.EncodedLen(len(want)) {
		return "it is not signed"
	}
	// The digits themselves are compared: those in capitals are another message.
	if !hmac.Equal(signature, hex.AppendEncode(nil, want[:])) {
		return "its signature is wrong"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.seen[want]; again {
		return "it was sent before"
	}
	if len(s.ring) < maxSeen {
		s.ring = append(s.ring, want)
	} else {
		delete(s.seen, s.ring[s.at])
		s.ring[s.at] = want
		s.at = (s.at + 1) % maxSeen
	}
	s.seen[want] = struct{}{}
	return ""
}

// isObject reports whether b is one whole JSON object. (encoding/json refuses
// what is nested more than 10,000 deep.)
func isObject(b []byte) bool {
	b = bytes.TrimLeft(b, " \t\r\n")
	return len(b) > 0 && b[0] == '{' && json.Valid(b)
}

func marshal(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// NewID returns a random id of 32 hex digits.
func NewID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see its documentation
	return hex.EncodeToString(b[:])
}

// counter gives ids that no other process gives: the session's and a number.
func counter(session string) func() string {
	var n atomic.Int64
	return func() string { return session + "_" + strconv.FormatInt(n.Add(1), 10) }
}
