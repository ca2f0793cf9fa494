package word2vec

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gondola/internal/need"
)

// The environment of a process that trains until it kills itself.
const (
	killDir = "GONDOLA_TEST_KILL_DIR" // its files
	killAt  = "GONDOLA_TEST_KILL_AT"  // the moment
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(killDir); dir != "" {
		if err := trainToDeath(dir, os.Getenv(killAt)); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		os.Exit(3) // alive
	}
	os.Exit(m.Run())
}

// killed is the training of the kill tests: 4 shards, 3 epochs, all three matrices.
func killed() (Corpus, Dictionary, Params) {
	c, d := InMemory(topicTitles(4, 30, 3*chunkTitles+100, 1))
	p := small(DefaultParams())
	p.Epochs, p.HS = 3, true
	return c, d, p
}

const killedShards = 4 * 3

// stateFile keeps states in a file, and says what it does to step.
type stateFile struct {
	path string
	step func(what string)
}

func (f stateFile) save(write func(io.Writer) error) error {
	temp, err := os.Create(f.path + ".tmp")
	if err != nil {
		return err
	}
	err = errors.Join(write(stepWriter{temp, f.step}), temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	f.step("written")
	err = os.Rename(temp.Name(), f.path)
	f.step("renamed")
	return err
}

type stepWriter struct {
	io.Writer
	step func(string)
}

func (w stepWriter) Write(b []byte) (int, error) {
	half, err := w.Writer.Write(b[:len(b)/2])
	if err != nil {
		return half, err
	}
	w.step("writing")
	rest, err := w.Writer.Write(b[len(b)/2:])
	return half + rest, err
}

// logged writes down every shard that is begun.
type logged struct {
	Corpus
	log  io.Writer
	step func(string)
}

func (c logged) Each(ctx context.Context, from, to int64, fn func(int64, []int32, int64) error) error {
	if _, err := fmt.Fprintln(c.log, from); err != nil {
		return err
	}
	return c.Corpus.Each(ctx, from, to, func(i int64, ids []int32, times int64) error {
		c.step("title")
		return fn(i, ids, times)
	})
}

// trainToDeath trains from the state in dir, if there is one, saves after every
// shard, and kills itself at a moment such as "title 5000".
func trainToDeath(dir, moment string) error {
	what, count, _ := strings.Cut(moment, " ")
	n, err := strconv.Atoi(count)
	if err != nil {
		return err
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	step := func(now string) {
		if now == what {
			if n--; n == 0 {
				_ = self.Kill()
				select {} // until the signal is here
			}
		}
	}
	_, err = trainLogged(context.Background(), dir, step)
	return errors.Join(err, fmt.Errorf("ended before %q", moment))
}

func trainLogged(ctx context.Context, dir string, step func(string)) (*Model, error) {
	log, err := os.OpenFile(filepath.Join(dir, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }()
	file := stateFile{filepath.Join(dir, "state"), step}
	cp := Checkpoints{Save: file.save}
	if state, err := os.Open(file.path); err == nil {
		defer func() { _ = state.Close() }()
		cp.From = state
	}
	c, d, p := killed()
	return TrainWithCheckpoints(ctx, logged{c, log, step}, d, p, cp, nil)
}

// TestT2KillAndResume kills a training, kill -9, at ten moments: while it trains,
// while it saves, and around the rename. What goes on from the file that is left
// makes the model of a training that was never killed, and repeats at most the
// shard that was under way.
func TestT2KillAndResume(t *testing.T) {
	c, d, p := killed()
	want, err := Train(t.Context(), c, d, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, moment := range []string{
		"title 4097", "writing 12", "renamed 4", // those of -short: on the border of a shard, in a state, after one
		"title 1", "title 9000", "title 20001", "title 37161", // the first, two in between, the last
		"writing 1", "writing 40", "written 3",
	}[:need.Size(10, 3)] {
		t.Run(moment, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), exe)
			cmd.Env = append(os.Environ(), killDir+"="+dir, killAt+"="+moment)
			out, err := cmd.CombinedOutput()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Exited() {
				t.Fatalf("the training was not killed: %v\n%s", err, out)
			}
			m, err := trainLogged(t.Context(), dir, func(string) {})
			if err != nil {
				t.Fatal(err)
			}
			if digest(m) != digest(want) {
				t.Error("another model than without the kill")
			}
			log, err := os.ReadFile(filepath.Join(dir, "log"))
			if err != nil {
				t.Fatal(err)
			}
			if begun := bytes.Count(log, []byte("\n")); begun < killedShards || begun > killedShards+1 {
				t.Errorf("%d shards were begun by both runs, want %d and at most one again", begun, killedShards)
			}
		})
	}
}

// saved trains and returns the states after every shard.
func saved(t testing.TB, c Corpus, d Dictionary, p Params, name string) (states [][]byte) {
	t.Helper()
	_, err := TrainWithCheckpoints(t.Context(), c, d, p, Checkpoints{Corpus: name, Save: func(write func(io.Writer) error) error {
		var b bytes.Buffer
		err := write(&b)
		states = append(states, b.Bytes())
		return err
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return states
}

// TestT2EveryStateGoesOn resumes from every state of every way to train.
func TestT2EveryStateGoesOn(t *testing.T) {
	c, d := InMemory(topicTitles(4, 30, chunkTitles+100, 1))
	for name, p := range objectives() {
		t.Run(name, func(t *testing.T) {
			p = small(p)
			want, err := Train(t.Context(), c, d, p, nil)
			if err != nil {
				t.Fatal(err)
			}
			states := saved(t, c, d, p, "")
			if len(states) != 2*p.Epochs-1 {
				t.Fatalf("%d states of %d shards", len(states), 2*p.Epochs)
			}
			for i, state := range states {
				var last Progress
				m, err := TrainWithCheckpoints(t.Context(), c, d, p, Checkpoints{From: bytes.NewReader(state)}, func(p Progress) { last = p })
				if err != nil {
					t.Fatal(err)
				}
				if digest(m) != digest(want) {
					t.Errorf("from state %d: another model", i)
				}
				if epoch := 1 + (i+1)/2; last.Resumed != epoch || last.Before <= 0 {
					t.Errorf("from state %d: the progress says epoch %d after %v, want epoch %d", i, last.Resumed, last.Before, epoch)
				}
			}
		})
	}
}

// TestT2SeveralWorkers: a run of several workers is cut anywhere and goes on; all
// words are read as often as without.
func TestT2SeveralWorkers(t *testing.T) {
	memory, d := InMemory(topicTitles(4, 30, 5*chunkTitles, 2))
	p := small(DefaultParams())
	p.Workers = 3
	whole, err := Train(t.Context(), memory, d, p, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{chunkTitles * 3 / 2, chunkTitles * 4, chunkTitles * 8} {
		ctx, cancel := context.WithCancel(t.Context())
		var state []byte
		c := &watched{Corpus: memory, before: func(given int64) {
			if given == at {
				cancel()
			}
		}}
		_, err := TrainWithCheckpoints(ctx, c, d, p, Checkpoints{Save: func(write func(io.Writer) error) error {
			var b bytes.Buffer
			err := write(&b)
			state = b.Bytes()
			return err
		}}, nil)
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want context.Canceled", err)
		}
		cp := Checkpoints{}
		if state != nil {
			cp.From = bytes.NewReader(state)
		} else if at > 3*chunkTitles {
			t.Errorf("cancelled at title %d: no state was saved", at)
		}
		p := p
		p.Workers = 2 // as good as three
		m, err := TrainWithCheckpoints(t.Context(), memory, d, p, cp, nil)
		if err != nil {
			t.Fatal(err)
		}
		if m.Words != whole.Words || len(m.Loss) != p.Epochs || m.Loss[1] >= m.Loss[0] {
			t.Errorf("cut at title %d: %d words and loss %v, want %d and one that falls", at, m.Words, m.Loss, whole.Words)
		}
		if got, want := float64(m.Pairs), float64(whole.Pairs); math.Abs(got-want) > 0.001*want {
			t.Errorf("cut at title %d: %v predictions, want %v", at, got, want)
		}
	}
}

// TestT2OtherTrainings: a state is of one training.
func TestT2OtherTrainings(t *testing.T) {
	titles := topicTitles(4, 30, chunkTitles+100, 1)
	c, d := InMemory(titles)
	p := small(DefaultParams())
	state := saved(t, c, d, p, "a")[0]
	shorter, _ := InMemory(titles[:len(titles)-1])
	other := Dictionary{append([]string(nil), d.Words...), append([]int64(nil), d.Counts...)}
	other.Counts[0]++
	for name, test := range map[string]struct {
		c      Corpus
		d      Dictionary
		change func(*Params)
		corpus string
	}{
		"seed":    {c, d, func(p *Params) { p.Seed++ }, "a"},
		"alpha":   {c, d, func(p *Params) { p.Alpha *= 2 }, "a"},
		"epochs":  {c, d, func(p *Params) { p.Epochs++ }, "a"},
		"dim":     {c, d, func(p *Params) { p.VectorSize++ }, "a"},
		"hs":      {c, d, func(p *Params) { p.HS = true }, "a"},
		"workers": {c, d, func(p *Params) { p.Workers = 2 }, "a"},
		"corpus":  {c, d, func(*Params) {}, "b"},
		"titles":  {shorter, d, func(*Params) {}, "a"},
		"counts":  {c, other, func(*Params) {}, "a"},
	} {
		p := p
		test.change(&p)
		_, err := TrainWithCheckpoints(t.Context(), test.c, test.d, p, Checkpoints{Corpus: test.corpus, From: bytes.NewReader(state)}, nil)
		var bad *CheckpointError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), "of another training") {
			t.Errorf("%s: got %v, want that the state is of another training", name, err)
		}
	}
}

// seal gives a state the checksum of its bytes.
func seal(state []byte) []byte {
	body := state[:max(0, len(state)-sha256.Size)]
	sum := sha256.Sum256(body)
	return append(body[:len(body):len(body)], sum[:]...)
}

// numbersAt is where the numbers of a state begin.
const numbersAt = len(stateMagic) + 4 + sha256.Size

// TestT2DamagedStates: every cut and every flipped bit is found, and so is nonsense
// under a good checksum.
func TestT2DamagedStates(t *testing.T) {
	c, d := InMemory(topicTitles(4, 30, chunkTitles+100, 1))
	p := small(DefaultParams())
	states := saved(t, c, d, p, "")
	state := states[len(states)-1] // of the second epoch: it has a loss
	refused := func(what string, b []byte, want string) {
		t.Helper()
		v, err := newVocabulary(t.Context(), d, p.MinCount)
		if err != nil {
			t.Fatal(err)
		}
		tr, err := newTrainer(t.Context(), c, v, p)
		if err != nil {
			t.Fatal(err)
		}
		err = tr.useCheckpoints(t.Context(), Checkpoints{From: bytes.NewReader(b)})
		var bad *CheckpointError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want a *CheckpointError with %q", what, err, want)
		}
	}
	for n := 0; n < len(state); n += 1 + len(state)/500 {
		refused(fmt.Sprintf("cut to %d of %d bytes", n, len(state)), state[:n], "it ends early")
	}
	for n := 0; n < len(state); n += 1 + len(state)/500 {
		flipped := bytes.Clone(state)
		flipped[n] ^= 1 << (n % 8)
		refused(fmt.Sprintf("byte %d flipped", n), flipped, "")
	}
	refused("one byte more", append(bytes.Clone(state), 0), "more follows")
	for name, test := range map[string]struct {
		at    int
		value uint64
		want  string
	}{
		"words":   {0, 1 << 62, "vectors of"},
		"dim":     {1, 0, "vectors of"},
		"epoch 0": {4, 0, "epoch 0 of 2"},
		"epoch 3": {4, 3, "epoch 3 of 2"},
		"title":   {5, 17, "title 17 of"},
		"before":  {5, 1 << 63, "title -"},
		"behind":  {5, 2 * chunkTitles, "title 8192 of"},
		"words<0": {6, 1 << 63, "make no sense"},
		"sampled": {9, math.Float64bits(1e300), "make no sense"},
		"loss":    {10, math.Float64bits(math.NaN()), "make no sense"},
		"losses":  {12, math.Float64bits(math.Inf(1)), "a loss of"},
		"vectors": {13, math.Float64bits(math.NaN()), "a vector holds NaN"},
	} {
		b := bytes.Clone(state)
		binary.LittleEndian.PutUint64(b[numbersAt+8*test.at:], test.value)
		refused(name, seal(b), test.want)
	}
	newer := bytes.Clone(state)
	newer[len(stateMagic)] = stateVersion + 1
	refused("a later version", seal(newer), "version 3 of the format, want 2")
	foreign := bytes.Clone(state)
	foreign[0] = 'x'
	refused("magic", seal(foreign), "no state of a training")
}

// TestT2SavingTakesAtMostTwoPercent: a state comes after Every, and later where
// saving is slow.
func TestT2SavingTakesAtMostTwoPercent(t *testing.T) {
	memory, d := InMemory(topicTitles(2, 5, 2*chunkTitles, 1))
	p := small(DefaultParams())
	p.Epochs = 20
	synctest.Test(t, func(t *testing.T) {
		c := &watched{Corpus: memory, before: func(given int64) {
			if given%chunkTitles == 0 {
				<-time.After(13 * time.Second) // a shard
			}
		}}
		begun, saving := time.Now(), time.Duration(0)
		var at []time.Duration
		_, err := TrainWithCheckpoints(t.Context(), c, d, p, Checkpoints{
			Every: 30 * time.Second,
			Save: func(write func(io.Writer) error) error {
				at = append(at, time.Since(begun))
				<-time.After(2 * time.Second)
				saving += 2 * time.Second
				return write(io.Discard)
			},
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(at) < 4 || at[0] != 39*time.Second || at[1]-at[0] != 106*time.Second {
			t.Errorf("saved at %v, want after 39 s, then every 104 s of work", at)
		}
		if whole := time.Since(begun); saving*mostSaving > whole+100*time.Second {
			t.Errorf("saving took %v of %v", saving, whole)
		}
	})
}

// TestT2ErrorOfSave ends the training.
func TestT2ErrorOfSave(t *testing.T) {
	c, d := InMemory(topicTitles(4, 30, chunkTitles+100, 1))
	full := errors.New("no space left on device")
	_, err := TrainWithCheckpoints(t.Context(), c, d, small(DefaultParams()), Checkpoints{Save: func(write func(io.Writer) error) error {
		return write(&fullWriter{full})
	}}, nil)
	if !errors.Is(err, full) {
		t.Errorf("got %v, want the error of the writer", err)
	}
}

type fullWriter struct{ err error }

func (w *fullWriter) Write([]byte) (int, error) { return 0, w.err }

// FuzzCheckpoint reads what it is given as a state, as it is and under a good
// checksum: a *CheckpointError, or a state that a model comes of.
func FuzzCheckpoint(f *testing.F) {
	c, d := InMemory(topicTitles(2, 5, chunkTitles+10, 1))
	p := small(DefaultParams())
	p.VectorSize, p.HS = 2, true
	states := saved(f, c, d, p, "")
	for _, state := range states {
		f.Add(state)
		f.Add(state[:len(state)/2])
	}
	f.Add([]byte(stateMagic))
	v, err := newVocabulary(f.Context(), d, p.MinCount)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		reseal := bytes.Clone(b)
		if len(b) > numbersAt { // or no input would get past these
			copy(reseal, states[0][:numbersAt])
		}
		for _, state := range [][]byte{b, seal(reseal)} {
			tr, err := newTrainer(t.Context(), c, v, p)
			if err != nil {
				t.Fatal(err)
			}
			if tr.fingerprint, err = tr.stateFingerprint(t.Context(), ""); err != nil {
				t.Fatal(err)
			}
			err = tr.restore(t.Context(), bufio.NewReader(bytes.NewReader(state)))
			var bad *CheckpointError
			switch {
			case err == nil:
				if err := tr.checkHealth(t.Context()); err != nil {
					t.Error(err)
				}
				if e := tr.epoch.Load(); e < 1 || e > int64(p.Epochs) || len(tr.losses) != int(e)-1 || tr.nextTitle.Load() >= c.Len() {
					t.Errorf("epoch %d, losses %v, title %d", e, tr.losses, tr.nextTitle.Load())
				}
			case !errors.As(err, &bad):
				t.Errorf("got %T: %v", err, err)
			}
		}
	})
}
