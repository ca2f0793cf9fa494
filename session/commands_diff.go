package session

import "gondola/session/lang"

// diffCommands compare results.
func diffCommands() []command {
	return []command{
		{lang.Command{
			Name: "diff", Group: groupLook, Needs: lang.None,
			Summary: "Compare two results: parameters, words, clusters, tags.",
			Details: `Shows which parameters of which step differ; which words only one of them has a vector for, and how alike the nearest
words of frequent words are; for each cluster of A the one of B that shares most titles with it; and which titles got other
tags, with examples. What only one of the two results has is left out. Titles are compared by their text, each once.

The comparison runs in the engine's SQL, over all rows.`,
			Args: []lang.Arg{
				{Name: "a", Type: lang.Result, Kind: lang.Table, Summary: "A result, such as that of an older run."},
				{Name: "b", Type: lang.Result, Kind: lang.Table, Summary: "The result to compare it with."},
			},
			Flags: []lang.Flag{
				countFlag("20", "Number of clusters, words, tags and titles of each sort."),
				outputFlag(),
			},
			Examples: []lang.Example{{
				Code: "load receipts/ | preprocess | train --seed 1\ncluster -k 10 | tag as old\ncluster -k 20 | tag as new\ndiff old new",
				Note: "What another number of clusters changes.",
			}},
		}, runDiff},
	}
}
