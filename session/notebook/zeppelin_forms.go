package notebook

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Zeppelin writes a form into the text of a paragraph:
//
//	${age}  ${age(Age)=3}  ${country=US(United States)|UK|JP}
//	${country=US,US(United States)|UK|JP}
//	${checkbox( or ):country=US|JP,US|UK|JP}  ${password:secret}
//
// with $${...} for one of the whole note, and _${...} for one that is hidden
// (org.apache.zeppelin.display.Input).
var (
	formText = regexp.MustCompile(`_?\$?\$\{([^=}]*)(=[^}]*)?\}`)
	formType = regexp.MustCompile(`^([^:()]*)(\([^()]*\))?\s*:(.*)$`)
	formName = regexp.MustCompile(`^([^(]*)\(([^)]*)\)`)
	noName   = regexp.MustCompile(`^(\pN|as$|in$|c\d+$|$)`)
)

// forms are those of a note, as parameters.
type forms struct {
	quote func(string) string
	list  []*form
	first map[string]*form // by name
	same  map[string]*form // by name, default and choices
	taken map[string]int   // names of parameters, and how often each was asked for
}

// form is one of them.
type form struct {
	name    string // in Zeppelin
	param   string // in the language
	value   string
	given   bool // the value
	choices []string
	comment string
}

func newForms(quote func(string) string) *forms {
	return &forms{quote: quote, first: map[string]*form{}, same: map[string]*form{}, taken: map[string]int{}}
}

// replace puts {name} for each form of the text.
func (f *forms) replace(text string) string {
	return formText.ReplaceAllStringFunc(text, func(s string) string {
		m := formText.FindStringSubmatch(s)
		read, ok := readForm(m[1], m[2])
		if !ok {
			return s // Zeppelin knows no such form
		}
		return "{" + f.add(read).param + "}"
	})
}

// add returns the parameter of the form: an older one of the same name when
// they say the same, or one of them says nothing.
func (f *forms) add(n form) *form {
	first := f.first[n.name]
	if first != nil && !n.given {
		return first
	}
	all := strings.Join(append([]string{n.name, n.value}, n.choices...), "\x00")
	if old := f.same[all]; old != nil {
		return old
	}
	if first != nil && !first.given {
		n.param = first.param
		*first = n
		f.same[all] = first
		return first
	}
	base := paramName(n.name)
	for n.param = base; f.taken[n.param] > 0; n.param = fmt.Sprintf("%s_%d", base, f.taken[base]) {
		f.taken[base]++
	}
	f.taken[n.param]++
	f.list, f.same[all] = append(f.list, &n), &n
	if first == nil {
		f.first[n.name] = &n
	}
	return &n
}

// readForm reads what stands between the braces.
func readForm(name, value string) (n form, ok bool) {
	kind, delimiter := "", ","
	if m := formType.FindStringSubmatch(strings.TrimSpace(name)); m != nil {
		kind, name = strings.TrimSpace(m[1]), m[3]
		if m[2] != "" {
			delimiter = m[2][1 : len(m[2])-1]
		}
	}
	var shown string
	n.name, shown = displayed(name)
	if n.name == "" {
		return n, false
	}
	value, n.given = strings.CutPrefix(value, "=")
	value, options, choose := strings.Cut(value, ",")
	n.value = value
	var all []string
	if choose {
		for option := range strings.SplitSeq(options, "|") {
			text, _ := displayed(option)
			all = append(all, text)
		}
	}
	notes := []string{}
	if shown != "" {
		notes = append(notes, shown)
	}
	switch kind {
	case "":
		n.choices = all
		if choose && !slices.Contains(all, n.value) {
			n.choices = append([]string{n.value}, all...)
		}
	case "checkbox":
		n.value = strings.Join(strings.Split(value, "|"), delimiter)
		notes = append(notes, "any of "+strings.Join(all, ", "))
	case "password":
		n.value = ""
		notes = append(notes, "a password")
	default:
		return n, false
	}
	n.comment = oneLineOf(strings.Map(printable, strings.Join(notes, "; ")))
	return n, true
}

// displayed splits "US(United States)" into value and what is shown for it.
func displayed(s string) (value, shown string) {
	s = strings.TrimSpace(s)
	if m := formName.FindStringSubmatch(s); m != nil {
		return strings.TrimSpace(m[1]), strings.TrimSpace(m[2])
	}
	return s, ""
}

// paramName makes a name of the language: letters, digits and _, no digit
// first, not as, in or c17, which are taken.
func paramName(name string) string {
	clean := strings.Map(func(r rune) rune {
		if r == '_' || r != unicode.ReplacementChar && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, name)
	if noName.MatchString(clean) {
		clean = "p_" + clean
	}
	return clean
}

func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return ' '
}

// statements declare the parameters.
func (f *forms) statements() []string {
	var list []string
	for _, n := range f.list {
		s := "param " + n.param + " = " + f.quote(n.value)
		for i, c := range n.choices {
			if s += ","; i == 0 {
				s = s[:len(s)-1] + " in "
			}
			s += f.quote(c)
		}
		if n.comment != "" {
			s += "  # " + n.comment
		}
		list = append(list, s)
	}
	return list
}
