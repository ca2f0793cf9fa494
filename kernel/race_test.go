//go:build race

package kernel

// slow is how much longer things may take under the race detector.
const slow = 10
