package local_test

import (
	"flag"
	"path/filepath"
	"testing"

	"gondola/pipeline"
	"gondola/pipeline/artifact"
	"gondola/pipeline/enginetest"
	"gondola/pipeline/local"
)

var slow = flag.Bool("slow", false, "more rounds and tables of a million rows: minutes instead of seconds")

func TestEngine(t *testing.T) {
	cache := "" // of the first engine
	enginetest.Harness{
		New: func(t testing.TB) pipeline.Engine {
			dir := t.TempDir()
			if cache == "" {
				cache = dir
			}
			engine, err := local.New(local.Options{CacheDir: dir})
			if err != nil {
				t.Fatal(err)
			}
			return engine
		},
		Work: func() string {
			found, err := filepath.Glob(filepath.Join(cache, "work-*"))
			if err != nil || len(found) != 1 {
				t.Fatalf("work folders %q, error %v", found, err)
			}
			return found[0]
		},
		Models: func(t testing.TB) pipeline.ModelStore {
			return artifact.Store{Dir: filepath.Join(t.TempDir(), "models")}
		},
		Slow: *slow,
	}.Run(t)
}
