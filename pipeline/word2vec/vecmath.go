package word2vec

import "math"

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
