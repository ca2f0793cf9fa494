package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"gondola/pipeline"
	"gondola/viz"
)

const (
	barAfter  = 2 * time.Second  // short work shows no bar
	lineEvery = 10 * time.Second // without a terminal: one line so often
	barWidth  = 24
)

// progressBar shows long work: on a terminal a bar that is rewritten, else a
// line every ten seconds. A nil *progressBar shows nothing.
type progressBar struct {
	out    *os.File
	screen screen

	begun    time.Time // of the step; zero between steps
	lastLine time.Time

	mu   sync.Mutex
	last pipeline.Progress // read by the bar's own goroutine

	bars *mpb.Progress
	bar  *mpb.Bar
}

func newProgressBar(out *os.File, s screen) *progressBar {
	return &progressBar{out: out, screen: s}
}

func (b *progressBar) show(p pipeline.Progress) {
	if b == nil {
		return
	}
	now := time.Now()
	if b.begun.IsZero() {
		b.begun, b.lastLine = now, now
	}
	b.mu.Lock()
	b.last = p
	b.mu.Unlock()
	if !b.screen.terminal {
		if now.Sub(b.lastLine) >= lineEvery {
			b.lastLine = now
			fmt.Fprintln(b.out, b.text(p))
		}
		return
	}
	if b.bar == nil {
		if now.Sub(b.begun) < barAfter {
			return
		}
		b.open()
	}
	b.bar.SetTotal(max(p.Total, p.Done+1), false)
	b.bar.SetCurrent(p.Done)
}

func (b *progressBar) open() {
	b.bars = mpb.New(mpb.WithOutput(b.out), mpb.WithWidth(barWidth), mpb.WithRefreshRate(100*time.Millisecond))
	style := mpb.BarStyle().Lbound("[").Filler("=").Tip(">").Padding(" ").Rbound("]")
	b.bar = b.bars.New(0, style, mpb.BarRemoveOnComplete(), mpb.AppendDecorators(
		decor.Any(func(decor.Statistics) string {
			b.mu.Lock()
			defer b.mu.Unlock()
			return " " + b.text(b.last)
		})))
}

// hide takes the bar away, so that other lines can be written.
func (b *progressBar) hide() {
	if b == nil {
		return
	}
	b.begun = time.Time{}
	if b.bar != nil {
		b.bar.Abort(true)
		b.bars.Wait()
		b.bar, b.bars = nil, nil
	}
}

// text is the line for this screen.
func (b *progressBar) text(p pipeline.Progress) string {
	line := viz.ProgressText(p)
	if b.screen.ascii {
		return string(toASCII(nil, []byte(line)))
	}
	return line
}
