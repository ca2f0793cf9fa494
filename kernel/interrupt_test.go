package kernel

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gondola/internal/need"
)

// TestInterruptSteps (bar K4) interrupts train, cluster, sql and load in the
// middle of their work, fifty times each (with -short ten): each is answered within
// a second, the next cell works, and what the session holds is as before.
func TestInterruptSteps(t *testing.T) {
	interruptions := need.Size(50, 10)
	k := startKernel(t, nil)
	f := k.connect(t)
	path := filepath.Join(t.TempDir(), "titles.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("id,title\n"); err != nil {
		t.Fatal(err)
	}
	line := []byte("123456,organic green tea with lemon and honey 20 bags\n")
	if _, err := file.Write(slices.Repeat(line, 1_000_000)); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	f.ok("set charts off\n" + `load "sample:receipts?n=20000" as raw | preprocess as tokens | train --epochs 1 --vector-size 32 as words`)
	holds := func() string {
		for _, o := range f.ok("status -o csv") {
			if text := o.data("text/plain"); text != "" {
				return text
			}
		}
		return ""
	}
	before := holds()
	if strings.Count(before, "\n") < 4 {
		t.Fatalf("the session holds %q", before)
	}
	for name, code := range map[string]string{
		"train":   "train tokens --force --epochs 1000 --vector-size 100",
		"cluster": "cluster words --force -k 100 --max-iter 10000 --tol 0",
		"sql":     "sql SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b",
		"load":    "load " + path + " --force",
	} {
		t.Run(name, func(t *testing.T) {
			f.t = t
			worst := time.Duration(0)
			for i := range interruptions {
				id := f.execute(code, nil)
				f.within(patience, "beginning", func() bool { return len(f.said[id]) > 1 })
				wait := time.NewTimer(time.Duration(i%10) * 10 * time.Millisecond)
				<-wait.C
				begun := time.Now()
				f.send(f.control, "interrupt_request", nil)
				reply := f.reply(id, soon)
				worst = max(worst, time.Since(begun))
				if reply["ename"] != "KeyboardInterrupt" {
					t.Fatalf("run %d: %v", i, reply)
				}
				f.done(id)
				f.ok("param after = 1")
			}
			t.Logf("the slowest of %d answers took %s", interruptions, worst)
			if after := holds(); after != before {
				t.Errorf("the session held\n%s\nand now\n%s", before, after)
			}
		})
		f.t = t
	}
}
