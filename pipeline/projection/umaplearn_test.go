package projection

import (
	"math"
	"testing"
)

// What scikit-learn 1.9.1 and umap-learn 0.5.12 give for groups(600, 30, 12, 7)
// by cosine, with 15 neighbours: trustworthiness of PCA of the unit vectors, and
// of UMAP with the seeds 1 to 5.
const (
	sklearnPCA       = 0.91947
	umapLearnLeast   = 0.98492
	umapLearnAverage = 0.98530
)

// TestAsGoodAsUMAPLearn: the layouts can be trusted as far as those of umap-learn,
// and PCA is that of scikit-learn.
func TestAsGoodAsUMAPLearn(t *testing.T) {
	m := groups(600, 30, 12, 7)
	p := DefaultParams()
	p.Method = PCA
	pca := trust(t, m, fit(t, m, p), p)
	if math.Abs(pca-sklearnPCA) > 1e-4 {
		t.Errorf("PCA: trustworthiness %.5f, scikit-learn has %.5f", pca, sklearnPCA)
	}
	p.Method = UMAP
	var mean float64
	for seed := range uint64(5) {
		p.Seed = seed + 1
		v := trust(t, m, fit(t, m, p), p)
		if v < umapLearnLeast-0.005 {
			t.Errorf("UMAP, seed %d: trustworthiness %.5f, the least of umap-learn is %.5f", p.Seed, v, umapLearnLeast)
		}
		mean += v / 5
	}
	t.Logf("UMAP %.5f, PCA %.5f", mean, pca)
	if mean < umapLearnAverage-0.003 {
		t.Errorf("UMAP: trustworthiness %.5f on average, umap-learn has %.5f", mean, umapLearnAverage)
	}
}
