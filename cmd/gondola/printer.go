package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"gondola/pipeline"
	"gondola/session"
	"gondola/session/lang"
	"gondola/viz"
)

// How many rows of a table a person sees: of what was asked for, and of what a
// step shows by itself.
const (
	shownRows = 40
	viewRows  = 16
)

// printer writes the events of a session: results to standard output,
// everything else to standard error. Nothing else writes to a terminal, and
// nothing that came from outside reaches one uncleaned. Every format but "table" is for programs:
// there a statement gives one document, a step its row of figures, and the
// tables and charts that steps show by themselves are left out.
type printer struct {
	stdout, stderr io.Writer
	out, err       screen
	format         string
	quiet          bool
	progress       *progressBar
	documents      int
	parquet        *pipeline.Table // waits for the end: a Parquet file is one table
	failed         error           // of writing
}

func newPrinter(stdout, stderr *os.File, c *command) *printer {
	p := &printer{out: screenOf(stdout, c.color), err: screenOf(stderr, c.color), format: c.output, quiet: c.quiet}
	p.stdout, p.stderr = p.out.writer(stdout), p.err.writer(stderr)
	if !c.noProgress {
		p.progress = newProgressBar(stderr, p.err)
	}
	return p
}

// event is the session's sink.
func (p *printer) event(e session.Event) {
	if prog, ok := e.(session.Progress); ok {
		p.progress.show(prog.Progress)
		return
	}
	p.progress.hide()
	switch e := e.(type) {
	case session.Text:
		p.text(e)
	case session.Stream:
		p.stream(e)
	case session.Clear:
		if p.out.terminal {
			p.printf("\x1b[H\x1b[2J\x1b[3J")
		}
	case session.Table:
		p.table(e)
	case session.Chart:
		p.chart(e)
	case session.Ask: // nobody answers a script: the default holds, and the error names the flag
	case session.Result:
		p.result(e)
	}
}

func (p *printer) text(e session.Text) {
	switch {
	case e.Asked && (!e.Markdown || p.forPeople(p.format)):
		p.printf("%s\n", viz.Clean(e.Text))
	case e.Warn:
		fmt.Fprintf(p.stderr, "warning: %s\n", viz.Clean(e.Text))
	case !p.quiet:
		fmt.Fprintf(p.stderr, "%s\n", viz.Clean(e.Text))
	}
}

// forPeople says whether a format is read by people and not by programs.
func (p *printer) forPeople(format string) bool { return format == string(viz.Text) }

// stream passes on what a program prints; a terminal gets it clean.
func (p *printer) stream(e session.Stream) {
	to, screen := p.stdout, p.out
	if e.Stderr {
		to, screen = p.stderr, p.err
	}
	text := e.Text
	if screen.terminal {
		text = viz.Clean(text)
	}
	_, err := io.WriteString(to, text)
	p.keep(err)
}

func (p *printer) table(e session.Table) {
	format := p.format
	if e.Format != "" {
		format = e.Format
	}
	if e.View && (p.quiet || !p.forPeople(format)) {
		return
	}
	rows := shownRows
	if e.View {
		rows = viewRows
	}
	p.document(e.Table, format, rows)
}

// chart draws a chart for people; programs get the data of one that was asked
// for.
func (p *printer) chart(e session.Chart) {
	format, rows := p.format, viewRows
	if e.Format != "" {
		format = e.Format
	}
	if e.Asked {
		rows = shownRows
	}
	switch {
	case p.forPeople(format) && (e.Asked || !p.quiet):
		p.keep(viz.SpecText(p.stdout, e.Spec, p.textOptions(rows)))
		p.printf("\n")
	case e.Asked:
		p.document(e.Spec.Data, format, rows)
	}
}

func (p *printer) result(e session.Result) {
	format := p.format
	if e.Format != "" {
		format = e.Format
	}
	if p.quiet {
		return
	}
	how := seconds(e.Elapsed)
	if e.Cached {
		how = "cached, " + how
	}
	line := fmt.Sprintf("%s: %s (%s)", e.Verb, viz.CleanLine(e.Line), how)
	if p.forPeople(format) {
		p.printf("%s\n", line)
		return
	}
	if e.Last && !e.Shown && format != "parquet" {
		p.document(e.Row, format, shownRows)
		return
	}
	fmt.Fprintln(p.stderr, line)
}

// document writes a table to standard output.
func (p *printer) document(t *pipeline.Table, format string, rows int) {
	if format == "parquet" {
		if p.parquet != nil {
			p.keep(errors.New("-o parquet holds one table, and there are several: give -o at the statement that counts"))
		}
		p.parquet = t
		return
	}
	if p.documents > 0 && (format == "csv" || format == "tsv" || format == "md") {
		p.printf("\n")
	}
	p.documents++
	p.keep(viz.WriteTable(p.stdout, t, viz.Format(format), viz.Options{
		TextOptions: p.textOptions(rows), Exact: !p.out.terminal,
	}))
	if p.forPeople(format) {
		p.printf("\n")
	}
}

func (p *printer) textOptions(rows int) viz.TextOptions {
	return viz.TextOptions{Width: p.out.width, MaxRows: rows, ASCII: p.out.ascii, Color: p.out.color}
}

func (p *printer) printf(format string, args ...any) {
	_, err := fmt.Fprintf(p.stdout, format, args...)
	p.keep(err)
}

// keep remembers the first error of writing.
func (p *printer) keep(err error) {
	if p.failed == nil {
		p.failed = err
	}
}

// finish writes what waited for the end.
func (p *printer) finish() error {
	p.progress.hide()
	if p.failed == nil && p.parquet != nil {
		if p.out.terminal {
			return errors.New("-o parquet is not for a terminal: send it into a file, > out.parquet")
		}
		return writeParquet(p.stdout, p.parquet)
	}
	return p.failed
}

// fail draws why the run ended: with carets for people, as JSON for programs.
func (p *printer) fail(err error) {
	var f *session.Failure
	if !errors.As(err, &f) {
		fmt.Fprintf(p.stderr, "gondola: %s\n", viz.CleanLine(err.Error()))
		return
	}
	if p.format == "json" || p.format == "jsonl" {
		records := pipeline.NewTable("", pipeline.Col("code", pipeline.String), pipeline.Col("summary", pipeline.String),
			pipeline.Col("line", pipeline.Int), pipeline.Col("col", pipeline.Int), pipeline.Col("hint", pipeline.String))
		for _, d := range f.Diagnostics {
			r := d.Record(f.Source.Text)
			records.Add(r.Code, r.Summary, r.Line, r.Col, r.Hint)
		}
		p.keep(viz.TableJSONL(p.stderr, records))
		return
	}
	fmt.Fprint(p.stderr, lang.DrawAll(f.Source.Text, f.Diagnostics, lang.DrawOptions{
		File: f.Source.Name, Color: p.err.color, Width: p.err.width,
	}))
}

func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}
