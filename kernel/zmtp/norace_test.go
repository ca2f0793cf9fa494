//go:build !race

package zmtp_test

const raceMemory = 1
