//go:build unix

package main

import (
	"context"
	"errors"
	"os"
	"strconv"
	"syscall"
	"time"
)

// errOrphaned is why a kernel ends of which the starter has gone.
var errOrphaned = errors.New("the program that started this kernel has ended")

// watchParent ends a kernel whose starter is gone, so that none is left behind.
// Jupyter names its process in JPY_PARENT_PID; else it is the parent.
func watchParent(ctx context.Context, stop context.CancelCauseFunc) {
	const every = time.Second
	parent := os.Getppid()
	named, err := strconv.Atoi(os.Getenv("JPY_PARENT_PID"))
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		gone := parent > 1 && os.Getppid() != parent
		if err == nil && named > 1 {
			gone = errors.Is(syscall.Kill(named, 0), syscall.ESRCH)
		}
		if gone {
			stop(errOrphaned)
			return
		}
	}
}
