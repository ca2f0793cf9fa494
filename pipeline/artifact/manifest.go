package artifact

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"gondola/lake"
	"gondola/pipeline"
)

// The two files of an artefact folder beside its sections. The second holds
// the checksum of the first as sha256sum writes it, so that `sha256sum -c
// manifest.json.sha256` checks it by hand.
const (
	manifestName = "manifest.json"
	checksumName = "manifest.json.sha256"
)

// The format of artefact folders that this version writes. It reads every
// minor version of its major one, and every major one before: a minor version
// adds fields that older readers may ignore, a major one changes what is there.
// The checksum file and the fields magic, major, gondola and needs stay in every
// version, so that a reader can always say what it lacks.
const (
	manifestMagic = "gondola-artifact"
	formatMajor   = 1
	formatMinor   = 0
	formatNeeds   = "0.2.0" // the first release that reads formatMajor
)

// Bounds of a manifest that is read. A short text can claim many entries, each
// of which takes far more memory than its text; commas bound them all.
const (
	maxManifest    = 16 << 20
	maxEntries     = 1 << 16
	maxSections    = 4096
	maxSectionName = 200
)

// Manifest says what an artefact folder holds and where that came from:
// manifest.json. Create's Commit fills in Magic, Major, Minor, Gondola, Needs
// and Sections.
type Manifest struct {
	Magic   string `json:"magic"`
	Major   int    `json:"major"`
	Minor   int    `json:"minor"`
	Gondola string `json:"gondola"` // the version that wrote it
	Needs   string `json:"needs"`   // the first version that reads it

	Kind string `json:"kind"` // "words", "clusters", "dictionary", "table", ...

	// Origin says how the content came to be, Lineage the same of its inputs,
	// their inputs and so on, up to the load of files.
	Origin  pipeline.Origin   `json:"origin"`
	Lineage []pipeline.Origin `json:"lineage,omitempty"`

	Sections []Section       `json:"sections"`
	Extra    json.RawMessage `json:"extra,omitempty"` // whatever the kind adds
}

// Section is one file of an artefact folder.
type Section struct {
	Name   string `json:"name"` // a plain file name
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // 64 hex digits
}

// NewerError refuses an artefact of a newer format.
type NewerError struct {
	Path    string
	Gondola string // that wrote it
	Major   int
	Needs   string // the first version that reads it
}

// Error returns "models/m: made by gondola 3.1.0 with format 2, needs gondola >= 3.0.0 (this one reads format 1)".
func (e *NewerError) Error() string {
	return fmt.Sprintf("%s: made by gondola %q with format %d, needs gondola >= %q (this one reads format %d)",
		e.Path, e.Gondola, e.Major, e.Needs, formatMajor)
}

// programVersion is the version that Go built in: "v0.2.0", or "(devel)".
func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// section returns the entry of a name.
func (m *Manifest) section(name string) (Section, bool) {
	for _, s := range m.Sections {
		if s.Name == name {
			return s, true
		}
	}
	return Section{}, false
}

// Bytes is the size of all sections.
func (m *Manifest) Bytes() int64 {
	var n int64
	for _, s := range m.Sections {
		n += s.Size
	}
	return n
}

// encodeManifest returns the two files of a manifest.
func encodeManifest(m *Manifest) (text, checksum []byte, err error) {
	text, err = json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, nil, err
	}
	text = append(text, '\n')
	if err := checkManifestSize(text); err != nil {
		return nil, nil, err
	}
	return text, checksumLine(text), nil
}

func checksumLine(manifest []byte) []byte {
	sum := sha256.Sum256(manifest)
	return fmt.Appendf(nil, "%x  %s\n", sum, manifestName)
}

func checkManifestSize(text []byte) error {
	if len(text) > maxManifest {
		return fmt.Errorf("a manifest of %d bytes: at most %d are read", len(text), maxManifest)
	}
	if n := bytes.Count(text, []byte{','}); n > maxEntries {
		return fmt.Errorf("a manifest with %d entries: at most %d are read", n, maxEntries)
	}
	return nil
}

// readManifest reads and checks the manifest of dir, but not its sections. sum
// tells it from another.
func readManifest(dir string) (m *Manifest, sum string, err error) {
	name := filepath.Join(dir, manifestName)
	text, err := readSmall(name, maxManifest)
	if err != nil {
		return nil, "", err
	}
	checksum, err := readSmall(filepath.Join(dir, checksumName), 1<<10)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "", corrupt(name, "its checksum %s is missing", checksumName)
	}
	if err != nil {
		return nil, "", err
	}
	if !bytes.Equal(checksum, checksumLine(text)) {
		return nil, "", corrupt(name, "it does not match %s", checksumName)
	}
	if err := checkManifestSize(text); err != nil {
		return nil, "", corrupt(name, "%w", err)
	}
	var head struct {
		Magic   string `json:"magic"`
		Major   int    `json:"major"`
		Gondola string `json:"gondola"`
		Needs   string `json:"needs"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, "", corrupt(name, "%w", err)
	}
	if head.Magic != manifestMagic {
		return nil, "", corrupt(name, "it is not the manifest of a gondola artefact")
	}
	if head.Major > formatMajor {
		return nil, "", &NewerError{Path: dir, Gondola: head.Gondola, Major: head.Major, Needs: head.Needs}
	}
	if head.Major < 1 {
		return nil, "", corrupt(name, "format %d", head.Major)
	}
	m = &Manifest{}
	if err := json.Unmarshal(text, m); err != nil {
		return nil, "", corrupt(name, "%w", err)
	}
	return m, string(checksum), m.check(name)
}

func (m *Manifest) check(name string) error {
	if len(m.Sections) > maxSections {
		return corrupt(name, "%d sections, at most %d are read", len(m.Sections), maxSections)
	}
	seen := map[string]bool{}
	for _, s := range m.Sections {
		switch sum, err := hex.DecodeString(s.SHA256); {
		case !sectionName(s.Name):
			return corrupt(name, "a section is called %q", s.Name)
		case seen[s.Name]:
			return corrupt(name, "section %s is there twice", s.Name)
		case s.Size < 0:
			return corrupt(name, "section %s has %d bytes", s.Name, s.Size)
		case err != nil || len(sum) != sha256.Size:
			return corrupt(name, "section %s has no sha256", s.Name)
		}
		seen[s.Name] = true
	}
	return nil
}

// sectionName reports whether a name is that of a plain file on every system,
// not hidden and none of the manifest's.
func sectionName(name string) bool {
	if name == "" || len(name) > maxSectionName || name[0] == '.' || strings.HasPrefix(name, manifestName) {
		return false
	}
	for _, r := range name {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`/\:*?"<>|`, r) {
			return false
		}
	}
	return filepath.IsLocal(name)
}

// corrupt wraps lake.ErrCorrupt with what is wrong with which file.
func corrupt(name, format string, args ...any) error {
	return fmt.Errorf("%s: %w: %w", name, lake.ErrCorrupt, fmt.Errorf(format, args...))
}

// readSmall reads a regular file of at most limit bytes.
func readSmall(name string, limit int64) (b []byte, err error) {
	f, err := openRegular(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, corrupt(name, "%d bytes, at most %d are read", info.Size(), limit)
	}
	b = make([]byte, info.Size())
	if _, err := io.ReadFull(f, b); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

// openRegular opens a file and refuses what is none: a pipe would block, and a
// link leads who knows where.
func openRegular(name string) (*os.File, error) {
	info, err := os.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, corrupt(name, "not a regular file")
	}
	return os.Open(name)
}

// sumFile returns the size and the sha256 of an open file.
func sumFile(ctx context.Context, f io.Reader) (int64, string, error) {
	h := sha256.New()
	n, err := io.Copy(h, &contextReader{ctx: ctx, r: f})
	return n, hex.EncodeToString(h.Sum(nil)), err
}

// contextReader stops reading when its context ends.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c *contextReader) Read(b []byte) (int, error) {
	if err := context.Cause(c.ctx); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}
