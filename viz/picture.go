package viz

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"modernc.org/quickjs"

	"gondola/viz/assets"
)

// Pictures draws charts as SVG without a browser: by ECharts itself, in a
// JavaScript engine that is started at the first picture (some tenths of a
// second) and holds some 60 MB until Close. It may be used by several goroutines,
// which wait for one another. The zero value is ready.
type Pictures struct {
	mu     sync.Mutex
	vm     *quickjs.VM
	closed bool
}

// ErrNoLibrary is returned where the program was built without the chart
// library, which draws the pictures.
var ErrNoLibrary = assets.ErrMissing

// ChartLibrary is what draws charts and pictures, with its version.
const ChartLibrary = "ECharts " + assets.Version

// PictureOptions say how a picture is drawn. The zero value is 800 by 500
// pixels, light.
type PictureOptions struct {
	Width, Height int
	Dark          bool
}

// engineMemory bounds what a chart may take, in bytes.
const engineMemory = 512 << 20

// SVG returns the chart as a picture, the same bytes for an equal Spec. Of more
// marks than 2,000 it draws a part, and says so below the title. It returns
// ErrNoLibrary, and context.Cause(ctx) when that ends.
func (p *Pictures) SVG(ctx context.Context, s Spec, o PictureOptions) (string, error) {
	option, err := s.option(true)
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(option)
	if err != nil {
		return "", fmt.Errorf("chart %q: %w", s.Title, err)
	}
	if o.Width <= 0 {
		o.Width = 800
	}
	if o.Height <= 0 {
		o.Height = 500
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.start(); err != nil {
		return "", err
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	vm := p.vm
	stop := context.AfterFunc(ctx, vm.Interrupt)
	got, err := vm.Call("draw", string(data), o.Width, o.Height, o.Dark)
	stop()
	svg, ok := got.(string)
	if err != nil || !ok {
		// Whatever it holds now, the next picture must not see it.
		p.vm = nil
		err = errors.Join(err, vm.Close())
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		return "", fmt.Errorf("chart %q cannot be drawn: %w", s.Title, err)
	}
	return renumbered(svg, s.ID()), nil
}

// start starts the engine, unless it runs.
func (p *Pictures) start() error {
	if p.closed {
		return errors.New("the pictures are closed")
	}
	if p.vm != nil {
		return nil
	}
	library, err := assets.Picture()
	if err != nil {
		return err
	}
	vm, err := quickjs.NewVM()
	if err != nil {
		return fmt.Errorf("the engine for pictures: %w", err)
	}
	vm.SetMemoryLimit(engineMemory)
	for _, script := range []string{pictureHost, library, compact(formatsScript), compact(pictureScript)} {
		if _, err := vm.Eval(script, quickjs.EvalGlobal); err != nil {
			return errors.Join(fmt.Errorf("the engine for pictures: %w", err), vm.Close())
		}
	}
	p.vm = vm
	return nil
}

// pictureHost is as much of a browser as the library asks for. Nothing is drawn
// later, so timers never ring.
const pictureHost = `var setTimeout = function() { return 0 }, clearTimeout = function() {};
var console = { log: function() {}, warn: function() {}, error: function() {} };`

// Close ends the engine.
func (p *Pictures) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.vm == nil {
		return nil
	}
	vm := p.vm
	p.vm = nil
	return vm.Close()
}

// drawnIDs are the names that the library gives to parts of a picture: they count
// up over the life of an engine.
var drawnIDs = regexp.MustCompile(`\bzr\d+-([a-z]+-?)+\d*\b`)

// renumbered gives the parts of a picture names that begin with its own, in the
// order in which they come. Text is left alone: it stands between tags.
func renumbered(svg, id string) string {
	names := map[string]string{}
	rename := func(name string) string {
		to, ok := names[name]
		if !ok {
			to = "g" + id + "-" + strconv.Itoa(len(names))
			names[name] = to
		}
		return to
	}
	var b strings.Builder
	b.Grow(len(svg))
	style := false
	for len(svg) > 0 {
		// A tag, or what is between two.
		var part string
		if svg[0] == '<' {
			end := strings.IndexByte(svg, '>') + 1
			if end == 0 {
				end = len(svg)
			}
			part, svg = svg[:end], svg[end:]
			style = strings.HasPrefix(part, "<style")
			b.WriteString(drawnIDs.ReplaceAllStringFunc(part, rename))
			continue
		}
		end := strings.IndexByte(svg, '<')
		if end < 0 {
			end = len(svg)
		}
		part, svg = svg[:end], svg[end:]
		if style {
			part = drawnIDs.ReplaceAllStringFunc(part, rename)
		}
		b.WriteString(part)
	}
	return b.String()
}
