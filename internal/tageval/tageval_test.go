package tageval

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"Campbell’s Soup 12oz 500": "campbell's soup 12oz",
		"Crème brûlée":             "creme brulee",
		"T-Shirt 'n' V8":           "t shirt n v8",
		"12'abc 7' x":              "12'abc x",
		"STRASSE straße":           "strasse strasse",
		"":                         "",
	} {
		if got := strings.Join(Words(in), " "); got != want {
			t.Errorf("Words(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestStem(t *testing.T) {
	for in, want := range map[string]string{
		"knives": "knife", "cookies": "cookie", "berries": "berry", "pies": "pie", "peaches": "peach",
		"dishes": "dish", "boxes": "box", "dresses": "dress", "heroes": "hero", "glass": "glass", "hummus": "hummus",
		"basis": "basis", "gas": "gas", "its": "its", "campbell's": "campbell", "o'neals": "oneal", "chips": "chip",
	} {
		if got := Stem(in); got != want {
			t.Errorf("Stem(%q) = %q, want %q", in, got, want)
		}
	}
}

// row makes a labelled title.
func row(source, category, title string) Row {
	return Row{ID: title, Title: title, Category: category, Source: source}
}

func small() *Corpus {
	return NewCorpus([]Row{
		row("a", "Clothes > T-shirts", "Blue t-shirt, new"),
		row("a", "Food > soups and stews", "Tomato Soup with basil"),
		row("a", "", "Soup soup"),
		row(Control, "Parts > other", "MX 500"),
	})
}

func TestHit(t *testing.T) {
	c := small()
	for _, tt := range []struct {
		row        int
		tag        string
		hit, split bool
	}{
		{0, "shirt", true, true},
		{0, "Shirts", true, true},
		{0, "t-shirt", false, true}, // One word: the leaf has t and shirt.
		{0, "blue", false, false},
		{1, "soup", true, true},
		{1, "and", false, false}, // A connector is no gold.
		{2, "soup", false, false},
	} {
		if hit, split := c.Hit(tt.row, tt.tag), c.SplitHit(tt.row, tt.tag); hit != tt.hit || split != tt.split {
			t.Errorf("tag %q of title %d: hit %v, split %v, want %v, %v", tt.tag, tt.row, hit, split, tt.hit, tt.split)
		}
	}
	if c.Labelled(2) || !c.Labelled(3) {
		t.Error("a title is labelled that has no category, or the other way round")
	}
}

func TestBaselineTags(t *testing.T) {
	c := small()
	for _, tt := range []struct {
		row  int
		b    Baseline
		want []string
	}{
		{0, LastStar, []string{"shirt"}},
		{0, LastTwo, []string{"shirt", "blue"}},
		{0, DF2, []string{"blue", "shirt"}}, // Each in one title: alphabetical.
		{1, LastTwo, []string{"soup", "tomato"}},
		{1, DF1, []string{"soup"}},
		{1, TFIDF, []string{"basil"}},
		{1, Last, []string{"basil"}},
	} {
		if got := c.baselineTags(tt.row, tt.b); !slices.Equal(got, tt.want) {
			t.Errorf("%s of %q: %q, want %q", tt.b, c.Rows[tt.row].Title, got, tt.want)
		}
	}
}

func TestMeasure(t *testing.T) {
	c := small()
	tags := map[int][]string{0: {"blue", "t-shirt"}, 1: {"basil", "soup", "tomato"}}
	got := c.Measure("mine", func(i int) []string { return tags[i] })
	want := Result{Tagger: "mine", Parts: []Score{
		{Part: Main, Labelled: 2, Ceiling: 100, Covered: 100, Hit1: 0, Hit2: 50, Split2: 100},
		{Part: "a", Labelled: 2, Ceiling: 100, Covered: 100, Hit1: 0, Hit2: 50, Split2: 100},
		{Part: Control, Labelled: 1},
		{Part: All, Labelled: 3, Ceiling: 200. / 3, Covered: 200. / 3, Hit2: 100. / 3, Split2: 200. / 3},
	}}
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	if diff := cmp.Diff(want, got, near); diff != "" {
		t.Error(diff)
	}
	none := c.Measure("mine", func(int) []string { return nil })
	if mean := Mean(got, none).Of(Main); mean.Hit2 != 25 || mean.Ceiling != 100 || mean.Labelled != 2 {
		t.Errorf("mean of two runs: %+v", mean)
	}
	table := Markdown([]Result{got})
	for _, line := range []string{
		"| tagger | all without pcpart | a | pcpart | all |",
		"| *ceiling* | 100.0 | 100.0 | 0.0 | 66.7 |",
		"| mine | 50.0 (0.0) | 50.0 (0.0) | 0.0 (0.0) | 33.3 (0.0) |",
		"| mine | 50 | 50 | - | 50 |",
		"| mine | 100.0 | 100.0 | 0.0 | 66.7 |",
	} {
		if !strings.Contains(table, line+"\n") {
			t.Errorf("no line %q in\n%s", line, table)
		}
	}
}

// TestMeasureBaseline holds the two ways to a baseline's figure together.
func TestMeasureBaseline(t *testing.T) {
	c := small()
	r := c.MeasureBaseline(DF2).Of(All)
	if one, two := 100*c.Rate(DF1), 100*c.Rate(DF2); math.Abs(r.Hit1-one) > 1e-9 || math.Abs(r.Hit2-two) > 1e-9 {
		t.Errorf("one tag %v, two %v, want %v and %v", r.Hit1, r.Hit2, one, two)
	}
}

func TestPurityAndNMI(t *testing.T) {
	for _, tt := range []struct {
		name        string
		clusters    []int
		labels      string
		purity, nmi float64
	}{
		{"same partition", []int{4, 4, 7, 7}, "aabb", 1, 1},
		{"independent", []int{0, 0, 1, 1}, "abab", 0.5, 0},
		{"unlabelled and unclustered are left out", []int{4, 4, 7, 7, -1, 4}, "aabba ", 1, 1},
		{"all alone", []int{0, 1, 2, 3}, "aabb", 1, 2. / 3}, // ln 2 / ((ln 4 + ln 2) / 2)
		{"one cluster", []int{0, 0, 0, 0}, "aabb", 0.5, 0},
		{"one of each", []int{3}, "a", 1, 1},
		{"nothing", nil, "", 0, 0},
	} {
		var labels []string
		for _, l := range tt.labels {
			labels = append(labels, strings.TrimSpace(string(l)))
		}
		if got := Purity(tt.clusters, labels); math.Abs(got-tt.purity) > 1e-12 {
			t.Errorf("%s: purity %v, want %v", tt.name, got, tt.purity)
		}
		if got := NMI(tt.clusters, labels); math.Abs(got-tt.nmi) > 1e-12 {
			t.Errorf("%s: NMI %v, want %v", tt.name, got, tt.nmi)
		}
	}
}

func TestClusters(t *testing.T) {
	scores := small().Clusters([]int{0, 1, 1, 0})
	if s := scores[0]; s.Part != Main || s.Titles != 2 || s.Leaves != 2 || s.Departments != 2 || s.LeafPurity != 1 || s.LeafNMI != 1 {
		t.Errorf("%+v", s)
	}
	if s := scores[len(scores)-1]; s.Part != All || s.Titles != 3 || math.Abs(s.LeafPurity-2./3) > 1e-12 {
		t.Errorf("%+v", s)
	}
	if table := ClustersMarkdown(scores); !strings.Contains(table, "| all without pcpart | 2 | 2 | 1.000 | 1.000 | 2 | 1.000 | 1.000 |\n") {
		t.Error(table)
	}
}

func TestRead(t *testing.T) {
	rows, err := Read(strings.NewReader("id\ttitle\tcategory_path\tsource\n1\tTwo \"Inch\" Pipe\ta > b > c\tshop\n2\tx\t\tshop\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{{"1", `Two "Inch" Pipe`, "a > b > c", "shop"}, {"2", "x", "", "shop"}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Error(diff)
	}
	if rows[0].Leaf() != "c" || rows[0].Department() != "a" || rows[1].Leaf() != "" {
		t.Errorf("leaf %q, department %q", rows[0].Leaf(), rows[0].Department())
	}
	if _, err := Read(strings.NewReader("h\n1\t2\t3\n")); err == nil || !strings.Contains(err.Error(), "line 2: 3 columns") {
		t.Errorf("error %v, want one that names line 2", err)
	}
}

func TestReadFileErrors(t *testing.T) {
	if _, err := ReadFile("missing.tsv"); err == nil {
		t.Error("no error for a missing file")
	}
}

func FuzzRead(f *testing.F) {
	f.Add("id\ttitle\tcategory_path\tsource\n1\tTwo Pipes\ta > b\tshop\n")
	f.Add("\n\t\t\t\n\t > \t > \tpcpart\n")
	f.Fuzz(func(t *testing.T, file string) {
		rows, err := Read(strings.NewReader(file))
		if err != nil {
			return
		}
		c := NewCorpus(rows)
		for _, b := range Baselines() {
			if rate := c.Rate(b); rate < 0 || rate > 1 {
				t.Fatalf("%s: %v of %q", b, rate, file)
			}
		}
		for i, row := range rows {
			if c.Labelled(i) != (row.Category != "") {
				t.Fatalf("row %d of %q: labelled %v", i, file, c.Labelled(i))
			}
		}
	})
}
