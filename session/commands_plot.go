package session

import (
	"gondola/pipeline"
	"gondola/session/lang"
	"gondola/viz"
)

// plotCommand draws what a result holds.
func plotCommand() command {
	return command{lang.Command{
		Name: "plot", Group: groupLook, Needs: lang.Table,
		Summary: "Draw a chart of a result.",
		Details: `The engine computes what is drawn over all rows, unless --sample says otherwise, and the line below the chart tells
which. Without flags it draws the charts that the step showed, or the first text column of an SQL result against its first
column of numbers.

X and --by group the rows. A list, such as tags, counts each of its items; a list as X and --by both, or as X of a graph,
counts pairs that come together. Of X and --by the groups with the greatest values are drawn, up to --top. Numbers and
times are put into ranges where they have too many values: --bins and --every choose them. Text and lists are measured
by their length. --y is what is summed up, by default the number of rows.

    bar, pie, cloud     --x, of numbers their values as they are
    line, area          --x along the axis: times, numbers in their order
    hist                ranges of --x
    scatter             rows of --x and --y, a sample of at most 5,000
    heat                --x against --by
    box                 quartiles of --y for each --x
    treemap, tree       --x within --by
    sankey, graph       from --x to --by
    table               the groups, or the first rows`,
		Args: []lang.Arg{resultArg("What to draw; the last result when not given.")},
		Flags: []lang.Flag{
			{Name: "as", Type: lang.Choice, Choices: kindNames(), Summary: "Kind of chart; by default what suits the columns."},
			{Name: "x", Type: lang.Column, Summary: "Column along the axis, or of the groups."},
			{Name: "y", Type: lang.Column, Summary: "Column that is measured."},
			{Name: "by", Type: lang.Column, Summary: "Column that tells series apart."},
			{Name: "agg", Type: lang.Choice, Choices: aggregates(), Summary: "How --y is summed up; count without --y, else sum."},
			{Name: "top", Type: lang.Count, Min: "1", Max: "5000", Summary: "Most groups; by default what the kind shows at ease."},
			{Name: "sort", Type: lang.Choice, Choices: []string{"x", "x-desc", "y", "y-desc"}, Summary: "Order of the groups."},
			{Name: "log", Type: lang.Choice, Choices: []string{"x", "y", "xy"}, Summary: "Axes that are logarithmic."},
			{Name: "bins", Type: lang.Int, Min: "1", Max: "1000", Default: "30", Summary: "About how many ranges numbers are put into."},
			{Name: "every", Type: lang.Choice, Choices: pipeline.Spans(), Summary: "Spans that times are put into."},
			{Name: "size", Type: lang.Column, Summary: "Column of numbers by which points of a scatter differ in size."},
			{Name: "label", Type: lang.Column, Summary: "Column that names the points of a scatter."},
			{Name: "title", Type: lang.String, Summary: "Title of the chart."},
			{Name: "sample", Type: lang.Sample, Summary: "Compute it over a random part of the rows."},
			seedFlag("42", "Seed of samples."),
			outputFlag(),
		},
		Examples: []lang.Example{
			{Code: "load receipts/ as raw\nplot raw --as pie --x vendor\nplot raw --x product_title --log y", Note: "Shares of the vendors; lengths of the titles."},
			{Code: "load receipts/ | preprocess | train | cluster -k 20 | tag\nplot tags --as bar --x tags --top 10\nplot tags --as heat --x tags --by vendor --top 8"},
			{Code: "load receipts/ as raw\nsql SELECT vendor, count(*) AS n FROM raw GROUP BY 1\nplot --sort y"},
		},
	}, runPlot}
}

// kindNames are the kinds of charts, as plot --as names them.
func kindNames() []string {
	var names []string
	for _, k := range viz.Kinds() {
		if k != viz.Map { // has a command of its own
			names = append(names, string(k))
		}
	}
	return names
}

// aggregates are the functions of plot --agg.
func aggregates() []string {
	var names []string
	for _, f := range []pipeline.Func{
		pipeline.Count, pipeline.Sum, pipeline.Mean, pipeline.Min, pipeline.Max, pipeline.Median, pipeline.P99, pipeline.Distinct,
	} {
		names = append(names, string(f))
	}
	return names
}
