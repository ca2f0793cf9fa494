package session

import "gondola/session/lang"

// modelCommands keep models between sessions.
func modelCommands() []command {
	name := lang.Arg{Name: "name", Type: lang.String, Summary: "Its name: letters, digits, - _ and ."}
	return []command{
		{lang.Command{
			Name: "model save", Group: groupModel, Needs: lang.Vectors,
			Summary: "Keep vectors or clusters under a name, for later sessions.",
			Details: `A model is kept whole, with the words and the way titles are read, below gondola's folder in the user's data folder
($XDG_DATA_HOME). It knows its origin: from which files, by which steps with which parameters, seeds and version. model load
brings it back, tag --model tags new titles by it. Files for other programs are written by export.`,
			Args: []lang.Arg{name},
			Flags: []lang.Flag{
				{Name: "from", Type: lang.Result, Summary: "The vectors or clusters to keep; the last result when not given."},
				{Name: "mode", Type: lang.Choice, Choices: []string{"error", "overwrite"}, Default: "error", Summary: "What to do when there is a model of that name."},
			},
			Examples: []lang.Example{{Code: "load receipts/ | preprocess | train | cluster -k 20\nmodel save groceries"}},
		}, runModelSave},
		{lang.Command{
			Name: "model load", Group: groupModel, Gives: lang.Clusters, Known: "loaded",
			Summary: "Bring back a model that was kept, or load one from a file or folder.",
			Details: `The result is vectors or clusters without rows: near, inspect and explain ask it, tag --model uses it. A path is a
model folder of gondola, a Word2VecModel of Spark ML, or a file: .bin (word2vec), .txt or .vec (word2vec as text), .kv or
.model (gensim 4). Models of others are vectors.`,
			Args:     []lang.Arg{{Name: "name", Type: lang.Path, Summary: "The name of a model, or a path."}},
			Examples: []lang.Example{{Code: "load receipts/ | preprocess | train | cluster -k 20\nmodel save groceries\nmodel load groceries as g\ninspect c7 --from g"}},
		}, runModelLoad},
		{lang.Command{
			Name: "model ls", Group: groupModel,
			Summary:  "List the models that are kept.",
			Flags:    []lang.Flag{outputFlag()},
			Examples: []lang.Example{{Code: "model ls"}},
		}, runModelList},
		{lang.Command{
			Name: "model rm", Group: groupModel,
			Summary:  "Remove a model that is kept.",
			Args:     []lang.Arg{name},
			Examples: []lang.Example{{Code: "load receipts/ | preprocess | train\nmodel save old\nmodel rm old"}},
		}, runModelRemove},
	}
}
