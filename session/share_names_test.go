package session

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestX6FileNames: whatever a chart is called, its file lies in the folder, and
// its name is one that every system takes.
func TestX6FileNames(t *testing.T) {
	names := []string{
		"", ".", "..", "../", "../../etc/passwd", "/etc/passwd", `..\..\boot.ini`, `C:\Windows`, "C:", "-rf", "--help", "~", "~root", "$HOME", "`id`", "a\x00b", "\x00",
		"CON", "con", "nul.html", "aux", "LPT1", "a/b", "a\nb", "a\x1b[2Jb", "%2e%2e%2f", "file.html.exe", " ", "...", "饺子", "🍕", "\u202Egnp.exe",
		strings.Repeat("x", 300), strings.Repeat("ü", 300), "*", "?", "|", "<>", `"`, "a;b", "a b",
	}
	plain := regexp.MustCompile(`^charts/01-[a-z0-9][a-z0-9-]{0,41}\.html$`)
	for _, name := range names {
		path := chartPath(0, name) + ".html"
		if !plain.MatchString(path) || !filepath.IsLocal(path) {
			t.Errorf("%q becomes %q", name, path)
		}
	}
}
