//go:build !unix

package main

import (
	"context"
	"errors"
)

// errOrphaned is why a kernel ends of which the starter has gone.
var errOrphaned = errors.New("the program that started this kernel has ended")

// watchParent is for systems that tell who the parent is: elsewhere Jupyter
// ends its kernels itself.
func watchParent(context.Context, context.CancelCauseFunc) {}
