package kernel

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"gondola/kernel/wire"
	"gondola/viz/assets"
)

//go:embed logo
var logos embed.FS

// Place is where kernelspecs are installed.
type Place struct {
	// Prefix installs below PREFIX/share/jupyter; empty for the user's own folder.
	Prefix string
	// Env are the environment's variables, as os.LookupEnv gives them.
	Env func(name string) (string, bool)
}

// SystemPrefix is where a kernel for all users of a machine goes.
const SystemPrefix = "/usr/local"

// Folder returns the folder of kernelspecs, which need not be there. Source:
// jupyter_core's paths.
func (p Place) Folder() (string, error) {
	if p.Prefix != "" {
		return filepath.Join(p.Prefix, "share", "jupyter", "kernels"), nil
	}
	data, err := userData(p.Env)
	return filepath.Join(data, "kernels"), err
}

// userData is the user's data folder of Jupyter.
func userData(env func(string) (string, bool)) (string, error) {
	if dir, ok := env("JUPYTER_DATA_DIR"); ok && dir != "" {
		return dir, nil
	}
	home, _ := env("HOME")
	switch runtime.GOOS {
	case "windows":
		if dir, ok := env("APPDATA"); ok && dir != "" {
			return filepath.Join(dir, "jupyter"), nil
		}
		return "", errors.New("no folder for the kernelspec: APPDATA is not set")
	case "darwin":
		if home != "" {
			return filepath.Join(home, "Library", "Jupyter"), nil
		}
	default:
		if dir, ok := env("XDG_DATA_HOME"); ok && filepath.IsAbs(dir) {
			return filepath.Join(dir, "jupyter"), nil
		}
		if home != "" {
			return filepath.Join(home, ".local", "share", "jupyter"), nil
		}
	}
	return "", errors.New("no folder for the kernelspec: HOME is not set; name one with --prefix")
}

// SearchFolders are the folders in which Jupyter looks for kernelspecs, the
// first one wins. That of Jupyter's own Python is not known here, but when it is
// the environment that is active.
func SearchFolders(env func(string) (string, bool)) []string {
	var data []string
	if path, ok := env("JUPYTER_PATH"); ok {
		data = append(data, filepath.SplitList(path)...)
	}
	if dir, err := userData(env); err == nil {
		data = append(data, dir)
	}
	for _, name := range []string{"VIRTUAL_ENV", "CONDA_PREFIX"} {
		if dir, ok := env(name); ok && dir != "" {
			data = append(data, filepath.Join(dir, "share", "jupyter"))
		}
	}
	if runtime.GOOS == "windows" {
		if dir, ok := env("PROGRAMDATA"); ok {
			data = append(data, filepath.Join(dir, "jupyter"))
		}
	} else {
		data = append(data, "/usr/local/share/jupyter", "/usr/share/jupyter")
	}
	var folders []string
	for _, dir := range data {
		if dir = filepath.Join(dir, "kernels"); !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	return folders
}

// Spec is a kernelspec as it is written to kernel.json.
type Spec struct {
	Argv          []string          `json:"argv"`
	DisplayName   string            `json:"display_name"`
	Language      string            `json:"language"`
	InterruptMode string            `json:"interrupt_mode"`
	Env           map[string]string `json:"env"`
	Metadata      map[string]any    `json:"metadata"`
	// ProtocolVersion is that of the kernel; below 5.6 it is started by a connection
	// file.
	ProtocolVersion string `json:"kernel_protocol_version"`
}

// Installation is a kernelspec to be installed.
type Installation struct {
	Place

	Name        string // of its folder: letters, digits, ".", "_" and "-"
	DisplayName string
	Executable  string // the program, by its full path
}

// DefaultName is that of the kernelspec, unless another is asked for.
const DefaultName = "gondola"

var goodName = regexp.MustCompile(`\A[A-Za-z0-9._-]+\z`)

// checkName refuses what Jupyter would not find.
func checkName(name string) error {
	if !goodName.MatchString(name) || strings.Trim(name, ".") == "" {
		return fmt.Errorf("kernel name %q: use letters, digits, dots, dashes and underscores", name)
	}
	return nil
}

// libraryFile is the name of the chart library beside kernel.json, from where
// Jupyter serves it.
func libraryFile() string { return "echarts-" + assets.Version + ".mjs" }

// Install writes the kernelspec, with its logo and the chart library, in the
// place of one of the same name, and returns its folder. A program that lies in
// a folder that does not last is copied beside it. notes are what the user
// should know. Nothing is half written: the folder takes its name when it is
// whole.
func (in Installation) Install() (folder string, notes []string, err error) {
	if err := checkName(in.Name); err != nil {
		return "", nil, err
	}
	kernels, err := in.Folder()
	if err != nil {
		return "", nil, err
	}
	if err := os.MkdirAll(kernels, 0o755); err != nil {
		return "", nil, fmt.Errorf("install the kernel: %w", err)
	}
	folder = filepath.Join(kernels, in.Name)
	fresh, err := os.MkdirTemp(kernels, ".gondola-*")
	if err != nil {
		return "", nil, fmt.Errorf("install the kernel: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(fresh)) }()
	if err := os.Chmod(fresh, 0o755); err != nil { //nolint:gosec // others read it, too
		return "", nil, err
	}
	program := in.Executable
	if passing(in.Env, program) {
		program = filepath.Join(folder, filepath.Base(in.Executable))
		if err := copyFile(filepath.Join(fresh, filepath.Base(program)), in.Executable, 0o755); err != nil {
			return "", nil, fmt.Errorf("install the kernel: %w", err)
		}
		notes = append(notes, in.Executable+" lies in a folder that does not last: the kernel has its own copy")
	}
	spec := Spec{
		Argv:        []string{program, "kernel", "--kernelspec", in.Name, "--connection-file", "{connection_file}"},
		DisplayName: in.DisplayName, Language: languageName, InterruptMode: "message", Env: map[string]string{},
		Metadata:        map[string]any{"supported_encryption": []string{"curve"}, "debugger": false},
		ProtocolVersion: wire.Version,
	}
	files := map[string][]byte{}
	if files["kernel.json"], err = specJSON(spec); err != nil {
		return "", nil, err
	}
	library, err := assets.Module()
	switch {
	case errors.Is(err, assets.ErrMissing):
		notes = append(notes, "this gondola was built without the chart library: charts ask a pinned address for it")
	case err != nil:
		return "", nil, err
	default:
		files[libraryFile()] = library
	}
	list, err := fs.ReadDir(logos, "logo")
	if err != nil {
		return "", nil, err
	}
	for _, e := range list {
		if files[e.Name()], err = logos.ReadFile("logo/" + e.Name()); err != nil {
			return "", nil, err
		}
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(fresh, name), data, 0o644); err != nil { //nolint:gosec // others read it, too
			return "", nil, fmt.Errorf("install the kernel: %w", err)
		}
	}
	if _, err := os.Lstat(folder); err == nil {
		if !ours(folder) {
			return "", nil, fmt.Errorf("%s is a kernel of another program: choose another --name", folder)
		}
		if err := os.RemoveAll(folder); err != nil {
			return "", nil, fmt.Errorf("install the kernel: %w", err)
		}
	}
	return folder, notes, os.Rename(fresh, folder)
}

func specJSON(s Spec) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	err := e.Encode(s)
	return b.Bytes(), err
}

// passing says whether a program lies where it will soon be no more: in a
// temporary folder or in the cache, as `go run` has it.
func passing(env func(string) (string, bool), program string) bool {
	dirs := []string{os.TempDir()}
	if dir, ok := env("GOCACHE"); ok {
		dirs = append(dirs, dir)
	}
	if dir, err := os.UserCacheDir(); err == nil {
		dirs = append(dirs, dir)
	}
	return slices.ContainsFunc(dirs, func(dir string) bool {
		rel, err := filepath.Rel(dir, program)
		return err == nil && filepath.IsLocal(rel)
	})
}

func copyFile(to, from string, mode fs.FileMode) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, mode)
}

// ours says whether a kernelspec is one of gondola's.
func ours(folder string) bool {
	s, err := readSpec(folder)
	return err == nil && s.Language == languageName
}

func readSpec(folder string) (s Spec, err error) {
	data, err := os.ReadFile(filepath.Join(folder, "kernel.json"))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}

// Uninstall removes the kernelspec of a name and returns its folder. Those of
// other programs stay.
func Uninstall(p Place, name string) (folder string, err error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	kernels, err := p.Folder()
	if err != nil {
		return "", err
	}
	folder = filepath.Join(kernels, name)
	if _, err := os.Stat(folder); err != nil {
		return "", fmt.Errorf("no kernel is installed as %s", folder)
	}
	if !ours(folder) {
		return "", fmt.Errorf("%s is a kernel of another program: it stays", folder)
	}
	return folder, os.RemoveAll(folder)
}

// Installed is a kernelspec of gondola's that Jupyter finds.
type Installed struct {
	Name   string
	Folder string
	Spec   Spec
	Hidden bool // another of the same name comes first
}

// List returns the kernelspecs of gondola's in the folders that Jupyter looks
// in.
func List(env func(string) (string, bool)) ([]Installed, error) {
	var list []Installed
	seen := map[string]bool{}
	for _, dir := range SearchFolders(env) {
		entries, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			folder := filepath.Join(dir, e.Name())
			s, err := readSpec(folder)
			if err != nil {
				continue
			}
			if s.Language == languageName {
				list = append(list, Installed{Name: e.Name(), Folder: folder, Spec: s, Hidden: seen[e.Name()]})
			}
			seen[e.Name()] = true
		}
	}
	return list, nil
}
