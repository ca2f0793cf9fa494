package kmeans

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Table is a matrix of vectors, one for each word: rows x Dim float32, row
// after row. Fit and Assigner read it and never change it.
type Table struct {
	Data []float32
	Dim  int
}

// Rows returns the number of vectors.
func (t Table) Rows() int { return len(t.Data) / t.Dim }

// row returns vector i.
func (t Table) row(i int32) []float32 {
	at := int(i) * t.Dim
	return t.Data[at : at+t.Dim : at+t.Dim]
}

// largest is the greatest size of a coordinate: its square times a thousand
// dimensions is still far from the end of float32.
const largest = 1e15

// check returns an error unless the table is a matrix of usable numbers.
func (t Table) check(ctx context.Context) error {
	if t.Dim < 1 || len(t.Data)%t.Dim != 0 {
		return fmt.Errorf("kmeans: table: %d values are not rows of dim %d", len(t.Data), t.Dim)
	}
	for i, v := range t.Data {
		if i%(1<<20) == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !(math.Abs(float64(v)) <= largest) {
			return fmt.Errorf("kmeans: table: row %d holds %v: values must be numbers of size up to %g", i/t.Dim, v, float64(largest))
		}
	}
	return nil
}

// Points is where the points come from. A point is a bag of rows of a Table
// and stands for the mean of their vectors; a row may occur twice. A point
// whose bag is empty has no vector and belongs to no cluster.
type Points interface {
	// Len returns the number of points, empty ones included.
	Len() int64
	// Each calls fn for the points from <= i < to in order. times is how often the
	// point stands in the data, 1 at least: it weighs as so many equal points.
	// rows may be reused after fn returns. An error of fn ends the loop and is
	// returned. Each is called by several goroutines at once, over ranges that do
	// not overlap, and many times over the same range, which must give the same
	// bags each time.
	Each(ctx context.Context, from, to int64, fn func(i int64, rows []int32, times int64) error) error
}

// Dense is the plain case: point i is row i of the table, for that many rows.
type Dense int64

// Len returns the number of rows.
func (d Dense) Len() int64 { return int64(d) }

// Each calls fn with the bag {i} for each i.
func (d Dense) Each(_ context.Context, from, to int64, fn func(i int64, rows []int32, times int64) error) error {
	var bag [1]int32
	for i := from; i < to; i++ {
		bag[0] = int32(i)
		if err := fn(i, bag[:], 1); err != nil {
			return err
		}
	}
	return nil
}

// Bags are points held in memory: Bags[i] holds the rows of point i.
type Bags [][]int32

// Len returns the number of bags.
func (b Bags) Len() int64 { return int64(len(b)) }

// Each calls fn with Bags[i] for each i.
func (b Bags) Each(_ context.Context, from, to int64, fn func(i int64, rows []int32, times int64) error) error {
	for i := from; i < to; i++ {
		if err := fn(i, b[i], 1); err != nil {
			return err
		}
	}
	return nil
}

// ErrNoPoints is returned when there is nothing to cluster: no points, or none
// with a vector (all bags empty or, by Cosine, all vectors zero).
var ErrNoPoints = errors.New("kmeans: no points to cluster: none has a vector")

// checkEvery is the number of points between two looks at the context while
// points come from their source.
const checkEvery = 32

// visit calls fn for the points from <= i < to that have rows, and guards
// against what a faulty source may do: rows outside the table, points out of
// order, lost points. It calls stop, and counts the points in r, every
// checkEvery points.
func visit(ctx context.Context, r *run, stop func() error, table Table, pts Points, from, to int64, fn func(rows []int32, times int64) error) error {
	vocab := uint32(min(table.Rows(), math.MaxInt32)) // a negative row is above it
	next := from
	point := func(i int64, rows []int32, times int64) error {
		if i != next {
			return fmt.Errorf("kmeans: points: point %d came where %d was due", i, next)
		}
		next++
		if (next-from)%checkEvery == 0 {
			r.done.Add(checkEvery)
			if err := stop(); err != nil {
				return err
			}
		}
		if times < 1 {
			return fmt.Errorf("kmeans: points: point %d stands %d times in the data, which must be once at least", i, times)
		}
		for _, row := range rows {
			if uint32(row) >= vocab {
				return fmt.Errorf("kmeans: points: point %d holds row %d, outside the table of %d rows", i, row, vocab)
			}
		}
		if len(rows) == 0 {
			return nil
		}
		return fn(rows, times)
	}
	var failed error
	err := pts.Each(ctx, from, to, func(i int64, rows []int32, times int64) error {
		failed = point(i, rows, times)
		return failed
	})
	switch {
	case failed != nil:
		return failed
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("kmeans: points %d to %d: %w", from, to, err)
	case next != to:
		return fmt.Errorf("kmeans: points %d to %d: the source ended at %d", from, to, next)
	}
	r.done.Add((to - from) % checkEvery)
	return nil
}
