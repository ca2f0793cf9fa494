package local

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"gondola/pipeline"
	"gondola/pipeline/kmeans"
	"gondola/pipeline/word2vec"
)

// minMemory is the least that steps work with: buffers of the readers and
// writers, and DuckDB.
const minMemory = 128 << 20

// The memory limit is shared out like this:
//
//	1/2    DuckDB, while it runs SQL or reads CSV and JSON; Go's collector has
//	       the rest for so long
//	1/4    the table of k-means (see kmeans.Params.TableBytes), if that is less
//	       than its default
//	1/4    the points of k-means (see kmeans.Params.PointBytes), in the same way
//	1/8    groups of a selection, before they spill
//	1/16   titles that preprocess remembers, before they go to the work folder,
//	       and then those that it puts together; mostRead at most
//	1/16   values that are counted, before they spill; and again tags
//	1/32   titles that tag and write remember, with what was computed for them;
//	       mostTitles at most
//	1/16   rows handed to the client, but at least 4 MiB
//	1/128  a batch of rows on its way through a step, between 1 and 32 MiB;
//	       about three for each worker are on their way
//
// What a step has to hold as a whole (vocabulary, vectors, centres) is
// estimated before it begins, and must fit into the limit.
const (
	duckShare    = 2
	tableShare   = 4
	pointShare   = 4
	groupShare   = 8
	readShare    = 16
	countedShare = 16
	titleShare   = 32
	clientShare  = 16
	batchShare   = 128

	// A larger table of titles finds more of them again, each more slowly, as it is
	// further beyond the processor's caches.
	mostRead, mostTitles = 128 << 20, 128 << 20

	minBatch, maxBatch = 1 << 20, 32 << 20
	minClient          = 4 << 20
)

// collectorLimit is the memory limit of Go's collector: that of the process
// without an eighth (64 MiB at most) for what the collector does not see, which
// is the program itself and C's heap, and without what DuckDB may take at the
// moment.
type collectorLimit struct {
	mu    sync.Mutex
	was   int64 // of the process, before anybody set limits
	limit int64 // 0 until then
	lent  int64
}

func (c *collectorLimit) set(limit int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limit == 0 {
		c.was = debug.SetMemoryLimit(-1)
	}
	c.limit = limit
	c.apply()
}

// end gives the process the limit back that it had.
func (c *collectorLimit) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.limit > 0 {
		debug.SetMemoryLimit(c.was)
		c.limit = 0
	}
}

func (c *collectorLimit) apply() {
	if c.limit > 0 {
		debug.SetMemoryLimit(max(c.limit-min(c.limit/8, 64<<20)-c.lent, c.limit/4))
	}
}

// lend takes n bytes away from the collector until the function that it
// returns is called.
func (c *collectorLimit) lend(n int64) (back func()) {
	add := func(n int64) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.lent += n
		c.apply()
	}
	add(n)
	return func() { add(-n) }
}

// share is a part of the memory limit.
func (e *Engine) share(part int64) int64 { return e.memoryLimit.Load() / part }

// clientBytes is about how much is handed to the client at most.
func (e *Engine) clientBytes() int64 { return max(e.share(clientShare), minClient) }

// readBytes is about how much the titles take that preprocess remembers.
func (e *Engine) readBytes() int64 { return min(e.share(readShare), mostRead) }

// titleBytes is about how much the titles take that tag and write remember.
func (e *Engine) titleBytes() int64 { return min(e.share(titleShare), mostTitles) }

// batchBytes is about how much a batch of rows takes at most.
func (e *Engine) batchBytes() int64 { return min(max(e.share(batchShare), minBatch), maxBatch) }

// trainingFits refuses a training that would hold more than the limit.
func (e *Engine) trainingFits(p pipeline.Word2Vec, params word2vec.Params, dict word2vec.Dictionary) error {
	words := dict.Frequent(params.MinCount)
	need, have := params.Memory(words, len(dict.Words))+dictionaryBytes(dict), e.memoryLimit.Load()
	if need <= have {
		return nil
	}
	return &pipeline.ParamError{Param: "vector_size", Value: p.VectorSize, Reason: fmt.Sprintf(
		"training vectors of %s words needs %s, and memory is %s: lower vector-size, raise min-count, or give more (set memory %s)",
		pipeline.Thousands(int64(words)), pipeline.Size(need), pipeline.Size(have), wholeSize(need))}
}

// clusteringFits refuses a clustering that would hold more than the limit.
func (e *Engine) clusteringFits(params kmeans.Params, words kmeans.Table, dict word2vec.Dictionary, file *tokenFile) error {
	rows := len(words.Data) / max(1, words.Dim)
	bag := share(file.tokens, file.titles)
	need := params.Memory(rows, words.Dim, file.titles, bag) + 4*int64(len(words.Data)) + dictionaryBytes(dict)
	have := e.memoryLimit.Load()
	if need <= have {
		return nil
	}
	return &pipeline.ParamError{Param: "k", Value: params.K, Reason: fmt.Sprintf(
		"so many clusters of %s words need %s, and memory is %s: lower k, train with a lower vector-size or a higher min-count, or give more (set memory %s)",
		pipeline.Thousands(int64(rows)), pipeline.Size(need), pipeline.Size(have), wholeSize(need))}
}

// dictionaryBytes is about what a dictionary holds: its texts, and for each
// word two string headers, its count and its place in the index.
func dictionaryBytes(d word2vec.Dictionary) int64 {
	const each = 2*16 + 8 + 32
	n := int64(0)
	for _, w := range d.Words {
		n += int64(len(w)) + each
	}
	return n
}

// wholeSize rounds a size up to what one would type.
func wholeSize(n int64) string {
	if n <= 1<<30 {
		return fmt.Sprintf("%dMiB", (n+1<<20-1)>>20)
	}
	return fmt.Sprintf("%dGiB", (n+1<<30-1)>>30)
}

// SetLimits implements pipeline.Limiter. The memory limit is one of the whole
// process: Go's collector works harder as it comes near (runtime/debug.
// SetMemoryLimit), and steps that would need more spill to the work folder, or
// refuse before they begin and say how much they need.
func (e *Engine) SetLimits(l pipeline.Limits) error {
	if l.Memory == 0 {
		l.Memory = e.autoMemory
	}
	if l.Kept == 0 {
		l.Kept = defaultKept
	}
	if l.Memory < minMemory {
		return fmt.Errorf("steps need at least %d MiB of memory", minMemory>>20)
	}
	e.memoryLimit.Store(l.Memory)
	e.collector.set(l.Memory)
	if err := e.sql.adapt(e); err != nil {
		return err
	}
	e.cache.mu.Lock()
	defer e.cache.mu.Unlock()
	e.cache.most = l.Kept
	return nil
}

// Limits implements pipeline.Limiter.
func (e *Engine) Limits() pipeline.Limits {
	e.cache.mu.Lock()
	defer e.cache.mu.Unlock()
	return pipeline.Limits{Memory: e.memoryLimit.Load(), Kept: e.cache.most, Note: e.sql.note(e)}
}

// defaultMemory is GOMEMLIMIT when it is set, or else three quarters of what
// the machine, or the container, has.
func defaultMemory() int64 {
	if limit := goMemoryLimit(os.Getenv("GOMEMLIMIT")); limit > 0 { // what the runtime has may be what another engine set
		return max(limit, minMemory)
	}
	const fallback = 4 << 30 // where nobody says how much there is
	have := int64(math.MaxInt64)
	for _, n := range []int64{machineMemory("/proc/meminfo"), containerMemory("/sys/fs/cgroup/memory.max")} {
		if n > 0 {
			have = min(have, n)
		}
	}
	if have == math.MaxInt64 {
		return fallback
	}
	return max(have/4*3, minMemory)
}

// goMemoryLimit reads GOMEMLIMIT as the runtime does: bytes, with a unit of B,
// KiB, MiB, GiB or TiB. 0 means that there is none.
func goMemoryLimit(s string) int64 {
	unit := int64(1)
	for i, name := range []string{"KiB", "MiB", "GiB", "TiB"} {
		if rest, ok := strings.CutSuffix(s, name); ok {
			s, unit = rest, 1<<(10*(i+1))
		}
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(s, "B"), 10, 64)
	if err != nil || n <= 0 || n > math.MaxInt64/unit { // "", or "off"
		return 0
	}
	return n * unit
}

// machineMemory reads MemTotal of Linux's /proc/meminfo, in bytes; 0 when it
// is not there.
func machineMemory(path string) int64 {
	f, err := os.Open(path)
	if err != nil {
		return 0
	}
	defer func() { _ = f.Close() }() // only read
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 3 && fields[0] == "MemTotal:" && fields[2] == "kB" {
			n, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return 0
			}
			return n << 10
		}
	}
	return 0
}

// containerMemory reads the limit of a control group (cgroup v2); 0 when there
// is none.
func containerMemory(path string) int64 {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil { // "max"
		return 0
	}
	return n
}
