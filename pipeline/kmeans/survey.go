package kmeans

import (
	"context"
	"slices"
)

// survey is a look at all points and their distances to the nearest centres.
type survey struct {
	sizes   []int64
	inertia float64
	worst   []misfit
	want    int // the most entries of worst
}

// misfit is a point and its distance to the nearest centre, squared by
// Euclidean.
type misfit struct {
	distance float64
	vec      []float32
}

// survey measures all points. It finds up to want distinct points that lie
// farthest from their centres, leaving out those that lie on them but for
// rounding.
func (f *fitter) survey(ctx context.Context, src *source, centres []float32, want int) (*survey, error) {
	s := newSearch(f.frame, centres)
	type part struct {
		*finder
		survey
	}
	all := &survey{sizes: make([]int64, s.k), want: want}
	err := assignAll(ctx, f, src, s,
		func(finder *finder) *part { return &part{finder: finder} },
		func(p *part) { p.survey = survey{sizes: make([]int64, s.k), want: want} },
		func(stop func() error, p *part, run flat, _ []int32) error {
			for i, j := range p.ranks.Label[:run.len()] {
				if i%checkEvery == 0 {
					if err := stop(); err != nil {
						return err
					}
				}
				p.point(p.x, run.bag(i))
				d := p.distance(int(j), p.x)
				p.sizes[j] += run.times[i]
				p.inertia += float64(d * float64(run.times[i]))
				if want > 0 {
					p.misfit(d, p.x)
				}
			}
			return nil
		},
		func(p *part) {
			for j, n := range p.sizes {
				all.sizes[j] += n
			}
			all.inertia += p.inertia
			for _, w := range p.worst {
				all.insert(w.distance, func() []float32 { return w.vec })
			}
		})
	return all, err
}

// misfit enters the point x unless it lies on its centre.
func (s *survey) misfit(distance float64, x []float64) {
	if len(s.worst) == s.want && distance <= s.worst[s.want-1].distance {
		return
	}
	size := norm64(x)
	if distance <= 1e-12*size*size {
		return
	}
	s.insert(distance, func() []float32 {
		vec := make([]float32, len(x))
		for d, v := range x {
			vec[d] = float32(v)
		}
		return vec
	})
}

// insert keeps the worst points in falling order of distance, the earlier
// point first among equals, and no vector twice.
func (s *survey) insert(distance float64, vec func() []float32) {
	if len(s.worst) == s.want && distance <= s.worst[s.want-1].distance {
		return
	}
	at, _ := slices.BinarySearchFunc(s.worst, distance, func(m misfit, d float64) int {
		if m.distance >= d {
			return -1
		}
		return 1
	})
	m := misfit{distance, vec()}
	for i := at - 1; i >= 0 && s.worst[i].distance == distance; i-- {
		if slices.Equal(s.worst[i].vec, m.vec) {
			return
		}
	}
	if len(s.worst) == s.want {
		s.worst = s.worst[:s.want-1]
	}
	s.worst = slices.Insert(s.worst, at, m)
}
