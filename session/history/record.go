package history

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Record is one statement and how it went. The names in the file are those of
// its columns when the file is read as a table.
type Record struct {
	// Time is when the statement began, in UTC and to the nanosecond.
	Time time.Time `json:"-"`
	// Run is the session that ran it, see NewRun.
	Run string `json:"run"`
	// Statement is its text as it was typed.
	Statement string `json:"statement"`
	// FrontEnd is "batch", "repl" or "notebook".
	FrontEnd string `json:"front_end"`
	// Engine is the name of the engine of the session.
	Engine string `json:"engine"`
	// Rows are those of its result or its table; null when it has none.
	Rows *int64 `json:"rows"`
	// Seconds is how long it took.
	Seconds float64 `json:"seconds"`
	// ExitCode is 0 when it succeeded, else that of the program.
	ExitCode int `json:"exit_code"`
	// Error is one line; empty when it succeeded.
	Error string `json:"error"`
	// Name is that of its result; empty when it has none.
	Name string `json:"name"`
	// Cached says that every step was served from what an earlier run left.
	Cached bool `json:"cached"`
}

// NewRun names a session so that names sort by time:
// 20261122T180500-ab12cd, the time in UTC and six random digits.
func NewRun(at time.Time) string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return at.UTC().Format("20060102T150405") + "-" + hex.EncodeToString(b[:])
}

// timeLayout is RFC 3339 with all nine digits, so that lines sort as text.
const timeLayout = "2006-01-02T15:04:05.000000000Z07:00"

type (
	plain Record // without the methods
	wire  struct {
		Time string `json:"time"`
		plain
	}
)

// MarshalJSON writes the record as an object, the time first.
func (r Record) MarshalJSON() ([]byte, error) {
	return json.Marshal(wire{Time: r.Time.UTC().Format(timeLayout), plain: plain(r)})
}

// UnmarshalJSON reads such an object. Unknown fields are left alone.
func (r *Record) UnmarshalJSON(b []byte) error {
	var w wire
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	at, err := time.Parse(time.RFC3339Nano, w.Time)
	if err != nil {
		return err
	}
	*r = Record(w.plain)
	r.Time = at
	return nil
}

// line is the record as the file holds it. A statement may hold anything, and
// somebody will show the file on a terminal: what does not print is escaped.
func (r Record) line() ([]byte, error) {
	b, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Grow(len(b) + 1)
	for len(b) > 0 {
		c, size := utf8.DecodeRune(b)
		switch {
		case c < utf8.RuneSelf && c != 0x7f || unicode.IsPrint(c):
			out.Write(b[:size])
		case c > 0xffff:
			high, low := utf16.EncodeRune(c)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default: // inside a string: JSON has nothing but ASCII outside
			fmt.Fprintf(&out, `\u%04x`, c)
		}
		b = b[size:]
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
