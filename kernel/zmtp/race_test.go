//go:build race

package zmtp_test

// raceMemory is how much more memory the race detector may take: it notes who
// used what beside it.
const raceMemory = 3
