package pipeline

import "context"

// ModelStore keeps models under names that outlive a session, and reads and
// writes model files for other programs.
type ModelStore interface {
	// Save keeps a model under a name. lineage is of what it was made from, its
	// inputs, theirs and so on. A name that is taken wraps fs.ErrExist, unless
	// replace is set.
	Save(ctx context.Context, name string, m Model, lineage []Origin, replace bool) (SavedModel, error)
	// Load reads a model by its name, or else by the path of a model folder or
	// file. What is found under neither wraps fs.ErrNotExist.
	Load(ctx context.Context, nameOrPath string) (Model, SavedModel, error)
	// List returns the models that are kept, by name. It reads what they say of
	// themselves and not their content.
	List(ctx context.Context) ([]SavedModel, error)
	// Remove removes a model that is kept.
	Remove(ctx context.Context, name string) error
	// Export writes a model to a file or folder in the format that the ending
	// of its path says. A path that exists wraps fs.ErrExist, unless replace is
	// set.
	Export(ctx context.Context, path string, m Model, lineage []Origin, replace bool) (SavedModel, error)
}

// SavedModel describes a model on disk.
type SavedModel struct {
	Name    string // empty for one that was loaded from a path
	Path    string
	Format  string // "gondola", "word2vec", "word2vec text", "gensim", "spark"
	Kind    string // "words" or "clusters"
	Words   int64  // of the vocabulary
	Dim     int64  // of a vector
	K       int64  // clusters; 0 for words
	Bytes   int64  // on disk
	Gondola string // the version that wrote it
	Origin  Origin
	Lineage []Origin // of what the model was made from
	Problem string   // why it cannot be loaded; empty when it can
}

// From is the URI of the table that a model was learned from; empty when that
// is not known.
func (m SavedModel) From() string {
	for _, o := range m.Lineage {
		if uri := o.uri(); uri != "" {
			return uri
		}
	}
	return ""
}
