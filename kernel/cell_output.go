package kernel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gondola/kernel/wire"
	"gondola/pipeline"
	"gondola/session"
	"gondola/session/lang"
	"gondola/viz"
)

// How what a cell shows is paced and bounded.
const (
	streamEvery   = 200 * time.Millisecond // streams are gathered for so long
	progressAfter = 500 * time.Millisecond // short work shows no progress
	progressEvery = 100 * time.Millisecond
	queuedEvents  = 64
)

// publication is a message of a cell, as both a front end gets it and a
// notebook keeps it.
type publication struct {
	Type    string // "stream", "display_data", "update_display_data", "execute_result", "error", ...
	Content any
}

// cellOutput turns the events of one cell into messages, in the order of the
// events and from a goroutine of its own: a picture that takes long to draw is
// not in the way of the next statement. It ends with close.
type cellOutput struct {
	publish func(publication)
	draw    *drawing
	number  int    // of the cell, for its execute_result
	source  string // its text

	items chan outputItem
	done  chan struct{}

	// What follows belongs to the goroutine.
	streams  streams
	progress progress
	step     stepOutput
}

// stepOutput is what a step has shown. It waits for the step's Result, which is
// put above the views; a table that was asked for waits longer: when nothing
// follows, it is the result of the cell.
type stepOutput struct {
	asked  []session.Event // what the statement was run for: tables and charts
	views  []session.Event // what the step shows by itself
	result *session.Result
}

// outputItem is an event, or a function to be called when all before is out.
type outputItem struct {
	event session.Event
	call  func(ctx context.Context)
}

// newCellOutput starts the goroutine. spill is where what a cell prints beyond
// its bound goes.
func newCellOutput(ctx context.Context, draw *drawing, number int, source string, spill spillFile, publish func(publication)) *cellOutput {
	o := &cellOutput{
		publish: publish, draw: draw, number: number, source: source,
		items: make(chan outputItem, queuedEvents), done: make(chan struct{}),
	}
	o.streams = streams{spill: spill, publish: publish}
	o.progress = progress{publish: publish}
	go o.run(ctx)
	return o
}

// sink is the session's Sink.
func (o *cellOutput) sink(e session.Event) {
	if _, ok := e.(session.Progress); ok {
		select {
		case o.items <- outputItem{event: e}:
		default: // the next look at the work tells more
		}
		return
	}
	o.items <- outputItem{event: e}
}

// flush returns when everything so far is published.
func (o *cellOutput) flush() {
	done := make(chan struct{})
	o.items <- outputItem{call: func(ctx context.Context) { o.settle(ctx, false); close(done) }}
	<-done
}

// close publishes what is left, then the error if there is one, and ends the
// goroutine.
func (o *cellOutput) close(err error) *cellError {
	var failed *cellError
	o.items <- outputItem{call: func(ctx context.Context) {
		o.settle(ctx, err == nil)
		o.streams.finish()
		o.progress.leave(err)
		if err != nil {
			failed = newCellError(o.source, err)
			o.publish(publication{"error", failed})
		}
	}}
	close(o.items)
	<-o.done
	return failed
}

func (o *cellOutput) run(ctx context.Context) {
	defer close(o.done)
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case item, ok := <-o.items:
			switch {
			case !ok:
				return
			case item.call != nil:
				item.call(ctx)
			default:
				o.event(ctx, item.event)
			}
		case <-tick.C:
			o.streams.flushAfter(streamEvery)
			o.progress.tick()
		}
	}
}

// settle publishes what waits. last says that the cell has ended well: then a
// table that was asked for last is its result.
func (o *cellOutput) settle(ctx context.Context, last bool) {
	step := o.step
	o.step = stepOutput{}
	for i, e := range step.asked {
		o.show(ctx, e, last && i == len(step.asked)-1)
	}
	if step.result != nil {
		o.result(*step.result)
	}
	for _, e := range step.views {
		o.show(ctx, e, false)
	}
	o.streams.flush()
}

// show publishes a table or a chart.
func (o *cellOutput) show(ctx context.Context, e session.Event, isResult bool) {
	o.streams.flush()
	switch e := e.(type) {
	case session.Table:
		o.display(o.draw.table(e.Table, e.Format), isResult)
	case session.Chart:
		o.display(o.chart(ctx, e), false)
	}
}

func (o *cellOutput) event(ctx context.Context, e session.Event) {
	if o.step.result != nil { // of the step before
		o.settle(ctx, false)
	}
	switch e := e.(type) {
	case session.Progress:
		o.progress.look(e.Progress)
	case session.Stream:
		o.streams.write(e.Text, e.Stderr)
	case session.Text:
		o.text(e)
	case session.Clear:
		o.streams.flush()
		o.publish(publication{"clear_output", map[string]bool{"wait": e.Wait}})
	case session.Table:
		o.step.add(e, !e.View)
	case session.Chart:
		o.step.add(e, e.Asked)
	case session.Result:
		o.step.result = &e
		if n := len(o.step.asked); n > 0 {
			if _, ok := o.step.asked[n-1].(session.Table); ok {
				return // it may be the cell's result
			}
		}
		o.settle(ctx, false)
	}
}

func (s *stepOutput) add(e session.Event, asked bool) {
	if asked {
		s.asked = append(s.asked, e)
		return
	}
	s.views = append(s.views, e)
}

func (o *cellOutput) text(e session.Text) {
	switch {
	case e.Markdown:
		o.streams.flush()
		o.display(display{Data: mimeBundle{"text/plain": viz.Clean(e.Text), "text/markdown": e.Text}}, false)
	case e.Rich != "":
		o.streams.flush()
		o.display(display{Data: mimeBundle{"text/plain": viz.Clean(strings.TrimRight(e.Text, "\n")), "text/markdown": e.Rich}}, false)
	case e.Warn:
		o.streams.write("warning: "+viz.Clean(e.Text)+"\n", true)
	default:
		o.streams.write(viz.Clean(strings.TrimRight(e.Text, "\n"))+"\n", false)
	}
}

// result is a line. It takes the place of the step's progress, where there is
// some.
func (o *cellOutput) result(e session.Result) {
	how := seconds(e.Elapsed)
	if e.Cached {
		how = "cached, " + how
	}
	line := e.Verb + ": " + viz.CleanLine(e.Line) + " (" + how + ")"
	if !o.progress.end(line) {
		o.streams.write(line+"\n", false)
	}
}

// seconds writes a time for a line: 1.2 s, or 3m20s.
func seconds(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func (o *cellOutput) display(d display, isResult bool) {
	if d.Metadata == nil {
		d.Metadata = map[string]any{}
	}
	if !isResult {
		d.Transient = map[string]any{}
		o.publish(publication{"display_data", d})
		return
	}
	o.publish(publication{"execute_result", executeResult{ExecutionCount: o.number, Data: d.Data, Metadata: d.Metadata}})
}

func (o *cellOutput) chart(ctx context.Context, e session.Chart) display {
	if e.Format != "" && e.Format != string(viz.Text) {
		return o.draw.table(e.Spec.Data, e.Format)
	}
	return o.draw.chart(ctx, e.Spec)
}

// display is the content of display_data and of update_display_data.
type display struct {
	Data      mimeBundle     `json:"data"`
	Metadata  map[string]any `json:"metadata"`
	Transient map[string]any `json:"transient"`
}

// mimeBundle is one thing in several forms, by their MIME types.
type mimeBundle map[string]any

type executeResult struct {
	ExecutionCount int            `json:"execution_count"`
	Data           mimeBundle     `json:"data"`
	Metadata       map[string]any `json:"metadata"`
}

// cellError is the content of error, and a part of a reply.
type cellError struct {
	Ename     string   `json:"ename"`
	Evalue    string   `json:"evalue"`
	Traceback []string `json:"traceback"`
}

// interrupted is what front ends know an interrupt by.
const interrupted = "KeyboardInterrupt"

// newCellError makes one error of all that is wrong: its name is the code of
// the first diagnostic, its traceback all of them with their places.
func newCellError(source string, err error) *cellError {
	var f *session.Failure
	if !errors.As(err, &f) || len(f.Diagnostics) == 0 {
		line := viz.CleanLine(err.Error())
		return &cellError{Ename: "failed", Evalue: line, Traceback: []string{line}}
	}
	first := f.Diagnostics[0]
	if i := slices.IndexFunc(f.Diagnostics, func(d lang.Diagnostic) bool { return d.Severity == lang.Error }); i >= 0 {
		first = f.Diagnostics[i]
	}
	e := &cellError{Ename: first.Code, Evalue: viz.CleanLine(first.Summary)}
	if f.ExitCode == session.Cancelled {
		e.Ename = interrupted
	}
	file := f.Source.Name
	text := f.Source.Text
	if file == "" && text == "" {
		text = source
	}
	drawn := lang.DrawAll(text, f.Diagnostics, lang.DrawOptions{File: file, Color: true, Width: textColumns})
	e.Traceback = strings.Split(strings.TrimRight(drawn, "\n"), "\n")
	return e
}

// progress is the display of the work of one step.
type progress struct {
	publish func(publication)
	begun   time.Time // of the step; zero between steps
	last    pipeline.Progress
	fresh   bool      // last was not shown
	shown   time.Time // when it was shown last
	id      string    // of the display; empty while there is none
}

// look takes a look at the work.
func (p *progress) look(now pipeline.Progress) {
	if p.last.Step != now.Step {
		p.leave(nil) // a command that had no line of its own
	}
	if p.begun.IsZero() {
		p.begun = time.Now()
	}
	p.last, p.fresh = now, true
	p.tick()
}

// tick shows the last look, if it is time.
func (p *progress) tick() {
	now := time.Now()
	if !p.fresh || now.Sub(p.begun) < progressAfter || now.Sub(p.shown) < progressEvery {
		return
	}
	p.fresh, p.shown = false, now
	p.show(mimeBundle{
		"text/plain": viz.ProgressText(p.last),
		"text/html":  viz.ProgressHTML(p.last, "interrupt the kernel to cancel: nothing is changed by a step that is cancelled"),
	})
}

func (p *progress) show(data mimeBundle) {
	typ := "update_display_data"
	if p.id == "" {
		typ, p.id = "display_data", wire.NewID()
	}
	p.publish(publication{typ, display{Data: data, Metadata: map[string]any{}, Transient: map[string]any{"display_id": p.id}}})
}

// leave ends the progress of what has no line of its own, as map and profile,
// or failed.
func (p *progress) leave(err error) {
	if err != nil {
		p.end(viz.ProgressText(p.last) + ": stopped")
		return
	}
	p.end(viz.CleanLine(p.last.Step) + ": done (" + seconds(time.Since(p.begun)) + ")")
}

// end puts a line in the place of the progress, and reports whether there was
// any. What follows is of another step.
func (p *progress) end(line string) bool {
	shown := p.id != ""
	if shown {
		p.show(mimeBundle{"text/plain": line})
	}
	p.begun, p.fresh, p.id, p.shown = time.Time{}, false, "", time.Time{}
	return shown
}
