package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/simd"
)

// Options configure an engine. The zero value is usable.
type Options struct {
	// CacheDir is where results are kept between runs, and where work folders
	// are made: by default gondola's folder under the user's cache folder
	// (XDG_CACHE_HOME), or the system's folder for temporary files when there
	// is none.
	CacheDir string
	// Workers is the number of goroutines of a step that does not name its
	// own; by default the number of processors.
	Workers int
	// Store is where tables are; by default the local files.
	Store lake.Store
	// CheckpointEvery is the least time between two states that a training
	// saves, by default 30 s. A negative one saves after every 4,096 titles.
	CheckpointEvery time.Duration
	// Kernels compute on vectors; by default the fastest that this machine can
	// run.
	Kernels *simd.Kernels
}

// Engine is pipeline.Engine in this process.
type Engine struct {
	store  lake.Store
	work   *workFolder
	cache  *cache
	memory remembered
	// Bytes that steps may take, see SetLimits, and what that is when nobody
	// says.
	memoryLimit     atomic.Int64
	autoMemory      int64
	collector       collectorLimit
	workers         int
	sql             *sqlDatabase
	checkpointEvery time.Duration
	kernels         *simd.Kernels
}

var _ pipeline.Engine = (*Engine)(nil)

// New returns an engine with a work folder of its own. Close removes it.
func New(o Options) (*Engine, error) {
	if o.CacheDir == "" {
		o.CacheDir = defaultCacheDir()
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Store == nil {
		o.Store = lake.File{}
	}
	if o.CheckpointEvery == 0 {
		o.CheckpointEvery = defaultCheckpointEvery
	}
	if o.Kernels == nil {
		o.Kernels = simd.Best()
	}
	work, err := newWorkFolder(o.CacheDir)
	if err != nil {
		return nil, err
	}
	cache, err := newCache(o.CacheDir)
	if err != nil {
		return nil, errors.Join(err, work.close())
	}
	e := &Engine{
		store: o.Store, work: work, cache: cache, workers: o.Workers, autoMemory: defaultMemory(),
		sql: newSQLDatabase(), checkpointEvery: o.CheckpointEvery, kernels: o.Kernels,
	}
	e.memoryLimit.Store(e.autoMemory)
	return e, nil
}

func defaultCacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "gondola")
}

// Close removes the work folder. The results of steps stay in the cache.
func (e *Engine) Close() error {
	e.collector.end()
	return errors.Join(e.sql.close(), e.work.close())
}

// own returns the dataset as one of this engine.
func (e *Engine) own(ds pipeline.Dataset) (*dataset, error) {
	d, ok := ds.(*dataset)
	if !ok || d.engine != e {
		return nil, errors.New("the dataset belongs to another engine: load it with this one")
	}
	return d, nil
}

var errNoTitle = errors.New("no column of the table is known to be its titles: name one so, as sql SELECT name AS title FROM ... does")

// Transform implements pipeline.Engine.
func (e *Engine) Transform(ctx context.Context, ds pipeline.Dataset, t pipeline.Transformer, report pipeline.Report) (pipeline.Dataset, error) {
	d, err := e.begin(ctx, ds, t)
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case pipeline.Preprocess:
		if d.schema.Title == "" {
			return nil, errNoTitle
		}
		return e.preprocess(ctx, d, t, report)
	case pipeline.Assign:
		return e.assign(ctx, d, t)
	case pipeline.Tag:
		return e.tag(ctx, d, t, report)
	}
	return nil, fmt.Errorf("transform by %s: %w", t.Verb(), errors.ErrUnsupported)
}

// Fit implements pipeline.Engine.
func (e *Engine) Fit(ctx context.Context, ds pipeline.Dataset, est pipeline.Estimator, report pipeline.Report) (pipeline.Model, error) {
	d, err := e.begin(ctx, ds, est)
	if err != nil {
		return nil, err
	}
	if d.tokens == nil || d.tokens.file == nil {
		return nil, fmt.Errorf("%s needs words: preprocess the titles first", est.Verb())
	}
	switch est := est.(type) {
	case pipeline.Word2Vec:
		return e.train(ctx, d, est, report)
	case pipeline.KMeans:
		return e.cluster(ctx, d, est, report)
	}
	return nil, fmt.Errorf("fit %s: %w", est.Verb(), errors.ErrUnsupported)
}

// begin checks what every method checks first.
func (e *Engine) begin(ctx context.Context, ds pipeline.Dataset, s pipeline.Step) (*dataset, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	return e.own(ds)
}
