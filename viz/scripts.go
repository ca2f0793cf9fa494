package viz

import (
	_ "embed" // the scripts
	"strings"
)

//go:embed scripts/formats.js
var formatsScript string

//go:embed scripts/show.js
var showScript string

//go:embed scripts/search.js
var searchScript string

//go:embed scripts/picture.js
var pictureScript string

// compact returns a script without its comments and indents: of a notebook each
// chart carries one. Only whole lines are comments in our scripts.
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
