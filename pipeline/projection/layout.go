package projection

import (
	"math"
	"math/rand/v2"
)

// Of umap-learn.
const (
	startWidth    = 10   // the layout begins this wide and high
	startNoise    = 1e-4 // so that equal points part
	learningRate  = 1.0
	negativeRate  = 5 // points pushed away for each one pulled near
	mostOfOneStep = 4 // by which a force moves a point in one direction
)

// layout moves the points from their first places by stochastic gradient descent:
// each link pulls its two ends together, so many times as its weight is of the
// largest, and each time five random points are pushed away.
//
// Reference: McInnes, Healy and Melville, arXiv:1802.03426, algorithm 5, as in
// umap-learn's optimize_layout_euclidean.
func (r *run) layout(start [][2]float32, links []link, p Params) ([][2]float32, error) {
	n, epochs := len(start), p.epochs(len(start))
	places := spread(start, p.Seed)
	links = lasting(links, epochs)
	var most float32
	for _, l := range links {
		most = max(most, l.weight)
	}
	every := make([]float32, len(links)) // epochs from one turn of a link to its next
	next := make([]float32, len(links))
	nextPush := make([]float32, len(links))
	for i, l := range links {
		every[i] = most / l.weight
		next[i], nextPush[i] = every[i], every[i]/negativeRate
	}
	f := curveFor(p.MinDist).forces()
	random := xorshift(p.Seed*0x9E3779B97F4A7C15 | 1)
	for epoch := range epochs {
		if err := r.step(PhaseLayout, epoch, epochs); err != nil {
			return nil, err
		}
		rate := float32(learningRate * (1 - float64(epoch)/float64(epochs)))
		now := float32(epoch)
		for i := range links {
			if next[i] > now {
				continue
			}
			next[i] += every[i]
			from, to := &places[links[i].from], &places[links[i].to]
			x, y := from[0], from[1]
			dx, dy := x-to[0], y-to[1]
			if d := dx*dx + dy*dy; d > 0 {
				pull := at(f.pull, d)
				dx, dy = clip(pull*dx)*rate, clip(pull*dy)*rate
				x, y = x+dx, y+dy
				to[0], to[1] = to[0]-dx, to[1]-dy
			}
			pushEvery := every[i] / negativeRate
			pushes := int((now - nextPush[i]) / pushEvery)
			nextPush[i] += float32(pushes) * pushEvery
			for range pushes {
				other := &places[random.below(n)]
				dx, dy := x-other[0], y-other[1]
				if d := dx*dx + dy*dy; d > 0 && other != from {
					push := at(f.push, d)
					x, y = x+clip(push*dx)*rate, y+clip(push*dy)*rate
				}
			}
			from[0], from[1] = x, y
		}
	}
	centred(places)
	return places, r.step(PhaseLayout, epochs, epochs)
}

// spread returns the first places: startWidth wide and high, and no two the same.
func spread(start [][2]float32, seed uint64) [][2]float32 {
	random := rand.New(rand.NewPCG(seed, 0x6d6170))
	out := make([][2]float32, len(start))
	for c := range 2 {
		least, greatest := math.Inf(1), math.Inf(-1)
		for _, p := range start {
			least, greatest = min(least, float64(p[c])), max(greatest, float64(p[c]))
		}
		scale := 0.0
		if width := greatest - least; width > 0 {
			scale = startWidth / width
		}
		for i, p := range start {
			out[i][c] = float32((float64(p[c])-least)*scale + startNoise*random.NormFloat64())
		}
	}
	return out
}

// lasting leaves out links that would have no turn in so many epochs.
func lasting(links []link, epochs int) []link {
	var most float32
	for _, l := range links {
		most = max(most, l.weight)
	}
	least := most / float32(max(epochs, 1))
	out := make([]link, 0, len(links))
	for _, l := range links {
		if l.weight >= least {
			out = append(out, l)
		}
	}
	return out
}

func clip(v float32) float32 { return max(-mostOfOneStep, min(mostOfOneStep, v)) }

// centred moves the middle of the places to the origin.
func centred(places [][2]float32) {
	var mean [2]float64
	for _, p := range places {
		mean[0] += float64(p[0]) / float64(len(places))
		mean[1] += float64(p[1]) / float64(len(places))
	}
	for i := range places {
		places[i][0] -= float32(mean[0])
		places[i][1] -= float32(mean[1])
	}
}

// xorshift is Marsaglia's generator with a multiplication behind it
// (xorshift64*): a number in two nanoseconds, for 100 million of them.
type xorshift uint64

// below returns a number from 0 to n-1.
func (x *xorshift) below(n int) int {
	s := uint64(*x)
	s ^= s >> 12
	s ^= s << 25
	s ^= s >> 27
	*x = xorshift(s)
	return int((s * 0x2545F4914F6CDD1D >> 32) * uint64(n) >> 32)
}
