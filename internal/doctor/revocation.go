package doctor

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// revocation looks how fresh is what is known of withdrawn certificates of a
// method's authorities.
func (i Installation) revocation(ctx context.Context, p iam.Provider) (found []iam.Finding) {
	var lists []iam.RevocationList
	var own []iam.IssuingAuthority
	err := i.DB.View(ctx, func(tx *store.Tx) (err error) {
		if own, err = tx.IssuingAuthorities(); err != nil {
			return err
		}
		lists, err = tx.RevocationListsOf(p.ID)
		return err
	})
	if err != nil {
		return nil // the database is a finding of its own
	}
	unchecked := slices.IndexFunc(p.Settings.Certificate.Revocation, func(r iam.CARevocation) bool {
		return r.Mode == iam.RevocationNone && !slices.ContainsFunc(own, func(o iam.IssuingAuthority) bool { return o.Is(r.CA) })
	})
	if unchecked >= 0 {
		found = append(found, finding(iam.FindingNote, "revocation", "not_checked", p.Name))
	}
	for _, l := range lists {
		level := iam.FindingWarning
		if r, ok := p.Settings.Certificate.RevocationOf(l.Authority); ok && r.Mode == iam.RevocationRequired {
			level = iam.FindingError // nobody with a certificate of this CA gets in
		}
		ca, about := l.Source, p.Name
		if l.Learned {
			about += " · " + l.Source // no setting names it, only certificates do
		}
		if c, err := cert.ParseBundle(l.Certificate); err == nil && len(c) == 1 {
			ca = cert.Read(c[0]).CommonName
		}
		switch {
		case len(l.DataHash) == 0:
			found = append(found, finding(level, "revocation", "no_list", about, "CA", ca))
		case !l.NextUpdate.IsZero() && !l.NextUpdate.After(i.Now()):
			found = append(found, finding(level, "revocation", "outdated", about, "CA", ca))
		case l.Failures > 0:
			found = append(found, finding(iam.FindingWarning, "revocation", "failing", about, "CA", ca))
		}
	}
	for _, r := range i.Trust.SilentResponders(ctx, p) {
		level, what := iam.FindingWarning, "responder_silent"
		if r.Required {
			level = iam.FindingError
		}
		if r.Learned {
			what = "learned_silent"
		}
		found = append(found, finding(level, "revocation", what, p.Name, "CA", cert.Read(r.CA).CommonName, "Address", r.Address))
	}
	for _, u := range i.Trust.OutOfReach(ctx, p) {
		level := iam.FindingWarning
		if u.Required {
			level = iam.FindingError
		}
		found = append(found, finding(level, "revocation", "out_of_reach", p.Name, "CA", cert.Read(u.CA).CommonName, "Address", cmp.Or(strings.Join(u.Addresses, ", "), "—")))
	}
	all, err := i.Trust.Revocations(ctx, iam.Program("doctor"))
	for _, a := range all {
		if a.Provider.ID != p.ID || err != nil {
			continue
		}
		if addresses := i.Trust.Deltas(ctx, a); len(addresses) > 0 {
			found = append(found, finding(iam.FindingNote, "revocation", "deltas", p.Name, "CA", a.Facts.CommonName, "Address", strings.Join(addresses, ", ")))
		}
	}
	if len(found) == 0 {
		found = append(found, ok("revocation", p.Name))
	}
	return found
}
