package notebook_test

import (
	"encoding/json"
	"maps"
	"testing"

	"gondola/session/notebook"
)

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// lasting is the metadata that a script keeps, with numbers as they are
// written.
func lasting(t testing.TB, metadata notebook.Object) string {
	t.Helper()
	m := notebook.Object{}
	maps.Copy(m, metadata)
	for _, key := range []string{"gondola.script", "trusted", "execution", "papermill", "ExecuteTime", "collapsed", "scrolled"} {
		delete(m, key)
	}
	return asJSON(t, numbers(m))
}

// numbers writes all numbers as Python does.
func numbers(v any) any {
	switch v := v.(type) {
	case notebook.Object:
		o := notebook.Object{}
		for key, value := range v {
			o[key] = numbers(value)
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = numbers(v[i])
		}
		return list
	case json.Number:
		if n, err := v.Float64(); err == nil {
			return n
		}
		return string(v)
	}
	return v
}
