package tageval

import (
	"fmt"
	"slices"
	"strings"
)

// Control is the source whose titles never say what the thing is: a negative
// control, left out of the main figure.
const Control = "pcpart"

// Main names the part that holds all labelled titles but those of [Control],
// All the one that holds all of them.
const (
	Main = "all without " + Control
	All  = "all"
)

// Result is how well one tagger did, by part. The rates are per cent of the
// part's labelled titles.
type Result struct {
	Tagger string
	Parts  []Score // Main, the sources by name with Control last, All
}

// Score is one part of a [Result].
type Score struct {
	Part     string
	Labelled int
	Ceiling  float64 // titles of which some word would hit
	Covered  float64 // titles with a tag
	Hit1     float64 // titles of which the first tag hits
	Hit2     float64 // titles of which one of the first two hits
	Split2   float64 // Hit2 if hyphens split a tag into words
}

// Of returns the scores of a part, zero if there is no such part.
func (r Result) Of(part string) Score {
	for _, s := range r.Parts {
		if s.Part == part {
			return s
		}
	}
	return Score{}
}

// Measure scores a tagger on the labelled titles. tags returns the tags of
// row i as they are shown, best first, and may use the same slice again.
func (c *Corpus) Measure(name string, tags func(i int) []string) Result {
	return c.measure(name, func(i int) outcome {
		var o outcome
		for rank, tag := range tags(i) {
			o.tagged = true
			if rank < 2 {
				o.note(rank, c.Hit(i, tag))
				o.split = o.split || c.SplitHit(i, tag)
			}
		}
		return o
	})
}

// MeasureBaseline scores a baseline: the pairs [LastStar] with [LastTwo] and
// [DF1] with [DF2] are one tagger with one tag and with two, so DF2 gives
// both. Ceiling and Random have no tags to measure; see [Corpus.Rate].
func (c *Corpus) MeasureBaseline(b Baseline) Result {
	return c.measure(string(b), func(i int) outcome {
		var o outcome
		for rank, stem := range c.baselineTags(i, b) {
			o.tagged = true
			o.note(rank, c.goldHas(i, stem))
		}
		o.split = o.hit2
		return o
	})
}

// outcome is what became of one title.
type outcome struct{ tagged, hit1, hit2, split bool }

func (o *outcome) note(rank int, hit bool) {
	o.hit1 = o.hit1 || hit && rank == 0
	o.hit2 = o.hit2 || hit
}

func (c *Corpus) measure(name string, try func(i int) outcome) Result {
	r := Result{Tagger: name}
	for _, part := range c.parts() {
		r.Parts = append(r.Parts, Score{Part: part})
	}
	for i, row := range c.Rows {
		if !c.Labelled(i) {
			continue
		}
		o, reachable := try(i), c.Reachable(i)
		for p := range r.Parts {
			s := &r.Parts[p]
			if s.Part != All && s.Part != row.Source && (s.Part != Main || row.Source == Control) {
				continue
			}
			s.Labelled++
			s.Ceiling += oneIf(reachable)
			s.Covered += oneIf(o.tagged)
			s.Hit1 += oneIf(o.hit1)
			s.Hit2 += oneIf(o.hit2)
			s.Split2 += oneIf(o.split)
		}
	}
	for p := range r.Parts {
		s := &r.Parts[p]
		for _, rate := range s.rates() {
			*rate *= 100 / float64(max(1, s.Labelled))
		}
	}
	return r
}

func (s *Score) rates() []*float64 {
	return []*float64{&s.Ceiling, &s.Covered, &s.Hit1, &s.Hit2, &s.Split2}
}

// parts lists the parts in the order of the tables.
func (c *Corpus) parts() []string {
	var sources []string
	for i, row := range c.Rows {
		if c.Labelled(i) && !slices.Contains(sources, row.Source) {
			sources = append(sources, row.Source)
		}
	}
	slices.SortFunc(sources, func(a, b string) int {
		if (a == Control) != (b == Control) {
			return int(oneIf(a == Control) - oneIf(b == Control))
		}
		return strings.Compare(a, b)
	})
	return append(append([]string{Main}, sources...), All)
}

// Mean averages the results of one tagger over runs with different seeds.
func Mean(runs ...Result) Result {
	if len(runs) == 0 {
		return Result{}
	}
	mean := Result{Tagger: runs[0].Tagger, Parts: slices.Clone(runs[0].Parts)}
	for p := range mean.Parts {
		rates := mean.Parts[p].rates()
		for _, run := range runs[1:] {
			for j, rate := range run.Parts[p].rates() {
				*rates[j] += *rate
			}
		}
		for _, rate := range rates {
			*rate /= float64(len(runs))
		}
	}
	return mean
}

// Markdown renders results as three tables, taggers down and parts across:
// hits with two tags (and with one), share of the ceiling, coverage. The
// ceiling is the first row of the first.
func Markdown(results []Result) string {
	if len(results) == 0 {
		return ""
	}
	var b strings.Builder
	table := func(title string, ceiling bool, cell func(Score) string) {
		fmt.Fprintf(&b, "%s\n\n| tagger |", title)
		for _, s := range results[0].Parts {
			fmt.Fprintf(&b, " %s |", s.Part)
		}
		fmt.Fprintf(&b, "\n|---|%s\n", strings.Repeat("--:|", len(results[0].Parts)))
		if ceiling {
			b.WriteString("| *ceiling* |")
			for _, s := range results[0].Parts {
				fmt.Fprintf(&b, " %.1f |", s.Ceiling)
			}
			b.WriteString("\n")
		}
		for _, r := range results {
			fmt.Fprintf(&b, "| %s |", r.Tagger)
			for _, s := range r.Parts {
				fmt.Fprintf(&b, " %s |", cell(s))
			}
			b.WriteString("\n")
		}
		b.WriteString("\n")
	}
	table("Titles with a hit, two tags (one tag), per cent", true, func(s Score) string {
		return fmt.Sprintf("%.1f (%.1f)", s.Hit2, s.Hit1)
	})
	table("Share of the ceiling, two tags, per cent", false, func(s Score) string {
		if s.Ceiling == 0 {
			return "-"
		}
		return fmt.Sprintf("%.0f", 100*s.Hit2/s.Ceiling)
	})
	table("Titles with a tag, per cent", false, func(s Score) string {
		return fmt.Sprintf("%.1f", s.Covered)
	})
	return b.String()
}
