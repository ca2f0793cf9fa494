//go:build !linux

package artifact

import "errors"

// Rename looks first and renames then.
func (realDisk) Rename(from, to string) error { return renameIfAbsent(from, to) }

// Exchange is not there.
func (realDisk) Exchange(_, _ string) error { return errors.ErrUnsupported }
