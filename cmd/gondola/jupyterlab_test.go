//go:build !race

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"gondola/internal/webtest"
)

// notebookScript makes p the notebook that is open and nb its cells, for the
// scripts of these tests.
const notebookScript = "const p = jupyterapp.shell.currentWidget, nb = p.content, kernel = p.sessionContext.session?.kernel; "

// labNotebook is a notebook in a tab of JupyterLab.
type labNotebook struct {
	*webtest.Tab

	jupyter *webtest.Jupyter
}

// js returns the value of the body of an asynchronous function that knows nb.
func js[T any](t *testing.T, n labNotebook, body string) T {
	t.Helper()
	return webtest.Eval[T](t, n.Tab, "(async () => { "+notebookScript+body+" })()")
}

// until waits until such a body returns true.
func (n labNotebook) until(t *testing.T, patience time.Duration, body string) {
	t.Helper()
	n.UntilFor(t, patience, "await (async () => { "+notebookScript+body+" })()")
}

// idle waits until the kernel has nothing to do.
func (n labNotebook) idle(t *testing.T) {
	t.Helper()
	n.until(t, time.Minute, "return kernel?.status === 'idle' && nb.widgets.every(c => c.model.executionState !== 'running')")
}

// start runs a cell and does not wait for it.
func (n labNotebook) start(t *testing.T, cell int) {
	t.Helper()
	js[int](t, n, fmt.Sprintf("nb.activeCellIndex = %d; void jupyterapp.commands.execute('notebook:run-cell'); return 1", cell))
}

// run runs a cell to its end and returns what one reads below it.
func (n labNotebook) run(t *testing.T, cell int) string {
	t.Helper()
	n.start(t, cell)
	n.idle(t)
	return js[string](t, n, fmt.Sprintf("await nb.scrollToItem(%d); return nb.widgets[%d].outputArea.node.innerText", cell, cell))
}

// edit puts the cursor at the end of a cell's code.
func (n labNotebook) edit(t *testing.T, cell int, code string) {
	t.Helper()
	text, err := json.Marshal(code)
	if err != nil {
		t.Fatal(err)
	}
	js[int](t, n, fmt.Sprintf(`nb.activeCellIndex = %d; await nb.scrollToItem(%d); nb.activeCell.model.sharedModel.setSource(%s); nb.mode = 'edit';
const e = nb.activeCell.editor, at = e.getPositionAt(%s.length); e.focus(); e.setCursorPosition(at); return 1`, cell, cell, text, text))
}

// restState is what the server says of its one kernel.
func (n labNotebook) restState(t *testing.T) string {
	t.Helper()
	_, body := n.jupyter.Request(t, http.MethodGet, "api/kernels", "")
	var kernels []struct {
		State string `json:"execution_state"`
	}
	if err := json.Unmarshal([]byte(body), &kernels); err != nil || len(kernels) != 1 {
		t.Fatalf("%d kernels, %v: %s", len(kernels), err, body)
	}
	return kernels[0].State
}

// pictures waits until the saved charts are pictures, and nothing else: not a
// script of theirs has run. It returns how many cells have one.
func (n labNotebook) pictures(t *testing.T) int {
	t.Helper()
	with := js[[]int](t, n, "const list = []; nb.widgets.forEach((c, i) => { const o = c.model.outputs; "+
		"if (o && [...Array(o.length).keys()].some(k => String(o.get(k).data['text/html']).includes('<img'))) list.push(i); }); return list")
	for _, i := range with {
		js[int](t, n, fmt.Sprintf("await nb.scrollToItem(%d); return 1", i))
		n.until(t, time.Minute, fmt.Sprintf("const list = [...nb.widgets[%d].node.querySelectorAll('img')]; list.find(e => !e.complete)?.scrollIntoView(); "+
			"return list.length > 0 && list.every(e => e.complete && e.naturalWidth > 300)", i))
	}
	type odd struct {
		Canvas, Scripts int
		Library         bool
	}
	if got := js[odd](t, n, `return { Canvas: document.querySelectorAll('.jp-OutputArea canvas').length,
Scripts: document.querySelectorAll('.jp-OutputArea script').length, Library: '__gondola' in window }`); got != (odd{}) {
		t.Errorf("a notebook that is not trusted: %+v", got)
	}
	return len(with)
}

// liveCharts scrolls to every cell, waits until its charts are live, and returns
// how many cells have some.
func (n labNotebook) liveCharts(t *testing.T) int {
	t.Helper()
	cells := js[int](t, n, "return nb.widgets.length")
	with := 0
	for i := range cells {
		if js[bool](t, n, fmt.Sprintf("await nb.scrollToItem(%d); return !!nb.widgets[%d].node.querySelector('[data-gondola]:not([hidden])')", i, i)) {
			with++
			n.until(t, time.Minute, fmt.Sprintf(`const all = [...nb.widgets[%d].node.querySelectorAll('[data-gondola]:not([hidden])')];
const off = all.find(e => e.dataset.live !== 'on' || e.querySelectorAll('canvas').length === 0); off?.scrollIntoView(); return !off`, i))
		}
	}
	return with
}

// failures are the outputs that say a cell failed.
const failures = `nb.widgets.flatMap(c => c.model.outputs ? [...Array(c.model.outputs.length).keys()].map(k => c.model.outputs.get(k)) : []).filter(o => o.type === 'error').map(o => o.toJSON().evalue)`

// TestJupyterLab works in JupyterLab as a person does, with the first tutorial
// and with long work.
func TestJupyterLab(t *testing.T) {
	j := newJupyter(t)
	tutorial, err := os.ReadFile(filepath.Join("..", "..", "notebooks", "1-the-talk.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	j.Write(t, "root/talk.ipynb", tutorial)
	j.Start(t)
	b := webtest.New(t)

	open := func(t *testing.T, name string) labNotebook {
		t.Helper()
		n := labNotebook{b.Lab(t, j, name), j}
		n.idle(t)
		return n
	}
	t.Run("tutorial", func(t *testing.T) { testLabTutorial(t, open(t, "talk.ipynb")) })
	j.Notebook(t, "work.ipynb", "gondola", "gondola", []webtest.Cell{
		{Code: `load "sample:receipts?n=20000" | preprocess`},
		{Code: "train --epochs 10000 --workers 1"},
		{Code: ""},
		{Code: "show -n 3"},
		{Code: "%%bash\nseq 1000000"},
		{Code: "history --clear"},
		{Code: "%%bash\necho $PPID"},
	}...)
	t.Run("work", func(t *testing.T) { testLabWork(t, open(t, "work.ipynb")) })
}

func testLabTutorial(t *testing.T, n labNotebook) {
	charts := n.pictures(t)
	if charts < 6 {
		t.Errorf("%d cells with charts", charts)
	}
	for _, theme := range []string{"Dark", "Light"} {
		n.Theme(t, theme)
		n.Shot(t, "untrusted-"+theme)
	}

	ran := func() {
		t.Helper()
		n.until(t, 3*time.Minute, `const code = nb.widgets.filter(c => c.model.type === 'code');
return kernel.status === 'idle' && code.every((c, i) => c.model.executionCount === i + 1 && c.model.executionState !== 'running')`)
		if list := js[[]string](t, n, "return "+failures); len(list) > 0 {
			t.Fatalf("cells failed: %q", list)
		}
	}
	js[int](t, n, "void jupyterapp.commands.execute('notebook:run-all-cells'); return 1")
	ran()
	if got := n.liveCharts(t); got != charts {
		t.Errorf("%d cells with live charts", got)
	}

	// A table becomes a chart.
	table := js[int](t, n, `for (let i = 0; i < nb.widgets.length; i++) { await nb.scrollToItem(i); const f = nb.widgets[i].node.querySelector('[data-field]');
if (f) { const b = f.closest('figure').querySelector('[data-kind=bar]'); b.scrollIntoView(); b.click(); return i } } return -1`)
	n.until(t, time.Minute, fmt.Sprintf("const e = nb.widgets[%d].node.querySelector('[data-field]').closest('figure').querySelector('[data-gondola]'); return e.dataset.live === 'on' && e.checkVisibility()", table))
	n.Shot(t, "table")
	for _, theme := range []string{"Dark", "Light"} {
		n.Theme(t, theme)
		for i := range js[int](t, n, "return nb.widgets.length") {
			if js[bool](t, n, fmt.Sprintf("await nb.scrollToItem(%d, 'start'); return nb.widgets[%d].model.type === 'code'", i, i)) {
				n.Shot(t, fmt.Sprintf("cell%02d-%s", i, theme))
			}
		}
	}

	// Restart and run all, which JupyterLab asks to confirm.
	js[int](t, n, "void jupyterapp.commands.execute('notebook:restart-run-all'); return 1")
	n.Until(t, "document.querySelector('.jp-Dialog .jp-mod-accept') !== null")
	js[int](t, n, "document.querySelector('.jp-Dialog .jp-mod-accept').click(); return 1")
	n.until(t, time.Minute, "return nb.widgets.some(c => c.model.type === 'code' && c.model.executionCount === null)")
	ran()
	if got := n.liveCharts(t); got != charts {
		t.Errorf("after a restart %d cells with live charts", got)
	}

	// Saved, and opened by somebody who does not trust it.
	n.Do(t, "docmanager:save", "{}")
	n.jupyter.MustRun(t, "-c", "import os, sqlite3\nwith sqlite3.connect(os.environ['JUPYTER_DATA_DIR'] + '/nbsignatures.db') as db: assert db.execute('DELETE FROM nbsignatures').rowcount > 0")
	js[int](t, n, "await p.sessionContext.shutdown(); return 1")
	n.Clean(t)
	n.Reopen(t, "talk.ipynb")
	if got := n.pictures(t); got != charts {
		t.Errorf("reloaded, %d cells with charts", got)
	}
	n.Shot(t, "reloaded")
	n.Clean(t)
	js[int](t, n, "await p.sessionContext.shutdown(); return 1")
}

func testLabWork(t *testing.T, n labNotebook) {
	n.run(t, 0)
	n.start(t, 1)
	n.until(t, time.Minute, "return /train epoch .* left/.test(nb.widgets[1].outputArea.node.innerText)")
	n.Shot(t, "progress")

	// Completion and help while it trains.
	busy := func(when string) {
		t.Helper()
		n.until(t, 10*time.Second, "return kernel.status === 'busy' && document.querySelector('.jp-Notebook-ExecutionIndicator').dataset.status === 'busy'")
		if state := n.restState(t); state != "busy" {
			t.Errorf("%s the server says %s", when, state)
		}
	}
	n.edit(t, 2, "preproc")
	busy("before completion")
	n.Press(t, "\t")
	n.Until(t, "document.querySelector('.jp-Completer')?.checkVisibility() && document.querySelectorAll('.jp-Completer-item').length === 1")
	n.Press(t, "\r")
	n.until(t, time.Minute, "return nb.activeCell.model.sharedModel.getSource() === 'preprocess'")
	n.edit(t, 2, "t")
	n.Press(t, "\t")
	n.Until(t, "document.querySelector('.jp-Completer')?.checkVisibility() && ['tag', 'train'].every(w => [...document.querySelectorAll('.jp-Completer-item')].some(e => e.innerText.includes(w)))")
	n.Shot(t, "completion")
	n.Press(t, "\x1b")
	for range 20 {
		got := js[string](t, n, "return (await kernel.requestComplete({ code: 'preproc', cursor_pos: 7 })).content.matches.join()")
		if got != "preprocess" {
			t.Errorf("completed as %q", got)
		}
		busy("after completion")
	}
	n.edit(t, 2, "train --epochs")
	js[int](t, n, "void jupyterapp.commands.execute('tooltip:launch-notebook'); return 1")
	n.Until(t, "document.querySelector('.jp-Tooltip')?.innerText.includes('gensim') === true || document.querySelector('.jp-Tooltip')?.innerText.includes('--epochs') === true")
	n.Shot(t, "tooltip")
	n.Press(t, "\x1b")
	busy("after help")

	// Interrupt; the next cell works.
	begun := time.Now()
	js[int](t, n, "void jupyterapp.commands.execute('notebook:interrupt-kernel'); return 1")
	n.idle(t)
	t.Logf("interrupted after %s", time.Since(begun).Round(time.Millisecond))
	if text := js[string](t, n, "return nb.widgets[1].outputArea.node.innerText"); !strings.Contains(text, "train was cancelled") {
		t.Errorf("the interrupted cell says %q", text)
	}
	if text := n.run(t, 3); !strings.Contains(text, "product_title") {
		t.Errorf("the next cell says %q", text)
	}
	n.Shot(t, "interrupted")

	// Many lines: idle comes, and the page is not drowned.
	if text := n.run(t, 4); len(text) > 3<<20 || !strings.HasPrefix(text, "1\n2\n") {
		t.Errorf("a million lines became %d bytes: %.100q", len(text), text)
	}

	// A question.
	n.start(t, 5)
	n.Until(t, "document.querySelector('.jp-Stdin-input') !== null")
	n.Shot(t, "question")
	js[int](t, n, "document.querySelector('.jp-Stdin-input').focus(); return 1")
	n.Press(t, "yes\r")
	n.idle(t)
	n.Shot(t, "answered")
	if text := js[string](t, n, "return nb.widgets[5].outputArea.node.innerText"); !strings.Contains(text, "the history is empty") {
		t.Errorf("after yes: %q", text)
	}

	// Killed at work: JupyterLab starts it again, and tells.
	line, _, _ := strings.Cut(n.run(t, 6), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	n.start(t, 1)
	n.until(t, time.Minute, "return kernel.status === 'busy'")
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	n.Until(t, "document.querySelector('.jp-Dialog .jp-mod-accept') !== null")
	n.Shot(t, "restarted")
	js[int](t, n, "document.querySelector('.jp-Dialog .jp-mod-accept').click(); return 1")
	n.idle(t)
	if text := n.run(t, 0); !strings.Contains(text, "preprocess:") {
		t.Errorf("after the restart: %q", text)
	}
	js[int](t, n, "await p.sessionContext.shutdown(); return 1")
	webtest.Within(t, func() bool {
		_, body := n.jupyter.Request(t, http.MethodGet, "api/kernels", "")
		return strings.TrimSpace(body) == "[]"
	})
}
