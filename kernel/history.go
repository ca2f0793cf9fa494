package kernel

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"gondola/kernel/wire"
	"gondola/session/history"
)

// maxHistory bounds an answer about the history.
const maxHistory = 10000

// input is a statement of the history as the protocol numbers it: by its
// session, from 1, and by its place in that.
type input struct {
	session, line int
	text          string
}

// inputs reads the history: the sessions in the order of their first
// statements, each statement with its number. last is the number of this
// session, which may have no statement yet.
func (k *Kernel) inputs(ctx context.Context) (list []input, last int, err error) {
	if k.options.HistoryPath == "" {
		return nil, 1, nil
	}
	numbers, lines := map[string]int{}, map[string]int{}
	for r, err := range (history.File{Path: k.options.HistoryPath}).Records(ctx) {
		if err != nil {
			return nil, 0, err
		}
		if numbers[r.Run] == 0 {
			numbers[r.Run] = len(numbers) + 1
		}
		lines[r.Run]++
		list = append(list, input{numbers[r.Run], lines[r.Run], r.Statement})
	}
	own := numbers[k.session.Run()]
	if own == 0 {
		own = len(numbers) + 1
	}
	return list, own, nil
}

func historyOf(ctx context.Context, k *Kernel, r *request) (any, error) {
	var in wire.HistoryRequest
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	all, own, err := k.inputs(ctx)
	if err != nil {
		return nil, err
	}
	switch in.HistAccessType {
	case "range":
		all = inRange(all, in, own)
	case "tail":
		all = newest(all, in.N)
	case "search":
		if all, err = matching(all, in); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("history_request: hist_access_type %q: there are range, tail and search", in.HistAccessType)
	}
	rows := [][]any{}
	for _, x := range newest(all, maxHistory) {
		row := []any{x.session, x.line, x.text}
		if in.Output {
			row[2] = []any{x.text, nil} // results are not kept
		}
		rows = append(rows, row)
	}
	return map[string]any{"status": "ok", "history": rows}, nil
}

func newest(list []input, n int) []input { return list[max(0, len(list)-max(0, n)):] }

// inRange are the statements of one session from line start to before stop.
func inRange(all []input, in wire.HistoryRequest, own int) []input {
	session := in.Session
	if session <= 0 {
		session += own
	}
	return slices.DeleteFunc(all, func(x input) bool {
		return x.session != session || x.line < in.Start || in.Stop != nil && x.line >= *in.Stop
	})
}

// matching are the newest statements that match a glob as a whole; with unique
// each text once, at its last place.
func matching(all []input, in wire.HistoryRequest) ([]input, error) {
	pattern, err := glob(in.Pattern)
	if err != nil {
		return nil, fmt.Errorf("history_request: pattern %q: %w", in.Pattern, err)
	}
	all = slices.DeleteFunc(all, func(x input) bool { return !pattern.MatchString(x.text) })
	if in.Unique {
		last := map[string]int{}
		for i, x := range all {
			last[x.text] = i
		}
		i := -1
		all = slices.DeleteFunc(all, func(x input) bool { i++; return last[x.text] != i })
	}
	if in.N > 0 {
		all = newest(all, in.N)
	}
	return all, nil
}

// glob makes a pattern of one with * and ?, as SQLite's GLOB has it, which
// ipykernel searches by. No pattern matches everything.
func glob(pattern string) (*regexp.Regexp, error) {
	if pattern == "" {
		pattern = "*"
	}
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for _, r := range pattern {
		switch r {
		case '*':
			b.WriteString(".*")
		case '?':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return regexp.Compile(b.String() + `\z`)
}
