package word2vec

import "math"

// The loops below are where training spends its time. The conversions
// float32(x*y) forbid the compiler to fuse multiplication and addition, so that
// all processors round alike.

// dot returns the inner product of two vectors of equal length. Four sums run side
// by side, as an addition has to wait for the one before; the array pointers cost
// one bounds check for eight numbers.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+8 <= len(a); i += 8 {
		x, y := (*[8]float32)(a[i:]), (*[8]float32)(b[i:])
		s0 += float32(x[0]*y[0]) + float32(x[4]*y[4])
		s1 += float32(x[1]*y[1]) + float32(x[5]*y[5])
		s2 += float32(x[2]*y[2]) + float32(x[6]*y[6])
		s3 += float32(x[3]*y[3]) + float32(x[7]*y[7])
	}
	for ; i < len(a); i++ {
		s0 += float32(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}

// addScaled adds g*x to y.
func addScaled(g float32, x, y []float32) {
	y = y[:len(x)]
	i := 0
	for ; i+8 <= len(x); i += 8 {
		x, y := (*[8]float32)(x[i:]), (*[8]float32)(y[i:])
		y[0] += float32(g * x[0])
		y[1] += float32(g * x[1])
		y[2] += float32(g * x[2])
		y[3] += float32(g * x[3])
		y[4] += float32(g * x[4])
		y[5] += float32(g * x[5])
		y[6] += float32(g * x[6])
		y[7] += float32(g * x[7])
	}
	for ; i < len(x); i++ {
		y[i] += float32(g * x[i])
	}
}

// step is the two updates of one training example in one pass: the gradient of
// the hidden vector grows by g*out, then out moves by g*hidden. Three loads and two
// stores a number bound it: written out it is no faster.
func step(g float32, hidden, out, grad []float32) {
	out, grad = out[:len(hidden)], grad[:len(hidden)]
	for i, h := range hidden {
		o := out[i]
		grad[i] += float32(g * o)
		out[i] = o + float32(g*h)
	}
}

// sigmoidTable holds 1/(1+e^-x) for x in [-8, 8], 64 values a unit. With linear
// interpolation it is right to 3e-6. Beyond it is computed.
type sigmoidTable [2*sigmoidRange*sigmoidSteps + 2]float32

const (
	sigmoidRange = 8
	sigmoidSteps = 64
)

func newSigmoidTable() *sigmoidTable {
	var t sigmoidTable
	for i := range t {
		t[i] = float32(sigmoid(float64(i)/sigmoidSteps - sigmoidRange))
	}
	return &t
}

func (t *sigmoidTable) at(x float32) float32 {
	if x > -sigmoidRange && x < sigmoidRange {
		place := (x + sigmoidRange) * sigmoidSteps
		i := int(place)
		return t[i] + float32((place-float32(i))*(t[i+1]-t[i]))
	}
	return float32(sigmoid(float64(x)))
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// logLoss is -ln sigmoid(x), the loss of an example whose score should be high.
func logLoss(x float64) float64 {
	return math.Log1p(math.Exp(-math.Abs(x))) + max(-x, 0)
}
