package login

import (
	"signet/internal/iam"
	"signet/internal/store"
)

// maxShown is how many bytes of what was shown are kept. Longer chains have little
// to do with people.
const maxShown = 16 << 10

// remember keeps the certificate that an attempt was shown, so that the next
// settings of its login method can be tried against it (Replay).
func remember(tx *store.Tx, e *iam.Evidence, r *iam.Refusal) error {
	s := iam.Shown{}
	var c *iam.Certificate
	switch {
	case e != nil:
		s.Provider, s.Chain, c = e.Provider, e.Presented, e.Certificate
	case r != nil:
		s.Provider, s.Chain, c, s.Refused = r.Provider, r.Presented, r.Certificate, true
	}
	size := 0
	for _, der := range s.Chain {
		size += len(der)
	}
	if c == nil || size == 0 || size > maxShown {
		return nil
	}
	s.SHA256 = c.SHA256
	return tx.RememberShown(s)
}
