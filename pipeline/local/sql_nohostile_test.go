//go:build !cgo || !unix

package local

// queryHostile asks nothing: without cgo there is no SQL.
func queryHostile(string) int { return 0 }
