//go:build unix

package lake_test

import (
	"time"

	"golang.org/x/sys/unix"
)

// limitMemory bounds the address space of this process.
func limitMemory(n uint64) error {
	return unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: n, Max: n})
}

// cpuTime is the time that this process has worked so far. Limits of time are
// limits of work: how long the clock runs depends on who else is there.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
