// Package assets holds the chart library, Apache ECharts, as tools/assets
// bundles it from its npm package: for pages, and for pictures drawn without a
// browser. `make assets` puts it here; a program built without it still works,
// with the library from a pinned address and without pictures. The package knows
// nothing of charts.
package assets

import (
	"bytes"
	"compress/gzip"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Version is that of ECharts. Browsers share one library between charts of the
// same version, and the kernelspec's folder serves it under this name.
const Version = "5.6.0"

// Address is where a page takes the library from that does not carry it, and
// Integrity what the browser checks it by before it runs a line. It is the full
// ES module of the npm package.
const (
	Address   = "https://cdn.jsdelivr.net/npm/echarts@" + Version + "/dist/echarts.esm.min.js"
	Integrity = "sha384-1Gww+nOY4jqfa8hOGMTQun/O6naQdLQJO+CUtZZrauh88uDPTkzh/wHuk7nMggkb"
)

//go:embed all:dist
var dist embed.FS

// ErrMissing says that the program was built without the chart library.
var ErrMissing = errors.New("this gondola was built without the chart library: run `make assets` and build again")

// Page returns the library for pages, an ES module, packed by gzip. It is
// ErrMissing where the program was built without.
func Page() ([]byte, error) { return read("echarts.mjs.gz") }

// Picture returns the library for pictures: a script that defines echarts. It is
// ErrMissing where the program was built without.
func Picture() (string, error) {
	packed, err := read("picture.js.gz")
	if err != nil {
		return "", err
	}
	js, err := unpacked(packed)
	return string(js), err
}

// Notice returns the licences of what is bundled, "" without the library.
func Notice() string {
	text, err := read("NOTICE.txt")
	if err != nil {
		return ""
	}
	return string(text)
}

// Module returns the library for pages as it is served: unpacked.
func Module() ([]byte, error) {
	packed, err := Page()
	if err != nil {
		return nil, err
	}
	return unpacked(packed)
}

func read(name string) ([]byte, error) {
	data, err := dist.ReadFile("dist/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	return data, err
}

func unpacked(data []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("the chart library: %w", err)
	}
	return io.ReadAll(z)
}
