package kmeans

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gondola/internal/need"
)

// sklearn runs Python code once for each of the jobs, which it finds as job,
// and decodes the list of what it leaves in result. load reads a matrix.
func sklearn(t *testing.T, python, code string, jobs, results any) {
	t.Helper()
	text, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), python, "-c", `
import json, sys, numpy as np
def load(file, dim):
  return np.fromfile(file, dtype="<f4").reshape(-1, dim)
def run(job):
`+code+`
print(json.dumps([run(job) for job in json.load(sys.stdin)]))
`)
	cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
	cmd.Stdin, cmd.Stderr = bytes.NewReader(text), os.Stderr
	if text, err = cmd.Output(); err != nil {
		t.Fatalf("%s: %v", python, err)
	}
	if err := json.Unmarshal(text, results); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
}

// write makes a file of float32, little-endian, and returns its path.
func write(t *testing.T, values []float32) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "points.f32")
	raw := make([]byte, 0, 4*len(values))
	for _, v := range values {
		b := math.Float32bits(v)
		raw = append(raw, byte(b), byte(b>>8), byte(b>>16), byte(b>>24))
	}
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// places returns the numbers below n.
func places(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// dense returns the points as a matrix.
func dense(table Table, bags Bags) []float32 {
	all := &flat{}
	all.reset()
	for _, rows := range bags {
		if len(rows) > 0 {
			all.add(rows, 1)
		}
	}
	return newFrame(table, false, nil).vectors(all, places(all.len()))
}

// heavyTails returns points with a long tail of lengths (Student's t with two
// degrees of freedom).
func heavyTails(n, dim int, seed uint64) Table {
	r := rand.New(rand.NewPCG(seed, 9))
	t := gaussian(n, dim, seed)
	for i := range n {
		w := float32(1 / math.Sqrt(r.ExpFloat64()))
		for d := range dim {
			t.Data[i*dim+d] *= w
		}
	}
	return t
}

// The inertia is at most 2 % above that of scikit-learn with one start by
// k-means++ (the mean of 20 seeds); below is welcome.
func TestInertiaAgainstSklearn(t *testing.T) {
	python := need.Python(t, "sklearn", "numpy")
	r := rand.New(rand.NewPCG(9, 9))
	matrix := func(table Table) (Table, Points) { return table, Dense(table.Rows()) }
	words := blobs(1000, 16, 60, 0.4, 12)
	far := blobs(2000, 8, 12, 0.5, 14)
	for i := range far.Data {
		far.Data[i] += 1000
	}
	cases := []struct {
		name   string
		k      int
		points func() (Table, Points)
	}{
		{"more clusters than blobs", 60, func() (Table, Points) { return matrix(blobs(2000, 12, 10, 0.3, 17)) }},
		{"bags", 40, func() (Table, Points) { return words, zipfBags(2000, 1000, 18) }},
		{"separate blobs", 20, func() (Table, Points) { return matrix(blobs(2000, 10, 20, 0.1, 13)) }},
		{"overlapping blobs", 25, func() (Table, Points) { return matrix(blobs(2000, 6, 25, 1, 14)) }},
		{"one cloud", 30, func() (Table, Points) { return matrix(gaussian(2000, 20, 15)) }},
		{"far from zero", 12, func() (Table, Points) { return matrix(far) }},
		{"heavy tails", 30, func() (Table, Points) { return matrix(heavyTails(2000, 8, 16)) }},
		{"bags with warm-up", 20, func() (Table, Points) { return words, zipfBags(10_500, 1000, 19) }},
		{"bags of one to eight", 20, func() (Table, Points) {
			bags := randomBags(r, 2000, 1000, 7)
			for i := range bags {
				bags[i] = append(bags[i], int32(i%1000))
			}
			return words, bags
		}},
	}
	cases = cases[:need.Size(len(cases), 2)]
	type job struct {
		File   string
		Dim, K int
	}
	var jobs []job
	ours := make([]float64, len(cases))
	for i, c := range cases {
		table, pts := c.points()
		p := DefaultParams()
		p.K = c.k
		ours[i] = mustFit(t, table, pts, p).Inertia
		points := table.Data
		if bags, ok := pts.(Bags); ok {
			points = dense(table, bags)
		}
		jobs = append(jobs, job{write(t, points), table.Dim, c.k})
	}
	var theirs []float64
	sklearn(t, python, `
  from sklearn.cluster import KMeans
  X = load(job["File"], job["Dim"])
  return np.mean([KMeans(job["K"], n_init=1, random_state=s).fit(X).inertia_ for s in range(20)])
`, jobs, &theirs)
	for i, c := range cases {
		t.Logf("%s: inertia %.6g, sklearn %.6g, ratio %.4f", c.name, ours[i], theirs[i], ours[i]/theirs[i])
		if !(ours[i] <= 1.02*theirs[i]) {
			t.Errorf("%s: inertia %v, sklearn's is %v: %.1f %% above", c.name, ours[i], theirs[i], 100*(ours[i]/theirs[i]-1))
		}
	}
}

// The inertia, the labels and the silhouette of one model are those that
// scikit-learn computes from the same points and centres.
func TestMeasuresAgainstSklearn(t *testing.T) {
	python := need.Python(t, "sklearn", "numpy")
	type job struct {
		Sample, Points, Centres string
		Dim                     int
		Metric                  string
	}
	var (
		jobs   []job
		models []*Model
		ours   []*Silhouettes
	)
	for _, c := range []struct {
		metric string
		table  Table
		sample int
	}{
		{Euclidean, blobs(1500, 10, 12, 0.6, 20), 1500},
		{Euclidean, heavyTails(1500, 10, 21), 800},
		{Cosine, blobs(1500, 10, 12, 0.6, 22), 1500},
		{Cosine, heavyTails(1500, 10, 23), 800},
	} {
		p := DefaultParams()
		p.K, p.Metric = 12, c.metric
		pts := Dense(c.table.Rows())
		m := mustFit(t, c.table, pts, p)
		s, err := Silhouette(t.Context(), c.table, pts, m, c.sample, 5, 0)
		if err != nil {
			t.Fatal(err)
		}
		r, end := newRun(1, nil)
		defer end()
		f := newFrame(c.table, c.metric == Cosine, nil)
		src, all, err := read(t.Context(), f, r, pts, 0)
		if err != nil {
			t.Fatal(err)
		}
		taken, err := src.draw(t.Context(), f, r, all, int64(c.sample), 5^streamSilhouette)
		if err != nil {
			t.Fatal(err)
		}
		models, ours = append(models, m), append(ours, s)
		jobs = append(jobs, job{write(t, f.vectors(taken, places(taken.len()))), write(t, c.table.Data), write(t, m.Centres), m.Dim, c.metric})
	}
	var theirs []struct {
		Mean, Inertia float64
		Per           []float64
		Sizes         []int64
	}
	sklearn(t, python, `
  from sklearn.metrics import silhouette_samples, silhouette_score
  from sklearn.metrics.pairwise import pairwise_distances
  sample, points, centres = (load(job[x], job["Dim"]).astype(np.float64) for x in ("Sample", "Points", "Centres"))
  k, metric = len(centres), job["Metric"]
  labels = pairwise_distances(sample, centres, metric=metric).argmin(1)
  s = silhouette_samples(sample, labels, metric=metric)
  d = pairwise_distances(points, centres, metric=metric)
  return {"Mean": silhouette_score(sample, labels, metric=metric),
    "Per": [s[labels == j].mean() if (labels == j).any() else 0 for j in range(k)],
    "Sizes": np.bincount(d.argmin(1), minlength=k).tolist(),
    "Inertia": (d.min(1) if metric == "cosine" else d.min(1)**2).sum()}
`, jobs, &theirs)
	for i, want := range theirs {
		m, s := models[i], ours[i]
		if math.Abs(s.Mean-want.Mean) > 1e-4 {
			t.Errorf("%d: silhouette %v, sklearn's %v", i, s.Mean, want.Mean)
		}
		if math.Abs(m.Inertia-want.Inertia) > 1e-6*want.Inertia {
			t.Errorf("%d: inertia %v, sklearn's %v", i, m.Inertia, want.Inertia)
		}
		for j := range m.K {
			if math.Abs(s.PerCluster[j]-want.Per[j]) > 1e-4 || m.Sizes[j] != want.Sizes[j] {
				t.Errorf("%d: cluster %d: silhouette %v of %d points, sklearn's %v of %d", i, j, s.PerCluster[j], m.Sizes[j], want.Per[j], want.Sizes[j])
			}
		}
	}
}
