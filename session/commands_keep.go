package session

import "gondola/session/lang"

// keepCommands are about what steps leave: in this session and between runs.
func keepCommands() []command {
	return []command{
		{lang.Command{
			Name: "status", Group: groupRuns,
			Summary: "Show the results of this session, what each was made from, and what is stale.",
			Details: `A tree: each result stands below the one that it was made from, with its rows, the time that it took, its size on
disk and its state. A result is stale when what it was made from has been made anew under the same name, or when the
files behind it have changed. cached means that an earlier run left the result.`,
			Flags:    []lang.Flag{outputFlag()},
			Examples: []lang.Example{{Code: "load receipts/ as raw\npreprocess raw as clean\nstatus"}},
		}, runStatus},
		{lang.Command{
			Name: "gc", Group: groupLake,
			Summary: "Remove results of steps that earlier runs left, the least recently used first.",
			Details: `The results of steps are kept in gondola's folder below the user's cache folder ($XDG_CACHE_HOME), so that an
unchanged step is served from there. They are removed by themselves when they take more than set cache allows. Results
that a process is using stay.`,
			Flags: []lang.Flag{
				{Name: "max-size", Type: lang.Size, Summary: "Keep at most so much; by default what set cache allows."},
				{Name: "all", Type: lang.Bool, Default: "off", Summary: "Keep nothing that is not in use."},
				{Name: dryRunFlag, Type: lang.Bool, Default: "off", Summary: "Only say what would be removed."},
				outputFlag(),
			},
			Examples: []lang.Example{{Code: "gc --max-size 10GiB"}, {Code: "gc --all --dry-run", Note: "What is kept, and by how much the cache could shrink."}},
		}, runGC},
	}
}
