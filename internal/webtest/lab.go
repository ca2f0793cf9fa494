package webtest

import (
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

	"gondola/internal/need"
)

// Jupyter is a Jupyter of its own, with a home and settings of its own in a
// folder that ends with the test: it sees nothing of the user's.
type Jupyter struct {
	Dir string // of everything; kernelspecs are in data/kernels, notebooks in root
	URL string // of JupyterLab, with the base_url and a slash, once it runs

	python string
}

const labToken = "1f2e3d4c5b6a79881f2e3d4c5b6a7988"

// NewJupyter makes the folders; JupyterLab is not there before Start.
func NewJupyter(t *testing.T) *Jupyter {
	t.Helper()
	j := &Jupyter{python: need.Jupyter(t), Dir: t.TempDir()}
	j.Write(t, "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings", []byte(`{"checkForUpdates": false, "fetchNews": "false"}`))
	j.Write(t, "root/README", nil) // for the folder
	return j
}

// Write writes a file below the folder of the test.
func (j *Jupyter) Write(t *testing.T, name string, data []byte) {
	t.Helper()
	path := filepath.Join(j.Dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Read reads one.
func (j *Jupyter) Read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(j.Dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// Env is an environment that leads to these folders.
func (j *Jupyter) Env() (env []string) {
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "JUPYTER") && !strings.HasPrefix(v, "PYTHON") && !strings.HasPrefix(v, "XDG_") {
			env = append(env, v)
		}
	}
	for name, folder := range map[string]string{
		"HOME": "home", "IPYTHONDIR": "ipython", "JUPYTER_PATH": "data", "JUPYTER_DATA_DIR": "data", "JUPYTER_CONFIG_DIR": "config",
		"JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
	} {
		env = append(env, name+"="+filepath.Join(j.Dir, folder))
	}
	return env
}

// Command is Jupyter's Python with arguments, in the folder of the notebooks.
func (j *Jupyter) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, j.python, args...)
	cmd.Dir, cmd.Env = filepath.Join(j.Dir, "root"), j.Env()
	cmd.WaitDelay = 20 * time.Second
	return cmd
}

// Run runs that to its end, five minutes at most, and returns what it writes.
func (j *Jupyter) Run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Minute)
	defer stop()
	out, err := j.Command(ctx, args...).CombinedOutput()
	return string(out), err
}

// MustRun is Run of what must not fail.
func (j *Jupyter) MustRun(t *testing.T, args ...string) string {
	t.Helper()
	out, err := j.Run(t, args...)
	if err != nil {
		t.Fatalf("python %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// Start starts JupyterLab on a port that the system chooses, with a base_url as
// behind JupyterHub, and waits until it answers. It ends with the test.
func (j *Jupyter) Start(t *testing.T) {
	t.Helper()
	log, err := os.Create(filepath.Join(j.Dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := j.Command(ctx, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser", "--ServerApp.ip=127.0.0.1", "--ServerApp.port=0",
		"--ServerApp.base_url=/user/ann/", "--ServerApp.root_dir="+filepath.Join(j.Dir, "root"), "--IdentityProvider.token="+labToken)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) } // it ends its kernels, then itself
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
	Within(t, func() bool {
		names, err := filepath.Glob(filepath.Join(j.Dir, "runtime", "jpserver-*.json"))
		if err != nil || len(names) == 0 {
			return false
		}
		data, err := os.ReadFile(names[0])
		var at struct{ URL string }
		if err != nil || json.Unmarshal(data, &at) != nil {
			return false // half written
		}
		j.URL = at.URL
		status, _ := j.Request(t, http.MethodGet, "api/status", "")
		return status == http.StatusOK
	})
}

// Request asks the server; it answers status 0 while it does not listen.
func (j *Jupyter) Request(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, j.URL+path, strings.NewReader(body))
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

// Set changes settings of one of JupyterLab's own extensions, for pages to come.
func (j *Jupyter) Set(t *testing.T, plugin, settings string) {
	t.Helper()
	raw, err := json.Marshal(map[string]string{"raw": settings})
	if err != nil {
		t.Fatal(err)
	}
	if status, text := j.Request(t, http.MethodPut, "lab/api/settings/"+plugin, string(raw)); status != http.StatusNoContent {
		t.Fatalf("settings of %s: %d %s", plugin, status, text)
	}
}

// Cell is a code cell of a notebook and the HTML that is its saved output, if any.
type Cell struct {
	Code, HTML string
}

// Notebook writes a notebook into root, not trusted, for a kernel.
func (j *Jupyter) Notebook(t *testing.T, name, kernel, language string, cells ...Cell) {
	t.Helper()
	list := []any{}
	for i, c := range cells {
		outputs := []any{}
		if c.HTML != "" {
			outputs = append(outputs, map[string]any{
				"output_type": "display_data", "metadata": map[string]any{},
				"data": map[string]any{"text/html": c.HTML, "text/plain": "a chart"},
			})
		}
		list = append(list, map[string]any{
			"cell_type": "code", "id": fmt.Sprint("cell", i), "metadata": map[string]any{}, "execution_count": nil, "source": c.Code, "outputs": outputs,
		})
	}
	data, err := json.Marshal(map[string]any{
		"cells": list, "nbformat": 4, "nbformat_minor": 5,
		"metadata": map[string]any{"kernelspec": map[string]any{"name": kernel, "display_name": kernel, "language": language}},
	})
	if err != nil {
		t.Fatal(err)
	}
	j.Write(t, "root/"+name, data)
}

// Lab opens a notebook in a tab of its own, in a JupyterLab with nothing else
// open. What the page throws or says is an error to it is noted.
func (b *Tab) Lab(t *testing.T, j *Jupyter, notebook string) *Tab {
	t.Helper()
	tab := b.Tab(t, j.URL)
	err := chromedp.Listen(tab.Ctx, func(event any) {
		if e, ok := event.(*runtime.EventConsoleAPICalled); ok && e.Type == runtime.ConsoleAPICalledTypeError {
			tab.note("an error: " + consoleText(e.Args))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	tab.Reopen(t, notebook)
	return tab
}

func consoleText(args []*runtime.RemoteObject) string {
	var list []string
	for _, a := range args {
		list = append(list, string(a.Value)+a.Description)
	}
	return strings.Join(list, " ")
}

// Reopen loads JupyterLab anew with a notebook as the only one.
func (b *Tab) Reopen(t *testing.T, notebook string) {
	t.Helper()
	b.Open(t, b.base+"lab/tree/"+notebook+"?reset&token="+labToken)
	b.Until(t, `window.jupyterapp && jupyterapp.shell.currentWidget && jupyterapp.shell.currentWidget.context && jupyterapp.shell.currentWidget.context.isReady &&
document.querySelector('.jp-Notebook .jp-Cell') && document.body.dataset.jpThemeLight && true`)
}

// Do runs a command of JupyterLab's, and waits until it is done.
func (b *Tab) Do(t *testing.T, command, args string) {
	t.Helper()
	Eval[int](t, b, "jupyterapp.commands.execute('"+command+"', "+args+").then(() => 1)")
}

// Theme makes JupyterLab Light or Dark.
func (b *Tab) Theme(t *testing.T, name string) {
	t.Helper()
	b.Do(t, "apputils:change-theme", "{ theme: 'JupyterLab "+name+"' }")
	b.Until(t, "document.body.dataset.jpThemeLight === '"+strconv.FormatBool(name == "Light")+"' && !document.querySelector('#jupyterlab-splash')")
}
