package login

import (
	"context"
	"maps"
	"slices"
	"strings"

	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/provider"
	"signet/internal/store"
	"signet/internal/trust"
)

// Causes of refusals that are decided here. Those of a certificate itself are
// cert's. Each has a page: "refusal.<cause>" in the catalogue.
const (
	CauseNotOffered       = "method_not_offered" // not switched on for this application
	CauseNotLinked        = "not_linked"
	CauseUserBlocked      = "user_blocked"
	CauseUserDeleted      = "user_deleted"
	CauseBlockedInApp     = "blocked_here" // kept out of this application only
	CauseMembersOnly      = "members_only"
	CauseOtherAuthority   = "other_authority" // the application accepts certificates of other CAs only
	CauseOtherPerson      = "other_person"    // the certificate is somebody else's than the one who signs in
	CauseAttemptUnknown   = "attempt_unknown"
	CauseAttemptExpired   = "attempt_expired"
	CauseAttemptUsed      = "attempt_used"
	CauseAttemptBrowser   = "attempt_of_another_browser"
	CauseAttemptPassedBy  = "attempt_overtaken"   // the login went on without it
	CauseMappingAmbiguous = "mapping_ambiguous"   // a name on the certificate is that of several people
	CauseMappingMoved     = "mapping_moved"       // a rule linked it, and no longer says so
	CauseRenewalWaits     = "renewal_waits"       // a renewed certificate, which an administrator has to link
	CauseMethodChanged    = "method_changed"      // its rules may refuse now what waits to be linked
	CauseJustExpired      = "just_expired"        // leads to the page of renewals
	CauseTooLittle        = "assurance_too_low"   // the application requires more than this certificate counts for
	CauseUnmet            = "assurance_unmet"     // no method of the sign-in form gives what the application requires
	CauseBlockedHere      = "certificate_blocked" // the certificate or its key, by trust
	CauseAccountFields    = "account_fields"      // the certificate does not say what an account would be called
	CauseAccountTaken     = "account_taken"       // somebody is called so already
	CauseAccountScripts   = "account_scripts"     // its letters are of several scripts, so that it can read like another one
	CauseLinkedToYou      = identity.LinkedToYou
	CauseLinkedToOther    = identity.LinkedToOther
)

// RefusalCauses lists the causes that are decided here.
func RefusalCauses() []string {
	return []string{
		CauseNotOffered, CauseNotLinked, CauseUserBlocked, CauseUserDeleted, CauseOtherPerson,
		CauseAttemptUnknown, CauseAttemptExpired, CauseAttemptUsed, CauseAttemptBrowser, CauseAttemptPassedBy, CauseMappingAmbiguous, CauseMappingMoved, CauseRenewalWaits, CauseMethodChanged,
		CauseLinkedToYou, CauseLinkedToOther, CauseBlockedHere,
		CauseBlockedInApp, CauseMembersOnly, CauseOtherAuthority, CauseTooLittle, CauseJustExpired,
		CauseAccountFields, CauseAccountTaken, CauseAccountScripts,
	}
}

// bind binds evidence to a person: the only place where that happens. It
// changes the login in memory and returns a refusal, or nil. Password evidence
// comes with the person whose password it is; certificate evidence is looked up.
func (s *Service) bind(tx *store.Tx, caller iam.Caller, l *iam.Login, e iam.Evidence, attempt iam.AttemptID, passwordOf iam.UserID) (*iam.Refusal, error) {
	refuse := func(cause string) *iam.Refusal {
		return &iam.Refusal{Attempt: attempt, Cause: cause, Provider: e.Provider, Certificate: e.Certificate, At: tx.Now()}
	}
	allowed, err := offered(tx, *l, e.Provider)
	if err != nil {
		return nil, err
	}
	if !allowed {
		return refuse(CauseNotOffered), nil
	}

	if l.Purpose == iam.PurposeSignIn && e.Type == iam.ProviderCertificate {
		refusal, err := unfit(tx, *l, e, refuse)
		if err != nil || refusal != nil {
			return refusal, err
		}
	}

	owner, link := passwordOf, iam.Identity{}
	if e.Type == iam.ProviderCertificate {
		// Here and not where it was judged: in the transaction that lets it in, so
		// that a block holds on every node from the moment it is stored.
		if _, blocked, err := trust.Blocked(tx, e.Certificate); err != nil {
			return nil, err
		} else if blocked {
			return refuse(CauseBlockedHere), nil
		}
		link, err = identity.Find(tx, e.Provider, e.Key, e.Certificate)
		switch {
		case iam.IsNotFound(err):
			p, err := tx.Provider(e.Provider)
			if err != nil {
				return nil, err
			}
			if cause, err := outdated(tx, *l, p, e); err != nil {
				return nil, err
			} else if cause != "" {
				return refuse(cause), nil
			}
			var refusal *iam.Refusal
			if link, refusal, err = s.mapped(tx, caller, l, e, attempt, refuse); err != nil || refusal != nil {
				return refusal, err
			}
			if link.ID == "" {
				return s.unlinked(tx, caller, l, e, attempt, refuse)
			}
		case err != nil:
			return nil, err
		}
		if good, err := stillMapped(tx, link, e); err != nil {
			return nil, err
		} else if !good && l.Purpose == iam.PurposeSignIn {
			return refuse(CauseMappingMoved), nil
		}
		if overtaken, err := overtaken(tx, link, e); err != nil {
			return nil, err
		} else if overtaken {
			return refuse(CauseMethodChanged), nil
		}
		owner = link.User
	}
	if l.Purpose == iam.PurposeLink {
		if owner == l.User {
			return refuse(CauseLinkedToYou), nil
		}
		return refuse(CauseLinkedToOther), nil
	}

	user, err := tx.User(owner)
	if err != nil {
		return nil, err
	}
	welcome := user
	if l.Purpose == iam.PurposeSignIn && user.Recoverable(tx.Now()) {
		welcome.Status = iam.UserActive // to be asked whether they want the account back, and nothing else
	}
	if refused, err := keptAway(tx, caller, *l, welcome, refuse); err != nil || refused != nil {
		return refused, err
	}
	if e.Type == iam.ProviderCertificate && l.State.Chosen != "" && l.State.Chosen != user.ID {
		return refuse(CauseOtherPerson), nil // browsers show the certificate of the last time without asking
	}
	if link.ID != "" {
		if link.Key != e.Key { // linked by a description; this is the certificate itself
			if link, err = identity.Show(tx, link, e.Key); err != nil {
				return nil, err
			}
		}
		if err := identity.Used(tx, link, l.App, e.Certificate); err != nil {
			return nil, err
		}
		if err := s.firstUse(tx, caller, link, e, attempt); err != nil {
			return nil, err
		}
		// It was accepted: what its CA once withdrew was renewed or is good again.
		if link.Withdrawn {
			if err := tx.DeleteWithdrawal(link.ID); err != nil {
				return nil, err
			}
		}
		// A certificate that has an owner settles the question of one that has none.
		forget(l)
	}
	l.User = user.ID
	l.State.Proofs = append(l.State.Proofs, proofOf(e, link.ID, attempt))
	return nil, nil
}

// overtaken reports whether a linked certificate was judged before its method was
// changed, or before it was found to be revoked. The ticket back may have waited for
// minutes, on purpose: of what a certificate opened every session was ended then, and
// the list that ends one that is opened later may never come.
func overtaken(tx *store.Tx, link iam.Identity, e iam.Evidence) (bool, error) {
	p, err := tx.Provider(e.Provider)
	if err != nil || p.UpdatedAt.After(e.At) || !link.Withdrawn {
		return err == nil && p.UpdatedAt.After(e.At), err
	}
	all, err := tx.Withdrawals(link.User)
	return slices.ContainsFunc(all, func(w iam.Withdrawal) bool { return w.Identity == link.ID && w.NoticedAt.After(e.At) }), err
}

// unfit refuses a certificate that its method accepts and the application does
// not: of a CA that it does not accept, or one that counts for too little.
func unfit(tx *store.Tx, l iam.Login, e iam.Evidence, refuse func(string) *iam.Refusal) (*iam.Refusal, error) {
	app, err := tx.App(l.App)
	if err != nil {
		return nil, err
	}
	if app, err = demanding(tx, app); err != nil {
		return nil, err
	}
	if !app.CertificateOnly || app.Accepts(e.Certificate) {
		return tooLittle(Situation{Login: l, App: app}, e, refuse), nil
	}
	refusal := refuse(CauseOtherAuthority)
	var names []string
	for _, authority := range app.Authorities {
		names = append(names, authority.Name)
	}
	refusal.Params = map[string]string{"Authorities": strings.Join(names, ", ")}
	return refusal, nil
}

func proofOf(e iam.Evidence, id iam.IdentityID, attempt iam.AttemptID) iam.Proof {
	return iam.Proof{
		Type: e.Type, Provider: e.Provider, Identity: id, At: e.At, ACR: e.ACR, AMR: e.AMR, Strength: e.Strength, Attempt: attempt, Certificate: e.Certificate,
		RevocationUnknown: e.RevocationUnknown,
	}
}

// unlinked keeps a certificate that belongs to nobody: to be confirmed in the
// profile, or, at a sign-in, until its holder has proved in another way who they
// are (row S69). One that looks like a renewal goes a shorter way (row S72).
func (s *Service) unlinked(tx *store.Tx, caller iam.Caller, l *iam.Login, e iam.Evidence, attempt iam.AttemptID, refuse func(string) *iam.Refusal) (*iam.Refusal, error) {
	p, err := tx.Provider(e.Provider)
	if err != nil {
		return nil, err
	}
	forget(l)
	if l.Purpose == iam.PurposeLink {
		if other, err := identity.AwaitedByAnother(tx, p, e.Certificate, l.User); err != nil {
			return nil, err
		} else if other {
			return refuse(CauseLinkedToOther), nil
		}
		l.State.Unlinked, l.State.UnlinkedAttempt = &e, attempt
		return nil, nil
	}
	settings := p.Settings.Certificate
	if settings == nil {
		return refuse(CauseNotLinked), nil
	}
	old, ok, err := identity.Renewed(tx, e)
	if err != nil {
		return nil, err
	}
	may, err := mayRenew(tx, p, old, e)
	if err != nil {
		return nil, err
	}
	if ok && may {
		return s.renewal(tx, caller, l, p, old, e, attempt, refuse)
	} else if !ok {
		if offered, refusal, err := s.create(tx, caller, l, p, e, attempt, refuse); err != nil || offered {
			return refusal, err
		}
	}
	allowed := settings.Linking() == iam.LinkingSignIn || l.State.Expiring != "" && p.SelfLinked() // asked to add one (StepExpiring)
	if !allowed && p.SelfLinked() && (l.User != "" || l.Session != "" && l.Session == caller.Session) {
		// Known already, and asked to add an identifier (StepAdd)?
		offers, err := tx.Offers(l.App)
		if err != nil {
			return nil, err
		}
		allowed = slices.ContainsFunc(offers, func(o iam.Offer) bool { return o.Provider.ID == p.ID && o.Required })
	}
	if allowed {
		l.State.Unlinked, l.State.UnlinkedAttempt = &e, attempt
	}
	return refuse(CauseNotLinked), nil
}

// forget takes a certificate that waits off a login.
func forget(l *iam.Login) {
	l.State.Unlinked, l.State.UnlinkedAttempt, l.State.Renews, l.State.Creates = nil, "", "", false
}

// offered reports whether a method may serve this login: it stands in the
// widget of the application, or, for linking, the person may add it.
func offered(tx *store.Tx, l iam.Login, id iam.ProviderID) (bool, error) {
	is := func(p iam.Provider) bool { return p.ID == id }
	if l.Purpose == iam.PurposeLink {
		providers, err := provider.Linkable(tx, l.User, l.Session)
		return id == l.Provider && slices.ContainsFunc(providers, is), err
	}
	if l.Purpose == iam.PurposeTest {
		return id == l.Provider, nil // who may was asked when it began, and is again when it is told
	}
	app, err := tx.App(l.App)
	if err != nil {
		return false, err
	}
	offers, err := provider.Offered(tx, app)
	return slices.ContainsFunc(offers, func(o iam.Offer) bool { return is(o.Provider) }), err
}

// PassPassword passes a typed name and password. A wrong one is an Error (cause
// wrong_password, or too_many_tries) whose Params hold the Attempt for the event
// log; the login stays as it was.
func (s *Service) PassPassword(ctx context.Context, caller iam.Caller, id iam.LoginID, method iam.ProviderID, name, password string) (Outcome, error) {
	// Whether the login is there and may use the method is asked before the costly
	// hash, and again when it counts.
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		l, err := of(tx, caller, id)
		if err != nil {
			return err
		}
		p, err := tx.Provider(method)
		if err != nil || p.Type != iam.ProviderPassword || l.Purpose != iam.PurposeSignIn {
			return iam.NotFound("provider")
		}
		return nil
	})
	if err != nil {
		return Outcome{}, err
	}
	attempt := iam.NewAttemptID()
	user, err := s.Directory.Authenticate(ctx, caller, name, password)
	if refused := iam.AsError(err); refused != nil {
		return Outcome{}, s.recordWrongPassword(ctx, caller, id, method, attempt, name, refused)
	}
	if err != nil {
		return Outcome{}, err
	}
	assured := iam.PasswordAssurance()
	e := iam.Evidence{Type: iam.ProviderPassword, Provider: method, At: s.DB.Now(), ACR: assured.ACR, AMR: assured.AMR, Strength: assured.Strength}
	out, err := s.change(ctx, caller, id, func(tx *store.Tx, l *iam.Login) error {
		if err := user.Still(tx); err != nil {
			return err
		}
		refusal, err := s.bind(tx, caller, l, e, attempt, user.ID)
		if err != nil || refusal == nil {
			return err
		}
		l.State.Refusal = refusal
		return s.recordRefusal(tx, caller, *l, *refusal, user.ID)
	})
	if refused := iam.AsError(err); refused != nil && refused.Cause == "wrong_password" {
		return Outcome{}, s.recordWrongPassword(ctx, caller, id, method, attempt, name, refused)
	}
	return out, err
}

// recordWrongPassword tells the event log of a wrong password. The typed name
// is told only where it is somebody's: people type passwords into that field.
func (s *Service) recordWrongPassword(ctx context.Context, caller iam.Caller, id iam.LoginID, method iam.ProviderID, attempt iam.AttemptID, name string, refused *iam.Error) error {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		l, err := of(tx, caller, id)
		if err != nil {
			return err
		}
		var person iam.UserID
		if user, err := tx.UserByLogin(name); err == nil {
			person = user.ID
		} else if !iam.IsNotFound(err) {
			return err
		}
		return s.recordRefusal(tx, caller, l, iam.Refusal{Attempt: attempt, Cause: refused.Cause, Provider: method}, person)
	})
	if err != nil {
		return err
	}
	return refused.In(attempt)
}

// recordRefusal tells the event log of a refusal.
func (s *Service) recordRefusal(tx *store.Tx, caller iam.Caller, l iam.Login, r iam.Refusal, about iam.UserID) error {
	kind := iam.EventSignInRefused
	if l.Purpose == iam.PurposeLink {
		kind, about = iam.EventIdentityRefused, l.User
	}
	app, err := tx.App(l.App)
	if err != nil && !iam.IsNotFound(err) {
		return err
	}
	return s.Log.Write(tx, caller, iam.Event{
		Kind: kind, Outcome: iam.OutcomeRefused, Cause: r.Cause, User: about, App: l.App, Org: app.Org, Provider: r.Provider,
		Attempt: r.Attempt, Certificate: r.Certificate, Details: maps.Clone(r.Params),
	})
}
