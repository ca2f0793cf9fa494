package tag

import (
	"errors"
	"fmt"
	"math"
)

// Example is one word of one title for [FitWeights].
type Example struct {
	Features
	Hit    bool    // the word says what the thing is
	Weight float64 // how much the example counts
}

// Fit is the outcome of [FitWeights].
type Fit struct {
	Weights    Weights
	Intercept  float64 // of the regression; ranking does not need it
	LogLoss    float64 // weighted mean, nats an example
	Iterations int
}

// fitRidge keeps the regression finite where a part separates the examples;
// it is that small that it changes nothing else.
const fitRidge = 1e-6

// FitWeights fits the weights of ranked by logistic regression, hit against
// not, over words of labelled titles: Newton's method (iteratively reweighted
// least squares) on the six parts and an intercept. It needs examples of both
// kinds. Leave a source out of the examples to see whether weights carry over
// to it.
func FitWeights(examples []Example) (Fit, error) {
	var total, hits float64
	for _, e := range examples {
		if !(e.Weight >= 0) || math.IsInf(e.Weight, 0) {
			return Fit{}, fmt.Errorf("weight of an example: %v, want 0 or more", e.Weight)
		}
		total += e.Weight
		if e.Hit {
			hits += e.Weight
		}
	}
	if hits <= 0 || hits >= total {
		return Fit{}, errors.New("the fit needs words that hit and words that do not")
	}
	fit := Fit{}
	var beta [coefficients]float64
	for fit.Iterations < 50 {
		fit.Iterations++
		gradient, hessian, loss := derivatives(examples, beta, total)
		step, ok := solve(hessian, gradient)
		if !ok {
			return Fit{}, errors.New("the fit does not converge: the parts hold no information, or numbers that are not finite")
		}
		largest := 0.0
		for j := range beta {
			beta[j] += step[j]
			largest = max(largest, math.Abs(step[j]))
		}
		fit.LogLoss = loss
		if largest < 1e-8 {
			break
		}
	}
	fit.Weights = Weights{beta[0], beta[1], beta[2], beta[3], beta[4], beta[5]}
	fit.Intercept = beta[6]
	return fit, nil
}

// coefficients are those of the six parts and the intercept.
const coefficients = len(Features{}) + 1

// derivatives returns, at beta, the gradient of the weighted mean log
// likelihood, the lower half of its negated second derivative, and the mean
// loss.
func derivatives(examples []Example, beta [coefficients]float64, total float64) (
	gradient [coefficients]float64, hessian [coefficients][coefficients]float64, loss float64,
) {
	for i := range examples {
		e := &examples[i]
		x := [coefficients]float64{coefficients - 1: 1}
		copy(x[:], e.Features[:])
		var z, y float64
		for j := range x {
			z += beta[j] * x[j]
		}
		w := e.Weight / total
		if e.Hit {
			y = 1
			loss += w * softplus(-z)
		} else {
			loss += w * softplus(z)
		}
		p := 1 / (1 + math.Exp(-z))
		for j := range x {
			gradient[j] += w * (y - p) * x[j]
			for k := range j + 1 {
				hessian[j][k] += w * p * (1 - p) * x[j] * x[k]
			}
		}
	}
	for j := range beta {
		gradient[j] -= fitRidge * beta[j]
		hessian[j][j] += fitRidge
	}
	return gradient, hessian, loss
}

// softplus is ln(1 + e^z) without overflow.
func softplus(z float64) float64 {
	return max(z, 0) + math.Log1p(math.Exp(-math.Abs(z)))
}

// solve solves a x = b for a symmetric positive definite a, of which the lower
// half is given, by Cholesky's method.
func solve(a [coefficients][coefficients]float64, b [coefficients]float64) (x [coefficients]float64, ok bool) {
	const n = coefficients
	for j := range n {
		for k := range j + 1 {
			sum := a[j][k]
			for i := range k {
				sum -= a[j][i] * a[k][i]
			}
			if j > k {
				a[j][k] = sum / a[k][k]
				continue
			}
			if !(sum > 0) || math.IsInf(sum, 0) {
				return x, false
			}
			a[j][j] = math.Sqrt(sum)
		}
	}
	for j := range n {
		sum := b[j]
		for i := range j {
			sum -= a[j][i] * x[i]
		}
		x[j] = sum / a[j][j]
	}
	for j := n - 1; j >= 0; j-- {
		sum := x[j]
		for i := j + 1; i < n; i++ {
			sum -= a[i][j] * x[i]
		}
		x[j] = sum / a[j][j]
	}
	return x, true
}
