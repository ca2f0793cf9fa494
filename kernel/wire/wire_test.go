package wire_test

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/kernel/wire"
)

func newSigner(t testing.TB, key string) *wire.Signer {
	t.Helper()
	s, err := wire.NewSigner("hmac-sha256", key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestVector is a message that jupyter_client 8.10's Session made with the key
// "secret-key": its signature is right here, too.
func TestVector(t *testing.T) {
	frames := [][]byte{
		[]byte("peer"), []byte("<IDS|MSG>"),
		[]byte("SIGNATURE"),
		[]byte(`{"msg_id": "a_1", "msg_type": "execute_request", "username": "u", "session": "s", "date": "2026-01-02T03:04:05.678901Z", "version": "5.4"}`),
		[]byte("{}"), []byte(`{"deletedCells": []}`), []byte(`{"code": "show # \u00e9 \ud83c\udf55", "silent": false}`),
		{0, 255, 1},
	}
	data, err := os.ReadFile(filepath.Join("testdata", "signature.txt"))
	if err != nil {
		t.Fatal(err)
	}
	frames[2] = []byte(strings.TrimSpace(string(data)))
	m, err := newSigner(t, "secret-key").Open(frames)
	if err != nil {
		t.Fatal(err)
	}
	var in wire.ExecuteRequest
	if err := m.Decode(&in); err != nil {
		t.Fatal(err)
	}
	if in.Code != "show # é 🍕" || m.Header.MsgID != "a_1" || m.Header.Session != "s" || string(m.Identities[0]) != "peer" || len(m.Buffers) != 1 {
		t.Errorf("%+v %+v", m, in)
	}
	if !wire.Or(in.StopOnError, true) || !wire.Or(in.StoreHistory, true) || in.Silent {
		t.Errorf("defaults: %+v", in)
	}
}

// TestRoundTrip: what Frames makes Open reads.
func TestRoundTrip(t *testing.T) {
	s := newSigner(t, "k")
	sender := wire.NewSender(s, "session", "user")
	for _, key := range []string{"k", ""} {
		s := newSigner(t, key)
		sender := wire.NewSender(s, "session", "user")
		frames, id, err := sender.Frames(wire.Outgoing{
			Identities: [][]byte{{1}, {2}}, Type: "stream", Parent: json.RawMessage(`{"msg_id":"p"}`), Content: map[string]string{"text": "<b>&é\u2028"},
			Metadata: map[string]int{"a": 1}, Buffers: [][]byte{[]byte("b")},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(frames[7]); got != `{"text":"<b>&é\u2028"}` {
			t.Errorf("the content is %s", got)
		}
		m, err := s.Open(frames)
		if err != nil {
			t.Fatal(err)
		}
		if m.Header.MsgID != id || m.Parent.MsgID != "p" || m.Header.Version != wire.Version || string(m.Metadata) != `{"a":1}` || string(m.Buffers[0]) != "b" ||
			m.Header.Session != "session" || m.Header.Username != "user" || m.Header.MsgType != "stream" {
			t.Errorf("%+v", m)
		}
	}
	if _, _, err := sender.Frames(wire.Outgoing{Type: "x", Content: math.NaN()}); err == nil {
		t.Error("NaN is no JSON")
	}
	// The same content has another signature each time: clients refuse repeats.
	a, first, _ := sender.Frames(wire.Outgoing{Type: "x"})
	b, second, _ := sender.Frames(wire.Outgoing{Type: "x"})
	if cmp.Equal(a, b) || first == second {
		t.Error("two messages are the same")
	}
}

// TestRefused: each is refused, with a reason, and without a key only what is
// no message.
func TestRefused(t *testing.T) {
	s := newSigner(t, "k")
	sender := wire.NewSender(s, "s", "u")
	frames, _, err := sender.Frames(wire.Outgoing{Type: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(frames); err != nil {
		t.Fatal(err)
	}
	for want, frames := range map[string][][]byte{
		"sent before": frames, "no delimiter": nil, "5 are needed": frames[:3],
		"not signed": {frames[0], nil, frames[2], frames[3], frames[4], frames[5]}, "signature is wrong": {frames[0], frames[1], frames[2], frames[3], frames[4], []byte(" {}")},
	} {
		if _, err := s.Open(frames); !errors.Is(err, wire.ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	open := newSigner(t, "")
	for want, parts := range map[string][4]string{
		"header is no JSON": {"[]", "{}", "{}", "{}"}, "parent header": {`{"msg_id":"a","msg_type":"b"}`, "1", "{}", "{}"},
		"no msg_type": {`{"msg_id":"a"}`, "{}", "{}", "{}"}, "content": {`{"msg_id":"a","msg_type":"b"}`, "{}", "{}", "{} {}"},
	} {
		_, err := open.Open([][]byte{[]byte("<IDS|MSG>"), nil, []byte(parts[0]), []byte(parts[1]), []byte(parts[2]), []byte(parts[3])})
		if !errors.Is(err, wire.ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := wire.NewSigner("hmac-md5", "k"); err == nil {
		t.Error("another scheme is taken")
	}
}

// TestRemembered: signatures are remembered up to a bound, the oldest are
// forgotten.
func TestRemembered(t *testing.T) {
	s := newSigner(t, "k")
	sender := wire.NewSender(s, "s", "u")
	var first, last [][]byte
	for i := range 1<<16 + 10 {
		frames, _, err := sender.Frames(wire.Outgoing{Type: "x"})
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = frames
		}
		last = frames
		if _, err := s.Open(frames); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Open(last); err == nil {
		t.Error("the last one is forgotten")
	}
	if _, err := s.Open(first); err != nil {
		t.Errorf("the first one is remembered: %v", err)
	}
}

// TestConnection: what is wrong with a connection file is told in a line.
func TestConnection(t *testing.T) {
	dir := t.TempDir()
	read := func(text string, mode os.FileMode) (wire.Connection, string, error) {
		t.Helper()
		path := filepath.Join(dir, "c.json")
		_ = os.Remove(path)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return wire.ReadConnection(path)
	}
	const good = `{"transport":"tcp","ip":"127.0.0.1","shell_port":1,"iopub_port":2,"stdin_port":3,"control_port":4,"hb_port":5,"key":"k","signature_scheme":"hmac-sha256","jupyter_session":"x"}`
	c, warning, err := read(good, 0o600)
	if err != nil || warning != "" || c.Endpoint(c.ShellPort) != "tcp://127.0.0.1:1" {
		t.Errorf("%+v %q %v", c, warning, err)
	}
	if c, _, err := read(strings.NewReplacer("127.0.0.1", "::1").Replace(good), 0o600); err != nil || c.Endpoint(2) != "tcp://[::1]:2" {
		t.Errorf("%+v %v", c, err)
	}
	if c, _, err := read(strings.NewReplacer("127.0.0.1", "/run/k", `"tcp"`, `"ipc"`).Replace(good), 0o600); err != nil || c.Endpoint(2) != "ipc:///run/k-2" {
		t.Errorf("%+v %v", c, err)
	}
	if _, warning, _ := read(good, 0o644); !strings.Contains(warning, "may be read by others") {
		t.Errorf("%q", warning)
	}
	if _, warning, _ := read(strings.Replace(good, `"key":"k"`, `"key":""`, 1), 0o600); !strings.Contains(warning, "no key") {
		t.Errorf("%q", warning)
	}
	for want, text := range map[string]string{
		"only tcp and ipc": strings.Replace(good, `"tcp"`, `"udp"`, 1), "no ip": strings.Replace(good, "127.0.0.1", "", 1),
		"stdin_port 70000": strings.Replace(good, `"stdin_port":3`, `"stdin_port":70000`, 1), "invalid character": "x", "unexpected end": "",
	} {
		if _, _, err := read(text, 0o600); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, _, err := wire.ReadConnection(filepath.Join(dir, "none")); err == nil {
		t.Error("no file is no error")
	}
}

// FuzzOpen: whatever comes is refused or a message, and nothing panics; what is
// a message goes back to the same bytes.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("a\x00<IDS|MSG>\x00\x00{\"msg_id\":\"a\",\"msg_type\":\"b\"}\x00{}\x00{}\x00{}\x00buffer"))
	f.Add([]byte("<IDS|MSG>\x00\x00{}\x00{}\x00{}\x00{}"))
	f.Add([]byte("<IDS|MSG>"))
	f.Add([]byte("\x00<IDS|MSG>\x00zz\x00{\"msg_id\":5}\x00[]\x00null\x00{\"code\":\"\xff\"}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		var frames [][]byte
		for part := range strings.SplitSeq(string(data), "\x00") {
			frames = append(frames, []byte(part))
		}
		if m, err := newSigner(t, "key").Open(frames); err == nil {
			t.Fatalf("signed by nobody and taken: %+v", m)
		}
		m, err := newSigner(t, "").Open(frames)
		if err != nil {
			if !errors.Is(err, wire.ErrRefused) {
				t.Fatal(err)
			}
			return
		}
		if m.Header.MsgID == "" || m.Header.MsgType == "" || !json.Valid(m.Content) {
			t.Fatalf("%+v", m)
		}
		for _, to := range []any{&wire.ExecuteRequest{}, &wire.CompleteRequest{}, &wire.HistoryRequest{}, &wire.CommOpen{}} {
			_ = m.Decode(to) // must not panic
		}
	})
}
