package session

import "gondola/session/lang"

// sqlCommands ask in SQL.
func sqlCommands() []command {
	return []command{
		{lang.Command{
			Name: "sql", Aliases: []string{"%%sql"}, Group: groupLook, Gives: lang.Table, Verbatim: true,
			Summary: "Ask in SQL over results and files.",
			Details: `All that follows is SQL as DuckDB knows it, to the end of the line: joins, windows, PIVOT, lists and JSON. A
backslash at the end of a line goes on with the next. Flags and as NAME stand before the SQL. A line %%sql as NAME begins a
cell of SQL: the lines below, to a line that begins with %% or # %%, or to the end.

Results are tables by their names, whatever their kind: FROM tags. Files are tables by their names in quotes:
FROM 'more/*.parquet', also .csv and .json, with .gz and .zst. The rows become the last result and stay in a file, so that
there may be more than memory holds; a column called like the titles of the input, or that looks like titles, is the
title of the result, and what name to give is SELECT product AS title.

Several statements are parted by ; and count all or not at all. What CREATE makes lasts as long as the session. A table
made so wins over a result of its name, which is then results.NAME. Nested values are shown as JSON.

Parameters are inserted as they are: LIMIT {k}. Between quotes a value is escaped, so that '{name}' is one text whatever
it holds. Braces of SQL need no care unless they enclose a single name: write {{name}} then.`,
			Args: []lang.Arg{{Name: "engine", Type: lang.Choice, Choices: []string{"duckdb"}, Optional: true, Summary: "What answers; in a cell only."}},
			Flags: []lang.Flag{
				countFlag("1000", "Most rows that are shown or handed to a program; the result has all."),
				outputFlag(),
			},
			Examples: []lang.Example{
				{Code: "load receipts/ as raw\nsql SELECT vendor, count(*) AS lines FROM raw GROUP BY vendor ORDER BY lines DESC LIMIT 5"},
				{Code: "load receipts/ | preprocess | train | cluster -k 20 | tag\nsql as top SELECT tag, count(*) AS n FROM (SELECT unnest(tags) AS tag FROM tags) GROUP BY tag ORDER BY n DESC", Note: "The tags and how many titles have each."},
				{Code: "sql -o csv SELECT product_title, length(product_title) AS letters FROM 'titles.csv.gz' LIMIT 3"},
				{Code: "param least = 2\nsql SELECT * FROM 'titles.csv.gz' \\\n  WHERE length(product_title) > {least} LIMIT 3", Note: "A backslash joins lines; {least} is a parameter."},
				{Code: "%%sql as lengths\nSELECT length(product_title) AS letters, count(*) AS n\nFROM 'titles.csv.gz'\nGROUP BY letters\nORDER BY n DESC", Note: "A cell."},
				{Code: "sql as teas SELECT * FROM 'titles.csv.gz' WHERE product_title ILIKE '%tea%'\npreprocess", Note: "A result of SQL goes on like any other."},
			},
		}, runSQL},
	}
}
