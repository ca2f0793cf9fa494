package session

import "gondola/session/lang"

// runCommands are about scripts, parameters and settings.
func runCommands() []command {
	return []command{
		{lang.Command{
			Name: "run", Group: groupRuns, Opaque: true,
			Summary: "Run a script file in this session.",
			Details: `The script is checked whole before its first statement runs. As one statement it changes the session only when all
of it succeeded.`,
			Args: []lang.Arg{{Name: "file", Type: lang.Path, Summary: "A script (.gnd)."}},
			Flags: []lang.Flag{
				{Name: "set", Type: lang.List, Of: lang.String, Summary: "Values of the script's parameters: --set k=50,max=3."},
				{Name: dryRunFlag, Type: lang.Bool, Default: "off", Summary: "Show what the script would do, and do nothing."},
			},
			Examples: []lang.Example{{Code: "run hello.gnd --set who=you"}},
		}, runRun},
		{lang.Command{
			Name: "param", Group: groupRuns,
			Summary: "Declare a parameter with a default, or list all parameters.",
			Details: `param k = 100 in 50,100,200 declares k and its choices; {k} inserts its value. --set k=50 on the command line wins
over the default.`,
			Flags:    []lang.Flag{outputFlag()},
			Examples: []lang.Example{{Code: "param k = 20 in 10,20,50\nload receipts/ | preprocess | train\ncluster -k {k}"}, {Code: "param"}},
		}, runParam},
		{lang.Command{
			Name: "set", Group: groupRuns,
			Summary: "Change a setting of the session, or list all settings.",
			Args: []lang.Arg{
				{Name: "setting", Type: lang.Choice, Choices: settingNames(), Optional: true, Summary: "The setting."},
				{Name: "value", Type: lang.String, Optional: true, Summary: "Its new value."},
			},
			Flags:    []lang.Flag{outputFlag()},
			Examples: []lang.Example{{Code: "set charts off"}, {Code: "set"}},
		}, runSet},
	}
}

// shellCommands are about the program.
func shellCommands() []command {
	return []command{
		{lang.Command{
			Name: "source", Group: groupShell, Opaque: true,
			Summary: "Run the statements of a file as if they were typed here.",
			Details: `Each statement is committed and recorded by itself, and the first failure ends it: what ran before stays. (run takes
a script as one statement, all of it or nothing; within run, and between the marks | of a statement, source does too.)`,
			Args:     []lang.Arg{{Name: "file", Type: lang.Path, Summary: "A script (.gnd)."}},
			Examples: []lang.Example{{Code: "source hello.gnd"}},
		}, runSource},
		{lang.Command{
			Name: "help", Group: groupShell,
			Summary:  "Explain a command, or list all commands.",
			Args:     []lang.Arg{{Name: "topic", Type: lang.Topic, Optional: true, Variadic: true, Summary: "A command or a group of commands."}},
			Flags:    []lang.Flag{{Name: "output", Short: "o", Type: lang.Choice, Choices: []string{"text", "md"}, Default: "text", Summary: "Format; md gives the reference of all commands as Markdown."}},
			Examples: []lang.Example{{Code: "help"}, {Code: "help cluster"}},
		}, runHelp},
		{lang.Command{
			Name: "clear", Group: groupShell,
			Summary:  "Clear what is shown: the screen, or the output of the cell.",
			Flags:    []lang.Flag{{Name: "wait", Type: lang.Bool, Default: "off", Summary: "In a notebook, not before there is something new to show."}},
			Examples: []lang.Example{{Code: "clear"}},
		}, runClear},
		{lang.Command{
			Name: "%%bash", Group: groupShell, Verbatim: true, Literal: true,
			Summary: "Run a cell of shell.",
			Details: `The lines below, to a line that begins with %% or # %%, or to the end, are run by bash as a process of its own, in
gondola's folder and with its environment. Nothing is inserted into them: {k} is the shell's. What it prints is shown as it
comes; a code other than 0 fails the statement. Cancelling stops it and all that it has started.`,
			Examples: []lang.Example{{Code: "%%bash\ngzip -dc titles.csv.gz | head -n 3"}},
		}, runBash},
		{lang.Command{
			Name: "%%md", Group: groupShell, Verbatim: true, Literal: true,
			Summary:  "Show a cell of Markdown.",
			Details:  "The lines below, to a line that begins with %% or # %%, or to the end, are shown: as Markdown in a notebook, as they are elsewhere.",
			Examples: []lang.Example{{Code: "%%md\n## Tags\nThe *ranked* method."}},
		}, runMarkdown},
	}
}
