//go:build !race

package main

import "testing"

// TestScriptsOfPictures runs the scripts that draw many pictures, which takes the
// race detector minutes.
func TestScriptsOfPictures(t *testing.T) { runScripts(t, "testdata/pictures") }
