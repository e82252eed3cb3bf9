package login

import (
	"cmp"
	"context"
	"crypto/x509"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// MaxReplayed and MaxReplayedRefused are how many certificates Replay looks at, the
// newest ones first. Those that were refused have a bound of their own: strangers
// can show as many as they like, and must neither push out of sight who would lose
// by a change, nor make it costly to ask.
const (
	MaxReplayed        = 5000
	MaxReplayedRefused = 1000
)

// replayedAtOnce is how many are looked at before the time is.
const replayedAtOnce = 20

// replayTime is how long a Replay takes at the most. Settings can make each
// certificate costly, such as a thousand CAs of one name: whoever administers one
// organization must not keep a processor busy for minutes, nor all others from trying.
const replayTime = 15 * time.Second

// Replay is what a change of a login method would mean for the certificates that
// people showed to it lately.
type Replay struct {
	Since time.Time
	// Certificates is how many were looked at; More says that there were others, for
	// which there was no room or no time.
	Certificates int
	More         bool
	// Same is how many would sign the same person in as before, and Refused how many
	// would be refused as before.
	Same, Refused int
	// Lost would no longer sign in, and Won would from then on. Moved would sign
	// another person in. Weighed would count for something else.
	Lost, Won, Moved, Weighed []Replayed
}

// Replayed is a certificate to which a change would make a difference.
type Replayed struct {
	Certificate   iam.Certificate
	LastAt        time.Time // when it was shown last, to the day
	Before, After Fate
}

// Changes reports whether the change would make a difference to anybody.
func (r Replay) Changes() bool { return len(r.Lost)+len(r.Won)+len(r.Moved)+len(r.Weighed) > 0 }

// Replay judges every certificate that was shown to a login method since a time,
// as the method is and as it would be with the settings of changed. Nothing is
// stored. Both times it goes by what holds now: a certificate that has expired
// since is refused both times. Of revocation counts what is known: the last good lists,
// and what is blocked here. While another one runs it is refused (cause replay_busy).
func (s *Service) Replay(ctx context.Context, caller iam.Caller, changed iam.Provider, since time.Time) (Replay, error) {
	r := Replay{Since: since}
	var present iam.Provider
	var shown []iam.Shown
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		present, err = tx.Provider(changed.ID)
		return err
	})
	if err != nil {
		return r, err
	}
	changed.Scope, changed.Type = present.Scope, present.Type
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, present.Scope); err != nil {
		return r, err
	}
	if !s.replaying.TryLock() {
		return r, iam.Conflict("replay_busy")
	}
	defer s.replaying.Unlock()
	limited, cancel := context.WithTimeout(ctx, cmp.Or(s.ReplayTime, replayTime))
	defer cancel()
	now := s.DB.Now()
	before, err := s.Trust.Rejudge(ctx, present, now)
	if err != nil {
		return r, err
	}
	after, err := s.Trust.Rejudge(ctx, changed, now)
	if err != nil {
		return r, err
	}
	if shown, r.More, err = s.shownSince(ctx, present.ID, since); err != nil {
		return r, err
	}
	for len(shown) > 0 {
		part := shown[:min(replayedAtOnce, len(shown))]
		shown = shown[len(part):]
		err := s.DB.View(ctx, func(tx *store.Tx) error {
			for _, one := range part {
				presented, err := parsed(one.Chain)
				if err != nil {
					continue // of an earlier version that read more; it could sign in nobody now
				}
				was, is := before(presented), after(presented)
				if is.Certificate == nil { // too large to be read any more
					continue
				}
				fate, err := fateOf(tx, s.Directory, present, was)
				if err != nil {
					return err
				}
				then, err := fateOf(tx, s.Directory, changed, is)
				if err != nil {
					return err
				}
				r.add(Replayed{Certificate: *is.Certificate, LastAt: one.LastAt, Before: fate, After: then})
			}
			return ctx.Err()
		})
		if err != nil {
			return r, err
		}
		if len(shown) > 0 && limited.Err() != nil {
			r.More = true
			break
		}
	}
	return r, nil
}

// shownSince returns what Replay looks at, and whether there is more.
func (s *Service) shownSince(ctx context.Context, id iam.ProviderID, since time.Time) (all []iam.Shown, more bool, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, more = nil, false
		for _, of := range []struct {
			refused bool
			most    int
		}{{false, MaxReplayed}, {true, MaxReplayedRefused}} {
			shown, err := tx.Shown(id, since, of.refused, of.most+1)
			if err != nil {
				return err
			}
			if len(shown) > of.most {
				shown, more = shown[:of.most], true
			}
			all = append(all, shown...)
		}
		return nil
	})
	return all, more, err
}

func parsed(chain [][]byte) (all []*x509.Certificate, err error) {
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// add puts a certificate where it belongs.
func (r *Replay) add(one Replayed) {
	r.Certificates++
	was, is := one.Before, one.After
	switch {
	case was.Cause == "" && is.Cause != "":
		r.Lost = append(r.Lost, one)
	case was.Cause != "" && is.Cause == "":
		r.Won = append(r.Won, one)
	case was.Cause != "":
		r.Refused++
	case was.User.ID != is.User.ID, was.User.ID == "" && was.User.Login != is.User.Login: // another account would be made
		r.Moved = append(r.Moved, one)
	case was.Assurance.Strength != is.Assurance.Strength || was.Assurance.ACR != is.Assurance.ACR:
		r.Weighed = append(r.Weighed, one)
	default:
		r.Same++
	}
}

// ShownBefore returns a certificate that was shown to the login method lately, with
// what was sent along. For whoever may change the method.
func (s *Service) ShownBefore(ctx context.Context, caller iam.Caller, p iam.Provider, sha256 string) ([]*x509.Certificate, error) {
	if err := s.Log.Denied(ctx, caller, iam.EditProviders, p.Scope); err != nil {
		return nil, err
	}
	var shown iam.Shown
	if err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		shown, err = tx.ShownCertificate(p.ID, sha256)
		return err
	}); err != nil {
		return nil, err
	}
	return parsed(shown.Chain)
}
