package artifact

import (
	"context"
	"errors"
	"fmt"

	"gondola/pipeline"
)

// The kinds of model folders and the names of their sections. A model is
// whole: its folder needs no other.
const (
	KindWords    = "words"
	KindClusters = "clusters"

	dictionarySection = "dictionary.bin"
	wordsSection      = "words.bin"
	clustersSection   = "clusters.bin"
)

// SaveModel writes a model as an artefact folder at dir, which must not exist
// (fs.ErrExist). lineage is of the steps below the model, see Manifest.
func SaveModel(ctx context.Context, dir string, m pipeline.Model, lineage []pipeline.Origin) error {
	return saveModel(ctx, realDisk{}, dir, m, lineage, (*Builder).Commit)
}

// ReplaceModel is SaveModel, and takes the place of an artefact that is there.
func ReplaceModel(ctx context.Context, dir string, m pipeline.Model, lineage []pipeline.Origin) error {
	return saveModel(ctx, realDisk{}, dir, m, lineage, (*Builder).CommitReplacing)
}

func saveModel(ctx context.Context, d disk, dir string, m pipeline.Model, lineage []pipeline.Origin,
	commit func(*Builder, context.Context, Manifest) error,
) (err error) {
	words, clusters, err := partsOf(m)
	if err != nil {
		return err
	}
	b, err := create(d, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Abort()) }()
	if err := WriteDictionary(ctx, b.Path(dictionarySection), words.Dictionary); err != nil {
		return err
	}
	if err := WriteWords(ctx, b.Path(wordsSection), words); err != nil {
		return err
	}
	kind := KindWords
	if clusters != nil {
		kind = KindClusters
		if err := WriteClusters(ctx, b.Path(clustersSection), clusters); err != nil {
			return err
		}
	}
	extra, err := extraOf(words, clusters)
	if err != nil {
		return err
	}
	return commit(b, ctx, Manifest{Kind: kind, Origin: m.Origin(), Lineage: lineage, Extra: extra})
}

// partsOf takes a model apart; clusters is nil for one of words.
func partsOf(m pipeline.Model) (words *WordModel, clusters *Clusters, err error) {
	switch m := m.(type) {
	case *Clusters:
		return m.WordModel, m, nil
	case *WordModel:
		return m, nil, nil
	}
	return nil, nil, fmt.Errorf("this model was made by an engine that keeps it: it cannot be saved from here: %w", errors.ErrUnsupported)
}

// OpenModel reads a model that SaveModel wrote: a *WordModel or a *Clusters.
// Every checksum is compared. For its errors see OpenFolder.
func OpenModel(ctx context.Context, dir string) (pipeline.Model, *Folder, error) {
	const tries = 3
	for try := 1; ; try++ {
		f, err := OpenFolder(dir)
		if err != nil {
			return nil, nil, err
		}
		m, err := f.model(ctx)
		if err == nil {
			return m, f, nil
		}
		// Somebody may have put another in its place while this one was read.
		now, again := OpenFolder(dir)
		if try == tries || ctx.Err() != nil || again != nil || now.sum == f.sum {
			return nil, nil, err
		}
	}
}

func (f *Folder) model(ctx context.Context) (pipeline.Model, error) {
	kind := f.manifest.Kind
	if kind != KindWords && kind != KindClusters {
		return nil, fmt.Errorf("%s: an artefact of kind %q, not a model", f.dir, kind)
	}
	path, sum, err := f.sectionOf(dictionarySection)
	if err != nil {
		return nil, err
	}
	dict, err := readDictionary(ctx, path, sum)
	if err != nil {
		return nil, err
	}
	if path, sum, err = f.sectionOf(wordsSection); err != nil {
		return nil, err
	}
	words, err := readWords(ctx, path, sum, dict)
	if err != nil || kind == KindWords {
		return words, err
	}
	if path, sum, err = f.sectionOf(clustersSection); err != nil {
		return nil, err
	}
	return readClusters(ctx, path, sum, words)
}

// sectionOf returns the path and the checksum of a section that must be there.
func (f *Folder) sectionOf(name string) (path, sum string, err error) {
	s, ok := f.manifest.section(name)
	if !ok {
		return "", "", corrupt(f.dir, "a model without %s", name)
	}
	return f.Path(name), s.SHA256, nil
}
