package viz_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"gondola/viz"
	"gondola/viz/assets"
)

// lab is a JupyterLab of its own, with a home, settings and a token of its own,
// in a folder that ends with the test. Its server has a base_url, as behind
// JupyterHub.
type lab struct {
	python string
	dir    string // of everything; notebooks are in dir/root
	url    string // with the base_url and a slash, once it runs
}

// kernelSpec is the kernelspec of the notebooks: Python, and beside its
// kernel.json the chart library, as `kernel install` puts it there.
const kernelSpec = "gondola-test"

const labToken = "1f2e3d4c5b6a79881f2e3d4c5b6a7988"

// newLab makes the folders; the server is not there before start.
func newLab(t *testing.T, python string) *lab {
	t.Helper()
	l := &lab{python: python, dir: t.TempDir()}
	argv, err := json.Marshal([]string{python, "-m", "ipykernel_launcher", "-f", "{connection_file}"})
	if err != nil {
		t.Fatal(err)
	}
	l.write(t, "data/kernels/"+kernelSpec+"/kernel.json", fmt.Appendf(nil, `{"argv": %s, "display_name": "Test", "language": "python"}`, argv))
	packed, err := assets.Page()
	if err != nil {
		t.Fatal(err)
	}
	unpack, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	library, err := io.ReadAll(unpack)
	if err != nil {
		t.Fatal(err)
	}
	l.write(t, "data/kernels/"+kernelSpec+"/echarts-"+assets.Version+".mjs", library)
	l.write(t, "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings", []byte(`{"checkForUpdates": false, "fetchNews": "false"}`))
	return l
}

// write writes a file below the folder of the test.
func (l *lab) write(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// command is `jupyter ...` that sees nothing of the user's own Jupyter.
func (l *lab) command(ctx context.Context, module string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, l.python, append([]string{"-m", module}, args...)...)
	cmd.Dir = filepath.Join(l.dir, "root")
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "JUPYTER") && !strings.HasPrefix(v, "PYTHON") && !strings.HasPrefix(v, "XDG_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	for name, folder := range map[string]string{
		"HOME": "home", "IPYTHONDIR": "ipython", "JUPYTER_PATH": "data", "JUPYTER_DATA_DIR": "data", "JUPYTER_CONFIG_DIR": "config",
		"JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
	} {
		cmd.Env = append(cmd.Env, name+"="+filepath.Join(l.dir, folder))
	}
	return cmd
}

// run runs a command of Jupyter's to its end.
func (l *lab) run(t *testing.T, module string, args ...string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if out, err := l.command(ctx, module, args...).CombinedOutput(); err != nil {
		t.Fatalf("python -m %s %s: %v\n%s", module, strings.Join(args, " "), err, out)
	}
}

// start starts the server on a port that the system chooses, and waits until it
// answers. It ends with the test.
func (l *lab) start(t *testing.T) {
	t.Helper()
	log, err := os.Create(filepath.Join(l.dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := l.command(ctx, "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0",
		"--ServerApp.base_url=/user/ann/", "--ServerApp.root_dir="+filepath.Join(l.dir, "root"), "--IdentityProvider.token="+labToken)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it ends its kernels, then itself
	cmd.WaitDelay = 20 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // ends by the signal
		_ = log.Close()
		if text, err := os.ReadFile(log.Name()); t.Failed() && err == nil {
			t.Logf("JupyterLab wrote:\n%s", text)
		}
	})
	within(t, func() bool {
		names, err := filepath.Glob(filepath.Join(l.dir, "runtime", "jpserver-*.json"))
		if err != nil || len(names) == 0 {
			return false
		}
		data, err := os.ReadFile(names[0])
		var at struct{ URL string }
		if err != nil || json.Unmarshal(data, &at) != nil {
			return false // half written
		}
		l.url = at.URL
		status, _ := l.request(t, http.MethodGet, "api/status", "")
		return status == http.StatusOK
	})
}

// request asks the server; it answers status 0 while it does not listen.
func (l *lab) request(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, l.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "token "+labToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(text)
}

// set changes settings of one of JupyterLab's own extensions, for pages to come.
func (l *lab) set(t *testing.T, plugin, settings string) {
	t.Helper()
	raw, err := json.Marshal(map[string]string{"raw": settings})
	if err != nil {
		t.Fatal(err)
	}
	if status, text := l.request(t, http.MethodPut, "lab/api/settings/"+plugin, string(raw)); status != http.StatusNoContent {
		t.Fatalf("settings of %s: %d %s", plugin, status, text)
	}
}

// cell is a cell of a notebook: its code, and the chart that is its saved
// output, if any.
type cell struct {
	code, html string
}

// notebook writes a notebook, not trusted.
func (l *lab) notebook(t *testing.T, name string, cells ...cell) {
	t.Helper()
	list := []any{}
	for i, c := range cells {
		outputs := []any{}
		if c.html != "" {
			outputs = append(outputs, map[string]any{
				"output_type": "display_data", "metadata": map[string]any{},
				"data": map[string]any{"text/html": c.html, "text/plain": "a chart"},
			})
		}
		list = append(list, map[string]any{
			"cell_type": "code", "id": fmt.Sprint("cell", i), "metadata": map[string]any{}, "execution_count": nil, "source": c.code, "outputs": outputs,
		})
	}
	data, err := json.Marshal(map[string]any{
		"cells": list, "nbformat": 4, "nbformat_minor": 5,
		"metadata": map[string]any{"kernelspec": map[string]any{"name": kernelSpec, "display_name": "Test", "language": "python"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	l.write(t, "root/"+name, data)
}

// chartHTML is the output that shows a chart.
func chartHTML(t *testing.T, p *viz.Pictures, s viz.Spec, o viz.HTMLOptions) string {
	t.Helper()
	if s.Kind != viz.Grid {
		var err error
		if o.Picture, err = p.SVG(t.Context(), s, viz.PictureOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := viz.SpecHTML(&out, s, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// labTab opens a notebook in a tab of its own, in a JupyterLab with nothing else
// open. What the page throws or says is an error to it is noted.
func labTab(t *testing.T, b *browser, base, notebook string) *browser {
	t.Helper()
	tab := b.tab(t, base)
	err := chromedp.Listen(tab.ctx, func(event any) {
		if e, ok := event.(*runtime.EventConsoleAPICalled); ok && e.Type == runtime.ConsoleAPICalledTypeError {
			tab.note("an error: " + consoleText(e.Args))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	tab.lab(t, notebook)
	return tab
}

func consoleText(args []*runtime.RemoteObject) string {
	var list []string
	for _, a := range args {
		list = append(list, string(a.Value)+a.Description)
	}
	return strings.Join(list, " ")
}

// lab opens a notebook as the only one.
func (b *browser) lab(t *testing.T, notebook string) {
	t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, time.Minute)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Navigate(b.base+"lab/tree/"+notebook+"?reset&token="+labToken)); err != nil {
		t.Fatal(err)
	}
	b.until(t, `window.jupyterapp && jupyterapp.shell.currentWidget && jupyterapp.shell.currentWidget.context && jupyterapp.shell.currentWidget.context.isReady &&
document.querySelector('.jp-Notebook .jp-Cell') && document.body.dataset.jpThemeLight && true`)
}

// until waits until a script is true, or a promise of that.
func (b *browser) until(t *testing.T, script string) {
	t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, 20*time.Second)
	defer stop()
	again := time.NewTicker(30 * time.Millisecond)
	defer again.Stop()
	for {
		// What the script looks for may not be there yet.
		done, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("(async () => ("+script+") === true)()", chromedp.EvalAwaitPromise))
		if done {
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			found, _ := chromedp.Run(b.ctx, chromedp.Evaluate[string]("JSON.stringify("+chartStates+")"))
			b.shot(t, "failed")
			t.Fatalf("it did not happen: %s: %v\n%s\n%s", script, err, found, strings.Join(b.noted(), "\n"))
		}
	}
}

// do runs a command of JupyterLab's, and waits until it is done.
func (b *browser) do(t *testing.T, command, args string) {
	t.Helper()
	evaluate[int](t, b, "jupyterapp.commands.execute('"+command+"', "+args+").then(() => 1)")
}

// theme makes JupyterLab Light or Dark.
func (b *browser) theme(t *testing.T, name string) {
	t.Helper()
	b.do(t, "apputils:change-theme", "{ theme: 'JupyterLab "+name+"' }")
	b.until(t, "document.body.dataset.jpThemeLight === '"+strconv.FormatBool(name == "Light")+"' && !document.querySelector('#jupyterlab-splash')")
}

// chartStates is what one sees of the charts of a page.
const chartStates = `[...document.querySelectorAll('[data-gondola]')].map(e => ({ Live: e.dataset.live || '', Canvas: e.querySelectorAll('canvas').length,
Pictures: [...e.querySelectorAll('img')].filter(i => i.complete && i.naturalWidth > 0).length, Hidden: e.hidden, Width: e.clientWidth }))`

type chartState struct {
	Live             string
	Canvas, Pictures int
	Hidden           bool
	Width            int
}

// shot keeps what the page looks like in the folder $GONDOLA_KEEP, if there is one.
func (b *browser) shot(t *testing.T, name string) {
	t.Helper()
	keep := os.Getenv("GONDOLA_KEEP")
	if keep == "" {
		return
	}
	data, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Log(err)
		return
	}
	name = strings.ReplaceAll(t.Name(), "/", "-") + "-" + name + ".png"
	if err := os.WriteFile(filepath.Join(keep, name), data, 0o600); err != nil {
		t.Log(err)
	}
}
