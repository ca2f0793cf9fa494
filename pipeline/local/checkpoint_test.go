package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
	"gondola/lake"
	"gondola/pipeline"
	"gondola/pipeline/artifact"
)

// trainReceipts trains 24 shards with an engine of its own, saving after
// every one.
func trainReceipts(ctx context.Context, cache string, force bool, report pipeline.Report) (m *artifact.WordModel, err error) {
	e, err := New(Options{CacheDir: cache, Workers: 2, CheckpointEvery: -1})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	ds, err := e.Load(ctx, pipeline.Load{URI: "sample:receipts?n=12000&seed=1"}, nil)
	if err != nil {
		return nil, err
	}
	clean, err := e.Transform(ctx, ds, pipeline.Preprocess{StopWords: "en", Units: true, Numbers: "drop"}, nil)
	if err != nil {
		return nil, err
	}
	model, err := e.Fit(ctx, clean, pipeline.Word2Vec{
		VectorSize: need.Size(16, 4), Window: need.Size(2, 1), MinCount: 5, Negative: 5, Subsample: 1e-3, Epochs: 8,
		Alpha: 0.05, MinAlpha: 0.0001, Seed: 1, Workers: 1, Force: force,
	}, report)
	if err != nil {
		return nil, err
	}
	return model.(*artifact.WordModel), nil
}

// phases gathers the phases of progress.
func phases(list *[]string) pipeline.Report {
	return func(p pipeline.Progress) {
		if n := len(*list); n == 0 || (*list)[n-1] != p.Phase {
			*list = append(*list, p.Phase)
		}
	}
}

// checkpointFiles lists the folder of states.
func checkpointFiles(t *testing.T, cache string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(cache, checkpointFolder))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// mustTrainReceipts trains to the end.
func mustTrainReceipts(t *testing.T, cache string, force bool) (m *artifact.WordModel, seen []string) {
	t.Helper()
	m, err := trainReceipts(t.Context(), cache, force, phases(&seen))
	if err != nil {
		t.Fatal(err)
	}
	if left := checkpointFiles(t, cache); len(left) > 0 {
		t.Errorf("a training that ended well left %q", left)
	}
	return m, seen
}

// checkSame compares two models bit for bit.
func checkSame(t *testing.T, what string, got, want *artifact.WordModel) {
	t.Helper()
	if !slices.Equal(got.Vectors.Data(), want.Vectors.Data()) || fmt.Sprint(got.Facts()) != fmt.Sprint(want.Facts()) || got.Origin().Hash != want.Origin().Hash {
		t.Errorf("%s: the model is not that of a training that was never stopped", what)
	}
}

func resumed(phases []string) bool {
	return slices.ContainsFunc(phases, func(p string) bool { return strings.Contains(p, "resumed at ") })
}

// TestT2KilledTrainingGoesOn kills a process that trains, kill -9. The next run of
// the same step says that it goes on, and ends with the same model.
func TestT2KilledTrainingGoesOn(t *testing.T) {
	want, seen := mustTrainReceipts(t, t.TempDir(), false)
	if resumed(seen) {
		t.Errorf("the first training says %q", seen)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cache := t.TempDir()
	cmd := exec.CommandContext(t.Context(), exe, fmt.Sprintf("-test.short=%v", testing.Short()))
	cmd.Env = append(os.Environ(), trainCache+"="+cache)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(cache, checkpointFolder, want.Origin().Hash+checkpointSuffix)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 3000 { // until the first state is there
		if _, err := os.Stat(saved); err == nil {
			break
		}
		<-tick.C
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.Exited() {
		t.Fatalf("the training was not killed: %v", err)
	}
	if _, err := os.Stat(saved); err != nil {
		t.Fatal(err)
	}
	m, seen := mustTrainReceipts(t, cache, false)
	if !resumed(seen) {
		t.Errorf("the phases are %q, want one that says where it was resumed", seen)
	}
	checkSame(t, "after a kill", m, want)
}

// TestT2CancelledTrainingGoesOn: Ctrl-C leaves the last state, from which the same
// step goes on; Force begins anew, and so does a damaged or foreign state.
func TestT2CancelledTrainingGoesOn(t *testing.T) {
	want, _ := mustTrainReceipts(t, t.TempDir(), false)
	stop := errors.New("the user pressed Ctrl-C")
	name := want.Origin().Hash + checkpointSuffix
	cut := func(cache string) {
		ctx, cancel := context.WithCancelCause(t.Context())
		defer cancel(nil)
		if _, err := trainReceipts(ctx, cache, false, func(pipeline.Progress) {
			if _, err := os.Stat(filepath.Join(cache, checkpointFolder, name)); err == nil {
				cancel(stop)
			}
		}); !errors.Is(err, stop) {
			t.Fatalf("got %v, want the cause of the cancelled context", err)
		}
		if got := checkpointFiles(t, cache); !slices.Equal(got, []string{name}) {
			t.Fatalf("a cancelled training left %q, want its state", got)
		}
	}
	for _, test := range []struct {
		name   string
		change func(state string)
		force  bool
		resume bool
	}{
		{"as it is", func(string) {}, false, true},
		{"force", func(string) {}, true, false},
		{"cut short", func(state string) { _ = os.Truncate(state, 1000) }, false, false},
		{"of another format", func(state string) { _ = os.WriteFile(state, []byte("nonsense"), 0o600) }, false, false},
	} {
		cache := t.TempDir() // where no earlier result is
		cut(cache)
		test.change(filepath.Join(cache, checkpointFolder, name))
		m, seen := mustTrainReceipts(t, cache, test.force)
		if resumed(seen) != test.resume {
			t.Errorf("%s: the phases are %q", test.name, seen)
		}
		checkSame(t, test.name, m, want)
	}
}

// TestT2TwoProcesses: a state is used by one training at a time; the other does
// without. Old states are swept, but for those in use.
func TestT2TwoProcesses(t *testing.T) {
	cache := t.TempDir()
	e, err := New(Options{CacheDir: cache})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	first := e.openCheckpoint(t.Context(), pipeline.Origin{Hash: "a"}, false)
	state := func(w io.Writer) error { _, err := io.WriteString(w, "state"); return err }
	if err := first.save(t.Context(), state); err != nil || first.fault.Load() != nil {
		t.Fatal(err, first.fault.Load())
	}
	second := e.openCheckpoint(t.Context(), pipeline.Origin{Hash: "a"}, true)
	if second.path != "" || second.resume != nil || second.fault.Load() != nil {
		t.Errorf("a second training shares the state of the first: %+v", second)
	}
	second.close()

	dir := filepath.Join(cache, checkpointFolder)
	long := time.Now().Add(-checkpointLife - time.Hour)
	for _, name := range []string{"b.ckpt", ".c.ckpt.0011.tmp", "d.lock", "a.ckpt"} {
		path := filepath.Join(dir, name)
		if name != "a.ckpt" {
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	}
	third := e.openCheckpoint(t.Context(), pipeline.Origin{Hash: "e"}, false)
	if got, want := checkpointFiles(t, cache), []string{"a.ckpt", "a.lock", "e.lock"}; !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
	third.close()
	first.close()
	if got, want := checkpointFiles(t, cache), []string{"a.ckpt"}; !slices.Equal(got, want) {
		t.Errorf("after close the folder holds %q, want %q", got, want)
	}
}

// TestT2FullDisk: a training whose state cannot be saved goes on, and says so.
func TestT2FullDisk(t *testing.T) {
	want, _ := mustTrainReceipts(t, t.TempDir(), false)
	cache := t.TempDir()
	if err := os.WriteFile(filepath.Join(cache, checkpointFolder), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var seen []string
	m, err := trainReceipts(t.Context(), cache, false, phases(&seen))
	if err != nil {
		t.Fatal(err)
	}
	checkSame(t, "without a folder", m, want)
	if last := seen[len(seen)-1]; last != "epoch 8 of 8, no checkpoint (not a directory)" {
		t.Errorf("the last phase is %q", last)
	}
}

// TestCheckpointSync: an upload of the lake can wait for the disk in between.
func TestCheckpointSync(t *testing.T) {
	up, err := lake.File{}.Create(t.Context(), filepath.Join(t.TempDir(), "x"), lake.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = up.Abort() }()
	if _, ok := up.(interface{ Sync() error }); !ok {
		t.Error("a state of gigabytes is written without a wait for the disk in between, which a cancel then waits for at its end")
	}
}
