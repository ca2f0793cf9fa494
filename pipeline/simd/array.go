package simd

import (
	"fmt"
	"reflect"
	"unsafe" //nolint:depguard // huge pages come as rows of floats; NewArray refuses types that hold pointers
)

// Array is memory for n values in huge pages, as a [Matrix] is for rows: for
// tables in which most look-ups miss the caches, where a page table of 4 KiB
// pages costs one more miss each. It starts at a multiple of 64 bytes. What is
// said of the memory of a Matrix holds of Data.
type Array[T any] struct {
	Data []T

	memory *Matrix
}

// NewArray returns n zeros. T must hold no pointers: the collector does not look
// for them there.
func NewArray[T any](n int) *Array[T] {
	kind := reflect.TypeFor[T]()
	if n < 0 || pointers(kind) {
		panic(fmt.Sprintf("simd: an array of %d %s", n, kind))
	}
	a := &Array[T]{}
	if n > 0 && kind.Size() > 0 {
		const line = 4 * strideFloats
		a.memory = NewMatrix((n*int(kind.Size())+line-1)/line, strideFloats)
		a.Data = unsafe.Slice((*T)(unsafe.Pointer(&a.memory.Data[0])), n)
	}
	return a
}

// pointers tells whether values of the type may hold any.
func pointers(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return false
	case reflect.Array:
		return pointers(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if pointers(t.Field(i).Type) {
				return true
			}
		}
		return false
	default:
		return true
	}
}

// Close gives the memory back; Data must not be used any more.
func (a *Array[T]) Close() {
	if a.memory != nil {
		a.memory.Close()
	}
	a.Data = nil
}
