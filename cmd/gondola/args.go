package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"

	"gondola/session"
	"gondola/viz"
)

const usage = `gondola tags tables of product titles.

  gondola run FILE [flags]      run a script (.gnd) or a notebook (.ipynb)
  gondola -c STATEMENTS         run statements
  gondola - [flags]             run statements from standard input
  gondola help [COMMAND]        explain the commands of the language
  gondola convert IN OUT        scripts, notebooks and notes of Zeppelin (.zpln) become scripts or notebooks
  gondola doctor                look at what gondola needs here, and tell what is wrong
  gondola kernel install        make gondola known to Jupyter; gondola kernel --help tells more

Flags:
  --set NAME=VALUE              value of a parameter of the script; may be repeated
  --to FILE                     write the notebook that was run, with what its cells show
  --assets inline|cdn|none      where its charts take the chart library from; none are pictures, and small
  --dry-run                     show what each step would do, its rows and time, and do nothing
  -o, --output FORMAT           table, json, jsonl, csv, tsv, md, or parquet (into a pipe or file)
  -q, --quiet                   only what statements ask for; nothing that steps show by themselves
  --no-progress                 no progress
  --no-history                  record nothing; GONDOLA_HISTORY=off does the same
  --color auto|always|never     colours; NO_COLOR and FORCE_COLOR are obeyed
  --version                     print the version
  -h, --help                    print this

Environment:
  GONDOLA_CPU=avx512|avx2|go    compute with these instructions, not the best the machine has

Results go to standard output, everything else to standard error.
Exit codes: 0 ok, 1 a step failed, 2 usage (nothing was run), 4 not reachable, 130 cancelled.

Try: gondola -c 'load "sample:receipts?n=20000" | preprocess | train | cluster -k 20 | tag | show'
`

const usageHint = "Try gondola --help.\n"

// command is what the command line asks for.
type command struct {
	statements string // of -c, or made of `help`
	file       string // of run, or "-"
	to         string // where a notebook that was run is written
	assets     string // setting notebook.assets of a notebook that is run
	set        map[string]string
	dryRun     bool
	output     string
	quiet      bool
	noProgress bool
	noHistory  bool
	color      string
	help       bool
	version    bool
}

// parseArgs reads the command line. Flags may stand anywhere. Without
// arguments statements come from standard input, unless that is a terminal.
func parseArgs(args []string, terminal bool) (*command, error) {
	c := &command{set: map[string]string{}}
	flags := flag.NewFlagSet("gondola", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Usage = func() {}
	flags.StringVar(&c.statements, "c", "", "")
	for _, name := range []string{"o", "output"} {
		flags.StringVar(&c.output, name, "table", "")
	}
	for _, name := range []string{"q", "quiet"} {
		flags.BoolVar(&c.quiet, name, false, "")
	}
	flags.StringVar(&c.to, "to", "", "")
	flags.StringVar(&c.assets, "assets", "", "")
	flags.BoolVar(&c.noProgress, "no-progress", false, "")
	flags.BoolVar(&c.noHistory, "no-history", false, "")
	flags.StringVar(&c.color, "color", "auto", "")
	flags.BoolVar(&c.dryRun, "dry-run", false, "")
	flags.BoolVar(&c.version, "version", false, "")
	flags.Func("set", "", func(pair string) error {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return errors.New("write --set NAME=VALUE")
		}
		c.set[name] = value
		return nil
	})
	var words []string
	for rest := args; len(rest) > 0; {
		if rest[0] == "-" {
			words, rest = append(words, "-"), rest[1:]
			continue
		}
		if err := flags.Parse(rest); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				c.help = true
				return c, nil
			}
			return nil, err
		}
		rest = flags.Args()
		if len(rest) > 0 && rest[0] != "-" {
			words, rest = append(words, rest[0]), rest[1:]
		}
	}
	if c.version {
		return c, nil
	}
	if !slices.Contains(session.Formats(), c.output) {
		return nil, fmt.Errorf("-o %s: there are %s", c.output, strings.Join(session.Formats(), ", "))
	}
	if c.color != "auto" && c.color != "always" && c.color != "never" {
		return nil, fmt.Errorf("--color %s: there are auto, always and never", c.color)
	}
	if err := c.read(words, terminal); err != nil {
		return nil, err
	}
	switch {
	case c.to != "" && !isNotebook(c.file):
		return nil, errors.New("--to is for notebooks: gondola run x.ipynb --to out.ipynb")
	case c.to != "" && !isNotebook(c.to):
		return nil, fmt.Errorf("--to %s: give the notebook a name that ends in .ipynb", c.to)
	case c.assets != "" && c.to == "":
		return nil, errors.New("--assets is for notebooks that are written: gondola run x.ipynb --to out.ipynb --assets none")
	case c.assets != "" && !slices.Contains(libraries(), c.assets):
		return nil, fmt.Errorf("--assets %s: there are %s", c.assets, strings.Join(libraries(), ", "))
	case c.to != "" && c.dryRun:
		return nil, errors.New("--to and --dry-run: give one of them")
	}
	return c, nil
}

// libraries are where the charts of a notebook may take the chart library from.
func libraries() []string {
	return []string{string(viz.Inline), string(viz.CDN), string(viz.None)}
}

// read takes the words that are no flags.
func (c *command) read(words []string, terminal bool) error {
	switch {
	case c.statements != "" && len(words) > 0:
		return fmt.Errorf("-c and %q: give one of them", words[0])
	case c.statements != "":
	case len(words) == 0 && terminal:
		c.help = true
	case len(words) == 0:
		c.file = "-"
	case words[0] == "run" && len(words) == 2:
		c.file = words[1]
	case words[0] == "run":
		return errors.New("run wants one script: gondola run FILE")
	case words[0] == "help":
		c.statements = strings.Join(words, " ")
	case words[0] == "-" && len(words) == 1:
		c.file = "-"
	case strings.HasSuffix(words[0], ".gnd"):
		return fmt.Errorf("%s: to run a script write gondola run %s", words[0], words[0])
	default:
		return fmt.Errorf("unknown command %q: there are run, help and -c", words[0])
	}
	return nil
}

// versionNumber is the version that Go built in.
func versionNumber() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// versionLine names the version that Go built in.
func versionLine() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "gondola (built without module information)"
	}
	line := "gondola " + versionNumber()
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			line += " " + s.Value
		}
	}
	return line + " " + info.GoVersion
}
