package notebook

import "strings"

// cutter cuts a script into chunks.
type cutter struct {
	text  string
	whole func(string) bool
	first bool // the text is that of a file, from its beginning
}

// cut cuts a script, or with first false a part of one, into chunks, which
// together are the text.
func (s Scripts) cut(text string, first bool) []chunk {
	c := cutter{text: text, whole: s.Whole, first: first}
	var chunks []chunk
	for pos := 0; pos < len(text); {
		k := c.next(pos)
		pos += len(k.text())
		chunks = append(chunks, k)
	}
	return chunks
}

// next is the chunk that begins at start.
func (c *cutter) next(start int) chunk {
	k := chunk{marker: noMarker()}
	at := start
	first := c.first && start == 0
	if first {
		at = len(c.text) - len(strings.TrimLeft(c.text, "\ufeff")) // byte order marks of editors
		at = c.skipBlank(at)
	}
	if line, next := c.line(at); isMarker(line) {
		k.marker = parseMarker(line, first)
		at = next
	} else if at == len(c.text) { // nothing but blank lines
		k.gap = c.text[start:]
		return k
	}
	k.head = c.text[start:at]

	end := at
	if k.lines < 0 {
		at = c.skipBlank(at)
		line, _ := c.line(at)
		if at == len(c.text) || isMarker(line) || k.kind == header || k.kind != Code && !isComment(line) {
			k.gap = c.text[end:at]
			return k
		}
		k.head = c.text[start:at]
		end = c.end(at, k.kind)
		if !strings.Contains(k.head, markerPrefix) && c.whole != nil && !strings.HasPrefix(line, "%%") {
			k.kind, end = c.group(at, end)
		}
		k.body = strings.TrimRight(c.text[at:end], " \t\r\n")
		k.body = c.text[at:c.lineEnd(at+len(k.body))]
	} else {
		for n := 0; n < k.lines && end < len(c.text); n++ {
			line, next := c.line(end)
			if k.kind != Code && !isComment(line) {
				break // a statement, which the notebook must run
			}
			end = next
		}
		k.body = strings.TrimSuffix(c.text[at:end], "\n")
	}
	at += len(k.body)
	k.gap = c.text[at:c.skipBlank(end)]
	return k
}

// end is where a cell ends whose first line is at pos: before the next marker,
// before the next cell language, and in comments before a statement.
func (c *cutter) end(pos int, kind string) int {
	for first := true; pos < len(c.text); first = false {
		line, next := c.line(pos)
		switch {
		case isMarker(line),
			kind == Code && strings.HasPrefix(line, "%%") && !first,
			kind != Code && !isComment(line) && !isBlank(line):
			return pos
		}
		pos = next
	}
	return pos
}

// maxGroups is the number of groups of lines after which nobody asks whether
// they are whole: each time costs their length.
const maxGroups = 50

// group finds the first group of lines between blank lines in text up to end:
// a comment, or statements that are whole.
func (c *cutter) group(start, end int) (kind string, to int) {
	comment := !strings.HasPrefix(c.text[start:], "#!")
	for pos, n := start, 0; pos < end && n < maxGroups; n++ {
		for pos < end {
			line, next := c.line(pos)
			if isBlank(line) {
				break
			}
			comment = comment && isComment(line)
			pos = next
		}
		piece := c.text[start:pos]
		if comment {
			return Markdown, pos
		}
		if c.whole(strings.TrimRight(piece, "\r\n")) {
			return Code, pos
		}
		pos = c.skipBlank(pos)
	}
	return Code, end
}

// line returns the line at pos without "\n", and where the next one begins.
func (c *cutter) line(pos int) (line string, next int) {
	end := c.lineEnd(pos)
	return c.text[pos:end], min(end+1, len(c.text))
}

func (c *cutter) lineEnd(pos int) int {
	if n := strings.IndexByte(c.text[pos:], '\n'); n >= 0 {
		return pos + n
	}
	return len(c.text)
}

// skipBlank returns where the first line from pos begins that is not blank.
func (c *cutter) skipBlank(pos int) int {
	for pos < len(c.text) {
		line, next := c.line(pos)
		if !isBlank(line) {
			break
		}
		pos = next
	}
	return pos
}

func isMarker(line string) bool  { return strings.HasPrefix(line, markerPrefix) }
func isComment(line string) bool { return strings.HasPrefix(line, "#") }
func isBlank(line string) bool   { return strings.Trim(line, " \t\r") == "" }
