package session

import (
	"fmt"
	"strconv"

	"gondola/pipeline"
	"gondola/session/lang"
)

// stepCommands are the steps of the pipeline, in their order.
func stepCommands() []command {
	return []command{
		{lang.Command{
			Name: "load", Group: groupSteps, Gives: lang.Table, Known: "titles",
			Summary: "Open a table of product titles.",
			Details: `Reads Parquet, CSV, TSV, JSON and JSON lines, the text formats also as .gz and .zst. PATH is a file, a folder
(all data files below it), a pattern with * ? [abc] {a,b} and ** for folders, or a generated sample:
"sample:receipts?n=200000&seed=1" makes receipt lines. Names of folders such as dt=2017-01-31 become columns.

Which column is the title and which the key is guessed from names and content when it is not given, and said. Key and
title of CSV and JSON are read as text, so that leading zeros stay. In TSV a quotation mark is an ordinary character,
unless --quote names one. Text is UTF-8; for other bytes U+FFFD stands, and the lines that held them are counted.

Nested values are columns named by their path: item.title is the member title of the struct item, items.title the list of
the titles of a list of structs, attrs.key the keys of a map. Rows of JSON need not have the same keys: all keys of all
rows become columns, values of several types become text, and what is too irregular stays JSON text. --explode items makes a
row of each item of a list: items.title is then a title, and the other columns repeat. Rows without items are left out, unless
--explode-outer keeps them. A sample is taken after that.

The columns of several files are all columns of all files. A column that a file lacks is null there; numbers and times of
different width are read as the wider type, where that is exact. Title and key must be in every file. What cannot be read
together is refused by an error that names both files and the column; what was done about columns that differ is shown as
schema drift. docs/adr/0011-schema-drift.md has the whole rule.`,
			Args: []lang.Arg{{Name: "path", Type: lang.Path, Summary: "A file, a folder, a pattern, or sample:receipts."}},
			Flags: stepFlags(
				lang.Flag{Name: "title", Type: lang.Column, Summary: "The column of titles; guessed when not given."},
				lang.Flag{Name: "id", Type: lang.Column, Summary: "The key column; guessed when not given."},
				lang.Flag{Name: "format", Type: lang.Choice, Choices: []string{"parquet", "csv", "tsv", "json", "jsonl"}, Summary: "Format of the files; told by their names when not given."},
				lang.Flag{Name: "quote", Type: lang.String, Summary: "The quotation mark of CSV and TSV, or none."},
				lang.Flag{Name: "explode", Type: lang.Column, Summary: "A list, or a list of structs: one row for each of its items."},
				lang.Flag{Name: "explode-outer", Type: lang.Bool, Default: "off", Summary: "Keep rows whose list has no items, as one row of nulls."},
				lang.Flag{Name: "sample", Type: lang.Sample, Summary: "Load only a random part of the rows."},
				seedFlag("42", "Seed of the sample."),
			),
			Examples: []lang.Example{
				{Code: `load receipts/ --title product_title --id item_id as receipts`, Note: "All data files of a folder."},
				{Code: `load titles.csv.gz`, Note: "Title and key are guessed, and said."},
				{Code: `load orders.jsonl --explode items --title items.title`, Note: "A row of each item of an order."},
				{Code: `load "sample:receipts?n=1000&seed=7"`, Note: "A thousand receipt lines from the generator."},
			},
		}, runLoad},
		{lang.Command{
			Name: "preprocess", Group: groupSteps, Needs: lang.Table, Gives: lang.Tokens, Known: "tokens",
			Summary: "Turn titles into words, and show what was dropped.",
			Details: `Words are put into lower case and NFC, possessives are cut, hyphenated words stay whole (t-shirt). Stop words,
numbers, quantities and units (12 oz, 3 ct, 64gb, 2x500ml) are dropped. Singular and plural are counted as one word where the
titles hold both, accents do not count, but words are shown as titles write them. The result has a column tokens.

--stopwords takes one language or several, en,fr: de, en, es, fr, it, nl, pt, ru. Those of fr and it also cut the
article off l'huile and dell'olio.

--keep and --drop name files with a word a line, as titles write it; # starts a comment. --synonyms names a file with lines
such as "tee, tshirt => t-shirt": the variants count as the word behind =>. Every entry is one word.

--phrases joins two words that stand side by side, with nothing but blanks between them, at least --phrase-min-count times and
whose normalised pointwise mutual information is above --phrase-threshold. They then are one word to all that follows.

Chinese titles are cut into overlapping pairs of characters, Japanese ones where the script changes, and a single kana is
dropped; Thai, Lao, Khmer and Burmese ones stay whole from blank to blank. Emoji, control characters and those that turn the
direction of text are never part of a word. HTML entities are dropped, not decoded.`,
			Args: []lang.Arg{resultArg("The table to work on; the last result when not given.")},
			Flags: stepFlags(
				lang.Flag{Name: "stopwords", Type: lang.Path, Default: "en", Summary: "Languages, such as en,fr; off; or a file of words."},
				lang.Flag{Name: "units", Type: lang.Bool, Default: "on", Summary: "Drop quantities and units: 12 oz, 3 ct, 64gb, 2x500ml."},
				lang.Flag{Name: "numbers", Type: lang.Choice, Choices: []string{"drop", "keep"}, Default: "drop", Summary: "What becomes of bare numbers."},
				lang.Flag{Name: "keep", Type: lang.Path, Summary: "A file of words that are never dropped, one a line."},
				lang.Flag{Name: "drop", Type: lang.Path, Summary: "A file of words that are always dropped, one a line."},
				lang.Flag{Name: "synonyms", Type: lang.Path, Summary: "A file of lines such as: tee, tshirt => t-shirt."},
				lang.Flag{Name: "phrases", Type: lang.Bool, Default: "off", Summary: "Join words that belong together to one: ice cream."},
				lang.Flag{Name: "phrase-min-count", Type: lang.Int, Default: strconv.Itoa(pipeline.DefaultPhraseMinCount), Min: "1", Summary: "Two words that stand side by side less often are no phrase."},
				lang.Flag{Name: "phrase-threshold", Type: lang.Float, Default: fmt.Sprint(pipeline.DefaultPhraseThreshold), Min: "-1", Max: "1", Summary: "Normalised pointwise mutual information that a phrase exceeds."},
			),
			Examples: []lang.Example{
				{Code: "load receipts/\npreprocess --stopwords en --units as clean"},
				{Code: "load receipts/\npreprocess --phrases as clean", Note: "ice cream and olive oil count as one word each."},
			},
		}, runPreprocess},
		{lang.Command{
			Name: "train", Group: groupSteps, Needs: lang.Tokens, Gives: lang.Vectors, Known: "vectors",
			Summary: "Train word2vec on the words of the titles.",
			Details: `Skip-gram with negative sampling, or CBOW (--cbow), or hierarchical softmax (--hs). Parameters are named as in
gensim 4 (--subsample is its sample); Spark ML's names are aliases. alpha is 0.05 by default, twice gensim's: titles are
short, and at 0.025 a hundred thousand of them are badly undertrained.

The pairs of a title are trained together, against noise words that they share, in registers of the processor (AVX-512,
AVX2; GONDOLA_CPU=go turns that off). --shared 0 trains one pair after the other, as gensim does, many times slower and no
better (docs/quality.md).

With --workers 1 the same seed gives the same vectors, bit for bit. With more, training is faster and not repeatable.

A long training saves its state every 30 seconds or so. The same statement on the same titles goes on from there after
the training was cancelled or killed.`,
			Args: []lang.Arg{resultArg("The preprocessed table; the last result when not given.")},
			Flags: stepFlags(
				lang.Flag{Name: "vector-size", Aliases: []string{"dim"}, Type: lang.Int, Default: "100", Min: "1", Max: "2000", Summary: "Numbers of a word vector."},
				lang.Flag{Name: "window", Aliases: []string{"window-size"}, Type: lang.Int, Default: "5", Min: "1", Max: "1000", Summary: "Words to either side that count as context."},
				lang.Flag{Name: "min-count", Type: lang.Int, Default: "5", Min: "1", Summary: "Words that occur less often get no vector."},
				lang.Flag{Name: "negative", Type: lang.Int, Default: "5", Min: "0", Max: "1000", Summary: "Noise words for each pair; without meaning with --hs."},
				lang.Flag{Name: "hs", Type: lang.Bool, Default: "off", Summary: "Hierarchical softmax instead of negative sampling."},
				lang.Flag{Name: "cbow", Type: lang.Bool, Default: "off", Summary: "Continuous bag of words instead of skip-gram."},
				lang.Flag{Name: "subsample", Type: lang.Float, Default: "1e-3", Min: "0", Max: "1", Summary: "Share above which frequent words are thinned out; 0 for none."},
				lang.Flag{Name: "epochs", Aliases: []string{"max-iter"}, Type: lang.Int, Default: "5", Min: "1", Max: "10000", Summary: "Passes over the titles."},
				lang.Flag{Name: "alpha", Aliases: []string{"step-size"}, Type: lang.Float, Default: "0.05", Min: ">0", Summary: "Learning rate at the start."},
				lang.Flag{Name: "min-alpha", Type: lang.Float, Default: "0.0001", Min: "0", Summary: "Learning rate at the end."},
				lang.Flag{Name: "shared", Type: lang.Int, Default: "4", Min: "0", Max: "1000", Summary: "Noise words that all pairs of a title share, at least; 0 draws new ones for every pair."},
				lang.Flag{Name: "fold", Type: lang.Int, Default: "4", Min: "0", Max: "1000000", Summary: "A title that stands there several times is trained once an epoch and counts this often at most; 0 trains it every time."},
				seedFlag("1", "Seed of the random numbers."),
				workersFlag("Goroutines; 0 for one a processor, 1 for a repeatable run."),
			),
			Examples: []lang.Example{{Code: "load receipts/ | preprocess\ntrain --vector-size 50 --epochs 2 --seed 1 --workers 1"}},
		}, runTrain},
		{lang.Command{
			Name: "cluster", Group: groupSteps, Needs: lang.Vectors, Gives: lang.Clusters, Known: "clusters",
			Summary: "Cluster the title vectors by k-means.",
			Details: `A title's vector is the mean of its words' vectors. Parameters are named as in scikit-learn. The result has the
columns cluster and distance; titles of which no word has a vector are in no cluster. Clusters are called c0, c1, ...`,
			Args: []lang.Arg{resultArg("The trained vectors; the last result when not given.")},
			Flags: stepFlags(
				lang.Flag{Name: "k", Short: "k", Aliases: []string{"n-clusters"}, Type: lang.Int, Default: "100", Min: "1", Max: "10000", Summary: "Number of clusters."},
				lang.Flag{Name: "max-iter", Type: lang.Int, Default: "100", Min: "1", Max: "100000", Summary: "Most passes over all titles."},
				lang.Flag{Name: "tol", Type: lang.Float, Default: "1e-4", Min: "0", Summary: "Stop when the centres move less, relative to the variance."},
				lang.Flag{Name: "init", Type: lang.Choice, Choices: []string{"k-means++", "random"}, Default: "k-means++", Summary: "How the first centres are chosen."},
				lang.Flag{Name: "metric", Type: lang.Choice, Choices: []string{"euclidean", "cosine"}, Default: "euclidean", Summary: "Distance of a title to a centre."},
				seedFlag("1", "Seed of the random numbers."),
				workersFlag("Goroutines; 0 for one a processor. The result does not depend on it."),
			),
			Examples: []lang.Example{{Code: "load receipts/ | preprocess | train\ncluster -k 20 --seed 42 as groups"}},
			Mistaken: map[string]string{
				"up": "compute launch", "launch": "compute launch", "start": "compute launch", "create": "compute launch",
				"down": "compute terminate", "terminate": "compute terminate", "stop": "compute terminate",
				"ls": "compute ls", "list": "compute ls", "attach": "compute attach", "detach": "compute detach",
				"status": "compute status", "resize": "compute resize", "logs": "compute logs", "ssh": "compute ssh",
			},
		}, runCluster},
		{lang.Command{
			Name: "tag", Group: groupSteps, Needs: lang.Clusters, Gives: lang.Tags, Known: "tags",
			Summary: "Tag every title with words of its own that say what it names.",
			Details: `ranked orders a title's words by how much each looks like the kind of thing the title names: frequent, often at
the end of a product name, fitting the rest of the title, at home in few clusters. near takes the near words of the title's
cluster that occur in it. title takes the near words of the title itself: slow, for comparison.

Tags are shown as the title writes them, in lower case, the best first. With --form base they are shown as words are
counted, so that pizza and pizzas, café and cafe are one tag.`,
			Args: []lang.Arg{resultArg("The clusters, or with --model any table; the last result when not given.")},
			Flags: stepFlags(
				lang.Flag{Name: "model", Type: lang.String, Needs: lang.Table, Summary: "Tag by this model: its name, a path, or a result. The titles are read with the model's words."},
				lang.Flag{Name: "method", Type: lang.Choice, Choices: taggers(), Default: "ranked", Summary: "How tags are chosen."},
				lang.Flag{Name: "max", Type: lang.Int, Default: "2", Min: "1", Max: "100", Summary: "Most tags of a title."},
				lang.Flag{Name: "min-score", Type: lang.Float, Summary: "Leave out tags that score less."},
				lang.Flag{Name: "near", Type: lang.Int, Min: "1", Max: "100000", Summary: "Near words of each centre (200), or of each title (300)."},
				lang.Flag{Name: "form", Type: lang.Choice, Choices: []string{pipeline.FormTitle, pipeline.FormBase}, Default: pipeline.FormTitle, Summary: "Tags as the title writes them, or as words are counted."},
				lang.Flag{Name: "metric", Type: lang.Choice, Choices: []string{"auto", "dot", "cosine"}, Default: "auto", Summary: "Nearness for near and title; auto is dot after negative sampling, cosine after --hs."},
				workersFlag("Goroutines; 0 for one a processor."),
			),
			Examples: []lang.Example{
				{Code: "load receipts/ | preprocess | train | cluster -k 20\ntag --max 2 as tags"},
				{Code: "load receipts/ | preprocess | train | cluster -k 20 as groups\nload titles.csv.gz\ntag --model groups", Note: "New titles by clusters that were made of others."},
			},
		}, runTag},
		{lang.Command{
			Name: "write", Group: groupSteps, Needs: lang.Table,
			Summary: "Write a table with its tags to a file or folder.",
			Details: `All rows in their order, all columns or those of --columns. The name says what is written: out.parquet, out.csv,
out.tsv, out.jsonl (the text formats also .gz and .zst), or out/ for a folder of Parquet parts with a manifest and
_SUCCESS. Nothing is half written: files appear whole at the end, or not at all.

In CSV, text that a spreadsheet would run as a formula gets a leading apostrophe; --raw switches that off.`,
			Args: []lang.Arg{{Name: "path", Type: lang.Path, Summary: "The file, or the folder with a / at its end."}},
			Flags: stepFlags(
				lang.Flag{Name: "from", Type: lang.Result, Summary: "The result to write; the last one when not given."},
				lang.Flag{Name: "columns", Type: lang.List, Of: lang.Column, Summary: "Columns to write, in this order."},
				lang.Flag{Name: "partition", Type: lang.List, Of: lang.Column, Summary: "Columns that become folders: out/dt=2017-01-31/."},
				lang.Flag{Name: "format", Type: lang.Choice, Choices: []string{"parquet", "csv", "tsv", "jsonl"}, Summary: "Format; told by the name when not given."},
				lang.Flag{Name: "mode", Type: lang.Choice, Choices: []string{"error", "overwrite"}, Default: "error", Summary: "What to do when the output exists."},
				lang.Flag{Name: "compression", Type: lang.Choice, Choices: []string{"zstd", "snappy", "gzip", "none"}, Default: "zstd", Summary: "Compression of Parquet."},
				lang.Flag{Name: "raw", Type: lang.Bool, Default: "off", Summary: "CSV and TSV: leave text as it is."},
			),
			Examples: []lang.Example{
				{Code: "load receipts/ | preprocess | train | cluster -k 20 | tag\nwrite tagged/ --partition vendor"},
				{Code: "load receipts/\nwrite names.csv.gz --columns item_id,product_title"},
			},
		}, runWrite},
	}
}
