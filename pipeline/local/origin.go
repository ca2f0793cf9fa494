package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/receipts"
)

// codeOf is the version of the code that carries a step out. It is raised by
// whoever changes what the step makes of the same input; TestCodeVersions
// holds a digest of each step's result and fails when it was forgotten.
func codeOf(s pipeline.Step) (string, error) {
	versions := map[string]int{
		"load": 2, "preprocess": 4, "train": 5, "cluster": 3, "assign": 1, "tag": 1, "write": 1, "sql": 2,
	}
	v, ok := versions[s.Verb()]
	if !ok {
		return "", fmt.Errorf("%s: %w", s.Verb(), errors.ErrUnsupported)
	}
	return fmt.Sprintf("local %s %d", s.Verb(), v), nil
}

// originOf says what a step makes of inputs: it adds to their hashes what else
// the step reads, files above all.
func (e *Engine) originOf(ctx context.Context, s pipeline.Step, inputs ...pipeline.Origin) (pipeline.Origin, error) {
	code, err := codeOf(s)
	if err != nil {
		return pipeline.Origin{}, err
	}
	var hashes []string
	for _, in := range inputs {
		hashes = append(hashes, in.Hash)
	}
	reads, err := e.fingerprints(ctx, s)
	if err != nil {
		return pipeline.Origin{}, err
	}
	return pipeline.NewOrigin(s, code, append(hashes, reads...)...)
}

// fingerprints are of the files that a step names.
func (e *Engine) fingerprints(ctx context.Context, s pipeline.Step) ([]string, error) {
	switch s := s.(type) {
	case pipeline.Load:
		if receipts.IsURI(s.URI) {
			return nil, nil
		}
		files, err := lake.Expand(ctx, e.store, s.URI)
		if err != nil {
			return nil, err
		}
		return []string{fingerprint(files)}, nil
	case pipeline.Preprocess:
		return sumsOfLists(s)
	}
	return nil, nil
}

// fingerprint tells one state of a list of files from another, by names,
// sizes and versions, without reading them.
func fingerprint(files []lake.DataFile) string {
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%q %d %q\n", f.Name, f.Size, f.Version)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func sumOfFile(path string) (string, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
