package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gondola/internal/need"
	"gondola/pipeline"
	"gondola/session"
	"gondola/session/lang"
	"gondola/viz"
)

// attack is a text that makes a terminal do something.
type attack struct{ name, text string }

// attacks are forty of them, each between letters.
func attacks() []attack {
	list := []attack{
		{"clipboard", "\x1b]52;c;cHduZWQ=\a"},
		{"clipboard, ended by ST", "\x1b]52;c;cHduZWQ=\x1b\\"},
		{"clipboard, 8-bit", "\u009d52;c;cHduZWQ=\u009c"},
		{"link", "\x1b]8;;http://example.org/\x1b\\click\x1b]8;;\x1b\\"},
		{"window title", "\x1b]0;pwned\a"},
		{"icon and old title", "\x1b]1;pwned\x1b\\\x1bkpwned\x1b\\"},
		{"string without end", "\x1b]2;pwned"},
		{"palette", "\x1b]4;1;rgb:00/00/00\a\x1b]10;?\a\x1b]11;?\a"},
		{"clear screen", "\x1b[2J"},
		{"home and overwrite", "\x1b[H\x1b[Jall is well"},
		{"clear screen, 8-bit", "\u009b2J\u009bH"},
		{"clear screen, raw byte", "\x9b2J\x9bH"},
		{"hidden text", "\x1b[8mhidden\x1b[0m"},
		{"colours without end", "\x1b[31;47;7;5m"},
		{"alternate screen", "\x1b[?1049h"},
		{"hidden cursor", "\x1b[?25l"},
		{"mouse", "\x1b[?1000h\x1b[?1003h\x1b[?1006h"},
		{"focus and paste", "\x1b[?1004h\x1b[?2004h"},
		{"keyboard protocol", "\x1b[>1u\x1b[=5;1u"},
		{"keys and insert mode", "\x1b[>4;2m\x1b[4h\x1b[?1h\x1b="},
		{"device status", "\x1b[6n\x1b[5n\x1b[c\x1b[>c\x05"},
		{"setting asked", "\x1bP$qm\x1b\\\x1bP+q544e\x1b\\"},
		{"sixel", "\x1bPq#0;2;0;0;0#0~~@@\x1b\\"},
		{"through tmux", "\x1bPtmux;\x1b\x1b]52;c;cHduZWQ=\a\x1b\\"},
		{"kitty picture", "\x1b_Gf=24,s=1,v=1;AAAA\x1b\\"},
		{"privacy message", "\x1b^pwned\x1b\\"},
		{"start of string", "\x1bXpwned\x1b\\\u0098pwned\u009c"},
		{"string terminators", "\x1b\\\u009c\x18\x1a"},
		{"reset", "\x1bc"},
		{"saved cursor", "\x1b7\x1b[1;1H\x1b8"},
		{"other letters", "\x0e\x1b(0qqq\x0f\x1b)0"},
		{"alignment test", "\x1b#8"},
		{"scroll region and window", "\x1b[2;3r\x1bM\x1b[8;1;1t\x1b[22t"},
		{"carriage return", "\rall is well"},
		{"backspaces", "\b\b\b\x7f\x7fgood"},
		{"bells", strings.Repeat("\a", 1000)},
		{"next line, index, tabs", "\u0085\u0084\x0b\x0c\u0088\x1bH"},
		{"line separators", "\u2028\u2029"},
		{"bidi", "\u202e\u2066if admin\u2069\u2066\u200f\u061c"},
		{"invisible letters and tags", "\u200b\u2060\ufeff\u180e\U000e0068\U000e0069\U000e007f"},
	}
	for i := range list {
		list[i].text = "before" + list[i].text + "after"
	}
	return list
}

// fileName is the text as a file name as far as it can be one.
func (a attack) fileName() string {
	s := strings.ReplaceAll(a.text, "/", "_")
	if len(s) > 200 {
		s = s[:200]
	}
	return s
}

// quote writes the text as it is between quotes of the language, with only
// what ends them escaped.
func (a attack) quote() string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "{", "{{", "}", "}}").Replace(a.text) + `"`
}

func terminalEnv(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	for name, value := range map[string]string{
		"XDG_STATE_HOME": filepath.Join(dir, "state"), "XDG_CACHE_HOME": filepath.Join(dir, "cache"), "LC_ALL": "C.UTF-8", "COLUMNS": "",
		"NO_COLOR": "1", "FORCE_COLOR": "", "TERM": "xterm-256color",
	} {
		t.Setenv(name, value)
	}
}

// harmless runs do on a terminal and fails the test for whatever happens to
// that. It returns the bytes.
func harmless(t *testing.T, what string, do func(tty *terminal)) []byte {
	t.Helper()
	out := onTerminal(t, do)
	if list := changes(t, out); len(list) > 0 {
		t.Errorf("%s: %s\n%.2000q", what, strings.Join(list, "; "), out)
	}
	return out
}

// TestX4AttacksWork: each of the forty does something to the terminal of these
// tests when nobody cleans it.
func TestX4AttacksWork(t *testing.T) {
	if n := len(attacks()); n != 40 {
		t.Errorf("%d attacks, want 40", n)
	}
	for _, a := range attacks() {
		out := onTerminal(t, func(tty *terminal) { _, _ = tty.WriteString(a.text + "\n") })
		if len(changes(t, out)) == 0 {
			t.Errorf("%s changes nothing", a.name)
		}
	}
}

// TestX4Escapes runs the program on a terminal with each attack (with -short every
// fourth) as title, name of a column and of a file, value of a parameter, argument,
// and in errors.
func TestX4Escapes(t *testing.T) {
	terminalEnv(t)
	const failing = -1 // any code but 0: the language itself refuses some letters
	for i, a := range attacks() {
		if i%need.Size(1, 4) != 0 {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			gondola := func(code int, args ...string) {
				t.Helper()
				harmless(t, strings.Join(args, " "), func(tty *terminal) {
					if got := run(args, tty.File, tty.File, tty.File); got != code && (code != failing || got == 0) {
						t.Errorf("%.300q: exit code %d, want %d", args, got, code)
					}
				})
			}
			// Titles and columns.
			name := a.fileName()
			if utf8.ValidString(a.text) {
				title, err := json.Marshal(a.text)
				if err != nil {
					t.Fatal(err)
				}
				rows := strings.Repeat(`{"title":`+string(title)+`,`+string(title)+`:[`+string(title)+`,"x"],"id":"k"}`+"\n", 3)
				if err := os.Mkdir("data", 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join("data", "a.jsonl"), []byte(rows), 0o600); err != nil {
					t.Fatal(err)
				}
				gondola(0, "--no-progress", "-c", "load data/ --title title --id id as t\nprofile t\npreprocess t\nshow t -n 1 -o table\nshow t -o csv\n"+
					"show t -o tsv\nshow t -o md\nshow t -o json\nshow t -o jsonl\nparam p = "+lang.Quote(a.text)+"\nparam\nparam -o csv\nwrite "+lang.Quote(name+".csv")+
					"\nexport t "+lang.Quote(name+".json")+"\nhistory\nhistory -o tsv")
				gondola(0, "--set", "p="+a.text, "-c", "param p = x\nparam\nset charts off")
				gondola(failing, "-c", "load data/ --title title as t | write "+lang.Quote(name+".csv")+" --columns title,"+lang.Quote("no "+a.text))
			}
			// Errors with carets, and as JSON.
			broken := "param p = " + a.quote() + " ; load " + a.quote() + " --nope " + a.quote() + " | preprocess"
			gondola(2, "-c", broken)
			gondola(2, "-o", "json", "-c", broken)
			for _, text := range []string{a.quote(), lang.Quote(a.text)} {
				gondola(failing, "-c", "load "+text)
				gondola(failing, "-o", "jsonl", "-c", "load "+text)
			}
			gondola(2, "-c", a.text)
			// Names of files.
			if err := os.WriteFile(name+".gnd", []byte("help\nlod "+a.quote()+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			gondola(2, "run", name+".gnd")
			gondola(2, "run", name+".none")
			if err := os.WriteFile(name+".parquet", []byte("PAR1 not at all"), 0o600); err != nil {
				t.Fatal(err)
			}
			gondola(1, "-c", "load .")
			// Arguments of the program.
			for _, args := range [][]string{
				{a.text}, {"-o", a.text}, {"--color", a.text}, {"--" + a.text}, {"--set", a.text, "-c", "help"}, {"--set", a.text + "=1", "-c", "set"},
			} {
				gondola(2, args...)
			}
		})
	}
}

// TestX4Printer sends each attack through every kind of event.
func TestX4Printer(t *testing.T) {
	terminalEnv(t)
	formats := []string{"table", "csv", "tsv", "md", "json", "jsonl"}
	for _, a := range attacks() {
		table := pipeline.NewTable(a.text, pipeline.Col(a.text, pipeline.String), pipeline.Col("list", pipeline.Strings),
			pipeline.Col("n"+a.text, pipeline.Float), pipeline.Col("bytes", pipeline.Bytes))
		table.Add(a.text, []string{a.text, a.text}, 1.5, []byte(a.text))
		table.Add(nil, nil, nil, nil)
		for _, format := range formats {
			for _, ascii := range []bool{false, true} {
				out := harmless(t, a.name+" as "+format, func(tty *terminal) {
					p := newPrinter(tty.File, tty.File, &command{output: format, color: "never"})
					if ascii {
						p.out.ascii, p.err.ascii = true, true
						p.stdout, p.stderr = p.out.writer(tty.File), p.err.writer(tty.File)
					}
					p.event(session.Text{Text: a.text})
					p.event(session.Text{Text: a.text, Warn: true})
					p.event(session.Text{Text: a.text, Asked: true})
					p.event(session.Table{Table: table})
					p.event(session.Table{Table: table, View: true})
					p.event(session.Chart{Spec: viz.Spec{Kind: viz.Bar, Title: a.text, Data: table, X: a.text, Y: "n" + a.text, Provenance: a.text}})
					p.event(session.Ask{Question: a.text, Default: a.text})
					p.event(session.Result{Verb: "load", Name: a.text, Line: a.text, Row: table})
					p.event(session.Result{Verb: "load", Name: a.text, Line: a.text, Row: table, Last: true})
					if err := p.finish(); err != nil {
						t.Errorf("%s as %s: %v", a.name, format, err)
					}
					p.fail(errors.New(a.text))
					p.fail(&session.Failure{
						Source: session.Source{Name: a.text, Text: a.text + "\n" + a.text},
						Diagnostics: lang.Diagnostics{{
							Code: "failed", Summary: a.text, Hint: a.text, Span: lang.Span{Start: 2, End: len(a.text) - 2},
						}},
					})
				})
				if i := bytes.IndexFunc(out, func(r rune) bool { return r >= 0x80 }); ascii && i >= 0 {
					t.Errorf("%s as %s: not ASCII: %q", a.name, format, out[i:min(len(out), i+20)])
				}
			}
		}
	}
}

// TestX4Progress shows progress in words of an engine, as a bar and as lines.
func TestX4Progress(t *testing.T) {
	terminalEnv(t)
	for _, a := range attacks() {
		report := pipeline.Progress{Step: a.text, Phase: a.text, Done: 5, Total: 10, Unit: a.text, Spent: time.Second}
		harmless(t, a.name+" as a line", func(tty *terminal) {
			b := newProgressBar(tty.File, screen{})
			b.show(pipeline.Progress{})
			b.lastLine = b.lastLine.Add(-lineEvery)
			b.show(report)
		})
		harmless(t, a.name+" in the bar", func(tty *terminal) {
			b := newProgressBar(tty.File, screen{terminal: true, width: screenColumns})
			b.show(report)
			b.begun = b.begun.Add(-barAfter)
			b.show(report)
			tty.wait(t, "5 of 10 before")
			b.hide()
		})
	}
}

// TestX4Program lets the program, as a process, show all forty at once.
func TestX4Program(t *testing.T) {
	terminalEnv(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "titles.jsonl")
	var rows bytes.Buffer
	for _, a := range attacks() {
		if err := json.NewEncoder(&rows).Encode(map[string]string{"title": a.text, "id": a.name}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, rows.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := func(args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), self, args...)
		cmd.Env = append(os.Environ(), beGondola+"=1", "GORACE=atexit_sleep_ms=0")
		return cmd
	}
	load := "load " + lang.Quote(path) + " --title title --id id | "
	for _, format := range []string{"table", "csv", "tsv", "md", "json", "jsonl"}[:need.Size(6, 2)] {
		out := harmless(t, format, func(tty *terminal) {
			cmd := program("-o", format, "-c", load+"preprocess | show -n 40")
			cmd.Stdin, cmd.Stdout, cmd.Stderr = tty.File, tty.File, tty.File
			if err := cmd.Run(); err != nil {
				t.Errorf("%s: %v", format, err)
			}
		})
		if n := bytes.Count(out, []byte("before")); n < 40 {
			t.Errorf("%s: %d titles are shown, want 40", format, n)
		}
	}
	// Into a pipe titles go as they are; CSV still holds no formula.
	read := map[string]func([]byte) ([]string, error){
		"jsonl": func(b []byte) (titles []string, err error) {
			for d := json.NewDecoder(bytes.NewReader(b)); d.More(); {
				var row struct{ Title string }
				if err := d.Decode(&row); err != nil {
					return nil, err
				}
				titles = append(titles, row.Title)
			}
			return titles, nil
		},
		"csv": func(b []byte) (titles []string, err error) {
			rows, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
			for _, row := range rows[min(1, len(rows)):] {
				titles = append(titles, row[0])
			}
			return titles, err
		},
	}
	for format, titles := range read {
		out, err := program("-q", "-o", format, "-c", load+"show -n 40 --columns title").Output()
		if err != nil {
			t.Fatal(err)
		}
		got, err := titles(out)
		if err != nil || len(got) != 40 {
			t.Fatalf("%s: %d titles, %v", format, len(got), err)
		}
		for i, a := range attacks() {
			want := strings.ToValidUTF8(a.text, "\ufffd")
			if format == "csv" {
				want = viz.Defuse(want)
			}
			if got[i] != want {
				t.Errorf("%s: %s: %q, want %q", format, a.name, got[i], want)
			}
		}
	}
}
