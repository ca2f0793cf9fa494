//go:build !race

package kernel

const slow = 1
