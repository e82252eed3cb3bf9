package web

import (
	"reflect"
	"time"
)

// sample makes a value of T to try a template with. Pointers always lead
// somewhere. Where full is false everything else is empty; where it is true
// every text, list and flag is there, so that what stands inside {{if}} and
// {{range}} is tried too.
func sample[T any](full bool) T {
	var v T
	fillSample(reflect.ValueOf(&v).Elem(), full, 0)
	return v
}

// maxSampleDepth ends the filling of types that hold themselves.
const maxSampleDepth = 6

// sampleTime is any day that is not zero.
var sampleTime = reflect.ValueOf(time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC))

func fillSample(v reflect.Value, full bool, depth int) {
	if depth > maxSampleDepth || !v.CanSet() {
		return
	}
	if v.Type() == sampleTime.Type() {
		if full {
			v.Set(sampleTime)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fillSample(v.Field(i), full, depth+1)
		}
	case reflect.Pointer:
		if depth < maxSampleDepth {
			v.Set(reflect.New(v.Type().Elem()))
			fillSample(v.Elem(), full, depth+1)
		}
	}
	if !full {
		return
	}
	switch v.Kind() {
	case reflect.Slice:
		if v.Type().Elem().Kind() != reflect.Uint8 {
			v.Set(reflect.MakeSlice(v.Type(), 1, 1))
			fillSample(v.Index(0), full, depth+1)
		}
	case reflect.String:
		if v.Type() == reflect.TypeFor[string]() {
			v.SetString("x") // named strings are enumerations: left empty
		}
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	}
}
