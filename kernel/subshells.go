package kernel

import (
	"context"
	"errors"
	"slices"
	"sync"

	"gondola/kernel/wire"
)

// subshells are the subshells that front ends have made (Jupyter's enhancement
// proposal 91). Questions are answered at once in any case, so a subshell has no
// thread of its own; cells in one wait for the session as all cells do.
type subshells struct {
	mu  sync.Mutex
	ids []string
}

var errNoSubshell = errors.New("there is no such subshell")

func createSubshell(_ context.Context, k *Kernel, _ *request) (any, error) {
	k.subshells.mu.Lock()
	defer k.subshells.mu.Unlock()
	if len(k.subshells.ids) >= maxComms {
		return nil, errors.New("there are too many subshells")
	}
	id := wire.NewID()
	k.subshells.ids = append(k.subshells.ids, id)
	return map[string]any{"status": "ok", "subshell_id": id}, nil
}

func deleteSubshell(_ context.Context, k *Kernel, r *request) (any, error) {
	var in wire.SubshellRequest
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	k.subshells.mu.Lock()
	defer k.subshells.mu.Unlock()
	i := slices.Index(k.subshells.ids, in.SubshellID)
	if i < 0 {
		return nil, errNoSubshell
	}
	k.subshells.ids = slices.Delete(k.subshells.ids, i, i+1)
	return map[string]any{"status": "ok"}, nil
}

func listSubshells(_ context.Context, k *Kernel, _ *request) (any, error) {
	k.subshells.mu.Lock()
	defer k.subshells.mu.Unlock()
	return map[string]any{"status": "ok", "subshell_id": slices.Clone(append([]string{}, k.subshells.ids...))}, nil
}
