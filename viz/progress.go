package viz

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"

	"gondola/pipeline"
)

// ProgressText is a line for a person:
//
//	train epoch 2 of 5: 1.2 M of 6 M words (20 %), 300 k/s, 16 s left, loss 1.93
//
// It is clean: an engine may say where it is in words of its own, such as
// the name of a file.
func ProgressText(p pipeline.Progress) string {
	var s strings.Builder
	s.WriteString(p.Step)
	if p.Phase != "" {
		s.WriteString(" " + p.Phase)
	}
	if p.Done > 0 || p.Total > 0 {
		s.WriteString(": " + short(float64(p.Done)))
		if p.Total > 0 {
			fmt.Fprintf(&s, " of %s %s (%d %%)", short(float64(p.Total)), p.Unit, 100*p.Done/p.Total)
		} else {
			s.WriteString(" " + p.Unit)
		}
		if rate := p.Rate(); rate > 0 {
			s.WriteString(", " + short(rate) + "/s")
		}
		if left := p.Left(); left >= 0 {
			s.WriteString(", " + left.Round(time.Second).String() + " left")
		}
	} else {
		s.WriteString(": " + p.Spent.Round(time.Second).String())
	}
	if p.HasLoss {
		fmt.Fprintf(&s, ", loss %.4g", p.Loss)
	}
	return CleanLine(s.String())
}

// short writes a number with three digits: 950, 1.25 M.
func short(x float64) string {
	unit := ""
	for _, u := range []string{" k", " M", " G"} {
		if math.Abs(x) < 1000 {
			break
		}
		x, unit = x/1000, u
	}
	if unit == "" {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g%s", x, unit)
}

// ProgressHTML is ProgressText for a notebook, with a bar above it. hint says
// what the reader can do meanwhile; it may be empty.
func ProgressHTML(p pipeline.Progress, hint string) string {
	bar := "<progress style=\"width:20em\"></progress>"
	if p.Total > 0 {
		bar = fmt.Sprintf("<progress style=\"width:20em\" max=\"%d\" value=\"%d\"></progress>", p.Total, min(p.Done, p.Total))
	}
	if hint != "" {
		hint = "<br><small>" + html.EscapeString(hint) + "</small>"
	}
	return "<div class=\"gondola-progress\">" + bar + "<br>" + html.EscapeString(ProgressText(p)) + hint + "</div>"
}
