package login

import (
	"signet/internal/iam"
	"signet/internal/store"
)

// firstUse records that a certificate is used for the first time: of an
// identifier, or another one with the same key. Its person is told; whoever signs
// in as ever costs no statement.
func (s *Service) firstUse(tx *store.Tx, caller iam.Caller, link iam.Identity, e iam.Evidence, attempt iam.AttemptID) error {
	// A proxy that forwards no certificate does not say which one it was.
	updated := link.Certificate != nil && e.Certificate != nil && link.Certificate.SHA256 != "" && e.Certificate.SHA256 != "" &&
		link.Certificate.SHA256 != e.Certificate.SHA256
	if !link.LastUsedAt.IsZero() && !updated {
		return nil
	}
	event := iam.Event{Kind: iam.EventIdentityFirstUsed, User: link.User, Actor: link.User, Provider: link.Provider, Identity: link.ID, Attempt: attempt, Certificate: e.Certificate}
	if updated && !link.LastUsedAt.IsZero() {
		event.Details = map[string]string{"updated": link.Certificate.SHA256}
	}
	return s.Log.Write(tx, caller, event)
}
