package local

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWorkFolders: the folder of a living engine stays, that of a dead one is
// swept by the next, and Close leaves nothing.
func TestWorkFolders(t *testing.T) {
	cache := t.TempDir()
	first, err := newWorkFolder(cache)
	if err != nil {
		t.Fatal(err)
	}
	dead := filepath.Join(cache, workPrefix+"dead")
	if err := os.Mkdir(dead, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dead, "lock"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	second, err := newWorkFolder(cache)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(first.dir); err != nil {
		t.Errorf("the folder of a living engine is gone: %v", err)
	}
	if _, err := os.Stat(dead); !os.IsNotExist(err) {
		t.Errorf("the folder of a dead engine is there: %v", err)
	}
	for _, w := range []*workFolder{first, second} {
		if err := w.close(); err != nil {
			t.Fatal(err)
		}
	}
	if left, _ := os.ReadDir(cache); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
