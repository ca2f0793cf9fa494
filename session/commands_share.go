package session

import "gondola/session/lang"

// shareCommands give away what was seen.
func shareCommands() []command {
	return []command{
		{lang.Command{
			Name: "report", Group: groupRuns,
			Summary: "Write the whole run as one page: statements, charts, parameters, lineage, versions.",
			Details: `One HTML file that works without a network, with a part for each statement of this session and the charts of each step.
Titles are left out, and with them tables and charts that show them, unless --with-titles; the page says which. Statements
that look like they hold a secret, or begin with a blank, are left out always.`,
			Args: []lang.Arg{{Name: "file", Type: lang.Path, Summary: "The page (.html)."}},
			Flags: []lang.Flag{
				{Name: "title", Type: lang.String, Default: "gondola", Summary: "Title of the page."},
				withTitlesFlag(), writeFlag("mode"),
			},
			Examples: []lang.Example{{Code: "load receipts/ | preprocess | train | cluster -k 20 | tag\nreport out.html --title Receipts"}},
		}, runReport},
		{lang.Command{
			Name: "share", Group: groupRuns,
			Summary: "Write the run into a folder of static files: the report, and a page and a picture of each chart.",
			Details: `index.html is the report; charts/ holds a page for each chart, which a frame of another page can show, and a picture
(.svg). Any web server serves the folder. Titles are left out unless --with-titles.`,
			Args: []lang.Arg{{Name: "folder", Type: lang.Path, Summary: "The folder; it must not exist, or --mode overwrite replaces its files."}},
			Flags: []lang.Flag{
				{Name: "title", Type: lang.String, Default: "gondola", Summary: "Title of the page."},
				withTitlesFlag(), writeFlag("mode"),
			},
			Examples: []lang.Example{{Code: "load receipts/ as raw\nplot raw --as pie --x vendor\nshare shared/"}},
		}, runShare},
	}
}
