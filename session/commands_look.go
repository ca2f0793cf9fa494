package session

import "gondola/session/lang"

// lookCommands look at results and change nothing.
func lookCommands() []command {
	return []command{
		{lang.Command{
			Name: "show", Group: groupLook, Needs: lang.Table,
			Summary: "Show rows of a result.",
			Details: `Without an argument the last result. c17 shows the rows of that cluster. The first rows by default, or a random
sample with --sample.`,
			Args: []lang.Arg{{Name: "what", Type: lang.Ref, Optional: true, Summary: "A result or a cluster."}},
			Flags: []lang.Flag{
				countFlag("20", "Number of rows; with --sample all of them when not given."),
				{Name: "columns", Type: lang.List, Of: lang.Column, Summary: "Columns to show, in this order."},
				{Name: "sample", Type: lang.Sample, Summary: "Show a random part of the rows instead of the first."},
				seedFlag("42", "Seed of the sample."),
				outputFlag(),
			},
			Examples: []lang.Example{
				{Code: "load receipts/\nshow -n 5 --columns vendor,product_title"},
				{Code: "load receipts/ as raw\nshow raw --sample 10 -o jsonl"},
			},
		}, runShow},
		{lang.Command{
			Name: "profile", Group: groupLook, Needs: lang.Table,
			Summary: "Describe a table: nulls, distinct values, lengths, top words, a sample.",
			Details: "Computed over all rows, exactly. What does not fit into memory spills to the work folder.",
			Args:    []lang.Arg{resultArg("The table; the last result when not given.")},
			Flags: []lang.Flag{
				{Name: "top", Type: lang.Count, Default: "15", Min: "1", Max: "1000", Summary: "Number of top words."},
				seedFlag("42", "Seed of the sample."),
				outputFlag(),
			},
			Examples: []lang.Example{{Code: "load receipts/ as raw\nprofile raw"}},
		}, runProfile},
		{lang.Command{
			Name: "near", Group: groupLook, Needs: lang.Vectors,
			Summary: "Show the words nearest to one or more words.",
			Details: "As gensim's most_similar: the words nearest to the mean of the given ones, less those of --not.",
			Args:    []lang.Arg{{Name: "words", Type: lang.Word, Variadic: true, Summary: "Words of the vocabulary."}},
			Flags: []lang.Flag{
				countFlag("10", "Number of words."),
				{Name: "not", Type: lang.List, Of: lang.Word, Summary: "Words to be far from."},
				{Name: "metric", Type: lang.Choice, Choices: []string{"cosine", "dot"}, Default: "cosine", Summary: "Nearness of two words."},
				{Name: "from", Type: lang.Result, Summary: "The vectors to ask; the last result when not given."},
				outputFlag(),
			},
			Examples: []lang.Example{{Code: "load receipts/ | preprocess | train\nnear cheese -n 5"}},
		}, runNear},
		{lang.Command{
			Name: "inspect", Group: groupLook, Needs: lang.Clusters,
			Summary: "Describe a cluster: size, near words, typical titles, top tags, words that set it apart.",
			Details: `A word sets a cluster apart when the cluster holds it more often than the rest does; the score is the log-odds
ratio over its standard deviation. Top tags are there after tag.`,
			Args: []lang.Arg{{Name: "cluster", Type: lang.Cluster, Summary: "The cluster, such as c17."}},
			Flags: []lang.Flag{
				countFlag("10", "Number of words and titles of each sort."),
				{Name: "from", Type: lang.Result, Summary: "The clusters to ask; the last result when not given."},
				outputFlag(),
			},
			Examples: []lang.Example{{Code: "load receipts/ | preprocess | train | cluster -k 20\ninspect c7"}},
		}, runInspect},
		{lang.Command{
			Name: "explain", Group: groupLook, Needs: lang.Clusters,
			Summary: "Show how a title gets its tags, and why.",
			Details: `Prints the tokens, the cluster and how far the next one is, and every candidate with the parts of its score; and why
the others fell out. After tag it explains by the same method.`,
			Args: []lang.Arg{{Name: "title", Type: lang.String, Summary: "Any title, in quotes."}},
			Flags: []lang.Flag{
				{Name: "method", Type: lang.Choice, Choices: taggers(), Summary: "The tagger; by default that of the last tag, else ranked."},
				{Name: "max", Type: lang.Int, Min: "1", Max: "100", Summary: "Most tags; by default as in the last tag, else 2."},
				{Name: "from", Type: lang.Result, Summary: "The clusters or tags to ask; the last result when not given."},
				outputFlag(),
			},
			Examples: []lang.Example{{Code: "load receipts/ | preprocess | train | cluster -k 20\nexplain \"Organic Cheddar Cheese Slices, 8 oz\""}},
		}, runExplain},
		mapCommand(),
	}
}
