package kernel

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gondola/kernel/zmtp"
	"gondola/pipeline"
)

// TestFlood (bar K6): a million lines, beside a client that never reads. At most
// ten messages a second, what is too much is in a file, and nothing is lost.
func TestFlood(t *testing.T) {
	k := startKernel(t, nil)
	f := k.connect(t)
	deaf, err := zmtp.Dial(t.Context(), k.connection.Endpoint(k.connection.IOPubPort), "SUB", "")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close() //nolint:errcheck // it was not used
	if err := deaf.Subscribe(""); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	reply, outputs := f.run("%%bash\nseq 1000000")
	took := time.Since(begun)
	if reply["status"] != "ok" {
		t.Fatal(reply)
	}
	text := printed(outputs, "stdout")
	note := regexp.MustCompile(`^([\d,]+) more lines in (.+)\n$`).FindStringSubmatch(printed(outputs, "stderr"))
	if note == nil {
		t.Fatalf("no note: %q", printed(outputs, "stderr"))
	}
	rest, err := os.ReadFile(note[2])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(note[2]); err != nil {
		t.Fatal(err)
	}
	all := strings.Fields(text + string(rest))
	for i := range 1000000 {
		if i >= len(all) || all[i] != strconv.Itoa(i+1) {
			t.Fatalf("line %d is lost", i+1)
		}
	}
	streams := 0
	for _, o := range outputs {
		if o.typ == "stream" {
			streams++
		}
	}
	if most := 10*int(took.Seconds()+1) + 3; streams > most || len(text) > maxPrinted+100 {
		t.Errorf("%d messages in %s, %d bytes", streams, took, len(text))
	}
	for range 100 {
		f.ok("%%bash\nseq 100000")
	}
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	t.Logf("%d stream messages in %s; %d MB are in use", streams, took, m.HeapInuse>>20)
	if m.HeapInuse > 200<<20 {
		t.Errorf("%d MB are in use", m.HeapInuse>>20)
	}
	f.alive()
}

// TestBigResult (bar K7): a table of 100,000 rows is cut, and says so.
func TestBigResult(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	outputs := f.ok("sql -n 100000 SELECT range AS n, repeat('x', 50) AS title FROM range(100000)")
	i := slices.IndexFunc(outputs, func(o output) bool { return o.typ == "execute_result" })
	if i < 0 {
		t.Fatalf("no result: %v", types(outputs))
	}
	html, text := outputs[i].data("text/html"), outputs[i].data("text/plain")
	if n := strings.Count(html, "<tr>"); n > 51 {
		t.Errorf("%d rows without a script", n)
	}
	if !strings.Contains(html, "50 of 100,000 rows") || !strings.Contains(text, "100,000 rows") {
		t.Error("it does not say how many there are")
	}
	if len(html) > maxHTML+1<<20 || strings.Count(text, "\n") > textRows+10 {
		t.Errorf("%d bytes of HTML, %d lines", len(html), strings.Count(text, "\n"))
	}
}

// TestLibrary: the first chart of each page carries the library, as it is set.
func TestLibrary(t *testing.T) {
	k := startKernel(t, nil)
	f, g := k.connect(t), k.connect(t)
	size := func(f *front) int {
		t.Helper()
		for _, o := range f.ok("sql SELECT 1 AS n") {
			if html := o.data("text/html"); html != "" {
				return len(html)
			}
		}
		t.Fatal("no table")
		return 0
	}
	const library = 200_000 // bytes at least
	if a, b, c, d := size(f), size(f), size(g), size(f); a < library || b > library || c < library || d > library {
		t.Errorf("%d, %d, another page %d, the first one again %d bytes", a, b, c, d)
	}
	f.ok("set notebook.assets none")
	if n := size(k.connect(t)); n > 5000 {
		t.Errorf("%d bytes without a library", n)
	}
}

// TestProgress: long work has one display that is updated at most ten times a
// second, and its result takes its place.
func TestProgress(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	f.ok("set charts off\n" + `load "sample:receipts?n=5000" | preprocess`)
	var outputs []output
	var took time.Duration
	// Until it is long work; another number of epochs never comes from the cache.
	for epochs := 4; took < 2*time.Second; epochs *= 4 {
		begun := time.Now()
		outputs = f.ok(fmt.Sprintf("set charts off\ntrain --epochs %d --workers 1 --vector-size 50", epochs))
		took = time.Since(begun)
	}
	var ids []any
	updates, last := 0, ""
	for _, o := range outputs {
		if transient, ok := o.content["transient"].(map[string]any); ok && transient["display_id"] != nil {
			updates++
			last = o.data("text/plain")
			if !slices.Contains(ids, transient["display_id"]) {
				ids = append(ids, transient["display_id"])
			}
		}
	}
	if len(ids) != 1 || updates < 2 || updates > 10*int(took.Seconds()+1) {
		t.Errorf("%d displays, %d updates in %s", len(ids), updates, took)
	}
	if !regexp.MustCompile(`^train: .* words x 50, loss`).MatchString(last) {
		t.Errorf("at its end it says %q", last)
	}
}

// TestProgressOfLooks: what has no line of its own ends its progress too.
func TestProgressOfLooks(t *testing.T) {
	var said []string
	p := progress{publish: func(x publication) {
		said = append(said, x.Type+" "+fmt.Sprint(x.Content.(display).Data["text/plain"]))
	}}
	look := func(step string) {
		p.look(pipeline.Progress{Step: step})
		p.begun, p.shown = p.begun.Add(-5*time.Second), time.Time{}
		p.tick()
	}
	look("map")
	look("train")
	p.leave(errors.New("no"))
	look("profile")
	p.leave(nil)
	p.leave(nil)
	want := []string{
		"display_data map: 0s", "update_display_data map: done (5.0 s)",
		"display_data train: 0s", "update_display_data train: 0s: stopped",
		"display_data profile: 0s", "update_display_data profile: done (5.0 s)",
	}
	if d := cmp.Diff(want, said); d != "" {
		t.Error(d)
	}
}

// TestHelp: a word with a question mark is for the pager.
func TestHelp(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	for _, code := range []string{"train?", "?train", " train --epochs? "} {
		reply, _ := f.run(code)
		if page := fmt.Sprint(reply["payload"]); !strings.Contains(page, "page") || !strings.Contains(page, "titles") {
			t.Errorf("%s: %s", code, page)
		}
	}
	for _, code := range []string{"help train", "train --help"} {
		outputs := f.ok(code)
		if o := outputs[len(outputs)-1]; !strings.HasPrefix(o.data("text/markdown"), "### train") || !strings.HasPrefix(o.data("text/plain"), "train [RESULT]") {
			t.Errorf("%s: %v", code, o)
		}
	}
	for _, code := range []string{`near "what?"`, "?", "sql SELECT '?'"} {
		if _, ok := asksForHelp(code); ok {
			t.Errorf("%s asks for help", code)
		}
	}
}

// TestStepOrder: the line of a step stands above what it shows by itself and
// below what it was run for; a table that was asked for last is the result.
func TestStepOrder(t *testing.T) {
	f := startKernel(t, nil).connect(t)
	order := func(code string) string {
		t.Helper()
		var list []string
		progress := map[any]int{} // the place of each display that is updated
		for _, o := range f.ok(code)[1:] {
			what := o.typ
			if text, ok := o.content["text"].(string); ok {
				what, _, _ = strings.Cut(text, ":")
			}
			if transient, ok := o.content["transient"].(map[string]any); ok && transient["display_id"] != nil {
				// Where there was time to show progress the line takes its place.
				what, _, _ = strings.Cut(o.data("text/plain"), ":")
				if at, ok := progress[transient["display_id"]]; ok {
					list[at] = what
					continue
				}
				progress[transient["display_id"]] = len(list)
			}
			list = append(list, what)
		}
		return strings.Join(slices.Compact(list), ", ")
	}
	for code, want := range map[string]string{
		`param k = 1; load "sample:receipts?n=500" --title product_title --id item_id as t`: "param, load, display_data",
		"sql SELECT 1 AS n":                         "execute_result, sql",
		"sql SELECT 1 AS n\nparam k = 1":            "display_data, sql, param",
		"param k = 1\nsql SELECT 1 AS n\nshow":      "param, display_data, sql, execute_result",
		"plot t --as bar --x vendor":                "display_data",
		"%%bash\necho 'a: b'\n%%sql\nSELECT 1 AS n": "a, execute_result, sql",
	} {
		if code == "plot t --as bar --x vendor" {
			f.ok(`load "sample:receipts?n=500" as t`)
		}
		if got := order(code); got != want {
			t.Errorf("%s: %s, want %s", code, got, want)
		}
	}
}
