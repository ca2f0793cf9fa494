package viz

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"

	"gondola/viz/assets"
)

func isMissing(err error) bool { return errors.Is(err, assets.ErrMissing) }

// PageChart is a chart of a page, with its picture.
type PageChart struct {
	Spec    Spec
	Picture string // SVG; may be empty
}

// Page writes charts as one file to send around: it asks for nothing from
// outside, and its policy forbids every script but the one that shows charts. It
// carries the chart library, or its address where the program was built without
// it. The same charts give the same bytes.
func Page(w io.Writer, title string, list []PageChart) error {
	out := bufio.NewWriter(w)
	script := pageScript()
	sum := sha256.Sum256([]byte(script))
	library, err := assets.Page()
	if err != nil && !isMissing(err) {
		return err
	}
	policy := "default-src 'none'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"' blob:; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
	if library == nil {
		policy += "; connect-src https://cdn.jsdelivr.net"
	}
	fmt.Fprintf(out, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="gondola">
<title>%s</title>
<style>%s</style>
</head>
<body>
<main>
<h1>%s</h1>
`, policy, html.EscapeString(CleanLine(title)), pageStyle, html.EscapeString(CleanLine(title)))
	for _, c := range list {
		if err := c.Spec.Validate(); err != nil {
			return err
		}
		if err := writeFigure(out, c.Spec, HTMLOptions{Picture: c.Picture}); err != nil {
			return err
		}
		if c.Spec.Kind == Grid {
			continue
		}
		a, err := arguments(c.Spec)
		if err != nil {
			return err
		}
		if library == nil {
			a.URL, a.Hash = assets.Address, assets.Integrity
		}
		data, err := json.Marshal(a)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "<script type=\"application/json\" class=\"chart\">%s</script>\n", data)
	}
	fmt.Fprintf(out, "</main>\n")
	if library != nil {
		fmt.Fprintf(out, "<script type=\"application/json\" id=\"library\">%q</script>\n", base64.StdEncoding.EncodeToString(library))
	}
	fmt.Fprintf(out, "<script>%s</script>\n</body>\n</html>\n", script)
	return out.Flush()
}

// pageScript shows all charts of a page.
func pageScript() string {
	return "(() => {\n" + compact(formatsScript) + compact(searchScript) + compact(showScript) + `
const lib = document.getElementById('library');
document.querySelectorAll('script.chart').forEach((s, i) => {
const A = JSON.parse(s.textContent);
if (lib && i === 0) A.lib = JSON.parse(lib.textContent);
show(A);
});
})();`
}

const pageStyle = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0; color: #1b1f24; background: #fff; }
main { max-width: 60em; margin: 0 auto; padding: 1.5em; }
h1 { font-size: 1.5em; }
table { border-collapse: collapse; font-size: 90%; }
th, td { padding: .2em .6em; border-bottom: 1px solid #d0d7de; text-align: left; }
summary { cursor: pointer; }
details { overflow-x: auto; }
@media (prefers-color-scheme: dark) {
body { color: #e6edf3; background: #111418; }
th, td { border-color: #3d444d; }
}
@media print { details { display: none; } figure { break-inside: avoid; } }
`
