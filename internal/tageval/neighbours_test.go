package tageval_test

import (
	"math"
	"testing"

	"gondola/internal/tageval"
	"gondola/pipeline/simd"
)

func TestNeighbourPurity(t *testing.T) {
	// On a circle: four of a, three of b beside them, one without a label and one
	// without a vector among them.
	angles := []float64{0, 0.1, 0.2, 0.3, 1, 1.1, 1.2, 0.05, 0}
	labels := []string{"a", "a", "a", "b", "b", "b", "b", "", "a"}
	vectors := simd.NewMatrix(len(angles), 2)
	for i, x := range angles {
		r := float32(i + 1) // length does not count
		copy(vectors.Row(i), []float32{r * float32(math.Cos(x)), r * float32(math.Sin(x))})
	}
	clear(vectors.Row(8))
	// Two nearest: a at 0: a a; 0.1: a a; 0.2: a b; b at 0.3: a a; 1: b b; 1.1: b b; 1.2: b b.
	if got, want := tageval.NeighbourPurity(vectors, labels, 100, 2), 11.0/14; math.Abs(got-want) > 1e-9 {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := tageval.NeighbourPurity(vectors, make([]string, len(labels)), 100, 2); got != 0 {
		t.Errorf("without labels it is %v, want 0", got)
	}
}
