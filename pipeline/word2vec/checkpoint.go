package word2vec

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"time"

	"gondola/pipeline/simd"
)

// Checkpoints say how the state of a training is kept, so that a training that
// was killed goes on where it was.
//
// A shard is 4,096 titles of one epoch. States are of the moments between two
// shards, when no worker trains. With one worker a training that goes on from a
// state ends with the same model, bit for bit, as one that was never stopped; with
// more it ends with one as good.
type Checkpoints struct {
	// Corpus names the titles and their order: a digest of where they come from.
	// A state is of one corpus. The number of titles, the vocabulary with its
	// counts and the parameters are compared as well, by this package.
	Corpus string
	// From is a saved state to go on from; nil starts from the beginning.
	From io.Reader
	// Save keeps a state. It calls write once with where the state shall go, and
	// returns when it is there for good; the state before must stay whole until
	// then. The workers wait for it. Its error ends the training. nil saves none.
	Save func(write func(io.Writer) error) error
	// Every is the least time of work between two states; 0 saves after every
	// shard. Above 0 it grows with the time that saving takes, so that saving
	// takes at most 2 % of the whole.
	Every time.Duration
}

// CheckpointError is returned by [TrainWithCheckpoints] when the state to go on
// from is damaged, or of another training. Nothing was trained; without it the
// training can start from the beginning.
type CheckpointError struct {
	// Reason says what is wrong with it.
	Reason string
	// Err is the error of the reader, if there was one.
	Err error
}

func (e *CheckpointError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("checkpoint: %s: %v", e.Reason, e.Err)
	}
	return "checkpoint: " + e.Reason
}

// Unwrap returns the error of the reader.
func (e *CheckpointError) Unwrap() error { return e.Err }

// The format of a state, version 2. All numbers are little-endian.
//
//	magic        8 bytes  "gdlaw2v\n"
//	version      uint32
//	fingerprint  32 bytes of parameters, vocabulary and corpus
//	numbers      12 x 8 bytes, those of stateNumbers in their order
//	losses       epoch-1 x float64, of the finished epochs
//	in           words x dim float32
//	out          words x dim float32, with negative sampling
//	nodes        (words-1) x dim float32, with hierarchical softmax
//	sha256       32 bytes, of all before it
//
// No state of a random generator is part of it: every shard has its own, made
// from seed, epoch and first title. Nor is the learning rate: it follows from the
// number of words done.
const (
	stateMagic   = "gdlaw2v\n"
	stateVersion = 2
)

// stateNumbers are the numbers of a state.
type stateNumbers struct {
	Words, Dim, Out, Nodes int64   // shape: rows of in, dim, rows of out and of nodes
	Epoch                  int64   // under way, from 1
	NextTitle              int64   // of it: all before are done
	WordsDone              int64   // over all epochs
	PairsBefore            float64 // predictions of the finished epochs
	Pairs, Sampled         float64 // of this epoch
	Loss                   float64 // of this epoch, summed over Sampled
	Spent                  int64   // nanoseconds of training so far
}

// saves says when a state is due.
type saves struct {
	Checkpoints

	begun time.Time // of the work since the last state
	wait  time.Duration
}

// mostSaving is the largest share of the time that saving takes, inverted.
const mostSaving = 50

func (s *saves) due() bool { return s.Save != nil && time.Since(s.begun) >= s.wait }

// save hands the state to whoever keeps it. All workers rest.
func (t *trainer) save(ctx context.Context) error {
	if err := t.checkHealth(ctx); err != nil {
		return err
	}
	begun := time.Now()
	err := t.saves.Save(func(w io.Writer) error { return t.writeState(ctx, w) })
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	t.saves.begun = time.Now()
	if t.saves.wait = t.saves.Every; t.saves.wait > 0 {
		t.saves.wait = max(t.saves.wait, mostSaving*t.saves.begun.Sub(begun))
	}
	return nil
}

// stateFingerprint tells one training from another.
func (t *trainer) stateFingerprint(ctx context.Context, corpus string) ([sha256.Size]byte, error) {
	h := sha256.New()
	p := t.params
	p.Workers = min(p.Workers, 2) // one is repeatable; the others are alike
	p.Kernels = nil               // another processor goes on as well
	b := fmt.Appendf(nil, "%+v\n%d titles of %q\n", p, t.corpus.Len(), corpus)
	for i, word := range t.vocab.words {
		if i%(1<<16) == 0 && ctx.Err() != nil {
			return [sha256.Size]byte{}, context.Cause(ctx)
		}
		b = binary.LittleEndian.AppendUint64(b, uint64(len(word)))
		b = append(b, word...)
		b = binary.LittleEndian.AppendUint64(b, uint64(t.vocab.counts[i]))
		h.Write(b)
		b = b[:0]
	}
	h.Write(b)
	return [sha256.Size]byte(h.Sum(nil)), nil
}

func (t *trainer) numbers() stateNumbers {
	n := stateNumbers{
		Words: int64(len(t.vocab.words)), Dim: int64(t.params.VectorSize),
		Out: int64(t.out.Rows), Nodes: int64(t.nodeOut.Rows),
		Epoch: t.epoch.Load(), NextTitle: t.nextTitle.Load(), WordsDone: t.wordsDone.Load(),
		PairsBefore: t.pairsBefore, Spent: int64(t.spent()),
	}
	if n.NextTitle > 0 { // else the sums are still those of the epoch before
		for _, w := range t.workers {
			n.Pairs += w.pairs
			n.Sampled += w.sampled
			n.Loss += w.loss
		}
	}
	return n
}

// stateChunk is how many vector numbers are written or read at a time.
const stateChunk = 1 << 16

func (t *trainer) writeState(ctx context.Context, w io.Writer) error {
	h := sha256.New()
	out := io.MultiWriter(w, h)
	b := append(make([]byte, 0, 4*stateChunk), stateMagic...)
	b = binary.LittleEndian.AppendUint32(b, stateVersion)
	b = append(b, t.fingerprint[:]...)
	b, err := binary.Append(b, binary.LittleEndian, t.numbers())
	if err != nil {
		return err
	}
	if b, err = binary.Append(b, binary.LittleEndian, t.losses); err != nil {
		return err
	}
	if _, err := out.Write(b); err != nil {
		return err
	}
	for _, matrix := range t.matrices() {
		b = b[:0]
		for i := range matrix.Rows {
			for _, x := range matrix.Row(i) {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
			}
			if len(b) < 4*stateChunk && i+1 < matrix.Rows {
				continue
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if _, err := out.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err = w.Write(h.Sum(b[:0]))
	return err
}

func (t *trainer) matrices() [3]*simd.Matrix { return [3]*simd.Matrix{t.in, t.out, t.nodeOut} }

// restore reads a state into the trainer. What the file says is compared with what
// the trainer has before anything is read by it, so a file decides about no memory.
// After an error the trainer is of no use.
func (t *trainer) restore(ctx context.Context, r io.Reader) error {
	s := &stateReader{in: bufio.NewReaderSize(r, 4*stateChunk), sum: sha256.New()}
	var head struct {
		Magic       [len(stateMagic)]byte
		Version     uint32
		Fingerprint [sha256.Size]byte
	}
	var n stateNumbers
	if err := s.read(&head); err != nil {
		return err
	}
	switch {
	case string(head.Magic[:]) != stateMagic:
		return &CheckpointError{Reason: "this is no state of a training"}
	case head.Version != stateVersion:
		return &CheckpointError{Reason: fmt.Sprintf("version %d of the format, want %d", head.Version, stateVersion)}
	case head.Fingerprint != t.fingerprint:
		return &CheckpointError{Reason: "the state is of another training: of other parameters, words or titles"}
	}
	if err := s.read(&n); err != nil {
		return err
	}
	if err := t.checkNumbers(n); err != nil {
		return err
	}
	for range n.Epoch - 1 {
		var loss float64
		if err := s.read(&loss); err != nil {
			return err
		}
		if !finite(loss) {
			return &CheckpointError{Reason: fmt.Sprintf("a loss of %v", loss)}
		}
		t.losses = append(t.losses, loss)
	}
	for _, matrix := range t.matrices() {
		for i := range matrix.Rows {
			if i%1024 == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if err := s.floats(matrix.Row(i)); err != nil {
				return err
			}
		}
	}
	if err := s.end(); err != nil {
		return err
	}
	t.epoch.Store(n.Epoch)
	t.nextTitle.Store(n.NextTitle)
	t.wordsDone.Store(n.WordsDone)
	t.pairsBefore, t.earlier, t.resumed = n.PairsBefore, time.Duration(n.Spent), int(n.Epoch)
	w := t.workers[0]
	w.pairs, w.sampled, w.loss = n.Pairs, n.Sampled, n.Loss
	w.publish()
	return nil
}

// checkNumbers refuses numbers that no training like this one comes to.
func (t *trainer) checkNumbers(n stateNumbers) error {
	have := t.numbers()
	switch {
	case n.Words != have.Words || n.Dim != have.Dim || n.Out != have.Out || n.Nodes != have.Nodes:
		return &CheckpointError{Reason: fmt.Sprintf("vectors of %d + %d + %d words x %d, want %d + %d + %d x %d",
			n.Words, n.Out, n.Nodes, n.Dim, have.Words, have.Out, have.Nodes, have.Dim)}
	case n.Epoch < 1 || n.Epoch > int64(t.params.Epochs):
		return &CheckpointError{Reason: fmt.Sprintf("epoch %d of %d", n.Epoch, t.params.Epochs)}
	case n.NextTitle < 0 || n.NextTitle%chunkTitles != 0 || n.NextTitle > 0 && n.NextTitle >= t.corpus.Len():
		return &CheckpointError{Reason: fmt.Sprintf("title %d of %d", n.NextTitle, t.corpus.Len())}
	case n.WordsDone < 0 || !(n.PairsBefore >= 0) || !(n.Sampled >= 0) || !(n.Pairs >= n.Sampled) || !finite(n.Pairs) || n.Spent < 0 || !finite(n.Loss):
		return &CheckpointError{Reason: "its sums make no sense"}
	}
	return nil
}

// stateReader reads a state and sums it up.
type stateReader struct {
	in  *bufio.Reader
	buf []byte
	sum hash.Hash
}

// next returns the next n bytes, valid until the next call.
func (s *stateReader) next(n int) ([]byte, error) {
	if cap(s.buf) < n {
		s.buf = make([]byte, n)
	}
	b := s.buf[:n]
	if _, err := io.ReadFull(s.in, b); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, &CheckpointError{Reason: "it ends early", Err: io.ErrUnexpectedEOF}
		}
		return nil, &CheckpointError{Reason: "cannot be read", Err: err}
	}
	s.sum.Write(b)
	return b, nil
}

// read fills a value of fixed size.
func (s *stateReader) read(value any) error {
	b, err := s.next(binary.Size(value))
	if err != nil {
		return err
	}
	_, err = binary.Decode(b, binary.LittleEndian, value)
	return err
}

func (s *stateReader) floats(row []float32) error {
	b, err := s.next(4 * len(row))
	if err != nil {
		return err
	}
	for i := range row {
		row[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		if !finite(float64(row[i])) {
			return &CheckpointError{Reason: fmt.Sprintf("a vector holds %v", row[i])}
		}
	}
	return nil
}

// end compares the checksum, and makes sure that nothing follows.
func (s *stateReader) end() error {
	want := [sha256.Size]byte(s.sum.Sum(nil))
	got, err := s.next(sha256.Size)
	if err != nil {
		return err
	}
	if [sha256.Size]byte(got) != want {
		return &CheckpointError{Reason: "it is damaged: its checksum does not fit"}
	}
	if _, err := s.in.ReadByte(); !errors.Is(err, io.EOF) {
		return &CheckpointError{Reason: "more follows after its end", Err: err}
	}
	return nil
}
