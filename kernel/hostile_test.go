package kernel

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"gondola/kernel/wire"
)

// signed makes the frames of a message of these four parts, rightly signed.
func signed(key string, parts ...string) [][]byte {
	mac := hmac.New(sha256.New, []byte(key))
	frames := [][]byte{[]byte("<IDS|MSG>"), nil}
	for _, p := range parts {
		mac.Write([]byte(p))
		frames = append(frames, []byte(p))
	}
	frames[1] = []byte(hex.EncodeToString(mac.Sum(nil)))
	return frames
}

// TestMalformed (bar K1) sends messages that are none: the kernel answers the
// next question each time.
func TestMalformed(t *testing.T) {
	k := startKernel(t, nil)
	f := k.connect(t)
	key := k.connection.Key
	const form = `{"msg_id":"ID","session":"s","username":"u","date":"2026-01-01T00:00:00Z","msg_type":"kernel_info_request","version":"5.3"}`
	header := func() string { return strings.Replace(form, "ID", wire.NewID(), 1) }
	good := func() [][]byte { return signed(key, header(), "{}", "{}", "{}") }
	with := func(i int, frame string) [][]byte {
		frames := good()
		frames[i] = []byte(frame)
		return frames
	}
	typed := func(typ, content string) [][]byte {
		return signed(key, strings.Replace(header(), "kernel_info_request", typ, 1), "{}", "{}", content)
	}
	deep := strings.Repeat("[", 100000) + strings.Repeat("]", 100000)
	deepObject := strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000)
	table := map[string][][]byte{
		"nothing":                       {{}},
		"no delimiter":                  {[]byte("a"), []byte("b"), []byte("{}"), []byte("{}"), []byte("{}"), []byte("{}")},
		"delimiter only":                {[]byte("<IDS|MSG>")},
		"delimiter and signature":       good()[:2],
		"two parts of four":             good()[:4],
		"three parts of four":           good()[:5],
		"empty signature":               with(1, ""),
		"short signature":               with(1, "ab"),
		"odd hex":                       with(1, string(good()[1][:63])+"x"),
		"no hex":                        with(1, strings.Repeat("z", 64)),
		"long signature":                with(1, strings.Repeat("0", 100000)),
		"wrong signature":               with(1, strings.Repeat("0", 64)),
		"signature in bytes":            with(1, string(bytes.Repeat([]byte{0xff}, 32))),
		"a thousand identities":         slices.Concat(slices.Repeat([][]byte{[]byte("id")}, 1000), good()),
		"header of another message":     with(2, strings.ReplaceAll(header(), "info", "xxxx")),
		"header no JSON":                signed(key, "x", "{}", "{}", "{}"),
		"header a list":                 signed(key, "[]", "{}", "{}", "{}"),
		"header null":                   signed(key, "null", "{}", "{}", "{}"),
		"header empty":                  signed(key, "", "{}", "{}", "{}"),
		"header of wrong types":         signed(key, `{"msg_id":5,"session":[],"msg_type":{}}`, "{}", "{}", "{}"),
		"no msg_type":                   signed(key, `{"msg_id":"m"}`, "{}", "{}", "{}"),
		"header not UTF-8":              signed(key, "{\"msg_id\":\"\xff\xfe\",\"msg_type\":\"\x80\"}", "{}", "{}", "{}"),
		"parent a list":                 signed(key, header(), "[]", "{}", "{}"),
		"parent of wrong types":         signed(key, header(), `{"msg_id":{}}`, "{}", "{}"),
		"metadata a number":             signed(key, header(), "{}", "5", "{}"),
		"content a text":                signed(key, header(), "{}", "{}", `"x"`),
		"content cut off":               signed(key, header(), "{}", "{}", `{"code":"`),
		"content with more behind":      signed(key, header(), "{}", "{}", `{} {}`),
		"content a deep list":           signed(key, header(), "{}", "{}", deep),
		"content a deep object":         signed(key, header(), "{}", "{}", deepObject),
		"unknown type":                  typed("frobnicate_request", "{}"),
		"a reply":                       typed("execute_reply", "{}"),
		"type of a megabyte":            typed(strings.Repeat("x", 1<<20), "{}"),
		"execute: wrong types":          typed("execute_request", `{"code":["a"],"silent":"no"}`),
		"execute: null":                 typed("execute_request", `{"code":null,"user_expressions":null}`),
		"complete: cursor far off":      typed("complete_request", `{"code":"load x","cursor_pos":123456789012345}`),
		"complete: negative cursor":     typed("complete_request", `{"code":"load x","cursor_pos":-5}`),
		"complete: cursor a fraction":   typed("complete_request", `{"code":"load x","cursor_pos":1.5}`),
		"inspect: not UTF-8":            typed("inspect_request", "{\"code\":\"\xff\xfe train\",\"cursor_pos\":2}"),
		"history: everything wrong":     typed("history_request", `{"hist_access_type":"range","session":-99999999,"start":-1,"stop":-5,"n":-7}`),
		"history: pattern of brackets":  typed("history_request", `{"hist_access_type":"search","pattern":"[[(*+?\\","n":9}`),
		"comm_open without an id":       typed("comm_open", `{}`),
		"comm_msg without data":         typed("comm_msg", `{"comm_id":"none"}`),
		"comm_close of nothing":         typed("comm_close", `{"comm_id":"none"}`),
		"shutdown of wrong types":       typed("shutdown_request", `{"restart":"maybe"}`),
		"subshell that is none":         typed("delete_subshell_request", `{"subshell_id":"none"}`),
		"a buffer of nothing":           append(typed("comm_msg", `{"comm_id":"none","data":{}}`), []byte{}),
		"a frame of ten megabytes":      typed("execute_request", `{"silent":true,"code":"# `+strings.Repeat("x", 10<<20)+`"}`),
		"a delimiter as an identity":    append([][]byte{[]byte("<IDS|MSG>")}, good()...),
		"a subshell that does not live": signed(key, strings.Replace(header(), `"version"`, `"subshell_id":"none","version"`, 1), "{}", "{}", "{}"),
	}
	if len(table) < 30 {
		t.Fatalf("%d messages", len(table))
	}
	for name, frames := range table {
		for socket, s := range map[string]interface{ Send(...[]byte) error }{"shell": f.shell, "control": f.control, "stdin": f.stdin} {
			if err := s.Send(frames...); err != nil {
				t.Fatalf("%s on %s: %v", name, socket, err)
			}
		}
		t.Run(name, func(t *testing.T) {
			f.t = t
			f.alive()
			if r := f.reply(f.send(f.control, "kernel_info_request", nil), soon); r["status"] != "ok" {
				t.Error(r)
			}
		})
		f.t = t
	}
	f.ok("param k = 1")
}

// TestSignatures (bar K3): a thousand messages with one bit flipped, a replay,
// and one without a signature are refused.
func TestSignatures(t *testing.T) {
	k := startKernel(t, nil)
	f := k.connect(t)
	message := func(code string) [][]byte {
		frames, _, err := f.sender.Frames(wire.Outgoing{Type: "execute_request", Content: map[string]any{"code": code}})
		if err != nil {
			t.Fatal(err)
		}
		return frames
	}
	for i := range 1000 {
		frames := message("param refused = 1")
		// A bit of the signature, or of one of the four parts.
		part := 1 + i%5
		at := i * 7 % (8 * len(frames[part]))
		frames[part] = bytes.Clone(frames[part])
		frames[part][at/8] ^= 1 << (at % 8)
		if err := f.shell.Send(frames...); err != nil {
			t.Fatal(err)
		}
	}
	again := message("param once = 1")
	for range 3 {
		if err := f.shell.Send(again...); err != nil {
			t.Fatal(err)
		}
	}
	unsigned := message("param refused = 1")
	unsigned[1] = nil
	if err := f.shell.Send(unsigned...); err != nil {
		t.Fatal(err)
	}
	f.alive()
	f.ok("param after = 1")
	reply := f.reply(f.send(f.shell, "history_request", wire.HistoryRequest{HistAccessType: "tail", N: 10}), soon)
	if got := fmt.Sprint(reply["history"]); got != "[[1 1 param once = 1] [1 2 param after = 1]]" {
		t.Errorf("these were run: %s", got)
	}
	if n := strings.Count(k.log.String(), "signature is wrong"); n == 0 || n > logBurst {
		t.Errorf("%d lines about them are logged", n)
	}
}
