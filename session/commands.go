package session

import (
	"gondola/pipeline"
	"gondola/session/lang"
)

//go:generate sh -c "go run ../cmd/gondola --no-history -c 'help -o md' > ../docs/commands.md"

// command is an entry of the one list that describes the language: its shape,
// from which arguments, help, completion, checks and docs/commands.md come,
// and the function that runs it.
type command struct {
	lang.Command
	run runFunc
}

// The groups of commands, as help and docs head them.
const (
	groupSteps = "steps"
	groupModel = "models"
	groupLook  = "look"
	groupLake  = "lake"
	groupRuns  = "runs"
	groupShell = "shell"
)

// commands is the one list, in the order of help and docs. It is a function
// and no variable: a variable that holds functions which look into it would be
// an initialisation cycle.
func commands() []command {
	var list []command
	list = append(list, stepCommands()...)
	list = append(list, modelCommands()...)
	list = append(list, lookCommands()...)
	list = append(list, plotCommand())
	list = append(list, sqlCommands()...)
	list = append(list, diffCommands()...)
	list = append(list, keepCommands()...)
	list = append(list, runCommands()...)
	list = append(list, historyCommands()...)
	list = append(list, shareCommands()...)
	return append(list, shellCommands()...)
}

// outputFlag is -o of a statement.
func outputFlag() lang.Flag {
	return lang.Flag{
		Name: "output", Short: "o", Aliases: []string{"format"}, Type: lang.Choice, Choices: Formats(),
		Summary: "Format of the result; parquet only into a pipe or file.",
	}
}

// Formats are the choices of -o.
func Formats() []string { return []string{"table", "json", "jsonl", "csv", "tsv", "md", "parquet"} }

func countFlag(def, summary string) lang.Flag {
	return lang.Flag{Name: "n", Short: "n", Type: lang.Count, Default: def, Min: "1", Max: "100000", Summary: summary}
}

func seedFlag(def, summary string) lang.Flag {
	return lang.Flag{Name: "seed", Type: lang.Int, Default: def, Min: "0", Summary: summary}
}

func workersFlag(summary string) lang.Flag {
	return lang.Flag{Name: "workers", Aliases: []string{"num-partitions"}, Type: lang.Int, Default: "0", Min: "0", Max: "1024", Summary: summary}
}

// stepFlags are those of every step.
func stepFlags(own ...lang.Flag) []lang.Flag {
	return append(own,
		lang.Flag{Name: "force", Type: lang.Bool, Default: "off", Summary: "Compute anew although the result of an earlier run would serve."},
		lang.Flag{Name: dryRunFlag, Type: lang.Bool, Default: "off", Summary: "Show what the whole statement would do, and do nothing."},
	)
}

// taggers are the choices of --method.
func taggers() []string {
	return []string{pipeline.MethodRanked, pipeline.MethodNear, pipeline.MethodTitle}
}

func resultArg(summary string) lang.Arg {
	return lang.Arg{Name: "result", Type: lang.Result, Optional: true, Summary: summary}
}
