package iam

// FindingLevel says how bad a finding is.
type FindingLevel string

// The levels, from the best to the worst.
const (
	FindingOK      FindingLevel = "ok"
	FindingNote    FindingLevel = "note"    // worth knowing
	FindingWarning FindingLevel = "warning" // works, and will not for ever or not safely
	FindingError   FindingLevel = "error"   // people cannot sign in, or strangers could
)

// Finding is what an examination of the installation found about one matter.
// The catalogue has the words: "doctor.<check>_<case>" is what it is,
// "doctor.<check>.why" why it matters, and "doctor.<check>_<case>.mend" what to
// do, unless all is well.
type Finding struct {
	Check  string            `json:"check"`
	Case   string            `json:"case"`
	Level  FindingLevel      `json:"level"`
	About  string            `json:"about,omitempty"` // the host, CA or method
	Params map[string]string `json:"params,omitempty"`
}
