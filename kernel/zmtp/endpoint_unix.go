//go:build unix

package zmtp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// private gives a socket its mode before it has a file, so that there is no
// moment in which others may connect. Linux heeds it; elsewhere the file's
// mode is set at once after.
func private(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { _ = unix.Fchmod(int(fd), 0o600) })
}
