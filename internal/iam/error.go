package iam

import (
	"errors"
	"fmt"
	"maps"
)

// Kind sorts errors by what the asker can do about them. Everything that is
// not an Error is internal: logged in full, shown as a request id only.
type Kind string

// The kinds.
const (
	KindInvalid         Kind = "invalid"         // the input cannot be used; saying it differently helps
	KindNotFound        Kind = "not_found"       // there is no such thing, or none that the caller may see
	KindConflict        Kind = "conflict"        // it contradicts what is stored
	KindForbidden       Kind = "forbidden"       // known caller, not allowed
	KindUnauthenticated Kind = "unauthenticated" // unknown caller
	KindLimited         Kind = "limited"         // too many tries; later helps
)

// Error is a refusal by a rule. Cause is a code, stable and without spaces,
// from which the words are found in the catalogue under "error.<cause>"; the
// words themselves never travel in an error.
type Error struct {
	Kind   Kind
	Cause  string
	Field  string            // the input field that is at fault, where there is one
	Params map[string]string // values for the sentence
	Err    error             // what lies below, for the log
}

// Error implements error for logs. People read the catalogue's sentence.
func (e *Error) Error() string {
	text := string(e.Kind) + ": " + e.Cause
	if e.Field != "" {
		text += " (" + e.Field + ")"
	}
	if e.Err != nil {
		text = fmt.Sprintf("%s: %v", text, e.Err)
	}
	return text
}

// Unwrap returns what lies below.
func (e *Error) Unwrap() error { return e.Err }

// In returns the same refusal with the attempt by which the event log knows it, as
// the value "Attempt" of its sentence.
func (e *Error) In(attempt AttemptID) *Error {
	told := *e
	told.Params = map[string]string{"Attempt": string(attempt)}
	maps.Copy(told.Params, e.Params)
	return &told
}

// Invalid refuses the value of a field.
func Invalid(field, cause string) *Error {
	return &Error{Kind: KindInvalid, Cause: cause, Field: field}
}

// NotFound says that there is no such noun ("user", "attempt", …).
func NotFound(noun string) *Error {
	return &Error{Kind: KindNotFound, Cause: noun + "_not_found"}
}

// Conflict says that the change contradicts what is stored.
func Conflict(cause string) *Error { return &Error{Kind: KindConflict, Cause: cause} }

// Forbidden refuses a known caller.
func Forbidden(cause string) *Error { return &Error{Kind: KindForbidden, Cause: cause} }

// AsError finds the Error in err, or returns nil where err is internal.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// KindOf returns the kind of err, and "" for nil and internal errors.
func KindOf(err error) Kind {
	if e := AsError(err); e != nil {
		return e.Kind
	}
	return ""
}

// IsNotFound reports whether err says that there is no such thing.
func IsNotFound(err error) bool { return KindOf(err) == KindNotFound }
