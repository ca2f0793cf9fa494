package viz

import "github.com/go-echarts/go-echarts/v2/opts"

// palette are the colours of series: the scheme "bright" of Paul Tol, Colour
// Schemes (SRON technical note SRON/EPS/TN/09-002, 2021), which people who see
// colours otherwise can tell apart, on white and on black; behind it those of
// his scheme "muted" that are not like one of these.
func palette() opts.Colors {
	return opts.Colors{
		"#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377", "#BBBBBB",
		"#999933", "#44AA99", "#882255", "#DDCC77", "#6655BB",
	}
}

// hues are the colours of groups of which there may be many more: "bright" without
// its grey, and six between them from the schemes "vibrant", "muted" and "light" of
// the same note. More than seven cannot be told apart by all, so groups are also
// named where they are.
func hues() []string {
	return []string{
		"#4477AA", "#EE6677", "#228833", "#CCBB44", "#66CCEE", "#AA3377",
		"#EE7733", "#44AA99", "#AA7AC4", "#999933", "#EE99AA", "#77AADD",
	}
}

// ramp are the colours of values from small to large: viridis (Smith and van
// der Walt, 2015), even to the eye and in grey.
func ramp() []string { return []string{"#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"} }

// twoSided are the colours of values below and above zero: "sunset" of Paul Tol.
func twoSided() []string { return []string{"#364B9A", "#98CAE1", "#EAECCC", "#FDB366", "#A50026"} }
