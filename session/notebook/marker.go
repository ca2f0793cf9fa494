package notebook

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// markerPrefix begins a marker at the beginning of a line.
const markerPrefix = "# %%"

// header is the type of the marker that holds the metadata of the notebook.
const header = "notebook"

// marker is what the line "# %% title [type] key=JSON" says.
type marker struct {
	kind        string
	metadata    Object
	attachments Object
	lines       int // of the cell; -1 when it does not say
}

var (
	markerKey  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.:/-]*=`)
	markerType = regexp.MustCompile(`^\[(markdown|md|raw|code|notebook)\](?:[ \t]|$)`)
)

// maxTitle is the number of words of a title after which no type and no
// metadata is looked for.
const maxTitle = 50

// parseMarker reads a marker, which is the line without its end. It never
// fails: what is no type and no metadata is a title. Only the first marker of a
// script may be that of the notebook.
func parseMarker(line string, first bool) marker {
	rest := strings.Trim(strings.TrimPrefix(line, markerPrefix), " \t\r")
	for at, words := 0, 0; at < len(rest) && words <= maxTitle; words++ {
		if m, ok := parseOptions(rest[at:]); ok && (first || m.kind != header) {
			if title := strings.TrimRight(rest[:at], " \t"); title != "" {
				m.metadata["title"] = title
			}
			return m
		}
		next := strings.IndexAny(rest[at:], " \t")
		if next < 0 {
			break
		}
		at += next + 1
	}
	m := noMarker()
	if rest != "" {
		m.metadata["title"] = rest
	}
	return m
}

// parseOptions reads "[type] key=JSON {JSON}" up to the end of the line.
func parseOptions(s string) (marker, bool) {
	m := noMarker()
	if found := markerType.FindStringSubmatch(s); found != nil {
		m.kind = found[1]
		if m.kind == "md" {
			m.kind = Markdown
		}
		s = strings.TrimLeft(s[len(found[1])+2:], " \t")
	} else if s == "" || s[0] != '{' && !markerKey.MatchString(s) {
		return m, false
	}
	for s != "" {
		key := markerKey.FindString(s)
		if key == "" && s[0] != '{' {
			return m, false
		}
		dec := json.NewDecoder(strings.NewReader(s[len(key):]))
		dec.UseNumber()
		var v any
		if dec.Decode(&v) != nil {
			return m, false
		}
		s = s[len(key)+int(dec.InputOffset()):]
		if s != "" && s[0] != ' ' && s[0] != '\t' {
			return m, false
		}
		s = strings.TrimLeft(s, " \t")
		if !m.option(strings.TrimSuffix(key, "="), v) {
			return m, false
		}
	}
	return m, true
}

func (m *marker) option(key string, v any) bool {
	o, object := v.(Object)
	switch key {
	case "":
		maps.Copy(m.metadata, o)
	case "lines":
		n, ok := v.(json.Number)
		lines, err := strconv.Atoi(string(n))
		if !ok || err != nil || lines < 0 || m.kind == header {
			return false
		}
		m.lines = lines
	case "attachments":
		for name, bundle := range o {
			if b, ok := bundle.(Object); ok {
				o[name] = joinBundle(b)
			}
		}
		m.attachments = o
		return object && (m.kind == Markdown || m.kind == Raw)
	default:
		m.metadata[key] = v
	}
	return true
}

// String writes a marker, without the end of its line. It is the title as
// words if it reads as one, and metadata as key=JSON if its keys allow.
func (m marker) String() string {
	metadata := maps.Clone(m.metadata)
	head := markerPrefix
	if title, ok := metadata["title"].(string); ok {
		with := marker{kind: m.kind, metadata: Object{"title": title}, lines: -1}
		if line := markerPrefix + " " + title + with.typeText(); !strings.Contains(line, "\n") && parseMarker(line, true).equal(with) {
			head += " " + title
			delete(metadata, "title")
		}
	}
	head += m.typeText()
	plain := true
	for key := range metadata {
		plain = plain && markerKey.FindString(key+"=") == key+"=" && key != "lines" && key != "attachments"
	}
	if plain { // of no keys, too
		for _, key := range slices.Sorted(maps.Keys(metadata)) {
			head += " " + key + "=" + mustLine(metadata[key])
		}
	} else {
		head += " " + mustLine(metadata)
	}
	if m.attachments != nil {
		head += " attachments=" + mustLine(m.attachments)
	}
	if m.lines >= 0 {
		head += " lines=" + strconv.Itoa(m.lines)
	}
	return head
}

func (m marker) typeText() string {
	if m.kind == Code {
		return ""
	}
	return " [" + m.kind + "]"
}

// mustLine writes a value on one line; what JSON does not have is null.
func mustLine(v any) string {
	text, err := oneLine(v)
	if err != nil {
		return "null"
	}
	return text
}

func (m marker) equal(o marker) bool {
	return m.kind == o.kind && m.lines == o.lines && mustLine(m.metadata) == mustLine(o.metadata) && sameAttachments(m.attachments, o.attachments)
}

// noMarker is what a line says that is none.
func noMarker() marker { return marker{kind: Code, metadata: Object{}, lines: -1} }

func sameAttachments(a, b Object) bool {
	return (a == nil) == (b == nil) && mustLine(a) == mustLine(b)
}
