package login

import (
	"context"

	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/store"
	"signet/internal/trust"
)

// Fate is what would come of a certificate at a sign-in, as far as the login method
// decides it. An application can ask for more.
type Fate struct {
	// Cause says why it would be refused; empty where it would sign in. Who deleted
	// their account is refused here, although a linked certificate still offers it
	// back to them for a while.
	Cause string
	// User is whom it would sign in, or whose it is; zero where it is nobody's. With
	// iam.TriedCreation it is the account that would be made, and has no id.
	User iam.User
	// By says how they were found: iam.TriedKey, iam.TriedRenewal or the text of a
	// rule. With iam.TriedRenewal and no Cause they may be asked first.
	By string
	// Tried is every way in which somebody was looked for, in order.
	Tried []iam.Tried
	// Assurance is what the sign-in would count for.
	Assurance iam.Assurance

	// renews says that it looks like the renewal of somebody's certificate, also of
	// one that is not renewed like this: its holder has an account.
	renews bool
}

// Fate tells what would come of a certificate that was judged. Nothing comes of it:
// the person who shows it need not hold its key. For whoever may change the method.
func (s *Service) Fate(ctx context.Context, caller iam.Caller, p iam.Provider, j trust.Judged) (f Fate, err error) {
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return Fate{}, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		f, err = fateOf(tx, s.Directory, p, j)
		return err
	})
	return f, err
}

func fateOf(tx *store.Tx, dir *directory.Service, p iam.Provider, j trust.Judged) (Fate, error) {
	if j.Evidence == nil {
		return Fate{Cause: string(j.Verdict.Cause)}, nil
	}
	return fate(tx, dir, p, *j.Evidence)
}

// fate says what would come of an accepted certificate by the settings of p, which
// need not be those that are stored. It looks for people as bind does.
func fate(tx *store.Tx, dir *directory.Service, p iam.Provider, e iam.Evidence) (Fate, error) {
	f := Fate{Assurance: e.Assurance()}
	if _, blocked, err := trust.Blocked(tx, e.Certificate); err != nil {
		return f, err
	} else if blocked {
		f.Cause = CauseBlockedHere
	}
	owner, cause, err := f.find(tx, p, e)
	if err != nil {
		return f, err
	}
	if owner != "" {
		if f.User, err = tx.User(owner); err != nil {
			return f, err
		}
	}
	if cause == CauseNotLinked && !f.renews && p.Settings.Certificate.Creation != nil {
		if f.User, cause, err = newcomer(tx, dir, p, e); err != nil {
			return f, err
		}
		made := iam.Tried{Rule: iam.TriedCreation}
		if cause == "" {
			f.By, made.Found = iam.TriedCreation, 1
		} else {
			f.User = iam.User{}
		}
		f.Tried = append(f.Tried, made)
	}
	switch {
	case f.Cause != "":
	case cause != "" && cause != CauseRenewalWaits: // which is not asked of who may not pass at all
		f.Cause = cause
	case f.User.Status == iam.UserBlocked:
		f.Cause = CauseUserBlocked
	case f.User.Status == iam.UserDeleted:
		f.Cause = CauseUserDeleted
	default:
		f.Cause = cause
	}
	return f, nil
}

// find looks for the person, and says why there is none.
func (f *Fate) find(tx *store.Tx, p iam.Provider, e iam.Evidence) (iam.UserID, string, error) {
	link, err := identity.Find(tx, p.ID, e.Key, e.Certificate)
	switch {
	case err == nil:
		f.Tried, f.By = append(f.Tried, iam.Tried{Rule: iam.TriedKey, Found: 1}), iam.TriedKey
		good, err := mapsTo(tx, p, link, e)
		if err != nil || good {
			return link.User, "", err
		}
		return link.User, CauseMappingMoved, nil
	case !iam.IsNotFound(err):
		return "", "", err
	}
	f.Tried = append(f.Tried, iam.Tried{Rule: iam.TriedKey})
	mapped, err := identity.Map(tx, p, e)
	if err != nil {
		return "", "", err
	}
	for _, t := range mapped.Tried {
		f.Tried = append(f.Tried, iam.Tried{Rule: t.Text(), Found: t.Found})
	}
	if mapped.Ambiguous {
		return "", CauseMappingAmbiguous, nil
	}
	old, renews, err := identity.Renewed(tx, e)
	if err != nil {
		return "", "", err
	}
	f.renews = renews
	if mapped.User != "" {
		f.By = mapped.By()
		if taken, err := renewsAnothers(tx, e, mapped); err != nil {
			return "", "", err
		} else if taken {
			return "", CauseMappingAmbiguous, nil
		}
		return mapped.User, "", nil
	}
	may, err := mayRenew(tx, p, old, e)
	if err != nil {
		return "", "", err
	}
	if !renews || !may {
		f.Tried = append(f.Tried, iam.Tried{Rule: iam.TriedRenewal})
		return "", CauseNotLinked, nil
	}
	f.Tried, f.By = append(f.Tried, iam.Tried{Rule: iam.TriedRenewal, Found: 1}), iam.TriedRenewal
	if p.Settings.Certificate.Renewed() == iam.RenewalAdministrator {
		return old.User, CauseRenewalWaits, nil
	}
	return old.User, "", nil
}
