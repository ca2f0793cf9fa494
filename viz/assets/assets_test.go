package assets_test

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"gondola/internal/need"
	"gondola/viz/assets"
)

// library skips where the program was built without the chart library.
func library(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, assets.ErrMissing) {
		need.Skip(t, err.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestHashes compares what is built in with what was built when the sums were
// written.
func TestHashes(t *testing.T) {
	page, err := assets.Module()
	library(t, err)
	picture, err := assets.Picture()
	library(t, err)
	got := fmt.Sprintf("%x  echarts.mjs\n%x  picture.js\n", sha256.Sum256(page), sha256.Sum256([]byte(picture)))
	want, err := os.ReadFile("SHA256SUMS")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("built in are\n%s, SHA256SUMS says\n%s", got, want)
	}
}

// TestLicences: what is handed out says whose it is.
func TestLicences(t *testing.T) {
	page, err := assets.Module()
	library(t, err)
	for _, name := range []string{"echarts " + assets.Version + " (Apache-2.0)", "zrender", "tslib"} {
		if !strings.Contains(string(page[:200]), name) {
			t.Errorf("the library does not name %s", name)
		}
	}
	for _, part := range []string{"Apache License", "BSD 3-Clause", "Apache ECharts"} {
		if !strings.Contains(assets.Notice(), part) {
			t.Errorf("the notice has no %q", part)
		}
	}
}

// TestIntegrity compares the hash of the pinned address with the file in the
// package of the same version.
func TestIntegrity(t *testing.T) {
	file, err := os.ReadFile("../../build/npm/node_modules/echarts/dist/echarts.esm.min.js")
	if errors.Is(err, fs.ErrNotExist) {
		need.Skip(t, "the package is not in build/npm: rm viz/assets/dist/*.gz && make assets")
	}
	if err != nil {
		t.Fatal(err)
	}
	sum := sha512.Sum384(file)
	if got := "sha384-" + base64.StdEncoding.EncodeToString(sum[:]); got != assets.Integrity {
		t.Errorf("the hash of the file is %s", got)
	}
}
