package kernel

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gondola/kernel/wire"
	"gondola/session"
)

// TestUserExpressions: values of parameters, tables, and errors.
func TestUserExpressions(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	f.ok("param k = 7")
	reply, outputs := f.done(f.execute("", map[string]any{"user_expressions": map[string]string{
		"param": "k", "table": "sql -o csv SELECT 6 * 7 AS n", "line": "param m = 1", "wrong": "nonsense",
	}}))
	got := map[string]string{}
	all, _ := reply["user_expressions"].(map[string]any)
	for name, x := range all {
		m, _ := x.(map[string]any)
		data, _ := m["data"].(map[string]any)
		got[name] = fmt.Sprintf("%v %v %v", m["status"], data["text/plain"], m["ename"])
	}
	want := map[string]string{"param": "ok 7 <nil>", "table": "ok n\n42\n <nil>", "line": "ok param: m = 1 (0.0 s) <nil>", "wrong": "error <nil> unknown-command"}
	if d := cmp.Diff(want, got); d != "" || reply["status"] != "ok" || !slices.Equal(types(outputs), []string{"execute_input"}) {
		t.Errorf("(-want +got):\n%s%v %v", d, reply["status"], types(outputs))
	}
}

// TestHistory: tail, range and search over the file that the terminal writes,
// too.
func TestHistory(t *testing.T) {
	k := startKernel(t, nil)
	before := newTestSession(t, k.history)
	for _, code := range []string{"param a = 1", "param b = 1"} {
		if err := before.Exec(t.Context(), session.Source{Text: code}, nil); err != nil {
			t.Fatal(err)
		}
	}
	f := k.connect(t)
	for _, code := range []string{"param c = 1", "param a = 1\nhelp param", "param c = 1"} {
		f.ok(code)
	}
	rows := func(r wire.HistoryRequest) (list []string) {
		t.Helper()
		reply := f.reply(f.send(f.shell, "history_request", r), soon)
		all, _ := reply["history"].([]any)
		for _, x := range all {
			list = append(list, fmt.Sprint(x))
		}
		return list
	}
	two := 2
	for _, test := range []struct {
		in   wire.HistoryRequest
		want []string
	}{
		{wire.HistoryRequest{HistAccessType: "tail", N: 2}, []string{"[2 3 help param]", "[2 4 param c = 1]"}},
		{wire.HistoryRequest{HistAccessType: "tail", N: 1, Output: true}, []string{"[2 4 [param c = 1 <nil>]]"}},
		{wire.HistoryRequest{HistAccessType: "range", Session: 1}, []string{"[1 1 param a = 1]", "[1 2 param b = 1]"}},
		{wire.HistoryRequest{HistAccessType: "range", Session: -1, Start: 1, Stop: &two}, []string{"[1 1 param a = 1]"}},
		{wire.HistoryRequest{HistAccessType: "range", Start: 3}, []string{"[2 3 help param]", "[2 4 param c = 1]"}},
		{wire.HistoryRequest{HistAccessType: "search", Pattern: "param a*"}, []string{"[1 1 param a = 1]", "[2 2 param a = 1]"}},
		{wire.HistoryRequest{HistAccessType: "search", Pattern: "param ? = 1", Unique: true, N: 2}, []string{"[2 2 param a = 1]", "[2 4 param c = 1]"}},
		{wire.HistoryRequest{HistAccessType: "search", Pattern: "aram*"}, nil},
	} {
		if d := cmp.Diff(test.want, rows(test.in)); d != "" {
			t.Errorf("%+v (-want +got):\n%s", test.in, d)
		}
	}
	if r := f.reply(f.send(f.shell, "history_request", wire.HistoryRequest{HistAccessType: "x"}), soon); r["status"] != "error" {
		t.Error(r)
	}
}

// TestComms: a page asks for the widgets that there are; what is not known is
// closed.
func TestComms(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	said := func(id, typ string) map[string]any {
		t.Helper()
		f.within(soon, "idle", func() bool { return f.isIdle(id) })
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, m := range f.said[id] {
			if m.Header.MsgType == typ {
				return contentOf(t, m)
			}
		}
		return nil
	}
	open := f.send(f.shell, "comm_open", map[string]any{"comm_id": "a", "target_name": widgetControl, "data": map[string]any{}})
	if c := said(open, "comm_close"); c != nil {
		t.Errorf("closed: %v", c)
	}
	ask := f.send(f.shell, "comm_msg", map[string]any{"comm_id": "a", "data": map[string]any{"method": "request_states"}})
	if c := said(ask, "comm_msg"); fmt.Sprint(c) != "map[comm_id:a data:map[buffer_paths:[] method:update_states states:map[]]]" {
		t.Errorf("%v", c)
	}
	info := func(target string) any {
		return f.reply(f.send(f.shell, "comm_info_request", map[string]any{"target_name": target}), soon)["comms"]
	}
	if c := info(""); fmt.Sprint(c) != "map[a:map[target_name:"+widgetControl+"]]" {
		t.Error(c)
	}
	if c := info("other"); fmt.Sprint(c) != "map[]" {
		t.Error(c)
	}
	unknown := f.send(f.shell, "comm_open", map[string]any{"comm_id": "b", "target_name": "nobody"})
	if c := said(unknown, "comm_close"); c["comm_id"] != "b" {
		t.Errorf("an unknown target stays open: %v", c)
	}
	said(f.send(f.shell, "comm_close", map[string]any{"comm_id": "a"}), "")
	if c := info(""); fmt.Sprint(c) != "map[]" {
		t.Error(c)
	}
}

// TestSubshells: they are made, listed and ended, and questions in one are
// answered.
func TestSubshells(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	ids := func() any { return f.reply(f.send(f.control, "list_subshell_request", nil), soon)["subshell_id"] }
	made := f.reply(f.send(f.control, "create_subshell_request", nil), soon)
	id, _ := made["subshell_id"].(string)
	if id == "" || fmt.Sprint(ids()) != "["+id+"]" {
		t.Fatalf("%v, %v", made, ids())
	}
	if r := f.reply(f.send(f.control, "delete_subshell_request", map[string]any{"subshell_id": id}), soon); r["status"] != "ok" {
		t.Error(r)
	}
	if r := f.reply(f.send(f.control, "delete_subshell_request", map[string]any{"subshell_id": id}), soon); r["status"] != "error" {
		t.Error(r)
	}
	if fmt.Sprint(ids()) != "[]" {
		t.Error(ids())
	}
}

// TestCursor: cursors count code points, and UTF-16 units where only those end
// at a word.
func TestCursor(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	for _, cursor := range []int{9, 10} { // code points, UTF-16 units
		const code = "# 🍕\nload| pre" // the pizza is one and two
		text := strings.Replace(code, "load| ", "", 1)
		n := len([]rune(text)) + cursor - 9
		reply := f.reply(f.send(f.shell, "complete_request", wire.CompleteRequest{Code: text, CursorPos: n}), soon)
		if reply["cursor_start"] != 4.0 || reply["cursor_end"] != 7.0 || fmt.Sprint(reply["matches"]) != "[preprocess]" {
			t.Errorf("cursor %d: %v", n, reply)
		}
	}
}
