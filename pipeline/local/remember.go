package local

import (
	"sync"
	"weak"

	"gondola/pipeline/artifact"
)

// remembered are results in memory by the folders that they were opened from,
// as long as somebody else holds them: the same step asked for again gives the
// same dictionary and the same vectors, once.
type remembered struct {
	tokens   memory[tokens]
	words    memory[artifact.WordModel]
	clusters memory[artifact.Clusters]
}

type memory[T any] struct {
	mu sync.Mutex
	m  map[string]weak.Pointer[T]
}

// get returns what put was given, or nil when nobody holds it any more.
func (m *memory[T]) get(dir string) *T {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.m[dir].Value()
}

func (m *memory[T]) put(dir string, t *T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.m == nil {
		m.m = map[string]weak.Pointer[T]{}
	}
	for other, p := range m.m { // what is gone leaves nothing behind
		if p.Value() == nil {
			delete(m.m, other)
		}
	}
	m.m[dir] = weak.Make(t)
}
