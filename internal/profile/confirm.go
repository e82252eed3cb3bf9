package profile

import (
	"signet/internal/web"
)

// confirmPage asks before something that cannot be taken back. It is a page and
// not a dialog, so that it works without scripts and shows what will end.
type confirmPage struct {
	Certificate *web.Certificate
	Warning     *web.Banner // what the person could regret
	Text        string
	Ends        []string // what ends, in words
	Action      string   // where the form posts
	Confirm     string
	Cancel      string // path back
}
