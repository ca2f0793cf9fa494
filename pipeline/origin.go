package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// Origin says how a dataset or a model came to be: by which step with which
// parameters, from which inputs, by which version of the code. Two origins of
// one Hash stand for the same result.
type Origin struct {
	Hash   string          `json:"hash"`   // of the four fields that follow; 64 hex digits
	Verb   string          `json:"verb"`   // of the step
	Params json.RawMessage `json:"params"` // what of the step decides on its result
	Inputs []string        `json:"inputs"` // hashes of what it worked on; of a load, the fingerprint of its files
	Code   string          `json:"code"`   // version of the engine's code for this step

	// The rest tells of the making and is no part of the hash.

	Made   time.Time     `json:"made"`
	Took   time.Duration `json:"took_ns"`
	Rows   int64         `json:"rows"`  // that the step looked at; -1 when not known
	Bytes  int64         `json:"bytes"` // that the result takes on disk
	Cached bool          `json:"-"`     // served from what an earlier run left
}

// NewOrigin returns the origin of what a step makes of inputs. code is the
// version of the code that carries it out.
func NewOrigin(s Step, code string, inputs ...string) (Origin, error) {
	params, err := Params(s)
	if err != nil {
		return Origin{}, err
	}
	o := Origin{Verb: s.Verb(), Params: params, Inputs: inputs, Code: code, Rows: -1}
	h := sha256.New()
	for _, part := range append([]string{o.Verb, string(o.Params), o.Code}, inputs...) {
		fmt.Fprintf(h, "%d:%s\n", len(part), part) // lengths, so that parts cannot run together
	}
	o.Hash = hex.EncodeToString(h.Sum(nil))
	return o, nil
}

// Params returns what of a step decides on its result, as a JSON object:
// neither its inputs nor how many goroutines work on it.
func Params(s Step) (json.RawMessage, error) {
	var v any = s
	if w, ok := s.(Word2Vec); ok { // one worker gives the same bits every time, more do not
		v = struct {
			Word2Vec

			Repeatable bool
		}{w, w.Workers == 1}
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("%s: its parameters: %w", s.Verb(), err)
	}
	return b, nil
}

// Short is the beginning of the hash, for people.
func (o Origin) Short() string { return o.Hash[:min(len(o.Hash), 10)] }

// uri is what a load opened; empty for other steps.
func (o Origin) uri() string {
	var l Load
	if o.Verb != l.Verb() || json.Unmarshal(o.Params, &l) != nil {
		return ""
	}
	return l.URI
}

// Plan says what a step would do.
type Plan struct {
	Origin Origin
	Cached bool          // what an earlier run left serves
	Rows   int64         // the step will look at; -1 when not known
	Time   time.Duration // estimated; negative when there is nothing to go by
	Basis  string        // what the estimate goes by: "3 earlier runs"
}
