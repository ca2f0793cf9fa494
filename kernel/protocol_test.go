package kernel

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gondola/internal/need"
	"gondola/kernel/wire"
)

// TestOrder (bar K5) sends a hundred cells at once, of fifty outputs each: every
// message has the right parent and stands in its place.
func TestOrder(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	const cells, outputs = 100, 50
	var ids []string
	for i := range cells {
		code := ""
		for j := range outputs {
			code += fmt.Sprintf("%%%%md\ncell %d output %d\n", i, j)
		}
		ids = append(ids, f.execute(code, nil))
	}
	right := 0
	for i, id := range ids {
		reply, got := f.done(id)
		if reply["status"] != "ok" || reply["execution_count"] != float64(i+1) {
			t.Fatalf("cell %d: %v", i, reply)
		}
		if want := append([]string{"execute_input"}, slices.Repeat([]string{"display_data"}, outputs)...); !slices.Equal(types(got), want) {
			t.Fatalf("cell %d: %v", i, types(got))
		}
		for j, o := range got[1:] {
			if o.data("text/plain") == fmt.Sprintf("cell %d output %d", i, j) {
				right++
			}
		}
	}
	if right != cells*outputs {
		t.Errorf("%d of %d outputs are right", right, cells*outputs)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var want, got []string
	for _, id := range ids {
		want = append(want, id+" busy")
		want = append(want, slices.Repeat([]string{id + " "}, outputs+1)...)
		want = append(want, id+" idle")
	}
	for _, m := range f.order {
		if slices.Contains(ids, m.Parent.MsgID) {
			got = append(got, m.Parent.MsgID+" "+stateOf(m))
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestSilent is the table of silent and store_history.
func TestSilent(t *testing.T) {
	k := startKernel(t, nil)
	f := k.connect(t)
	for _, test := range []struct {
		silent, store bool
		count         float64
		outputs       []string
	}{
		{false, true, 1, []string{"execute_input", "stream"}},
		{false, false, 1, []string{"execute_input", "stream"}},
		{true, true, 1, nil},
		{true, false, 1, nil},
		{false, true, 2, []string{"execute_input", "stream"}},
	} {
		reply, outputs := f.done(f.execute("param k = 1", map[string]any{"silent": test.silent, "store_history": test.store}))
		if reply["status"] != "ok" || reply["execution_count"] != test.count || !slices.Equal(types(outputs), test.outputs) {
			t.Errorf("%+v: count %v, %v", test, reply["execution_count"], types(outputs))
		}
	}
	reply := f.reply(f.send(f.shell, "history_request", wire.HistoryRequest{HistAccessType: "tail", N: 10}), soon)
	if list, _ := reply["history"].([]any); len(list) != 2 {
		t.Errorf("%v is recorded, want two statements", list)
	}
}

// TestAbort: of ten cells that were sent at once the second fails; eight are
// aborted, and questions among them are answered.
func TestAbort(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	ids := []string{f.execute("%%bash\nsleep 0.2", nil), f.execute("nonsense", nil)}
	for range 8 {
		ids = append(ids, f.execute("param never = 1", nil))
	}
	question := f.send(f.shell, "complete_request", wire.CompleteRequest{Code: "tra", CursorPos: 3})
	if r := f.reply(question, soon); r["status"] != "ok" {
		t.Error(r)
	}
	var got []any
	for _, id := range ids {
		reply, _ := f.done(id)
		got = append(got, reply["status"])
	}
	if d := cmp.Diff(append([]any{"ok", "error"}, slices.Repeat([]any{"aborted"}, 8)...), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// What comes later runs; and with stop_on_error off all do.
	first, second := f.execute("nonsense", map[string]any{"stop_on_error": false}), f.execute("param k = 1", nil)
	if reply, outputs := f.done(first); reply["status"] != "error" || !slices.Equal(types(outputs), []string{"execute_input", "error"}) {
		t.Errorf("%v %v", reply, types(outputs))
	}
	if reply, _ := f.done(second); reply["status"] != "ok" {
		t.Error(reply)
	}
}

// TestBusyAgain: a question during a cell is answered, and the last state that
// is heard is busy, with the cell's parent.
func TestBusyAgain(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	cell := f.execute("%%bash\nsleep 30", nil)
	f.within(soon, "busy", func() bool { return len(f.said[cell]) > 1 })
	for typ, again := range map[string]bool{
		"complete_request": true, "inspect_request": true, "is_complete_request": true, "history_request": true,
		"kernel_info_request": false, "comm_info_request": false,
	} {
		id := f.send(f.shell, typ, map[string]any{"code": "train", "cursor_pos": 3, "hist_access_type": "tail", "n": 1})
		if r := f.reply(id, soon); r["status"] != "ok" && typ != "is_complete_request" {
			t.Errorf("%s: %v", typ, r)
		}
		f.within(soon, "idle", func() bool { return f.isIdle(id) })
		if again {
			f.within(soon, "busy again", func() bool {
				last := f.order[len(f.order)-1]
				return last.Parent.MsgID == cell && stateOf(last) == "busy"
			})
		}
	}
	f.send(f.control, "interrupt_request", nil)
	if reply, _ := f.done(cell); reply["ename"] != "KeyboardInterrupt" {
		t.Error(reply)
	}
}

// TestStateAtOnce: who subscribes hears what the kernel does, not only what it
// does next.
func TestStateAtOnce(t *testing.T) {
	k := startKernel(t, nil)
	hears := func(f *front, state, parent string) {
		t.Helper()
		f.within(soon, state, func() bool {
			return slices.ContainsFunc(f.order, func(m *wire.Message) bool { return stateOf(m) == state && m.Parent.MsgID == parent })
		})
	}
	f := k.connect(t)
	hears(f, "idle", "")
	cell := f.execute("%%bash\nsleep 30", nil)
	f.within(soon, "busy", func() bool { return len(f.said[cell]) > 1 })
	hears(k.connect(t), "busy", cell)
	f.reply(f.send(f.control, "interrupt_request", nil), soon)
	f.done(cell)
}

// TestControl (bar K8): a hundred questions on control while a cell runs.
func TestControl(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	cell := f.execute("%%bash\nsleep 30", nil)
	f.within(soon, "busy", func() bool { return len(f.said[cell]) > 1 })
	worst := time.Duration(0)
	for range 100 {
		begun := time.Now()
		if r := f.reply(f.send(f.control, "kernel_info_request", nil), soon); r["status"] != "ok" {
			t.Fatal(r)
		}
		worst = max(worst, time.Since(begun))
	}
	t.Logf("the slowest of 100 answers took %s", worst)
	f.reply(f.send(f.control, "interrupt_request", nil), soon)
	if reply := f.reply(cell, soon); reply["ename"] != "KeyboardInterrupt" {
		t.Error(reply)
	}
	if r := f.reply(f.send(f.control, "usage_request", nil), soon); r["pid"] != float64(os.Getpid()) || r["kernel_memory"] == 0.0 {
		t.Errorf("usage: %v", r)
	}
}

// TestInterruptSignal: SIGINT does what an interrupt_request does, and nothing
// while no cell runs.
func TestInterruptSignal(t *testing.T) {
	k := startKernel(t, nil)
	f := k.connect(t)
	k.interrupt <- struct{}{}
	cell := f.execute("%%bash\nsleep 30", nil)
	f.within(soon, "busy", func() bool { return len(f.said[cell]) > 1 })
	k.interrupt <- struct{}{}
	reply := f.reply(cell, soon)
	if reply["status"] != "error" || reply["ename"] != "KeyboardInterrupt" {
		t.Error(reply)
	}
	f.ok("param k = 1")
}

// TestAsk (bar K10): a question goes to the front end that sent the cell; it is
// not asked where that is not allowed, and an interrupt ends it.
func TestAsk(t *testing.T) {
	k := startKernel(t, nil)
	f, other := k.connect(t), k.connect(t)
	const code = "history --clear"
	f.ok("param k = 1")
	f.ok("param k = 2")

	reply, outputs := f.done(f.execute(code, map[string]any{"allow_stdin": false}))
	if reply["status"] != "error" || !strings.Contains(fmt.Sprint(reply["evalue"]), "-y") {
		t.Errorf("nobody may be asked: %v %v", reply, outputs)
	}

	asked := 0
	ask := func() (cell string, question *wire.Message) {
		t.Helper()
		cell = f.execute(code, nil)
		f.within(soon, "question", func() bool { return len(f.asked) > asked })
		f.mu.Lock()
		defer f.mu.Unlock()
		asked = len(f.asked)
		return cell, f.asked[asked-1]
	}
	answer := func(question *wire.Message, value string) {
		t.Helper()
		frames, _, err := f.sender.Frames(wire.Outgoing{Type: "input_reply", Parent: question.RawHeader, Content: map[string]string{"value": value}})
		if err != nil {
			t.Fatal(err)
		}
		if err := f.stdin.Send(frames...); err != nil {
			t.Fatal(err)
		}
	}
	cell, question := ask()
	if c := contentOf(t, question); !strings.Contains(fmt.Sprint(c["prompt"]), "[yes/no] (no)") || c["password"] != false {
		t.Errorf("the question is %v", c)
	}
	answer(question, "no")
	if reply, outputs := f.done(cell); reply["status"] != "ok" || !strings.Contains(printed(outputs, "stdout"), "the history is as it was") {
		t.Errorf("no: %v %v", reply, outputs)
	}

	cell, late := ask()
	f.reply(f.send(f.control, "interrupt_request", nil), soon)
	if reply := f.reply(cell, soon); reply["ename"] != "KeyboardInterrupt" {
		t.Errorf("interrupted: %v", reply)
	}
	cell, question = ask()
	answer(late, "no") // to the question before: nobody waits for it
	answer(question, "yes")
	if reply, outputs := f.done(cell); reply["status"] != "ok" || !strings.Contains(printed(outputs, "stdout"), "the history is empty") {
		t.Errorf("yes: %v %v", reply, outputs)
	}
	other.mu.Lock()
	defer other.mu.Unlock()
	if len(other.asked) > 0 {
		t.Error("another front end was asked")
	}
}

// TestError: one error with the name, the place and the hint.
func TestError(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	reply, outputs := f.run("# a comment\nparam k = 1\ncluster -k 0\ntrian")
	if !slices.Equal(types(outputs), []string{"execute_input", "error"}) {
		t.Fatalf("%v", types(outputs))
	}
	e := outputs[1].content
	text := regexp.MustCompile("\x1b\\[[0-9;]*m").ReplaceAllString(fmt.Sprint(e["traceback"]), "")
	for _, want := range []string{"   3 | cluster -k 0", "     |            ^", "   4 | trian", "did you mean train?"} {
		if !strings.Contains(text, want) {
			t.Errorf("the traceback has no %q: %s", want, text)
		}
	}
	if reply["ename"] != e["ename"] || reply["evalue"] != e["evalue"] || !cmp.Equal(reply["traceback"], e["traceback"]) || e["ename"] == "" {
		t.Errorf("%v is not %v", reply, e)
	}
	if r := f.reply(f.send(f.shell, "execute_request", map[string]any{"code": 5}), soon); r["status"] != "error" {
		t.Errorf("code that is no text: %v", r)
	}
	f.ok("param k = 1")
}

// TestLeaks (bar K11): a thousand cells (with -short 150) leave no goroutine and no
// descriptor.
func TestLeaks(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	count := func() (goroutines, files int) {
		runtime.GC()
		list, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip("no /proc on this system: " + err.Error())
		}
		return runtime.NumGoroutine(), len(list)
	}
	cell := func(i int) {
		f.ok(fmt.Sprintf("param k = %d\n%%%%md\n# %d", i, i))
		if i%10 == 0 {
			f.ok("sql SELECT 1 AS n")
			f.run("nonsense")
		}
	}
	for i := range 50 {
		cell(i)
	}
	goroutines, files := count()
	for i := range need.Size(1000, 150) {
		cell(i)
	}
	after, filesAfter := count()
	if after > goroutines+5 || filesAfter > files+5 {
		t.Errorf("%d goroutines and %d files, before %d and %d", after, filesAfter, goroutines, files)
	}
}

// TestShutdown: the reply comes, and then the kernel ends; a running cell is
// stopped.
func TestShutdown(t *testing.T) {
	k := startKernel(t, nil)
	f := k.connect(t)
	cell := f.execute("%%bash\nsleep 30", nil)
	f.within(soon, "busy", func() bool { return len(f.said[cell]) > 1 })
	if r := f.reply(f.send(f.control, "shutdown_request", map[string]any{"restart": true}), soon); r["status"] != "ok" || r["restart"] != true {
		t.Error(r)
	}
	select {
	case err := <-k.ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(10 * soon):
		t.Error("the kernel goes on")
	}
}

// TestTwoFrontEnds: both see what happens, each gets its own replies.
func TestTwoFrontEnds(t *testing.T) {
	k := startKernel(t, nil)
	f, g := k.connect(t), k.connect(t)
	id := f.execute("param k = 1", nil)
	f.done(id)
	g.within(soon, "the other's idle", func() bool { return g.isIdle(id) })
	other := g.execute("sql -o csv SELECT {k} + 1 AS n", nil)
	if _, outputs := g.done(other); outputs[len(outputs)-2].data("text/plain") != "n\n2\n" {
		t.Errorf("%v", outputs)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.replies[other] != nil {
		t.Error("a reply went to the wrong front end")
	}
}
