package local

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"gondola/pipeline"
)

// minMemory is the least that steps work with: buffers of the readers and
// writers, and DuckDB.
const minMemory = 128 << 20

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
	debug.SetMemoryLimit(l.Memory)
	e.memoryLimit.Store(l.Memory)
	e.cache.mu.Lock()
	defer e.cache.mu.Unlock()
	e.cache.most = l.Kept
	return nil
}

// Limits implements pipeline.Limiter.
func (e *Engine) Limits() pipeline.Limits {
	e.cache.mu.Lock()
	defer e.cache.mu.Unlock()
	return pipeline.Limits{Memory: e.memoryLimit.Load(), Kept: e.cache.most}
}

// defaultMemory is GOMEMLIMIT when it is set, or else three quarters of what
// the machine, or the container, has.
func defaultMemory() int64 {
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		return limit
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
