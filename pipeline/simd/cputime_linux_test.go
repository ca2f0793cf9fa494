package simd_test

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// threadTime returns the processor time of this thread. On a machine that does
// other things as well, wall time says little.
func threadTime(tb testing.TB) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(t.Nano())
}
