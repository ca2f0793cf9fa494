package receipts

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files")

func generator(t testing.TB, seed uint64) *Generator {
	t.Helper()
	g, err := New(seed)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func fill(g *Generator, n int) []Receipt {
	rows := make([]Receipt, n)
	g.Fill(0, rows)
	return rows
}

// text writes a row as one line.
func text(r Receipt) string {
	return fmt.Sprintf("%s | %s | %s | %s | %s | %s | %s | %s | %.2f | %d",
		r.ItemID, r.ReceiptID, r.Date(), r.Vendor, r.Department, r.ProductTitle, r.ProductType, r.Brand, r.Price, r.Quantity)
}

// TestSample holds what the 200,000 default rows promise.
func TestSample(t *testing.T) {
	g := generator(t, DefaultSeed)
	rows, modifiers := sample(g, DefaultRows)
	departmentOf := map[string]string{}
	for _, ty := range g.Types() {
		departmentOf[ty.Name] = ty.Department
	}
	brands, accented := map[string]bool{}, 0
	for _, b := range g.Brands() {
		brands[b] = true
	}
	titles, types, departments, vendors, printed := map[string]int{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	ids := make(map[string]bool, len(rows))
	for i, r := range rows {
		switch {
		case ids[r.ItemID]:
			t.Fatalf("row %d: item_id %s occurs twice", i, r.ItemID)
		case !strings.HasPrefix(r.ItemID, r.ReceiptID+"-"):
			t.Fatalf("row %d: item %s does not stand on receipt %s", i, r.ItemID, r.ReceiptID)
		case r.ProductTitle == "" || !utf8.ValidString(r.ProductTitle) || strings.TrimSpace(r.ProductTitle) != r.ProductTitle ||
			strings.Contains(r.ProductTitle, "  ") || strings.ContainsAny(r.ProductTitle, "[]\t\n"):
			t.Fatalf("row %d: bad title %q", i, r.ProductTitle)
		case departmentOf[r.ProductType] != r.Department:
			t.Fatalf("row %d: %s stands in %s, not in %s", i, r.ProductType, departmentOf[r.ProductType], r.Department)
		case r.Brand != "" && !brands[r.Brand]:
			t.Fatalf("row %d: unknown brand %q", i, r.Brand)
		case r.Quantity < 1 || math.IsNaN(r.Price) || r.Price == 0 && r.Department != "fees" || math.Abs(r.Price*100-math.Round(r.Price*100)) > 1e-6:
			t.Fatalf("row %d: price %v, quantity %d", i, r.Price, r.Quantity)
		case r.Price <= 0 && r.Department != "fees":
			t.Fatalf("row %d: %q costs %v", i, r.ProductTitle, r.Price)
		case r.Day < firstDay || r.Day >= firstDay+numDays:
			t.Fatalf("row %d: day %s", i, r.Date())
		}
		if k := i - 1; k >= 0 && rows[k].ReceiptID == r.ReceiptID && (rows[k].Vendor != r.Vendor || rows[k].Day != r.Day) {
			t.Fatalf("row %d: receipt %s changes shop or day", i, r.ReceiptID)
		}
		ids[r.ItemID] = true
		titles[r.ProductTitle]++
		types[r.ProductType], departments[r.Department], vendors[r.Vendor] = true, true, true
		if r.Brand != "" {
			printed[r.Brand] = true
		}
		if strings.ContainsAny(r.ProductTitle, "éèñûêç") {
			accented++
		}
	}
	top := 0
	for _, n := range titles {
		top = max(top, n)
	}
	t.Logf("%d departments, %d types, %d vendors, %d brands, %d modifiers, %d titles, top title %d times",
		len(departments), len(types), len(vendors), len(printed), len(modifiers), len(titles), top)
	if len(departments) != len(g.Departments()) || len(departments) < 20 {
		t.Errorf("%d departments of %d occur; want all, and 20", len(departments), len(g.Departments()))
	}
	if len(types) != len(g.Types()) || len(types) < 600 {
		t.Errorf("%d types of %d occur; want all, and 600", len(types), len(g.Types()))
	}
	if len(vendors) != len(g.Vendors()) {
		t.Errorf("%d vendors of %d occur", len(vendors), len(g.Vendors()))
	}
	if n := len(printed) + len(modifiers); n < 1500 {
		t.Errorf("%d brands and modifiers; want 1,500", n)
	}
	if all := g.Modifiers(); len(modifiers) > len(all) || len(modifiers) < len(all)*9/10 {
		t.Errorf("%d of %d modifiers occur; want nine in ten", len(modifiers), len(all))
	}
	if len(titles) < 60_000 {
		t.Errorf("%d titles; want 60,000", len(titles))
	}
	if top < 200 || top > 5000 {
		t.Errorf("the top title occurs %d times; want hundreds", top)
	}
	if accented < 200 {
		t.Errorf("%d titles with accents; want some hundred", accented)
	}
}

// sample returns the first n rows and what stands beside the names of their
// products.
func sample(g *Generator, n int64) (rows []Receipt, modifiers map[string]bool) {
	modifiers = map[string]bool{}
	var b basket
	for i := range n {
		if i >= b.end {
			b = g.basketOf(i)
		}
		r, p := g.line(nil, &b, i)
		rows = append(rows, r)
		for _, ph := range []*phrase{p.claim, p.kind, p.variety, p.tail} {
			if ph != nil {
				modifiers[ph[written]] = true
			}
		}
	}
	return rows, modifiers
}

// TestGolden pins the lines themselves: a change of the catalogue or of the
// drawing shows here, as text that a reviewer can read.
func TestGolden(t *testing.T) {
	g := generator(t, DefaultSeed)
	var b strings.Builder
	sum := sha256.New()
	perVendor := map[string]int{}
	for i, r := range fill(g, 5000) {
		if i < 1000 {
			fmt.Fprintln(sum, text(r))
		}
		if perVendor[r.Vendor]++; perVendor[r.Vendor] <= 2 {
			fmt.Fprintln(&b, text(r))
		}
	}
	fmt.Fprintf(&b, "sha256 of the first 1000: %x\n", sum.Sum(nil))
	if len(perVendor) != len(g.Vendors()) {
		t.Errorf("%d vendors in 5,000 rows; want all", len(perVendor))
	}
	name := filepath.Join("testdata", "lines.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("run go test -update and read the change (-want +got):\n%s", diff)
	}
}

// TestPrefix: line i is the same whatever the batch and the number of rows.
func TestPrefix(t *testing.T) {
	g := generator(t, 7)
	want := fill(g, 3000)
	if diff := cmp.Diff(want[:1000], fill(generator(t, 7), 1000)); diff != "" {
		t.Errorf("the first 1,000 differ:\n%s", diff)
	}
	for _, size := range []int{1, 7, 31, 64, 1000} {
		got := make([]Receipt, len(want))
		for from := 0; from < len(got); from += size {
			g.Fill(int64(from), got[from:min(from+size, len(got))])
		}
		if !slices.Equal(got, want) {
			t.Errorf("batches of %d give other lines", size)
		}
	}
	for _, i := range []int64{0, 33, 999, 2999} {
		if got := g.Row(i); got != want[i] {
			t.Errorf("Row(%d) = %v, want %v", i, got, want[i])
		}
	}
	if far := g.Row(MaxRows - 1); far.ProductTitle == "" || far.ItemID == "" {
		t.Errorf("the last possible row is empty: %+v", far)
	}
}

// TestSeeds: the seed draws other purchases of the same products.
func TestSeeds(t *testing.T) {
	a, b := fill(generator(t, 1), 20_000), fill(generator(t, 2), 20_000)
	titles := map[string]bool{}
	same, shared := 0, 0
	for i, r := range a {
		titles[r.ProductTitle] = true
		if r.ProductTitle == b[i].ProductTitle {
			same++
		}
	}
	for _, r := range b {
		if titles[r.ProductTitle] {
			shared++
		}
	}
	if same > len(a)/50 {
		t.Errorf("%d of %d lines are the same for two seeds", same, len(a))
	}
	if shared < len(b)/5 {
		t.Errorf("only %d of %d lines have a title that the other seed has", shared, len(b))
	}
}

// TestFillAllocations keeps the hot path lean: ids and title are all that is
// allocated (2 a line and 1 a receipt).
func TestFillAllocations(t *testing.T) {
	g := generator(t, 1)
	rows := make([]Receipt, 1024)
	if n := testing.AllocsPerRun(5, func() { g.Fill(0, rows) }) / 1024; n > 3.5 {
		t.Errorf("%.2f allocations a line; want at most 3.5", n)
	}
}

// TestForms: every phrase and size is printable at every shop; tills print ASCII.
func TestForms(t *testing.T) {
	g := generator(t, 1)
	check := func(p phrase) {
		for f, s := range p {
			if s == "" && p[written] != "" {
				t.Errorf("%q is empty in form %d", p[written], f)
			}
			if form(f) >= upper && strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0 {
				t.Errorf("%q: till prints %q; add the letter to accents", p[written], s)
			}
		}
	}
	for _, d := range g.cat.departments {
		for _, p := range slices.Concat(d.claims, d.brands) {
			check(p)
		}
		for _, ty := range d.types {
			for _, n := range ty.nouns {
				check(n.whole)
			}
			for _, p := range slices.Concat(ty.kinds, ty.varieties, ty.tails) {
				check(p)
			}
			for _, z := range ty.sizes {
				for f, s := range z.forms {
					if s == "" {
						t.Errorf("size %q is empty in spelling %d", z.forms[spaced], f)
					}
				}
			}
			if ty.name != strings.TrimSpace(ty.name) || ty.name != strings.ToLower(ty.name) || strings.ContainsAny(ty.name, "#*@|") {
				t.Errorf("label %q is not clean", ty.name)
			}
		}
	}
}

func TestTypo(t *testing.T) {
	changed := 0
	for i := range uint64(2000) {
		const in = "jalapeño crème 12 oz"
		d := newDraw(i)
		got := string(typo([]byte(in), &d))
		if !utf8.ValidString(got) || got == "" {
			t.Fatalf("typo(%q) = %q", in, got)
		}
		if n := len(got) - len(in); n < -1 || n > 1 {
			t.Fatalf("typo(%q) = %q: more than one slip", in, got)
		}
		if got != in {
			changed++
		}
	}
	if changed < 1500 {
		t.Errorf("%d of 2,000 changed", changed)
	}
	d := newDraw(1)
	if got := string(typo([]byte("7 µ"), &d)); got != "7 µ" {
		t.Errorf("typo made %q of a title without words", got)
	}
}

func TestAbbreviate(t *testing.T) {
	sp := newSpeller()
	sp.abbreviations = map[string]string{"CHICKEN": "CHKN", "OF": ""}
	for in, want := range map[string]string{
		"boneless chicken": "BNLS CHKN", "cream of wheat": "CRM WHT", "of": "OF", "jalapeño": "JLPN", "1/2 in": "1/2 IN",
		"audio": "AUDI",
	} {
		if got := sp.phrase(in)[short]; got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"t-shirt": "T-Shirt", "salt & vinegar": "Salt & Vinegar", "éclair of day": "Éclair of Day", "USB-C hub": "USB-C Hub", "3-in-1": "3-in-1",
	} {
		if got := titleCase(in); got != want {
			t.Errorf("titleCase(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestCatalogueErrors: a mistake in a file is named with file and line.
func TestCatalogueErrors(t *testing.T) {
	good := map[string]string{
		fileAbbreviations: "chicken CHKN\n",
		fileCommon:        "list fruit: apple, pear\n",
		fileBrands:        "list a: Old, New\nlist b: Mill, Barn\nstyle farm: {a} {b}\n",
		fileVendors:       "vendor: Shop\nletters: titled\nsizes: 12 oz\ndepartments: snacks 1\nline 1: [%brand ]%noun[, %size]\n",
		"snacks.txt":      "department: snacks\nmake: farm 2\nchips *2, crisps | 1..2 | kettle | @fruit | 8 oz\n",
	}
	read := func(file, content string) error {
		m := fstest.MapFS{}
		for name, data := range good {
			m[name] = &fstest.MapFile{Data: []byte(data)}
		}
		if file != "" {
			m[file] = &fstest.MapFile{Data: []byte(content)}
		}
		_, err := readCatalogue(m)
		return err
	}
	if err := read("", ""); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ file, content, want string }{
		{fileAbbreviations, "chicken", "_abbreviations.txt:1"},
		{fileCommon, "lisp x: a", "_common.txt:1"},
		{fileCommon, "list x: @nothing", `no list is called "@nothing"`},
		{fileBrands, "list a: Old\nstyle farm: {a} {c}\n", `no part of brands is called "c"`},
		{fileBrands, "list a: Old\nstyle farm: {a}\n", "fewer than 2 names"},
		{fileVendors, "share: 2", "before the first vendor"},
		{fileVendors, "vendor: A\nletters: bold", "_vendors.txt:2: letters"},
		{fileVendors, "vendor: A\nsizes: dozen", "12 oz"},
		{fileVendors, "vendor: A\nshare: many", "no number"},
		{fileVendors, "vendor: A\ncolour: red", `unknown key "colour"`},
		{fileVendors, "vendor: A\ndepartments: zoo 1", `no department is called "zoo"`},
		{fileVendors, "vendor: A\ndepartments: snacks", "lacks its share"},
		{fileVendors, "vendor: A\nline 1: %nothing", `no slot is called "%nothing"`},
		{fileVendors, "vendor: A\nline 1: [%noun", "without its ]"},
		{fileVendors, "vendor: A\nline 1: %noun", "lacks layouts or departments"},
		{fileVendors, "# nobody", "no vendors"},
		{"snacks.txt", "department: snacks\nchips | 2..1", "snacks.txt:2"},
		{"snacks.txt", "department: snacks\nchips *x | 1..2", "no weight"},
		{"snacks.txt", "department: snacks\nchips | 1..2\nchips | 1..2", "stands in snacks.txt too"},
		{"snacks.txt", "department: snacks\nchips | 1..2 | a | b | c | d | e", "at most 6"},
		{"snacks.txt", "department: snacks\nseason: 13\nchips | 1..2", "no month"},
		{"snacks.txt", "department: snacks\npacks: one\nchips | 1..2", "packs"},
		{"snacks.txt", "department: snacks\nbranded: 101\nchips | 1..2", "percentage"},
		{"snacks.txt", "department: snacks\nmake: castle 3\nchips | 1..2", "no style of brands"},
		{"snacks.txt", "department: snacks\nlayout: wild\nchips | 1..2", "only bare"},
		{"snacks.txt", "department: snacks\ncolour: red\nchips | 1..2", "unknown header"},
		{"snacks.txt", "department: snacks\nchips", "neither a header"},
		{"snacks.txt", "department: snacks\n", "no types"},
	} {
		err := read(c.file, c.content)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %q: error %v, want %q", c.file, c.content, err, c.want)
		}
	}
	if _, err := readCatalogue(fstest.MapFS{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("empty folder: %v, want fs.ErrNotExist", err)
	}
}

func TestColumns(t *testing.T) {
	var names []string
	for _, c := range Columns() {
		names = append(names, c.Name)
		if c.Doc == "" || c.Nullable != (c.Name == "brand") {
			t.Errorf("column %+v", c)
		}
	}
	const want = "item_id receipt_id dt vendor department product_title product_type brand price quantity"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
}

func ExampleGenerator_Row() {
	g, err := New(DefaultSeed)
	if err != nil {
		fmt.Println(err)
		return
	}
	r := g.Row(0)
	fmt.Println(r.ItemID, r.Date(), r.Vendor)
	fmt.Printf("%s: %s, %.2f\n", r.ProductType, r.ProductTitle, r.Price)
	// Output:
	// r000000000-1 2017-04-11 North Loom
	// parka: Runa hooded parka, 89.99
}

// BenchmarkFill measures rows/s in batches of 1,024.
func BenchmarkFill(b *testing.B) {
	g := generator(b, 1)
	dst := make([]Receipt, 1024)
	b.ReportAllocs()
	var from int64
	for b.Loop() {
		g.Fill(from, dst)
		from += int64(len(dst))
	}
	b.ReportMetric(float64(from)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkNew measures reading the catalogue.
func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := New(1); err != nil {
			b.Fatal(err)
		}
	}
}
