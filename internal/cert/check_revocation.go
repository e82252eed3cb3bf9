package cert

import (
	"errors"
)

// checkRevocation asks whether a certificate of the path was withdrawn. Not to
// know is to refuse. It comes last, over a path that is verified and otherwise
// accepted, so that a stranger's certificate makes nobody fetch anything.
func checkRevocation(err error) Check {
	c := Check{Name: "revocation", OK: true, Detail: "not revoked", Source: "RFC 5280, section 6.3"}
	if err != nil {
		c.OK, c.cause, c.Detail = false, CauseRevoked, Visible(err.Error(), maxNameLength)
		if errors.Is(err, ErrRevocationUnknown) {
			c.cause = CauseRevocationUnknown
		}
	}
	return c
}
