package session

import (
	"slices"

	"gondola/session/lang"
)

// historyCommands look back at what was done, and keep it.
func historyCommands() []command {
	return []command{
		{lang.Command{
			Name: "history", Group: groupRuns,
			Summary: "Show the statements that were run, the newest last.",
			Details: `Every statement of every session is recorded in one file, with its time, run, rows, seconds and error:
gondola/history.jsonl below $XDG_STATE_HOME, or ~/.local/state. It is for its owner alone, and at 64 MiB the older half is
dropped. A statement whose line begins with a blank, or that looks like it holds a secret, is not recorded; --no-history
and GONDOLA_HISTORY=off switch the history off.`,
			Flags: []lang.Flag{
				countFlag("20", "Number of statements."),
				{Name: "grep", Type: lang.String, Summary: "Only statements that contain this text, in upper or lower case."},
				{Name: "errors", Type: lang.Bool, Default: "off", Summary: "Only statements that failed."},
				{Name: "run", Type: lang.String, Summary: "Only those of one session: its run, or how that begins."},
				{Name: "clear", Type: lang.Bool, Default: "off", Summary: "Remove all of the history, of other sessions too."},
				{Name: "yes", Short: "y", Type: lang.Bool, Default: "off", Summary: "Clear without being asked."},
				outputFlag(),
			},
			Examples: []lang.Example{{Code: "history -n 5"}, {Code: "history --grep cluster --errors"}},
		}, runHistory},
		{lang.Command{
			Name: "save", Group: groupRuns,
			Summary: "Save the statements of this session as a script or a notebook that gives the same results.",
			Details: `Statements that succeeded stand in the script as they were typed, those of sourced files in place of source.
Statements that only looked, such as show, are left out without --all. A parameter that was set from outside, by --set,
is declared with that value.

A notebook (.ipynb) has a cell for each statement, with its summary line. Tables and charts are not in it, as they may show
titles: run the notebook to see them.`,
			Args: []lang.Arg{{Name: "file", Type: lang.Path, Summary: "The script (.gnd) or the notebook (.ipynb)."}},
			Flags: []lang.Flag{
				{Name: "all", Type: lang.Bool, Default: "off", Summary: "With the statements that only looked."},
				writeFlag("mode"),
			},
			Examples: []lang.Example{{Code: "load receipts/ | preprocess as clean\nshow clean -n 3\nsave clean.gnd\nsave clean.ipynb"}},
		}, runSave},
		{lang.Command{
			Name: "export", Group: groupRuns, Needs: lang.Table,
			Summary: "Write a chart or a named result to a file.",
			Details: `With a file alone it is the chart that was shown last: as a page that works without a network (.html), as a picture
(.svg, .png), or its data (.csv, .json). --chart 2 is the one before it. Titles are left out unless --with-titles.

Of a result the ending says what is written: .parquet, .csv, .tsv or .jsonl (the text formats also .gz and .zst) by the engine,
all rows in their order; .json and .md as one small document, up to 100,000 rows. write does the same with the last result
and writes folders.

Vectors and clusters are also written as models: .bin (word2vec), .txt or .vec (word2vec as text), .kv (gensim 4), .spark/
(Spark ML: Word2VecModel, of clusters also KMeansModel), or a folder for gondola's own, which model load reads.`,
			Args: []lang.Arg{
				{Name: "result", Type: lang.Result, Optional: true, Summary: "The result, by its name; without it, a chart is written."},
				{Name: "file", Type: lang.Path, Summary: "The file."},
			},
			Flags: []lang.Flag{
				{Name: "chart", Type: lang.Int, Default: "1", Min: "1", Max: "500", Summary: "Which chart, counted back from the last one shown."},
				withTitlesFlag(), writeFlag("columns"), writeFlag("mode"), writeFlag("compression"), writeFlag("raw"),
			},
			Examples: []lang.Example{{Code: "load receipts/ --sample 100 as some\nexport some some.csv.gz --columns item_id,product_title\nexport some some.md"}, {Code: "load receipts/ | preprocess | train as words\nexport words words.kv", Note: "For gensim's KeyedVectors.load."}, {Code: "load receipts/ as raw\nplot raw --as pie --x vendor\nexport vendors.html"}},
		}, runExport},
	}
}

// withTitlesFlag is that of what is given away.
func withTitlesFlag() lang.Flag {
	return lang.Flag{Name: "with-titles", Type: lang.Bool, Default: "off", Summary: "With the titles of the data, which are left out otherwise: receipts are personal."}
}

// writeFlag is a flag of write, which others have too.
func writeFlag(name string) lang.Flag {
	for _, c := range stepCommands() {
		if i := slices.IndexFunc(c.Flags, func(f lang.Flag) bool { return f.Name == name }); c.Name == "write" && i >= 0 {
			return c.Flags[i]
		}
	}
	return lang.Flag{} // without a name: the grammar refuses it
}
