package pipeline

import (
	"errors"
	"fmt"
)

// ErrTransient marks a failure that may pass when tried again: an engine or a
// store that does not answer. Front ends map it to exit code 4.
var ErrTransient = errors.New("not reachable")

// ParamError says which parameter of a step is wrong, and why. The language
// layer finds the place in the text that set it.
type ParamError struct {
	Param  string // as the flag is named, with underscores: "min_alpha"
	Value  any
	Reason string // completes "<param> <value>: ..."
}

// Error returns "min_alpha 0.2: must not exceed alpha (0.05)".
func (e *ParamError) Error() string {
	if e.Value == nil {
		return fmt.Sprintf("%s: %s", e.Param, e.Reason)
	}
	return fmt.Sprintf("%s %v: %s", e.Param, e.Value, e.Reason)
}

// ParamName returns the parameter at fault. The pure packages have error
// types of their own with the same method; errors.As with an interface finds
// all of them.
func (e *ParamError) ParamName() string { return e.Param }
