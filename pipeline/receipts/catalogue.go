package receipts

import (
	"embed"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"
)

//go:embed catalogue/*.txt
var files embed.FS

// builtin returns the folder of the catalogue's files.
func builtin() fs.FS {
	sub, err := fs.Sub(files, "catalogue")
	if err != nil {
		return files // cannot happen: the name is a valid path
	}
	return sub
}

// catalogue is everything that the files say, ready for drawing.
type catalogue struct {
	departments  []*department
	vendors      []vendor
	vendorShares []float64 // cumulative
}

// department is one file of products.
type department struct {
	name   string
	season map[int]bool // months of double sales, January is 0
	claims []phrase     // "organic", "gluten-free": may stand before any product here
	packs  []int
	models []string // patterns of model numbers: # digit, @ letter
	// branded is the share of products that have a brand.
	branded float64
	// bare departments hold lines that are no products: fees, deposits.
	bare   bool
	brands []phrase
	types  []productType
	shares []float64 // cumulative, by type
}

// productType is one line of a department's file.
type productType struct {
	name      string // the label: the first name, never abbreviated
	dept      *department
	weight    float64
	nouns     []noun
	low, high float64 // price
	kinds     []phrase
	varieties []phrase
	sizes     []size
	tails     []phrase
	brands    []phrase
	key       uint64
	logRanks  float64 // log of the number of products of this type
}

// noun is a name of a product, also cut in two for shops that turn it round:
// "tortilla chips", "chips" and "tortilla".
type noun struct {
	whole      phrase
	head, rest phrase
}

// reader keeps what is needed while reading the files.
type reader struct {
	fsys   fs.FS
	cat    *catalogue
	spell  *speller
	common map[string][]string // lists of the common file
	maker  *brandMaker
	typeAt map[string]string // where each type was defined
}

// Files of the catalogue that are no departments.
const (
	fileAbbreviations = "_abbreviations.txt"
	fileCommon        = "_common.txt"
	fileBrands        = "_brands.txt"
	fileVendors       = "_vendors.txt"
)

// readCatalogue reads the catalogue of a folder. Every error names file and line.
func readCatalogue(fsys fs.FS) (*catalogue, error) {
	r := &reader{
		fsys: fsys, cat: &catalogue{}, spell: newSpeller(), common: map[string][]string{}, typeAt: map[string]string{},
	}
	err := r.lines(fileAbbreviations, func(line string) error {
		long, abbreviation, ok := strings.Cut(line, " ")
		if !ok {
			return fmt.Errorf("%q: write a word, a space and its abbreviation (- for none)", line)
		}
		if abbreviation == "-" {
			abbreviation = ""
		}
		r.spell.abbreviations[strings.ToUpper(long)] = abbreviation
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = r.lines(fileCommon, func(line string) error { return readList(line, r.common) })
	if err != nil {
		return nil, err
	}
	if err := r.readBrands(); err != nil {
		return nil, err
	}
	names, err := fs.Glob(fsys, "[a-z]*.txt")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if err := r.readDepartment(name); err != nil {
			return nil, err
		}
	}
	if len(r.cat.departments) == 0 {
		return nil, fmt.Errorf("catalogue: no department files: %w", fs.ErrNotExist)
	}
	if err := r.readVendors(); err != nil {
		return nil, err
	}
	return r.cat, nil
}

// lines calls do with every line of a file that is not blank or a comment.
func (r *reader) lines(name string, do func(line string) error) error {
	data, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		return fmt.Errorf("catalogue: %w", err)
	}
	n := 0
	for line := range strings.SplitSeq(string(data), "\n") {
		n++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if err := do(line); err != nil {
			return fmt.Errorf("catalogue: %s:%d: %w", path.Base(name), n, err)
		}
	}
	return nil
}

// readList reads "list NAME: a, b, c" into lists.
func readList(line string, lists map[string][]string) error {
	name, items, ok := strings.Cut(strings.TrimPrefix(line, "list "), ":")
	if !ok || !strings.HasPrefix(line, "list ") {
		return fmt.Errorf("%q: write list NAME: a, b, c", line)
	}
	got, err := expand(items, lists)
	if err != nil {
		return err
	}
	lists[strings.TrimSpace(name)] = got
	return nil
}

// expand splits a list at its commas and puts lists in for "@name"; "-" is
// the empty list.
func expand(s string, lists map[string][]string) ([]string, error) {
	var out []string
	for item := range strings.SplitSeq(s, ",") {
		item = strings.TrimSpace(item)
		switch {
		case item == "" || item == "-":
		case item[0] == '@':
			list, ok := lists[item[1:]]
			if !ok {
				return nil, fmt.Errorf("no list is called %q", item)
			}
			out = append(out, list...)
		default:
			out = append(out, item)
		}
	}
	return out, nil
}

func (r *reader) phrases(items []string) []phrase {
	out := make([]phrase, len(items))
	for i, s := range items {
		out[i] = r.spell.phrase(s)
	}
	return out
}

// readDepartment reads one file of products.
func (r *reader) readDepartment(name string) error {
	d := &department{branded: 0.75, season: map[int]bool{}}
	lists := map[string][]string{}
	for k, v := range r.common {
		lists[k] = v
	}
	err := r.lines(name, func(line string) error {
		if strings.HasPrefix(line, "list ") {
			return readList(line, lists)
		}
		if strings.Contains(line, "|") {
			return r.readType(d, line, lists, name)
		}
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			return fmt.Errorf("%q is neither a header (key: value) nor a type (with |)", line)
		}
		return r.readHeader(d, key, strings.TrimSpace(value), lists)
	})
	if err != nil {
		return err
	}
	if d.name == "" || len(d.types) == 0 {
		return fmt.Errorf("catalogue: %s: no department line or no types", name)
	}
	weights := make([]float64, len(d.types))
	for i := range d.types {
		weights[i] = d.types[i].weight
		d.types[i].pickBrands()
	}
	d.shares = cumulate(weights)
	r.cat.departments = append(r.cat.departments, d)
	return nil
}

func (r *reader) readHeader(d *department, key, value string, lists map[string][]string) error {
	switch key {
	case "department":
		d.name = value
		return nil
	case "models": // @ means a letter here, no list
		d.models = strings.Split(strings.ReplaceAll(value, " ", ""), ",")
		return nil
	}
	items, err := expand(value, lists)
	if err != nil {
		return err
	}
	switch key {
	case "season":
		for _, s := range items {
			m, err := strconv.Atoi(s)
			if err != nil || m < 1 || m > 12 {
				return fmt.Errorf("season: %q is no month (1 to 12)", s)
			}
			d.season[m-1] = true
		}
	case "brands":
		d.brands = append(d.brands, r.phrases(items)...)
	case "make":
		style, number, _ := strings.Cut(value, " ")
		n, err := strconv.Atoi(number)
		if err != nil {
			return fmt.Errorf("make: write a style and a number, not %q", value)
		}
		made, err := r.maker.make(style, n, hashText(d.name))
		if err != nil {
			return err
		}
		d.brands = append(d.brands, r.phrases(made)...)
	case "branded":
		pct, err := strconv.ParseFloat(value, 64)
		if err != nil || pct < 0 || pct > 100 {
			return fmt.Errorf("branded: %q is no percentage", value)
		}
		d.branded = pct / 100
	case "claims":
		d.claims = r.phrases(items)
	case "packs":
		for _, s := range items {
			n, err := strconv.Atoi(s)
			if err != nil || n < 2 {
				return fmt.Errorf("packs: %q is no number from 2", s)
			}
			d.packs = append(d.packs, n)
		}
	case "layout":
		if value != "bare" {
			return fmt.Errorf("layout: there is only bare, not %q", value)
		}
		d.bare = true
	default:
		return fmt.Errorf("unknown header %q", key)
	}
	return nil
}

// readType reads a line
//
//	names | low..high | kinds | varieties | sizes | tails
//
// of which the columns after the price may be missing at the end. Types that
// share all but their names stand in one line, with ; between them. The first
// name of each may end in " *4": four times as popular.
func (r *reader) readType(d *department, line string, lists map[string][]string, file string) error {
	col := strings.Split(line, "|")
	if len(col) > 6 {
		return fmt.Errorf("%d columns; at most 6", len(col))
	}
	for len(col) < 6 {
		col = append(col, "")
	}
	shared := productType{dept: d}
	var err error
	low, high, ok := strings.Cut(strings.TrimSpace(col[1]), "..")
	shared.low, err = strconv.ParseFloat(low, 64)
	if err == nil {
		shared.high, err = strconv.ParseFloat(high, 64)
	}
	if err != nil || !ok || shared.high < shared.low {
		return fmt.Errorf("%q is no price such as 1.29..4.99", strings.TrimSpace(col[1]))
	}
	var lines [4][]string
	for i, s := range col[2:] {
		if lines[i], err = expand(s, lists); err != nil {
			return err
		}
	}
	shared.kinds, shared.varieties, shared.tails = r.phrases(lines[0]), r.phrases(lines[1]), r.phrases(lines[3])
	for _, s := range lines[2] {
		shared.sizes = append(shared.sizes, r.spell.size(s))
	}
	// A shop lists more products where there is more to choose from.
	choices := (1 + len(lines[0])) * (1 + len(lines[1])) * (1 + len(lines[2]))
	shared.logRanks = math.Log(float64(min(max(choices, minRanks), maxRanks)))
	for names := range strings.SplitSeq(col[0], ";") {
		t := shared
		if err := r.nameType(&t, names, file); err != nil {
			return err
		}
		d.types = append(d.types, t)
	}
	return nil
}

// nameType reads "tortilla chips *4, corn chips" into t.
func (r *reader) nameType(t *productType, names, file string) error {
	first, others, _ := strings.Cut(names, ",")
	name, weight, weighted := strings.Cut(first, "*")
	t.name, t.weight = strings.TrimSpace(name), 1
	if weighted {
		w, err := strconv.ParseFloat(strings.TrimSpace(weight), 64)
		if err != nil || w <= 0 {
			return fmt.Errorf("%q is no weight", weight)
		}
		t.weight = w
	}
	if t.name == "" {
		return fmt.Errorf("a type without a name")
	}
	if at, twice := r.typeAt[t.name]; twice {
		return fmt.Errorf("type %q stands in %s too", t.name, at)
	}
	r.typeAt[t.name] = file
	more, err := expand(others, nil)
	if err != nil {
		return err
	}
	for _, s := range append([]string{t.name}, more...) {
		head, rest := s, ""
		if k := strings.LastIndexByte(s, ' '); k > 0 {
			head, rest = s[k+1:], s[:k]
		}
		t.nouns = append(t.nouns, noun{r.spell.phrase(s), r.spell.phrase(head), r.spell.phrase(rest)})
	}
	t.key = hashText(t.name)
	return nil
}

// A type has at least minRanks and at most maxRanks products.
const (
	minRanks = 12
	maxRanks = 600
)

// pickBrands gives the type the brands that make it: a third of the
// department's, because hardly a brand sells everything.
func (t *productType) pickBrands() {
	type scored struct {
		score uint64
		brand phrase
	}
	all := make([]scored, len(t.dept.brands))
	for i, b := range t.dept.brands {
		d := newDraw(saltPool, t.key, hashText(b[written]))
		all[i] = scored{d.next(), b}
	}
	sort.Slice(all, func(i, k int) bool { return all[i].score < all[k].score })
	n := min(len(all), max(5, len(all)/3))
	for _, s := range all[:n] {
		t.brands = append(t.brands, s.brand)
	}
	t.brands = slices.Clip(t.brands)
}
