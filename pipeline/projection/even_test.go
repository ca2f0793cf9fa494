package projection

import (
	"math/rand/v2"
	"testing"
)

// TestEven: the order along each axis stays, a crowd gets room, and few and equal
// points do no harm.
func TestEven(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	layout := make([][2]float32, 300)
	for i := range layout {
		layout[i] = [2]float32{float32(r.NormFloat64()), float32(r.IntN(20))}
	}
	layout[0] = [2]float32{1000, -1000} // far away
	out := Even(layout)
	for i := range layout {
		for j := range layout {
			for c := range 2 {
				if (layout[i][c] < layout[j][c]) != (out[i][c] < out[j][c]) {
					t.Fatalf("axis %d: %v and %v became %v and %v", c, layout[i], layout[j], out[i], out[j])
				}
			}
		}
	}
	least, most := float32(99), float32(-99)
	for _, at := range out[1:] {
		least, most = min(least, at[0]), max(most, at[0])
	}
	if most-least < evenShare*evenWidth*0.9 {
		t.Errorf("the crowd is %v wide", most-least)
	}
	for _, few := range [][][2]float32{{}, {{3, 4}}, {{3, 4}, {3, 4}}} {
		for _, at := range Even(few) {
			if at != [2]float32{} {
				t.Errorf("%v became %v", few, at)
			}
		}
	}
}
