package local

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"gondola/pipeline"
	"gondola/pipeline/artifact"
)

// cache keeps the results of steps between runs: for each an artefact folder
//
//	<cache folder>/steps/<first 32 digits of its origin's hash>-<when it was made>
//
// Several processes share it. Who reads files of a result holds a shared lock
// on its manifest; who removes one takes the lock for itself first. A result
// that is computed again gets a folder of its own beside the old one, which
// others may be reading; the newest counts.
type cache struct {
	dir     string
	mu      sync.Mutex
	most    int64 // bytes; 0 is none
	trimmed time.Time
}

// keptResult is an artefact folder with the lock that keeps it there. Who
// goes on reading its files keeps the lock with them: it ends with the file,
// at the latest when nobody has a pointer to it any more.
type keptResult struct {
	*artifact.Folder
	lock *os.File
	held bool
}

// hold returns the lock for whoever goes on reading files of the folder.
func (k *keptResult) hold() *os.File {
	k.held = true
	return k.lock
}

// done gives the folder back, unless somebody holds it.
func (k *keptResult) done() {
	if !k.held {
		_ = k.lock.Close() // only a lock
	}
}

const (
	stepsFolder  = "steps"
	manifestFile = "manifest.json"
	factsFile    = "facts.json"
	hashDigits   = 32
	defaultKept  = 20 << 30
	// A folder of a dead process is swept when it is older; the moment between
	// making one and locking it is far shorter.
	sweepAge = time.Minute
	// The cache is looked through no more often than this; it costs a read of
	// every manifest.
	trimEvery = time.Minute
)

func newCache(dir string) (*cache, error) {
	c := &cache{dir: filepath.Join(dir, stepsFolder), most: defaultKept}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return nil, fmt.Errorf("no folder for results: %w", err)
	}
	return c, artifact.SweepTemp(c.dir, sweepAge)
}

// find returns the newest result of that hash, locked, or nil.
func (c *cache) find(hash string) *keptResult {
	for _, name := range c.named(hash) {
		dir := filepath.Join(c.dir, name)
		lock := lockManifest(dir, syscall.LOCK_SH)
		if lock == nil {
			continue // it is being removed
		}
		f, err := artifact.OpenFolder(dir)
		if err == nil && f.Manifest().Origin.Hash == hash {
			now := time.Now()
			_ = os.Chtimes(dir, now, now) // when it was last used: only the order of removal goes by it
			return &keptResult{Folder: f, lock: lock}
		}
		_ = lock.Close() // damaged, or of a newer format: computed anew
	}
	return nil
}

// named lists the folders of a hash, the newest first.
func (c *cache) named(hash string) []string {
	dirs, _ := filepath.Glob(filepath.Join(c.dir, hash[:hashDigits]+"-*")) // the pattern is well formed
	names := make([]string, len(dirs))
	for i, dir := range dirs {
		names[i] = filepath.Base(dir)
	}
	slices.Sort(names)
	slices.Reverse(names)
	return names
}

// lockManifest takes a lock on the manifest of a folder, or returns nil when
// it is taken or the folder is gone. The system ends it with the file.
func lockManifest(dir string, how int) *os.File {
	f, err := os.Open(filepath.Join(dir, manifestFile))
	if err != nil {
		return nil
	}
	if syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB) != nil {
		_ = f.Close() // only a lock
		return nil
	}
	if _, err := os.Stat(f.Name()); err != nil { // removed before it was locked
		_ = f.Close() // only a lock
		return nil
	}
	return f
}

// begin makes a folder for a result of that hash.
func (c *cache) begin(hash string) (*artifact.Builder, error) {
	name := fmt.Sprintf("%s-%016x%04x", hash[:hashDigits], time.Now().UnixNano(), rand.Uint32()&0xffff)
	return artifact.Create(filepath.Join(c.dir, name))
}

// made is what a step wrote besides its sections: the rows it looked at, and
// what is small enough for the manifest.
type made struct {
	rows  int64
	extra any
}

// kept returns what an earlier run made of the same step and inputs, or makes
// it: write makes the sections, open turns a folder into the result. What was written is read
// back by open, so that a result is the same whether it was kept or not. With force
// it is made in any case.
func kept[T any](ctx context.Context, e *Engine, o pipeline.Origin, force bool,
	write func(b *artifact.Builder) (made, error), open func(k *keptResult, o pipeline.Origin) (T, error),
) (T, error) {
	var none T
	if !force {
		if k := e.cache.find(o.Hash); k != nil {
			found := k.Manifest().Origin
			found.Cached = true
			t, err := open(k, found)
			k.done()
			if err == nil {
				return t, nil
			}
			if ctx.Err() != nil {
				return none, context.Cause(ctx)
			} // a result that cannot be read is made anew
		}
	}
	// Somebody who removes everything may do so between the commit and the
	// lock: then it is made once more.
	const tries = 3
	for range tries {
		o, err := e.cache.make(ctx, o, write)
		if err != nil {
			return none, err
		}
		if k := e.cache.find(o.Hash); k != nil {
			t, err := open(k, o)
			k.done()
			if err != nil {
				return none, err
			}
			e.cache.trim(ctx)
			return t, nil
		}
	}
	return none, fmt.Errorf("%s: the result of %s is removed from outside as soon as it is there", e.cache.dir, o.Verb)
}

// make writes the result of a step and puts it into the cache. It returns its
// origin with what the making took.
func (c *cache) make(ctx context.Context, o pipeline.Origin, write func(b *artifact.Builder) (made, error)) (pipeline.Origin, error) {
	begun := time.Now()
	b, err := c.begin(o.Hash)
	if err != nil {
		return o, err
	}
	defer func() { _ = b.Abort() }() // after Commit it does nothing; what stays is swept
	step, err := write(b)
	if err != nil {
		return o, err
	}
	m := artifact.Manifest{Kind: o.Verb}
	if m.Extra, err = json.Marshal(step.extra); err != nil {
		return o, err
	}
	o.Made, o.Took, o.Rows = begun.UTC(), time.Since(begun), step.rows
	if o.Bytes, err = sizeOfFolder(filepath.Dir(b.Path(manifestFile))); err != nil {
		return o, err
	}
	m.Origin = o
	return o, b.Commit(ctx, m)
}

func sizeOfFolder(dir string) (int64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	var size int64
	for _, entry := range entries {
		info, err := entry.Info()
		if err != nil {
			return 0, err
		}
		size += info.Size()
	}
	return size, nil
}

// saveFacts and openFacts keep the tables of a result as a section.
func saveFacts(b *artifact.Builder, facts []pipeline.Table) error {
	text, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	return os.WriteFile(b.Path(factsFile), text, 0o600)
}

func openFacts(f *keptResult) ([]pipeline.Table, error) {
	text, err := os.ReadFile(f.Path(factsFile))
	if err != nil {
		return nil, err
	}
	var facts []pipeline.Table
	if err := json.Unmarshal(text, &facts); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path(factsFile), err)
	}
	return facts, nil
}

// Kept implements pipeline.Keeper.
func (e *Engine) Kept(ctx context.Context) ([]pipeline.Kept, error) {
	list, err := e.cache.list(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]pipeline.Kept, len(list))
	for i, k := range list {
		out[i] = k.Kept
	}
	return out, nil
}

// Collect implements pipeline.Keeper.
func (e *Engine) Collect(ctx context.Context, most int64, dry bool) ([]pipeline.Kept, error) {
	return e.cache.collect(ctx, most, dry)
}

type keptFolder struct {
	pipeline.Kept
	name     string
	replaced bool // there is a newer one of the same hash
}

// list reads all manifests, those that were replaced first, then the least
// recently used. A folder that cannot be read comes with a hash of no digits.
func (c *cache) list(ctx context.Context) ([]keptFolder, error) {
	entries, err := os.ReadDir(c.dir)
	if err != nil {
		return nil, err
	}
	newest := map[string]string{}
	var list []keptFolder
	for _, entry := range entries {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		info, err := entry.Info()
		if err != nil || !entry.IsDir() || strings.HasPrefix(entry.Name(), ".") {
			continue // removed meanwhile, or being made
		}
		k := keptFolder{name: entry.Name()}
		k.Used = info.ModTime()
		if f, err := artifact.OpenFolder(filepath.Join(c.dir, k.name)); err == nil {
			k.Origin = f.Manifest().Origin
		}
		k.InUse = c.inUse(k.name)
		newest[k.Origin.Hash] = max(newest[k.Origin.Hash], k.name)
		list = append(list, k)
	}
	for i := range list {
		list[i].replaced = list[i].Origin.Hash == "" || newest[list[i].Origin.Hash] != list[i].name
	}
	slices.SortFunc(list, func(a, b keptFolder) int {
		if a.replaced != b.replaced {
			if a.replaced {
				return -1
			}
			return 1
		}
		return cmp.Or(a.Used.Compare(b.Used), strings.Compare(a.name, b.name))
	})
	return list, nil
}

func (c *cache) inUse(name string) bool {
	lock := lockManifest(filepath.Join(c.dir, name), syscall.LOCK_EX)
	if lock == nil {
		return true
	}
	_ = lock.Close() // only a lock
	return false
}

// collect removes what was replaced, and the least recently used results until
// at most most bytes are left. What is in use stays.
func (c *cache) collect(ctx context.Context, most int64, dry bool) ([]pipeline.Kept, error) {
	list, err := c.list(ctx)
	if err != nil {
		return nil, err
	}
	var total int64
	for _, k := range list {
		total += k.Origin.Bytes
	}
	var freed []pipeline.Kept
	for _, k := range list {
		if ctx.Err() != nil {
			return freed, context.Cause(ctx)
		}
		if k.InUse || !k.replaced && total <= most {
			continue
		}
		if !dry && !c.remove(k.name) {
			continue
		}
		total -= k.Origin.Bytes
		freed = append(freed, k.Kept)
	}
	return freed, nil
}

// remove removes a folder that nobody uses.
func (c *cache) remove(name string) bool {
	dir := filepath.Join(c.dir, name)
	lock := lockManifest(dir, syscall.LOCK_EX)
	if lock == nil {
		return false
	}
	defer func() { _ = lock.Close() }() // only a lock
	return artifact.Remove(dir) == nil
}

// trim keeps the cache below its limit. What it cannot remove now, the next
// result will.
func (c *cache) trim(ctx context.Context) {
	c.mu.Lock()
	most, due := c.most, time.Since(c.trimmed) > trimEvery
	if due {
		c.trimmed = time.Now()
	}
	c.mu.Unlock()
	if due {
		_, _ = c.collect(ctx, most, false)
	}
}
