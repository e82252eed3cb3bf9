package notify

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/trust"
)

// Warning is an authority or a revocation list that ends, or has ended.
type Warning struct {
	Kind      iam.MessageKind
	Provider  iam.Provider
	Authority string // name
	Until     time.Time
	key       string // of the reminder
}

// When administrators are warned: a new CA has to reach everybody, and a list that
// comes by itself is renewed long before its end, unless it fails.
var authoritySteps = [...]int{1, 7, 30, 60}

const (
	listNotice   = day     // of one whose renewal fails
	uploadNotice = 7 * day // of one that an administrator has to bring
)

// Warnings returns what is to be said of the authorities that the caller may see.
func (s *Service) Warnings(ctx context.Context, caller iam.Caller) ([]Warning, error) {
	all, err := s.Trust.Revocations(ctx, caller)
	if err != nil {
		return nil, err
	}
	return warningsOf(all, s.DB.Now()), nil
}

// warningsOf is what is to be said at a time. Pure.
func warningsOf(all []trust.Authority, now time.Time) (found []Warning) {
	for _, a := range all {
		w := Warning{Provider: a.Provider, Authority: a.Facts.CommonName, Until: a.Facts.NotAfter}
		if w.Authority == "" {
			w.Authority = a.Facts.Subject
		}
		key := fmt.Sprintf("%s:%s:%d", a.Provider.ID, a.ID, w.Until.Unix())
		if !a.Below && !w.Until.IsZero() {
			if left := w.Until.Sub(now); left <= 0 {
				w.Kind, w.key = iam.MessageAuthorityExpired, "authority:"+key+":0"
				found = append(found, w)
				continue // its lists are of no use to anybody
			} else if step, soon := stepOf(left); soon {
				w.Kind, w.key = iam.MessageAuthorityExpires, "authority:"+key+":"+strconv.Itoa(step)
				found = append(found, w)
			}
		}
		if l, kind, ok := listOf(a, now); ok {
			w.Kind, w.Until = kind, l.NextUpdate
			w.key = fmt.Sprintf("list:%s:%s:%d:%s", a.Provider.ID, a.ID, l.NextUpdate.Unix(), kind)
			found = append(found, w)
		}
	}
	return found
}

// stepOf is the nearest step before the end.
func stepOf(left time.Duration) (int, bool) {
	for _, days := range authoritySteps {
		if left <= time.Duration(days)*day {
			return days, true
		}
	}
	return 0, false
}

// listOf returns the list of an authority that lasts longest, where it has ended
// or ends soon and nothing newer is on its way.
func listOf(a trust.Authority, now time.Time) (last iam.RevocationList, kind iam.MessageKind, ok bool) {
	if !a.Chosen || a.Settings.Mode == iam.RevocationNone {
		return last, "", false
	}
	for _, l := range a.Lists {
		if len(l.DataHash) > 0 && !l.NextUpdate.IsZero() && l.NextUpdate.After(last.NextUpdate) {
			last = l
		}
	}
	if last.NextUpdate.IsZero() {
		return last, "", false // none has come; the page of the method says so
	}
	byHand := last.NextTryAt.IsZero()
	switch left := last.NextUpdate.Sub(now); {
	case left <= 0:
		return last, iam.MessageListOutdated, true
	case byHand && left <= uploadNotice, last.Failures > 0 && left <= listNotice:
		return last, iam.MessageListExpires, true
	default:
		return last, "", false
	}
}

// warn writes to who administers a login method.
func (s *Service) warn(ctx context.Context) error {
	warnings, err := s.Warnings(ctx, program())
	if err != nil {
		return err
	}
	for _, w := range warnings {
		known := false
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			known, err = tx.Reminded(w.key)
			return err
		})
		if err == nil && !known {
			err = s.DB.Update(ctx, func(tx *store.Tx) error { return s.warnOf(tx, w) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) warnOf(tx *store.Tx, w Warning) error {
	fresh, err := tx.KeepReminder(w.key)
	if err != nil || !fresh {
		return err
	}
	people, err := administrators(tx, w.Provider.Scope)
	if err != nil {
		return err
	}
	path := "/admin" // leads everybody to what is theirs
	if w.Kind == iam.MessageListOutdated || w.Kind == iam.MessageListExpires {
		path = "/admin/settings/trust"
	}
	for _, u := range people {
		if err := s.post(tx, to(u), draft{
			kind: w.Kind, path: path,
			args: func(p *i18n.Printer) []any { return []any{"Authority", clean(w.Authority), "Until", p.Date(w.Until)} },
			facts: func(p *i18n.Printer) []iam.LetterFact {
				return []iam.LetterFact{{Term: p.T("notify.fact.authority"), Text: w.Authority}, {Term: p.T("notify.fact.method"), Text: w.Provider.Name},
					{Term: p.T("notify.fact.until"), Text: p.DateTime(w.Until)}}
			},
		}); err != nil {
			return err
		}
	}
	return nil
}

// administrators are who administers a scope and has an address; where nobody
// does, those of the system.
func administrators(tx *store.Tx, in iam.Scope) ([]iam.User, error) {
	role := map[iam.Level]iam.Role{
		iam.LevelSystem: iam.RoleSystemAdministrator, iam.LevelOrganization: iam.RoleOrganizationManager, iam.LevelApplication: iam.RoleApplicationAdministrator,
	}[in.Level]
	people, err := tx.ActiveHolders(role, in, 200)
	if err != nil {
		return nil, err
	}
	people = slices.DeleteFunc(people, func(u iam.User) bool { return !Address(u.Email) })
	if len(people) == 0 && in.Level != iam.LevelSystem {
		return administrators(tx, iam.System())
	}
	return people, nil
}
