//go:build !unix

package kmeans

import (
	"testing"
	"time"
)

// cpuTime returns the time, for want of that of this process.
func cpuTime(testing.TB) time.Duration { return time.Duration(time.Now().UnixNano()) }
