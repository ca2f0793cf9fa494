package main

import (
	"os"
	"path/filepath"

	"gondola/pipeline"
	"gondola/pipeline/artifact"
)

// modelStore keeps models below the folder that the XDG base directory
// specification names for data; nil when the user has no home.
func modelStore() pipeline.ModelStore {
	data := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(data) { // the specification: relative paths are ignored
		home, err := os.UserHomeDir()
		if err != nil || !filepath.IsAbs(home) {
			return nil
		}
		data = filepath.Join(home, ".local", "share")
	}
	return artifact.Store{Dir: filepath.Join(data, "gondola", "models")}
}
