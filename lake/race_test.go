//go:build race

package lake_test

// slowdown is how much longer the race detector may make what has a limit of
// time.
const slowdown = 15
