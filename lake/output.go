package lake

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Mode says what becomes of an output that is already there.
type Mode string

// The modes.
const (
	// ModeError refuses to touch it, before any work is done.
	ModeError Mode = "error"
	// ModeOverwrite replaces it, once the new one is complete.
	ModeOverwrite Mode = "overwrite"
)

// OutputOptions says where and how an output is written. The zero value is a
// good choice.
type OutputOptions struct {
	// Format is told by the extension of a file, and is Parquet for a folder.
	Format Format
	// Mode is ModeError by default.
	Mode Mode
	// Partition names columns whose values become folders, key=value, outermost
	// first. An empty text goes to the folder of null, as in Hive and Spark.
	Partition []string
	// MaxOpen bounds the parts that are written at once (16 by default);
	// PartitionBytes the rows that wait in memory for theirs (64 MiB);
	// MaxPartitions the folders of one output (10,000).
	MaxOpen        int
	PartitionBytes int
	MaxPartitions  int
	// PartBytes is the size from which a part of a folder is followed by the
	// next one: 512 MiB by default.
	PartBytes int64
	// Run is the id of the run, in names and manifest; made up when empty.
	// Letters, digits, - and _ only.
	Run string
	// Writer holds the options of the formats.
	Writer WriterOptions
}

// Written says what a commit has put in place.
type Written struct {
	// Name is the file, or the folder.
	Name   string
	Folder bool
	Run    string
	Rows   int64
	Bytes  int64
	// Parts are the files of a folder, or the one file.
	Parts []Part
}

// Output is a table on its way into a store: one file, or a folder of parts.
// Nothing is to be seen before Commit, and a reader that follows the manifest
// of a folder (as Expand does) sees the whole of one run at every moment.
//
// A folder is written like this: parts go to out/_temporary/<run>/. Commit
// notes in out/_temporary/<run>/_commit.json which names it is about to make
// and which it replaces, renames the parts to out/[key=value/]part-00000-<run>,
// and swaps out/_manifest.json: that is the moment of the commit. Then the
// parts of the run before are removed and _SUCCESS is written for Spark and
// Hive. A run holds a lock on its folder in _temporary; the next run finds the
// folders of dead ones and completes them or takes them back. On a store
// without locks a run counts as dead a day after its last write.
//
// A reader that lists the folder instead of reading the manifest can see two
// runs between the renaming and the removal.
type Output struct {
	ctx     context.Context
	store   Store
	name    string
	folder  bool
	fields  []Field
	dicts   []*Column // that were found good, see Batch.check
	options OutputOptions
	run     string
	unlock  func()

	split   *splitter // nil without partitions
	inner   []Field   // the fields of a part
	open    *part     // without partitions
	count   int       // parts begun
	pending []finished
	shown   []string // names that this run has made visible
	done    bool
	err     error
}

// finished is a part that is complete and staged.
type finished struct {
	Part
	upload Upload
}

// NewOutput begins an output of the given columns under a name: a folder if
// the name ends in a slash, if its extension names no format, or if there are
// partitions; otherwise a file. In ModeError it returns an error that wraps
// fs.ErrExist when there is something already. The context holds until Commit
// or Abort.
func NewOutput(ctx context.Context, s Store, name string, fields []Field, options OutputOptions) (*Output, error) {
	o := &Output{
		ctx: ctx, store: s, name: name, options: options,
		fields: append([]Field(nil), fields...), dicts: make([]*Column, len(fields)),
	}
	if err := o.configure(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	begin := o.beginFile
	if o.folder {
		begin = o.beginFolder
	}
	if err := begin(); err != nil {
		o.release()
		return nil, err
	}
	return o, nil
}

func (o *Output) configure() error {
	p := &o.options
	format, compression, err := FormatOf(o.name)
	o.folder = strings.HasSuffix(o.name, "/") || err != nil || len(p.Partition) > 0
	if o.folder {
		format, compression = Parquet, p.Writer.Compression
		if o.name = path.Clean(o.name); o.name == "." {
			o.name = ""
		}
	}
	if p.Format == "" {
		p.Format = format
	}
	if p.Format == Parquet {
		compression = ""
	}
	p.Writer.Compression = compression
	if p.Mode == "" {
		p.Mode = ModeError
	}
	if p.Mode != ModeError && p.Mode != ModeOverwrite {
		return fmt.Errorf("mode %q: there are error and overwrite: %w", p.Mode, errors.ErrUnsupported)
	}
	for _, d := range []struct {
		v *int
		d int
	}{{&p.MaxOpen, 16}, {&p.PartitionBytes, 64 << 20}, {&p.MaxPartitions, 10_000}} {
		if *d.v <= 0 {
			*d.v = d.d
		}
	}
	if p.PartBytes <= 0 {
		p.PartBytes = 512 << 20
	}
	if o.run = p.Run; o.run == "" {
		var id [8]byte
		if _, err := rand.Read(id[:]); err != nil {
			return err
		}
		o.run = hex.EncodeToString(id[:])
	}
	if !runID(o.run) {
		return fmt.Errorf("run id %q: letters, digits, - and _ only", o.run)
	}
	if err := checkFields(o.fields); err != nil {
		return err
	}
	if o.inner, o.split, err = newSplitter(o.fields, p); err != nil {
		return err
	}
	// Judge fields and options of the format now, before any work.
	_, err = NewTableWriter(discard{}, o.inner, p.Format, p.Writer)
	return err
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func runID(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= 100
}

func (o *Output) beginFile() error {
	there, err := exists(o.ctx, o.store, o.name)
	switch {
	case errors.Is(err, fs.ErrInvalid):
		return say(fs.ErrExist, "%s is a folder: end the name in / to write parts into it", o.name)
	case err != nil:
		return err
	case there && o.options.Mode == ModeError:
		return say(fs.ErrExist, "%s is already there: choose another name, or overwrite", o.name)
	}
	o.open, err = newPart(o.ctx, o.store, o.name, path.Base(o.name), o.inner, &o.options,
		CreateOptions{IfAbsent: o.options.Mode == ModeError})
	return err
}

func (o *Output) beginFolder() error {
	ok, err := exists(o.ctx, o.store, o.name)
	if ok {
		return say(fs.ErrExist, "%s is a file, not a folder", o.name)
	}
	if err != nil && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	if err := o.sweep(); err != nil {
		return err
	}
	if err := o.checkFree(); err != nil {
		return err
	}
	if l, ok := o.store.(Locker); ok {
		o.unlock, err = l.TryLock(o.ctx, o.temp(lockName))
		if errors.Is(err, ErrLocked) {
			return fmt.Errorf("%s: run %s is already being written: %w", o.name, o.run, err)
		}
		return err
	}
	return nil
}

// checkFree looks for what is already in the folder. ModeOverwrite replaces
// what a manifest names, and nothing else: files of others are not ours to
// remove.
func (o *Output) checkFree() error {
	if _, err := ReadManifest(o.ctx, o.store, o.name); err == nil {
		if o.options.Mode == ModeError {
			return say(fs.ErrExist, "%s is already there: choose another name, or overwrite", o.name)
		}
		return nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	g, err := newGlobber("**")
	if err != nil {
		return err
	}
	hidden := func(name string) bool { return g.hidden(strings.TrimPrefix(name, o.name)) }
	for info, err := range o.store.List(o.ctx, o.name, hidden) {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case hidden(info.Name):
		case o.options.Mode == ModeError:
			return say(fs.ErrExist, "%s is not empty, it holds %s: choose another name", o.name, info.Name)
		default:
			return say(fs.ErrExist, "%s holds %s, which no manifest names: only what gondola has written is overwritten", o.name, info.Name)
		}
	}
	return nil
}

// temp returns a name in the run's own folder.
func (o *Output) temp(name string) string {
	return joinName(joinName(joinName(o.name, temporaryDir), o.run), name)
}

// Write adds the rows of b. After an error nothing can be committed.
func (o *Output) Write(b *Batch) error {
	if o.err == nil {
		o.err = o.write(b)
	}
	return o.err
}

func (o *Output) write(b *Batch) error {
	switch {
	case o.done:
		return fmt.Errorf("%s: %w", o.name, fs.ErrClosed)
	case context.Cause(o.ctx) != nil:
		return context.Cause(o.ctx)
	}
	if err := b.check(o.fields, o.dicts); err != nil {
		return fmt.Errorf("%s: %w", o.name, err)
	}
	var err error
	if o.split != nil {
		err = o.split.write(b, o.newPart, o.finish)
	} else {
		err = o.writePart(b)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", o.name, err)
	}
	return nil
}

func (o *Output) writePart(b *Batch) error {
	if o.open == nil {
		var err error
		if o.open, err = o.newPart(""); err != nil {
			return err
		}
	}
	if err := o.open.table.Write(b); err != nil {
		return err
	}
	if o.folder && o.open.count.n >= o.options.PartBytes {
		p := o.open
		o.open = nil
		return o.finish(p)
	}
	return nil
}

// newPart begins the next part in a folder below the output.
func (o *Output) newPart(folder string) (*part, error) {
	ext := "." + string(o.options.Format)
	if c := o.options.Writer.Compression; c != "" {
		ext += "." + c
	}
	name := joinName(folder, fmt.Sprintf("part-%05d-%s%s", o.count, o.run, ext))
	o.count++
	return newPart(o.ctx, o.store, joinName(o.name, name), name, o.inner, &o.options,
		CreateOptions{IfAbsent: true, Staging: path.Dir(o.temp("x"))})
}

// finish completes a part and stages it.
func (o *Output) finish(p *part) error {
	done, err := p.finish()
	if err == nil {
		err = p.upload.Stage()
	}
	o.pending = append(o.pending, finished{Part: done, upload: p.upload})
	return err
}

// Commit completes the output and shows it. Written is filled in even with an
// error if the output is in place and only cleaning up behind it failed; the
// next run does that then. After any other error nothing is to be seen, and
// Abort removes what is left.
func (o *Output) Commit(ctx context.Context) (Written, error) {
	if o.err == nil && o.done {
		o.err = fmt.Errorf("%s: %w", o.name, fs.ErrClosed)
	}
	if o.err != nil {
		return Written{}, o.err
	}
	if err := context.Cause(ctx); err != nil {
		return Written{}, err
	}
	commit := o.commitFile
	if o.folder {
		commit = o.commitFolder
	}
	w, err := commit(ctx)
	if w.Run == "" {
		o.err = err
	}
	return w, err
}

func (o *Output) commitFile(ctx context.Context) (Written, error) {
	p, err := o.open.finish()
	if err != nil {
		return Written{}, fmt.Errorf("%s: %w", o.name, err)
	}
	if err := o.open.upload.Commit(ctx); err != nil {
		return Written{}, fmt.Errorf("%s: %w", o.name, err)
	}
	o.done = true
	return Written{Name: o.name, Run: o.run, Rows: p.Rows, Bytes: p.Bytes, Parts: []Part{p}}, nil
}

// Abort removes everything of this run. After a Commit it does nothing, so
// that it can be deferred; it also works when the context has ended.
func (o *Output) Abort() error {
	if o.done {
		return nil
	}
	o.done = true
	ctx := context.WithoutCancel(o.ctx)
	var errs []error
	open := []*part{}
	if o.open != nil {
		open = append(open, o.open)
	}
	if o.split != nil {
		open = append(open, o.split.parts()...)
	}
	for _, p := range open {
		errs = append(errs, p.upload.Abort())
	}
	for _, f := range o.pending {
		errs = append(errs, f.upload.Abort())
	}
	if o.folder {
		errs = append(errs, removeParts(ctx, o.store, o.name, o.shown))
		errs = append(errs, o.removeRun(ctx))
		if o.name != "" {
			_ = o.store.Remove(ctx, o.name) // the folder, if nothing else is in it
		}
	}
	o.release()
	return errors.Join(errs...)
}

func (o *Output) release() {
	if o.unlock != nil {
		o.unlock()
		o.unlock = nil
	}
}
