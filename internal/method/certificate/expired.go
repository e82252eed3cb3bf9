package certificate

import (
	"context"
	"crypto/x509"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/trust"
)

// justExpired turns the refusal of a certificate whose time is over into that of
// one which still leads to the page of renewals, where its method allows that: so
// many days, and if nothing else is wrong with it, revocation included. It stays a
// refusal and never becomes evidence: no mistake further on can open a session
// with it.
func (h *Host) justExpired(ctx context.Context, method iam.Provider, policy cert.Policy, presented []*x509.Certificate, v cert.Verdict, now time.Time, r *iam.Refusal) {
	days := method.Settings.Certificate.RenewalDays
	if v.Cause != cert.CauseExpired || v.Leaf == nil || days <= 0 || now.After(v.Leaf.NotAfter.AddDate(0, 0, days)) {
		return
	}
	var told []trust.Answer
	again := cert.Judge(policy, presented, v.Leaf.NotAfter, h.Trust.Revoked(ctx, method, now, &told))
	if again.Accepted() {
		r.Cause, r.Key = login.CauseJustExpired, string(again.Key)
	}
}
