package artifact

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
)

// faultDisk does something at one of the calls that change the disk.
type faultDisk struct {
	disk

	calls int
	at    int // the number of the call; none when it is never reached
	two   bool
	fault func() error
}

func (d *faultDisk) call() error {
	d.calls++
	if d.calls == d.at {
		return d.fault()
	}
	return nil
}

func (d *faultDisk) Mkdir(dir string) error {
	if err := d.call(); err != nil {
		return err
	}
	return d.disk.Mkdir(dir)
}

func (d *faultDisk) Create(name string) (io.WriteCloser, error) {
	if err := d.call(); err != nil {
		return nil, err
	}
	f, err := d.disk.Create(name)
	return &faultFile{WriteCloser: f, d: d}, err
}

func (d *faultDisk) Sync(name string) error {
	if err := d.call(); err != nil {
		return err
	}
	return d.disk.Sync(name)
}

func (d *faultDisk) Rename(from, to string) error {
	if err := d.call(); err != nil {
		return err
	}
	return d.disk.Rename(from, to)
}

func (d *faultDisk) Exchange(a, b string) error {
	if err := d.call(); err != nil {
		return err
	}
	if d.two {
		return errors.ErrUnsupported
	}
	return d.disk.Exchange(a, b)
}

func (d *faultDisk) RemoveAll(dir string) error {
	if err := d.call(); err != nil {
		return err
	}
	return d.disk.RemoveAll(dir)
}

// faultFile fails in the middle of a write, with half of it on the disk.
type faultFile struct {
	io.WriteCloser

	d *faultDisk
}

func (f *faultFile) Write(b []byte) (int, error) {
	n, err := f.WriteCloser.Write(b[:len(b)/2])
	if err != nil {
		return n, err
	}
	if err := f.d.call(); err != nil {
		return n, err
	}
	m, err := f.WriteCloser.Write(b[len(b)/2:])
	return n + m, err
}

func (f *faultFile) Close() error { return errors.Join(f.d.call(), f.WriteCloser.Close()) }

// replaceWith writes text over dir through d.
func replaceWith(ctx context.Context, d disk, dir, text string) error {
	b, err := create(d, dir)
	if err != nil {
		return err
	}
	for _, name := range []string{"a.bin", "b.json"} {
		f, err := b.Create(name)
		if err == nil {
			_, err = io.WriteString(f, name+" "+text)
			err = errors.Join(err, f.Close())
		}
		if err != nil {
			return errors.Join(err, b.Abort())
		}
	}
	err = b.CommitReplacing(ctx, Manifest{Kind: text})
	return errors.Join(err, b.Abort())
}

// Bar T7: a disk that is full or broken at any call leaves the old or the new.
func TestT7DiskFails(t *testing.T) {
	points := 0
	for _, two := range []bool{false, true} {
		for _, fault := range []error{syscall.ENOSPC, syscall.EIO} {
			for at := 1; ; at++ {
				dir := filepath.Join(t.TempDir(), "m")
				commit(t, dir, "old")
				d := &faultDisk{disk: realDisk{}, at: at, two: two, fault: func() error { return fault }}
				err := replaceWith(t.Context(), d, dir, "new")
				if d.calls < at {
					if err != nil {
						t.Fatalf("without a fault: %v", err)
					}
					break
				}
				points++
				if !errors.Is(err, fault) {
					t.Errorf("call %d: %v instead of %v", at, err, fault)
				}
				if got := content(t, dir); got != "old" && got != "new" {
					t.Errorf("call %d: there is %q", at, got)
				}
				if err := SweepTemp(filepath.Dir(dir), 0); err != nil {
					t.Errorf("call %d: sweep: %v", at, err)
				}
				if got := names(t, filepath.Dir(dir)); !slices.Equal(got, []string{"m"}) {
					t.Errorf("call %d: left: %q", at, got)
				}
			}
		}
	}
	if points < 50 {
		t.Errorf("only %d points of failure", points)
	}
	t.Logf("%d points of failure", points)
}
