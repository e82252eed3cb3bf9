package storetest

import (
	"runtime"
	"strings"
	"time"

	"signet/internal/store"
)

// During runs do each time a function, named as in "login.(*Service).PassPassword",
// asks for the time outside of a transaction: for tests of what somebody else does
// meanwhile. It goes behind On.
func During(function string, do func()) Option {
	return func(o *store.Options) {
		now := o.Now
		o.Now = func() time.Time {
			if asks(function) {
				do()
			}
			return now()
		}
	}
}

// asks reports whether the function is the nearest in the stack that is none of the
// store's, View apart from which nothing of the store can be between them.
func asks(function string) bool {
	callers := make([]uintptr, 10)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	for {
		frame, more := frames.Next()
		switch name := frame.Function[strings.LastIndex(frame.Function, "/")+1:]; name {
		case "store.(*DB).Now", "store.(*DB).View":
		default:
			return name == function
		}
		if !more {
			return false
		}
	}
}
