package lake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// commitFolder shows the parts and swaps the manifest, see Output.
func (o *Output) commitFolder(ctx context.Context) (Written, error) {
	if err := o.finishAll(); err != nil {
		return Written{}, fmt.Errorf("%s: %w", o.name, err)
	}
	unlock, err := lockCommit(ctx, o.store, o.name)
	if err != nil {
		return Written{}, fmt.Errorf("%s: %w", o.name, err)
	}
	defer unlock()
	m, old, err := o.plan(ctx)
	if err != nil {
		return Written{}, err
	}
	rec := record{Run: o.run, Replaces: old}
	for _, p := range m.Parts {
		rec.Parts = append(rec.Parts, p.Name)
	}
	staging := path.Dir(o.temp(recordName))
	if err := writeJSON(ctx, o.store, o.temp(recordName), rec, CreateOptions{Staging: staging}); err != nil {
		return Written{}, fmt.Errorf("%s: %w", o.name, err)
	}
	o.shown = rec.Parts
	for _, f := range o.pending {
		if err := f.upload.Commit(ctx); err != nil {
			return Written{}, fmt.Errorf("%s: %w", joinName(o.name, f.Name), err)
		}
	}
	swap := CreateOptions{IfAbsent: o.options.Mode == ModeError, Staging: staging}
	err = writeJSON(ctx, o.store, joinName(o.name, manifestName), m, swap)
	if err != nil && !o.committed(ctx) {
		return Written{}, fmt.Errorf("%s: %w", o.name, err)
	}
	// From here on the output is in place.
	o.done = true
	w := Written{Name: o.name, Folder: true, Run: o.run, Rows: m.Rows, Bytes: m.Bytes, Parts: m.Parts}
	err = errors.Join(err, o.tidy(ctx, old))
	o.release()
	if err != nil {
		return w, fmt.Errorf("%s is complete, but tidying up failed: %w", o.name, err)
	}
	return w, nil
}

// tidy does what is left behind a commit. If it fails, the record of the run
// stays, and the next run does the rest.
func (o *Output) tidy(ctx context.Context, old []string) error {
	if err := removeParts(ctx, o.store, o.name, old); err != nil {
		return err
	}
	if err := markSuccess(ctx, o.store, o.name, o.run); err != nil {
		return err
	}
	return o.removeRun(ctx)
}

// markSuccess writes the empty file that Spark and Hive look for.
func markSuccess(ctx context.Context, s Store, name, run string) error {
	staging := joinName(joinName(name, temporaryDir), run)
	return writeAll(ctx, s, joinName(name, successName), nil, CreateOptions{Staging: staging})
}

// committed tells, when writing the manifest has failed, whether it came into
// place all the same. Where that cannot be told, nothing is removed: the next
// run will see.
func (o *Output) committed(ctx context.Context) bool {
	now, err := ReadManifest(context.WithoutCancel(ctx), o.store, o.name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		o.done = true
		o.release()
	}
	return err == nil && now.Run == o.run
}

func (o *Output) finishAll() error {
	if o.split != nil {
		return o.split.finish(o.newPart, o.finish)
	}
	if o.open == nil && len(o.pending) == 0 {
		// A table without rows still has columns.
		var err error
		if o.open, err = o.newPart(""); err != nil {
			return err
		}
	}
	if o.open == nil {
		return nil
	}
	p := o.open
	o.open = nil
	return o.finish(p)
}

// plan returns the new manifest and the parts that it replaces.
func (o *Output) plan(ctx context.Context) (*Manifest, []string, error) {
	var old []string
	before, err := ReadManifest(ctx, o.store, o.name)
	switch {
	case err == nil && o.options.Mode == ModeError:
		return nil, nil, say(fs.ErrExist, "%s was written by another run meanwhile", o.name)
	case err == nil:
		for _, p := range before.Parts {
			old = append(old, p.Name)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return nil, nil, err
	}
	m := &Manifest{Format: manifestFormat, Run: o.run, Created: time.Now().UTC().Truncate(time.Second), Partition: o.options.Partition}
	for _, f := range o.fields {
		m.Schema = append(m.Schema, ManifestField{Name: f.Name, Type: f.Type.String(), Nullable: f.Nullable})
	}
	m.Parts = []Part{}
	for _, f := range o.pending {
		m.Parts = append(m.Parts, f.Part)
		m.Rows += f.Rows
		m.Bytes += f.Bytes
	}
	slices.SortFunc(m.Parts, func(a, b Part) int { return strings.Compare(a.Name, b.Name) })
	return m, old, nil
}

func writeJSON(ctx context.Context, s Store, name string, v any, options CreateOptions) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return writeAll(ctx, s, name, append(b, '\n'), options)
}

// lockCommit keeps other runs from committing into the folder. The wait is
// short: a commit renames files.
func lockCommit(ctx context.Context, s Store, name string) (func(), error) {
	l, ok := s.(Locker)
	if !ok {
		return func() {}, nil
	}
	lock := joinName(joinName(name, temporaryDir), lockName)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		unlock, err := l.TryLock(ctx, lock)
		if err == nil {
			return func() {
				// Remove before unlocking: whoever waits makes a new one.
				ctx := context.WithoutCancel(ctx)
				_ = s.Remove(ctx, lock)
				_ = s.Remove(ctx, joinName(name, temporaryDir))
				unlock()
			}, nil
		}
		if !errors.Is(err, ErrLocked) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-tick.C:
		}
	}
}

// removeParts removes parts and the partition folders that become empty.
func removeParts(ctx context.Context, s Store, dir string, names []string) error {
	var errs []error
	folders := map[string]bool{}
	for _, name := range names {
		errs = append(errs, s.Remove(ctx, joinName(dir, name)))
		for d := path.Dir(name); d != "."; d = path.Dir(d) {
			folders[d] = true
		}
	}
	for _, d := range deepestFirst(folders) {
		// Fails as long as something is in it, which is as it should be.
		_ = s.Remove(ctx, joinName(dir, d))
	}
	return errors.Join(errs...)
}

func deepestFirst(folders map[string]bool) []string {
	out := make([]string, 0, len(folders))
	for d := range folders {
		out = append(out, d)
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(b, a) })
	return out
}

// removeRun removes the run's folder in _temporary; the record goes last but
// for the lock, because it says what is still to be done.
func (o *Output) removeRun(ctx context.Context) error {
	return removeRun(ctx, o.store, o.name, o.run)
}

func removeRun(ctx context.Context, s Store, name, run string) error {
	dir := joinName(joinName(name, temporaryDir), run)
	var errs []error
	for info, err := range s.List(ctx, dir, nil) {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		if base := path.Base(info.Name); base != recordName && base != lockName {
			errs = append(errs, s.Remove(ctx, info.Name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, last := range []string{recordName, lockName} {
		if err := s.Remove(ctx, joinName(dir, last)); err != nil {
			return err
		}
	}
	// On a store of folders these are left; elsewhere this does nothing.
	_ = s.Remove(ctx, dir)
	_ = s.Remove(ctx, path.Dir(dir))
	return nil
}

// deadAfter is when a run counts as dead on a store without locks.
const deadAfter = 24 * time.Hour

// sweep completes or takes back what dead runs have left in the folder.
func (o *Output) sweep() error {
	ctx := o.ctx
	temp := joinName(o.name, temporaryDir)
	runs := map[string]time.Time{} // last write
	for info, err := range o.store.List(ctx, temp, nil) {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		rest := strings.TrimPrefix(strings.TrimPrefix(info.Name, temp), "/")
		if run, _, ok := strings.Cut(rest, "/"); ok && runID(run) && info.ModTime.After(runs[run]) {
			runs[run] = info.ModTime
		}
	}
	if len(runs) == 0 {
		return nil
	}
	unlock, err := lockCommit(ctx, o.store, o.name)
	if err != nil {
		return err
	}
	defer unlock()
	for run, last := range runs {
		if err := o.sweepRun(ctx, run, last); err != nil {
			return fmt.Errorf("%s: tidying up after run %s: %w", o.name, run, err)
		}
	}
	return nil
}

func (o *Output) sweepRun(ctx context.Context, run string, last time.Time) error {
	dir := joinName(joinName(o.name, temporaryDir), run)
	if l, ok := o.store.(Locker); ok {
		unlock, err := l.TryLock(ctx, joinName(dir, lockName))
		if errors.Is(err, ErrLocked) {
			return nil // alive
		}
		if err != nil {
			return err
		}
		defer unlock()
	} else if time.Since(last) < deadAfter {
		return nil
	}
	var rec record
	err := readJSON(ctx, o.store, joinName(dir, recordName), &rec)
	if errors.Is(err, fs.ErrNotExist) {
		return removeRun(ctx, o.store, o.name, run)
	}
	if err != nil {
		return err
	}
	garbage := rec.Parts
	m, err := ReadManifest(ctx, o.store, o.name)
	switch {
	case err == nil:
		// Whatever the manifest does not name was replaced, by that run or by
		// a later one.
		garbage = append(garbage, rec.Replaces...)
		for _, p := range m.Parts {
			garbage = slices.DeleteFunc(garbage, func(name string) bool { return name == p.Name })
		}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	garbage = slices.DeleteFunc(garbage, func(name string) bool { return !localName(name) })
	if err := removeParts(ctx, o.store, o.name, garbage); err != nil {
		return err
	}
	if err == nil && m != nil && m.Run == rec.Run {
		if err := markSuccess(ctx, o.store, o.name, run); err != nil {
			return err
		}
	}
	return removeRun(ctx, o.store, o.name, run)
}
