package viz

import (
	_ "embed" // the scripts
	"strings"
)

//go:embed scripts/formats.js
var formatsScript string

// live.min.js is made of formats.js, search.js, show.js, quote.js, options.js,
// table.js and relevance.js: it defines gondola, which shows one chart or table.
//
//go:generate go run -C ../tools ./scripts ../viz/scripts
//go:embed scripts/live.min.js
var liveFile string

// Doubled classes in it outweigh JupyterLab's rule that has all cells to the right.
//
//go:embed scripts/table.css
var tableStyle string

//go:embed scripts/page.css
var pageStyle string

//go:embed scripts/picture.js
var pictureScript string

// liveScript defines gondola(A), which shows one chart in a browser.
func liveScript() string {
	_, script, _ := strings.Cut(liveFile, "\n")
	return script
}

// compact returns a script without its comments and indents. Only whole lines are
// comments in our scripts.
func compact(script string) string {
	var b strings.Builder
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "//") {
			continue
		}
		if at := strings.Index(line, " // "); at >= 0 {
			line = line[:at]
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	return b.String()
}
