package local_test

import (
	"testing"

	"gondola/pipeline"
	"gondola/pipeline/enginetest"
	"gondola/pipeline/local"
)

func TestEngine(t *testing.T) {
	enginetest.Run(t, func(t testing.TB) pipeline.Engine {
		engine, err := local.New(local.Options{CacheDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		return engine
	})
}
