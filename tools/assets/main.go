// Command assets bundles the chart library of the viz package from its npm
// packages: those that viz/assets/package-lock.json names, each checked against
// the hash there. It needs neither Node nor npm.
//
//	go run ./assets [-sums] [-dev] ../viz/assets ../build/npm
//
// It leaves viz/assets/dist as it is where that has what SHA256SUMS says. With
// -dev it also fetches what tests need, devDependencies, which are never bundled:
// they stay in build/npm, and SHA256SUMS.dev has their hashes.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	sums := flag.Bool("sums", false, "write the files of hashes anew, for other versions of the packages")
	dev := flag.Bool("dev", false, "also fetch what tests need")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: assets [-sums] [-dev] ASSETS PACKAGES")
		os.Exit(2)
	}
	err := run(flag.Arg(0), flag.Arg(1), *sums)
	if err == nil && *dev {
		err = fetchDev(flag.Arg(0), flag.Arg(1), *sums)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

// output is one bundle: its entry among the assets and its name in dist.
type output struct {
	entry, name string
	format      api.Format
}

func outputs() []output {
	return []output{
		{"page.js", "echarts.mjs", api.FormatESModule},
		{"picture.js", "picture.js", api.FormatIIFE},
	}
}

func run(assets, folder string, anew bool) error {
	wanted, err := os.ReadFile(filepath.Join(assets, "SHA256SUMS"))
	if err != nil && !(anew && errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	if !anew && complete(assets, string(wanted)) {
		return nil
	}
	packages, err := readLock(filepath.Join(assets, "package-lock.json"))
	if err != nil {
		return err
	}
	modules := filepath.Join(folder, "node_modules")
	var notice bytes.Buffer
	var names []string
	for _, p := range packages {
		if p.dev {
			continue
		}
		if err := p.fetch(modules); err != nil {
			return fmt.Errorf("%s %s: %w", p.name, p.version, err)
		}
		names = append(names, fmt.Sprintf("%s %s (%s)", p.name, p.version, p.license))
		if err := p.addNotice(&notice, modules); err != nil {
			return err
		}
	}
	files := map[string][]byte{"NOTICE.txt": notice.Bytes()}
	var got strings.Builder
	for _, o := range outputs() {
		js, err := bundle(assets, modules, o, "/*! "+strings.Join(names, ", ")+" */")
		if err != nil {
			return err
		}
		fmt.Fprintf(&got, "%x  %s\n", sha256.Sum256(js), o.name)
		if files[o.name+".gz"], err = packed(js); err != nil {
			return err
		}
	}
	if anew {
		if err := os.WriteFile(filepath.Join(assets, "SHA256SUMS"), []byte(got.String()), 0o600); err != nil {
			return err
		}
	} else if got.String() != string(wanted) {
		return fmt.Errorf("the bundles are not those of SHA256SUMS:\n%s", got.String())
	}
	for name, data := range files {
		if err := replace(filepath.Join(assets, "dist", name), data); err != nil {
			return err
		}
		fmt.Printf("%s: %d bytes\n", filepath.Join(assets, "dist", name), len(data))
	}
	return nil
}

// devFiles are those of devDependencies that tests read.
func devFiles() []string {
	return []string{"axe-core/axe.min.js", "cmake-ts/build/loader.js", "zeromq/lib/index.js"}
}

// fetchDev fetches devDependencies and checks their files.
func fetchDev(assets, folder string, anew bool) error {
	packages, err := readLock(filepath.Join(assets, "package-lock.json"))
	if err != nil {
		return err
	}
	modules := filepath.Join(folder, "node_modules")
	for _, p := range packages {
		if !p.dev {
			continue
		}
		if err := p.fetch(modules); err != nil {
			return fmt.Errorf("%s %s: %w", p.name, p.version, err)
		}
	}
	var got strings.Builder
	for _, name := range devFiles() {
		data, err := os.ReadFile(filepath.Join(modules, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		fmt.Fprintf(&got, "%x  %s\n", sha256.Sum256(data), name)
	}
	sums := filepath.Join(assets, "SHA256SUMS.dev")
	if anew {
		return os.WriteFile(sums, []byte(got.String()), 0o600)
	}
	wanted, err := os.ReadFile(sums)
	if err != nil {
		return err
	}
	if got.String() != string(wanted) {
		return fmt.Errorf("the files for tests are not those of SHA256SUMS.dev:\n%s", got.String())
	}
	return nil
}

// complete tells whether dist holds what the sums say, and the notice.
func complete(assets, sums string) bool {
	var got strings.Builder
	for _, o := range outputs() {
		f, err := os.Open(filepath.Join(assets, "dist", o.name+".gz"))
		if err != nil {
			return false
		}
		hash := sha256.New()
		z, err := gzip.NewReader(f)
		if err == nil {
			_, err = io.Copy(hash, z) //nolint:gosec // our own file, whose hash is asked for
		}
		f.Close() //nolint:errcheck,gosec // read only
		if err != nil {
			return false
		}
		fmt.Fprintf(&got, "%x  %s\n", hash.Sum(nil), o.name)
	}
	_, err := os.Stat(filepath.Join(assets, "dist", "NOTICE.txt"))
	return err == nil && got.String() == sums
}

func bundle(assets, modules string, o output, banner string) ([]byte, error) {
	dir, err := filepath.Abs(assets)
	if err != nil {
		return nil, err
	}
	if modules, err = filepath.Abs(modules); err != nil {
		return nil, err
	}
	built := api.Build(api.BuildOptions{
		AbsWorkingDir: dir, EntryPoints: []string{o.entry}, NodePaths: []string{modules}, Outfile: o.name,
		Bundle: true, Format: o.format, GlobalName: "echarts", Target: api.ES2020, Charset: api.CharsetASCII,
		MinifySyntax: true, MinifyWhitespace: true, MinifyIdentifiers: true, LegalComments: api.LegalCommentsNone,
		Banner: map[string]string{"js": banner}, Define: map[string]string{"process.env.NODE_ENV": `"production"`},
	})
	if len(built.Errors) > 0 {
		return nil, fmt.Errorf("%s: %s", o.entry, built.Errors[0].Text)
	}
	return built.OutputFiles[0].Contents, nil
}

func packed(data []byte) ([]byte, error) {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := z.Write(data); err != nil {
		return nil, err
	}
	err = z.Close()
	return out.Bytes(), err
}

// replace writes a file so that nobody sees a part of it.
func replace(name string, data []byte) error {
	if err := os.WriteFile(name+".part", data, 0o600); err != nil {
		return err
	}
	return os.Rename(name+".part", name)
}
