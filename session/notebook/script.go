package notebook

import (
	"maps"
	"strings"
)

// Scripts turns scripts into notebooks and back. Both ways must be given the
// same Whole.
type Scripts struct {
	// Whole says whether a piece of a script is whole: no quote is open and
	// nothing has to follow. With it, statements under no marker become a cell
	// for each group between blank lines, and groups of comments become
	// Markdown; without it, they become one cell.
	Whole func(piece string) bool
}

// Read makes a notebook of a script. An error is text that a notebook cannot
// hold: bytes that are not UTF-8, or more than MaxSize of them.
func (s Scripts) Read(text string) (*Notebook, error) {
	if _, err := readLimited(strings.NewReader(text), "script"); err != nil {
		return nil, err
	}
	nb := New()
	chunks := s.cut(text, true)
	if len(chunks) > 0 && chunks[0].kind == header {
		k := chunks[0]
		maps.Copy(nb.Metadata, k.metadata)
		remember(&nb.Metadata, k, headerChunk(nb, len(chunks) == 1))
		chunks = chunks[1:]
	}
	for i, k := range chunks {
		c := k.cell()
		remember(&c.Metadata, k, s.plainChunk(&c, i == len(chunks)-1))
		nb.Cells = append(nb.Cells, c)
	}
	giveIDs(nb.Cells)
	return nb, nil
}

// Write makes a script of a notebook. A cell that was read from a script is
// written as it stood there, as long as the whole then reads as these cells.
func (s Scripts) Write(nb *Notebook) string {
	for _, trust := range []func(chunk) bool{
		func(chunk) bool { return true },
		func(k chunk) bool { return strings.HasPrefix(k.head, markerPrefix) }, // the others may have got a new neighbour
	} {
		if text := s.join(nb, trust); s.reads(text, nb) {
			return text
		}
	}
	return s.join(nb, func(chunk) bool { return false })
}

// join writes the cells one below the other, those that trust allows as they
// stood in the script that they are from.
func (s Scripts) join(nb *Notebook, trust func(chunk) bool) string {
	var b strings.Builder
	k := headerChunk(nb, len(nb.Cells) == 0)
	if old, ok := remembered(nb.Metadata, k); ok && trust(old) && sameHeader(s.cut(old.text(), true), nb) {
		k = old
	}
	b.WriteString(k.text())
	for i := range nb.Cells {
		c, last := &nb.Cells[i], i == len(nb.Cells)-1
		k := s.plainChunk(c, last)
		if old, ok := remembered(c.Metadata, k); ok {
			blank := k
			blank.gap = old.gap
			for _, was := range []chunk{old, blank} { // of an edited cell the blank lines after it
				if (last || strings.HasSuffix(was.text(), "\n")) && trust(was) && s.isAlone(was.text(), b.Len() == 0, c) {
					k = was
					break
				}
			}
		}
		b.WriteString(k.text())
	}
	return b.String()
}

// reads says whether the script reads as the notebook.
func (s Scripts) reads(text string, nb *Notebook) bool {
	chunks := s.cut(text, true)
	if !sameHeader(chunks, nb) {
		return false
	}
	if len(chunks) > 0 && chunks[0].kind == header {
		chunks = chunks[1:]
	}
	if len(chunks) != len(nb.Cells) {
		return false
	}
	for i := range chunks {
		if !sameCell(chunks[i].cell(), nb.Cells[i]) {
			return false
		}
	}
	return true
}

// isAlone says whether the text is the cell and nothing else; first when it
// begins the script.
func (s Scripts) isAlone(text string, first bool, c *Cell) bool {
	chunks := s.cut(text, first)
	return len(chunks) == 1 && chunks[0].kind != header && sameCell(chunks[0].cell(), *c)
}

func sameCell(a, b Cell) bool {
	return a.Type == b.Type && a.Source == b.Source && sameAttachments(a.Attachments, b.Attachments) &&
		mustLine(lasting(a.Metadata)) == mustLine(lasting(b.Metadata))
}

func sameHeader(chunks []chunk, nb *Notebook) bool {
	metadata := Object{}
	if len(chunks) > 0 && chunks[0].kind == header {
		metadata = chunks[0].metadata
	}
	all := ownMetadata()
	maps.Copy(all, metadata)
	return mustLine(headerOf(all)) == mustLine(headerOf(nb.Metadata))
}

// chunk is the text of one cell in a script.
type chunk struct {
	head string // the marker, the end of its line, and blank lines
	body string // the text of the cell as the script has it, without the end of its last line
	gap  string // that end, and the blank lines after it
	marker
}

func (k chunk) text() string { return k.head + k.body + k.gap }

// cell is the chunk as a cell, without id.
func (k chunk) cell() Cell {
	return Cell{Type: k.kind, Source: decode(k.kind, k.body), Metadata: k.metadata, Attachments: k.attachments}
}

// plainChunk is how a cell is written that is from no script.
func (s Scripts) plainChunk(c *Cell, last bool) chunk {
	k := chunk{body: encode(c.Type, c.Source), marker: marker{
		kind: c.Type, metadata: lasting(c.Metadata), attachments: c.Attachments, lines: -1,
	}}
	k.finish(last)
	if !s.isAlone(k.text(), true, c) {
		k.lines = 0
		if k.body != "" {
			k.lines = 1 + strings.Count(k.body, "\n")
		}
		k.finish(last)
	}
	return k
}

// headerChunk is how the metadata of a notebook is written; nothing when
// every script has it.
func headerChunk(nb *Notebook, last bool) chunk {
	k := chunk{marker: marker{kind: header, metadata: headerOf(nb.Metadata), lines: -1}}
	if len(k.metadata) > 0 {
		k.finish(last)
	}
	return k
}

// finish writes the marker, and the end of the chunk: a blank line parts cells.
func (k *chunk) finish(last bool) {
	k.head, k.gap = k.String()+"\n", ""
	if k.body != "" {
		k.gap = "\n"
	}
	if !last {
		k.gap += "\n"
	}
}

// encode writes the text of a cell, and decode reads it: Markdown and raw text
// as comments.
func encode(kind, source string) string {
	if kind == Code || source == "" {
		return source
	}
	lines := strings.Split(source, "\n")
	for i, line := range lines {
		if lines[i] = "#"; line != "" {
			lines[i] = "# " + line
		}
	}
	return strings.Join(lines, "\n")
}

func decode(kind, body string) string {
	if kind == Code {
		return body
	}
	lines := strings.Split(body, "\n")
	for i, line := range lines {
		line = strings.TrimPrefix(line, "#")
		lines[i] = strings.TrimPrefix(line, " ")
	}
	return strings.Join(lines, "\n")
}

// memoryKey is the field of the metadata that tells how the cell stood in the
// script, where that is not as plainChunk would have it.
const memoryKey = "gondola.script"

func remember(metadata *Object, was, plain chunk) {
	memory := Object{}
	for _, part := range []struct{ key, was, plain string }{
		{"head", was.head, plain.head}, {"body", was.body, plain.body}, {"gap", was.gap, plain.gap},
	} {
		if part.was != part.plain {
			memory[part.key] = part.was
		}
	}
	if len(memory) > 0 {
		set(metadata, memoryKey, memory)
	}
}

// remembered is the chunk as it stood in the script.
func remembered(metadata Object, plain chunk) (was chunk, ok bool) {
	memory, ok := metadata[memoryKey].(Object)
	was = plain
	for key, part := range map[string]*string{"head": &was.head, "body": &was.body, "gap": &was.gap} {
		if text, has := memory[key].(string); has {
			*part = text
		}
	}
	return was, ok
}

// lasting is the metadata of a cell that a script has: not what belongs to the
// outputs.
func lasting(metadata Object) Object {
	return with(metadata, memoryKey, "trusted", "execution", "papermill", "ExecuteTime", "collapsed", "scrolled")
}

// headerOf is the metadata of a notebook that a script has.
func headerOf(metadata Object) Object {
	o := with(metadata, memoryKey, "signature", "orig_nbformat", "orig_nbformat_minor", "widgets", "papermill")
	for key, own := range ownMetadata() {
		if v, has := o[key]; has && mustLine(v) == mustLine(own) {
			delete(o, key)
		}
	}
	return o
}
