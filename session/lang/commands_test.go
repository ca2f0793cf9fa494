package lang_test

import (
	"errors"
	"strings"
	"testing"

	"gondola/session/lang"
)

// testCommands is a list modelled on the product's own, with one of every
// shape: two-word names, verbatim text, optional and variadic arguments,
// every type of value.
func testCommands() []lang.Command {
	sample := lang.Flag{Name: "sample", Type: lang.Sample, Summary: "Work on a seeded sample of the rows."}
	seed := lang.Flag{Name: "seed", Type: lang.Int, Default: "1", Summary: "Seed of everything random."}
	force := lang.Flag{Name: "force", Type: lang.Bool, Summary: "Compute anew even when nothing changed."}
	output := lang.Flag{
		Name: "output", Short: "o", Type: lang.Choice, Choices: []string{"table", "json", "jsonl", "csv", "tsv", "md", "parquet"},
		Summary: "Format of the result.",
	}
	result := lang.Arg{Name: "result", Type: lang.Result, Optional: true, Summary: "The result to work on, if not the last one."}
	return []lang.Command{
		{
			Name: "load", Group: "steps", Gives: lang.Table, Known: "titles",
			Summary:  "Load titles from files.",
			Details:  "Reads Parquet, CSV, TSV, JSON and JSON lines, also compressed.\nFolders named key=value become columns.\n\n    load s3://lake/dt=2017-*/",
			Args:     []lang.Arg{{Name: "path", Type: lang.Path, Summary: "File, folder, glob or URL."}},
			Flags:    []lang.Flag{{Name: "title", Type: lang.Column, Summary: "Column of the titles; guessed if not given."}, {Name: "id", Type: lang.Column, Summary: "Column of the keys."}, sample, seed, force},
			Examples: []lang.Example{{Code: "load receipts.parquet --title name", Note: "One file."}, {Code: "load s3://lake/dt=2017-*/ --sample 1%"}},
		},
		{
			Name: "preprocess", Group: "steps", Needs: lang.Table, Gives: lang.Tokens,
			Summary: "Cut titles into tokens.",
			Args:    []lang.Arg{result},
			Flags: []lang.Flag{
				{Name: "stopwords", Type: lang.String, Default: "en", Summary: "Words to drop: en, off, or a file."},
				{Name: "units", Type: lang.Bool, Default: "on", Summary: "Drop quantities such as 12 oz."},
				{Name: "min-length", Type: lang.Int, Default: "1", Min: "1", Max: "20", Summary: "Shortest token."},
				force,
			},
			Examples: []lang.Example{{Code: "preprocess --no-units"}},
		},
		{
			Name: "train", Group: "steps", Needs: lang.Tokens, Gives: lang.Vectors,
			Summary: "Train word2vec on the tokens.",
			Args:    []lang.Arg{result},
			Flags: []lang.Flag{
				{Name: "vector-size", Aliases: []string{"dim"}, Type: lang.Int, Default: "100", Min: "1", Max: "10000", Summary: "Length of a vector."},
				{Name: "window", Aliases: []string{"window-size"}, Type: lang.Int, Default: "5", Min: "1", Summary: "Words on either side."},
				{Name: "epochs", Aliases: []string{"max-iter"}, Type: lang.Int, Default: "5", Min: "1", Summary: "Passes over the titles."},
				{Name: "alpha", Aliases: []string{"step-size"}, Type: lang.Float, Default: "0.025", Min: ">0", Max: "1", Summary: "First learning rate."},
				{Name: "batch", Type: lang.Count, Default: "10k", Min: "1", Summary: "Words in a batch."},
				{Name: "memory", Type: lang.Size, Default: "1GiB", Min: "16MiB", Summary: "Memory to use."},
				{Name: "max-time", Type: lang.Duration, Summary: "Stop after this time."},
				{Name: "hs", Type: lang.Bool, Summary: "Hierarchical softmax in place of negative sampling."},
				seed, force,
			},
			Examples: []lang.Example{{Code: "train --vector-size 100 --epochs 5 as w2v"}},
		},
		{
			Name: "cluster", Group: "steps", Needs: lang.Vectors, Gives: lang.Clusters,
			Summary: "Cluster the titles by k-means.",
			Args:    []lang.Arg{result},
			Flags: []lang.Flag{
				{Name: "clusters", Short: "k", Type: lang.Int, Default: "100", Min: "2", Summary: "Number of clusters."},
				{Name: "tol", Type: lang.Float, Default: "1e-4", Min: "0", Summary: "Stop when the centres move less."},
				{Name: "metric", Type: lang.Choice, Choices: []string{"euclidean", "cosine"}, Default: "euclidean", Summary: "Distance."},
				seed,
			},
			Mistaken: map[string]string{"up": "compute launch", "ls": "compute ls", "down": "compute terminate"},
			Examples: []lang.Example{{Code: "cluster -k 100"}},
		},
		{
			Name: "tag", Group: "steps", Needs: lang.Clusters, Gives: lang.Tags, Known: "tags",
			Summary: "Choose tags for every title.",
			Args:    []lang.Arg{result},
			Flags: []lang.Flag{
				{Name: "max", Type: lang.Int, Default: "2", Min: "1", Summary: "Most tags of a title."},
				{Name: "method", Type: lang.Choice, Choices: []string{"near", "title", "ranked"}, Default: "ranked", Summary: "How tags are chosen."},
				{Name: "min-score", Type: lang.Float, Summary: "Least score of a tag."},
			},
			Examples: []lang.Example{{Code: "tag --max 2"}},
		},
		{
			Name: "write", Group: "steps", Needs: lang.Table,
			Summary: "Write the result to files.",
			Args:    []lang.Arg{result, {Name: "path", Type: lang.Path, Summary: "File or folder to write."}},
			Flags: []lang.Flag{
				{Name: "partition", Type: lang.List, Of: lang.Column, Summary: "Columns that become folders."},
				{Name: "overwrite", Short: "y", Type: lang.Bool, Summary: "Replace what is there."},
			},
			Examples: []lang.Example{{Code: "write out.parquet"}},
		},
		{
			Name: "show", Group: "look", Needs: lang.Table,
			Summary:  "Show rows of a result.",
			Args:     []lang.Arg{result},
			Flags:    []lang.Flag{{Name: "rows", Short: "n", Type: lang.Count, Default: "20", Min: "1", Summary: "Number of rows."}, {Name: "columns", Type: lang.List, Of: lang.Column, Summary: "Columns to show."}, output},
			Examples: []lang.Example{{Code: "show -n 5"}},
		},
		{Name: "profile", Group: "look", Needs: lang.Table, Summary: "Describe the data of a result.", Args: []lang.Arg{result}, Flags: []lang.Flag{sample, output}, Examples: []lang.Example{{Code: "profile"}}},
		{
			Name: "near", Group: "look", Needs: lang.Vectors, Summary: "Show the nearest words of a word.",
			Args:     []lang.Arg{{Name: "word", Type: lang.Word, Variadic: true, Summary: "The word, or several."}},
			Flags:    []lang.Flag{{Name: "minus", Type: lang.List, Of: lang.Word, Summary: "Words to take away."}, {Name: "model", Type: lang.Result, Summary: "The model, if not the last one."}, {Name: "rows", Short: "n", Type: lang.Count, Default: "10", Min: "1", Summary: "Number of words."}},
			Examples: []lang.Example{{Code: "near pizza"}},
		},
		{
			Name: "inspect", Group: "look", Needs: lang.Table, Summary: "Look into a cluster, a word or a result.",
			Args:     []lang.Arg{{Name: "what", Type: lang.Ref, Summary: "c17, a word, a result, or -."}},
			Examples: []lang.Example{{Code: "inspect c17"}},
		},
		{
			Name: "centre", Group: "look", Needs: lang.Clusters, Summary: "Show the centre of a cluster.",
			Args:     []lang.Arg{{Name: "cluster", Type: lang.Cluster, Summary: "The cluster."}},
			Examples: []lang.Example{{Code: "centre c0"}},
		},
		{
			Name: "explain", Group: "look", Needs: lang.Clusters, Summary: "Explain the tags of a title.",
			Args:     []lang.Arg{{Name: "title", Type: lang.String, Variadic: true, Summary: "The title."}},
			Examples: []lang.Example{{Code: `explain "Buffalo Chicken Sandwich"`}},
		},
		{
			Name: "plot", Group: "look", Needs: lang.Table, Summary: "Draw a chart of a result.",
			Args:     []lang.Arg{result},
			Flags:    []lang.Flag{{Name: "as", Type: lang.Choice, Choices: []string{"bar", "line"}, Summary: "Kind of chart."}},
			Examples: []lang.Example{{Code: "plot --as bar"}},
		},
		{
			Name: "sql", Aliases: []string{"%%sql"}, Group: "look", Gives: lang.Table, Verbatim: true, Summary: "Query results by SQL.",
			Args:     []lang.Arg{{Name: "engine", Type: lang.Choice, Choices: []string{"duckdb"}, Optional: true, Summary: "What answers."}},
			Flags:    []lang.Flag{output, {Name: "strict", Type: lang.Bool, Summary: "Refuse implicit casts."}},
			Examples: []lang.Example{{Code: "sql SELECT count(*) FROM titles"}},
		},
		{
			Name: "model save", Group: "lake", Needs: lang.Vectors, Summary: "Save the model.",
			Args:     []lang.Arg{{Name: "path", Type: lang.Path, Summary: "Folder to write."}},
			Examples: []lang.Example{{Code: "model save m"}},
		},
		{
			Name: "model load", Group: "lake", Gives: lang.Vectors, Summary: "Load a model.",
			Args:     []lang.Arg{{Name: "path", Type: lang.Path, Summary: "Folder to read."}},
			Examples: []lang.Example{{Code: "model load m"}},
		},
		{Name: "param", Group: "runs", Summary: "Declare a parameter, or list them.", Examples: []lang.Example{{Code: "param k = 100 in 50,100"}}},
		{
			Name: "set", Group: "runs", Summary: "Change a setting.",
			Args: []lang.Arg{
				{Name: "name", Type: lang.Choice, Choices: []string{"charts", "quiet"}, Summary: "The setting."},
				{Name: "value", Type: lang.Bool, Summary: "Its value."},
			},
			Examples: []lang.Example{{Code: "set charts off"}},
		},
		{
			Name: "run", Group: "runs", Opaque: true, Summary: "Run a script.",
			Args: []lang.Arg{{Name: "file", Type: lang.Path, Summary: "The script.", Check: func(s string) error {
				if !strings.HasSuffix(s, ".gnd") {
					return errors.New("a script ends in .gnd")
				}
				return nil
			}}},
			Examples: []lang.Example{{Code: "run job.gnd"}},
		},
		{
			Name: "compute launch", Group: "machines", Summary: "Launch machines.",
			Args:     []lang.Arg{{Name: "profile", Type: lang.String, Summary: "Their profile."}},
			Flags:    []lang.Flag{{Name: "idle", Type: lang.Duration, Default: "30m", Min: "1m", Summary: "Stop them when idle for so long."}},
			Examples: []lang.Example{{Code: "compute launch adhoc"}},
		},
		{Name: "compute ls", Group: "machines", Summary: "List machines.", Examples: []lang.Example{{Code: "compute ls"}}},
		{
			Name: "help", Group: "shell", Summary: "Show help.",
			Args:     []lang.Arg{{Name: "command", Type: lang.Topic, Variadic: true, Optional: true, Summary: "A command or a group."}},
			Examples: []lang.Example{{Code: "help train"}},
		},
		{Name: "%%bash", Group: "shell", Verbatim: true, Literal: true, Summary: "Run a shell script.", Examples: []lang.Example{{Code: "%%bash\necho hi"}}},
		{Name: "quit", Aliases: []string{"exit"}, Group: "shell", Summary: "End the session.", Examples: []lang.Example{{Code: "quit"}}},
	}
}

// testGrammar is the grammar of testCommands.
func testGrammar(t testing.TB) *lang.Grammar {
	t.Helper()
	g, err := lang.NewGrammar(testCommands())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// testScope is a session that has titles loaded and a model trained.
func testScope() *lang.Scope {
	words := []string{"pizza", "pepperoni", "pasta", "burrito", "hot dog"}
	return &lang.Scope{
		Results: []lang.Named{{Name: "old", Kind: lang.Table, Detail: "12 rows"}, {Name: "w2v", Kind: lang.Vectors}, {Name: "groups", Kind: lang.Clusters}},
		Last:    lang.Clusters,
		Params:  []lang.Param{{Name: "k", Value: "50", Choices: []string{"50", "100"}}, {Name: "path", Value: "s3://lake/x y"}},
		Columns: func(result string) []string { return []string{"title", "item_id", "dt", "unit price"} },
		Words: func(prefix string, limit int) []string {
			var out []string
			for _, w := range words {
				if strings.HasPrefix(w, prefix) && len(out) < limit {
					out = append(out, w)
				}
			}
			return out
		},
		Clusters: func(string) int { return 20 },
		Files: func(prefix string) []string {
			var out []string
			for _, f := range []string{"data/", "job.gnd", "my titles.csv"} {
				if strings.HasPrefix(f, prefix) {
					out = append(out, f)
				}
			}
			return out
		},
	}
}
