//go:build !linux

package simd_test

import (
	"testing"
	"time"
)

// threadTime returns wall time, which is processor time on an idle machine.
func threadTime(testing.TB) time.Duration { return time.Duration(time.Now().UnixNano()) }
