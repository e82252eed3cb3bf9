package login

import (
	"signet/internal/iam"
	"signet/internal/store"
)

// barred says why a person who has proved who they are may not enter the
// application, or "". Blocking them everywhere is another thing: then nothing is
// proved (bind, in pass.go). Pure.
func barred(s Situation) (cause string) {
	switch {
	case s.BlockedHere:
		return CauseBlockedInApp
	case s.App.MembersOnly && !s.Member:
		return CauseMembersOnly
	default:
		return ""
	}
}

// opens reports whether a proof is good enough for the application (row S12). One
// that accepts certificates only is not content with a password, nor with a
// certificate of a CA that it does not accept.
func opens(app iam.App, p iam.Proof) bool {
	return !app.CertificateOnly || p.Type == iam.ProviderCertificate && app.Accepts(p.Certificate)
}

// bar turns a person away: the refusal stands on the login, what was proved in it
// counts no more, nor does the session that stood before. Whoever signs in as
// somebody else begins anew.
func (s *Service) bar(tx *store.Tx, caller iam.Caller, l *iam.Login, sit Situation) error {
	refusal := iam.Refusal{Attempt: iam.NewAttemptID(), Cause: barred(sit), At: tx.Now(), Params: map[string]string{"Person": sit.User.DisplayName()}}
	for _, p := range l.State.Proofs {
		if p.Attempt != "" {
			refusal.Attempt = p.Attempt // the number that the certificate host gave it
		}
	}
	if err := s.recordRefusal(tx, caller, *l, refusal, sit.User.ID); err != nil {
		return err
	}
	l.State, l.User = iam.LoginState{Refusal: &refusal, TurnedAway: true}, ""
	return nil
}
