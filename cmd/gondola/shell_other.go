//go:build !unix

package main

import (
	"context"
	"errors"
	"fmt"
)

// shell has nobody to run it: cells of shell are for systems that have one.
func shell(context.Context, string, func(string, bool)) error {
	return fmt.Errorf("cells of shell run on Linux and macOS: %w", errors.ErrUnsupported)
}
