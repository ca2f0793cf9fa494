package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// npmPackage is a package as package-lock.json names it.
//
// Format: https://docs.npmjs.com/cli/v11/configuring-npm/package-lock-json
type npmPackage struct {
	name               string
	version, integrity string
	license            string
	dev                bool // for tests only
}

// readLock returns the packages of a lock file, in the order of their names.
func readLock(name string) ([]npmPackage, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var lock struct {
		Version  int `json:"lockfileVersion"`
		Packages map[string]struct {
			Version, Integrity, License string
			Dev                         bool
		}
	}
	if err := json.Unmarshal(data, &lock); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if lock.Version != 3 {
		return nil, fmt.Errorf("%s: version %d of the format, not 3", name, lock.Version)
	}
	var out []npmPackage
	for place, p := range lock.Packages {
		if place == "" { // ourselves
			continue
		}
		module, ok := strings.CutPrefix(place, "node_modules/")
		if !ok || strings.Contains(module, "node_modules/") || !filepath.IsLocal(module) {
			return nil, fmt.Errorf("%s: a package in %q, not beside the others", name, place)
		}
		out = append(out, npmPackage{module, p.Version, p.Integrity, p.License, p.Dev})
	}
	slices.SortFunc(out, func(a, b npmPackage) int { return cmp.Compare(a.name, b.name) })
	return out, nil
}

// fetch unpacks the package into modules, unless it is there: from the registry
// of the environment (npm_config_registry) or npm's own.
func (p npmPackage) fetch(modules string) error {
	dir := filepath.Join(modules, filepath.FromSlash(p.name))
	mark := filepath.Join(dir, ".integrity")
	if there, err := os.ReadFile(mark); err == nil && string(there) == p.integrity {
		return nil
	}
	registry := strings.TrimSuffix(cmp.Or(os.Getenv("npm_config_registry"), "https://registry.npmjs.org"), "/")
	address := fmt.Sprintf("%s/%s/-/%s-%s.tgz", registry, p.name, path.Base(p.name), p.version)
	fmt.Println("fetching", p.name, p.version)
	data, err := download(address)
	if err != nil {
		return err
	}
	sum := sha512.Sum512(data)
	if got := "sha512-" + base64.StdEncoding.EncodeToString(sum[:]); got != p.integrity {
		return fmt.Errorf("%s has the hash %s, package-lock.json says %s", address, got, p.integrity)
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := unpack(data, dir); err != nil {
		return err
	}
	return os.WriteFile(mark, []byte(p.integrity), 0o600)
}

// download asks up to three times.
func download(address string) ([]byte, error) {
	client := http.Client{Timeout: 5 * time.Minute}
	var err error
	for try := range 3 {
		time.Sleep(time.Duration(try) * 2 * time.Second)
		var data []byte
		if data, err = get(&client, address); err == nil {
			return data, nil
		}
	}
	return nil, err
}

func get(client *http.Client, address string) (_ []byte, err error) {
	r, err := client.Get(address)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Body.Close()) }()
	if r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", address, r.Status)
	}
	const most = 64 << 20
	return io.ReadAll(io.LimitReader(r.Body, most))
}

// unpack writes the files of a package, all of which lie in one folder, into
// dir.
func unpack(data []byte, dir string) error {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		_, name, ok := strings.Cut(h.Name, "/")
		if h.Typeflag != tar.TypeReg || !ok {
			continue
		}
		if !filepath.IsLocal(name) {
			return fmt.Errorf("a file named %q", h.Name)
		}
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
			return err
		}
		body, err := io.ReadAll(t)
		if err != nil {
			return err
		}
		if err := os.WriteFile(file, body, 0o600); err != nil {
			return err
		}
	}
}

// addNotice adds the licence of the package, and its notice where it has one.
func (p npmPackage) addNotice(out *bytes.Buffer, modules string) error {
	fmt.Fprintf(out, "%s %s, %s\n\n", p.name, p.version, p.license)
	found := false
	for _, name := range []string{"NOTICE", "LICENSE", "LICENSE.txt", "licenses/LICENSE-d3"} {
		text, err := os.ReadFile(filepath.Join(modules, filepath.FromSlash(p.name), filepath.FromSlash(name)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		found = true
		fmt.Fprintf(out, "%s\n\n", bytes.TrimSpace(text))
	}
	if !found {
		return fmt.Errorf("%s has no licence file", p.name)
	}
	return nil
}
