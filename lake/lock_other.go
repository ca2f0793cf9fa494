//go:build !unix

package lake

import "os"

// flock is not there: what dead runs leave behind is told by its age.
func flock(*os.File) error { return nil }

// canFlock says whether flock means anything.
const canFlock = false
