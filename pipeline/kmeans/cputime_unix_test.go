//go:build unix

package kmeans

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime returns the processor time of this process. On a machine that does
// other things as well, wall time says little.
func cpuTime(tb testing.TB) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
