//go:build unix

package lake_test

import "golang.org/x/sys/unix"

// limitMemory bounds the address space of this process.
func limitMemory(n uint64) error {
	return unix.Setrlimit(unix.RLIMIT_AS, &unix.Rlimit{Cur: n, Max: n})
}
