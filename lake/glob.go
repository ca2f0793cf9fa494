package lake

import (
	"fmt"
	"path"
	"strings"
)

// hasMeta reports whether a pattern has anything to match.
func hasMeta(pattern string) bool { return strings.ContainsAny(pattern, `*?[{`) }

// expandBraces turns {a,b} into patterns of their own, so that the rest need
// not know of them. Braces may nest; an unclosed one stands for itself.
func expandBraces(pattern string) ([]string, error) {
	const most = 1000
	out := []string{pattern}
	for i := 0; i < len(out); i++ {
		for {
			before, options, after, ok := cutBraces(out[i])
			if !ok {
				break
			}
			if len(out)+len(options) > most {
				return nil, fmt.Errorf("pattern %s: more than %d alternatives", pattern, most)
			}
			more := make([]string, len(options))
			for k, o := range options {
				more[k] = before + o + after
			}
			out = append(out[:i], append(more, out[i+1:]...)...)
		}
	}
	return out, nil
}

func cutBraces(s string) (before string, options []string, after string, ok bool) {
	open := strings.IndexByte(s, '{')
	if open < 0 {
		return "", nil, "", false
	}
	depth, from := 0, open+1
	for i := open; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case ',':
			if depth == 1 {
				options = append(options, s[from:i])
				from = i + 1
			}
		case '}':
			if depth--; depth == 0 {
				return s[:open], append(options, s[from:i]), s[i+1:], true
			}
		}
	}
	return "", nil, "", false
}

// globber matches names against a pattern without braces, segment by segment:
// * and ? stay within a segment, [..] is a class, and a segment ** stands for
// any number of folders.
type globber struct {
	segments []string
}

func newGlobber(pattern string) (globber, error) {
	g := globber{segments: strings.Split(pattern, "/")}
	for i, s := range g.segments {
		// Shells write [!a] for what path.Match calls [^a].
		g.segments[i] = strings.ReplaceAll(s, "[!", "[^")
		if _, err := path.Match(s, ""); err != nil {
			return g, fmt.Errorf("pattern %s: %q is not closed: %w", pattern, s, err)
		}
	}
	return g, nil
}

// base returns the folder above everything that can match.
func (g globber) base() string {
	n := 0
	for n < len(g.segments) && !hasMeta(g.segments[n]) {
		n++
	}
	if n == 1 && g.segments[0] == "" {
		return "/"
	}
	if base := strings.Join(g.segments[:n], "/"); base != "." {
		return base
	}
	return ""
}

// wants reports whether the pattern matches the name or a folder above it.
func (g globber) wants(name string) bool {
	if len(g.segments) == 1 && g.segments[0] == "." {
		return true
	}
	segments := strings.Split(name, "/")
	for n := range len(segments) {
		if matchSegments(g.segments, segments[:n+1], false) {
			return true
		}
	}
	return false
}

// matchBelow reports whether something below the folder can match.
func (g globber) matchBelow(dir string) bool {
	return matchSegments(g.segments, strings.Split(dir, "/"), true)
}

// hidden reports whether a folder of the name, or the name itself, begins with
// _ or . where no segment of the pattern does.
func (g globber) hidden(name string) bool {
	for _, s := range strings.Split(name, "/") {
		if !strings.HasPrefix(s, "_") && !strings.HasPrefix(s, ".") || s == "." || s == ".." {
			continue
		}
		asked := false
		for _, p := range g.segments {
			if p != "" && p[0] == s[0] {
				// The pattern was checked when it was made.
				ok, _ := path.Match(p, s)
				asked = asked || ok
			}
		}
		if !asked {
			return true
		}
	}
	return false
}

func matchSegments(pattern, name []string, below bool) bool {
	for len(pattern) > 0 {
		if len(name) == 0 {
			return below
		}
		if pattern[0] == "**" {
			for i := range len(name) + 1 {
				if matchSegments(pattern[1:], name[i:], below) {
					return true
				}
			}
			return below
		}
		// The pattern was checked when it was made.
		if ok, _ := path.Match(pattern[0], name[0]); !ok {
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return len(name) == 0
}
