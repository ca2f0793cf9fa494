package lang

import (
	"strings"
)

// values are the values that completion offers for f. input is the result
// that the step names so far.
func (p *point) values(c *Command, f *Flag, input string) []Item {
	if f.Type == List {
		p.lastOfList()
		one := *f
		one.Type = f.Of
		return p.values(c, &one, input)
	}
	need := f.Kind
	if need == None {
		need = c.Needs
	}
	switch f.Type {
	case Bool:
		return []Item{{Text: "on", Type: "choice"}, {Text: "off", Type: "choice"}}
	case Result:
		if p.quoted {
			return nil
		}
		return p.withLast(p.results(need), need)
	case Ref:
		var items []Item
		if !p.quoted {
			items = append(p.withLast(p.results(Table), Table), p.clusterItems(input)...)
		}
		return append(items, p.wordItems()...)
	case Cluster:
		return p.clusterItems(input)
	case Word:
		return p.wordItems()
	case Column:
		var items []Item
		if c.Needs != None {
			for _, name := range p.flow.columns(input) {
				items = append(items, p.item(name, "column", ""))
			}
		}
		return items
	case Path:
		return p.fileItems()
	case Parameter:
		return p.params(false)
	case Topic:
		return p.topicItems()
	}
	items := make([]Item, 0, len(f.Choices)+1)
	for _, choice := range f.Choices {
		detail := ""
		if choice == f.Default {
			detail = "default"
		}
		items = append(items, p.item(choice, "choice", detail))
	}
	if f.Default != "" && len(f.Choices) == 0 {
		items = append(items, p.item(f.Default, "value", "default"))
	}
	return items
}

// item is a value, quoted when it has to be or the user has begun a quote.
func (p *point) item(value, kind, detail string) Item {
	it := Item{Text: Quote(value), Label: value, Type: kind, Detail: detail}
	if p.quoted {
		it.Text = quoted(value)
	}
	return it
}

// lastOfList moves the beginning of the word to the last item of the list.
func (p *point) lastOfList() {
	text := p.src[p.start:]
	i := strings.LastIndexByte(text, ',')
	if i < 0 || p.quote != 0 && !strings.ContainsRune(`"'`, rune(text[min(i+1, len(text)-1)])) {
		return
	}
	before, _, _ := cutLast(p.prefix)
	p.given = append(p.given, before...)
	p.start += i + 1
	p.prefix = p.prefix[strings.LastIndexByte(p.prefix, ',')+1:]
	p.quoted = p.quote != 0
}

// cutLast splits a list at its commas into the finished items and the last.
func cutLast(text string) (before []string, last string, found bool) {
	items := strings.Split(text, ",")
	return items[:len(items)-1], items[len(items)-1], len(items) > 1
}

// results are the named results of a kind that includes need.
func (p *point) results(need Kind) []Item {
	detail := map[string]string{}
	for _, r := range p.flow.scope.Results {
		if !p.flow.made[r.Name] {
			detail[r.Name] = r.Detail
		}
	}
	var items []Item
	for _, name := range p.flow.order {
		kind := p.flow.kinds[name]
		if !kind.Includes(need) {
			continue
		}
		d := detail[name]
		if d == "" && kind != anyKind {
			d = kind.String()
		}
		items = append(items, Item{Text: name, Type: "result", Detail: d})
	}
	return items
}

// withLast adds "-" for the last result when it serves.
func (p *point) withLast(items []Item, need Kind) []Item {
	if p.flow.last == None || !p.flow.last.Includes(need) {
		return items
	}
	return append(items, Item{Text: "-", Type: "result", Detail: "the last result"})
}

func (p *point) clusterItems(input string) []Item {
	var items []Item
	for n := 0; n < p.flow.clusters(input) && len(items) < maxItems; n++ {
		if name := "c" + itoa(n); strings.HasPrefix(name, p.prefix) {
			items = append(items, Item{Text: name, Type: "cluster"})
		}
	}
	return items
}

func (p *point) wordItems() []Item {
	if p.flow.scope.Words == nil {
		return nil
	}
	var items []Item
	for _, w := range p.flow.scope.Words(p.prefix, maxItems) {
		items = append(items, p.item(w, "word", ""))
	}
	return items
}

func (p *point) fileItems() []Item {
	if p.flow.scope.Files == nil {
		return nil
	}
	var items []Item
	for _, path := range p.flow.scope.Files(p.prefix) {
		items = append(items, p.item(path, "path", ""))
	}
	return items
}

// topicItems are the commands for help; after the first word of a name the
// second words.
func (p *point) topicItems() []Item {
	last, _ := p.words[len(p.words)-1].bare()
	var items []Item
	for _, second := range p.grammar.seconds[last] {
		items = append(items, Item{Text: second, Type: "command", Detail: p.grammar.byName[last+" "+second].Summary})
	}
	if len(items) > 0 {
		return items
	}
	for _, verb := range p.grammar.verbs() {
		it := Item{Text: verb, Type: "command"}
		if c := p.grammar.byName[verb]; c != nil {
			it.Detail = c.Summary
		}
		items = append(items, it)
	}
	for _, group := range p.grammar.groups {
		items = append(items, Item{Text: group, Type: "command", Detail: "The commands of this group."})
	}
	return items
}
