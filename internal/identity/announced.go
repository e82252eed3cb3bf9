package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/trust"
)

// MaxAnnounced is how many certificates one file announces at most: it is one
// transaction.
const MaxAnnounced = 2000

// values returns by what an accepted certificate can have been announced, the
// strongest first. Pure.
func values(p iam.Provider, c *iam.Certificate) (all []iam.Announced) {
	if c == nil || c.IssuerSPKI == "" || p.Settings.Certificate == nil {
		return nil // no path was verified: nothing says whose values these are
	}
	add := func(kind iam.AnnouncedKind, value string) {
		if value == "" || kind.Weak() && !p.Settings.Certificate.NamesAccepted {
			return
		}
		v := iam.Announced{Kind: kind, Value: value}
		if kind.OfIssuer() {
			v.Issuer = c.IssuerSPKI
		}
		all = append(all, v)
	}
	add(iam.AnnouncedCertificate, c.SHA256)
	add(iam.AnnouncedCertificate, c.MirrorSHA256) // which of the two was announced, its holder does not choose
	add(iam.AnnouncedKey, c.SPKI)
	add(iam.AnnouncedSerial, c.Serial)
	add(iam.AnnouncedKeyID, c.SubjectKeyID)
	if digest, ok := cert.NameDigest(c.SubjectDER); ok {
		add(iam.AnnouncedSubject, digest)
	}
	return all
}

// Awaited returns by what an accepted certificate was announced, the strongest
// first. Whoever else shows it cannot have it.
func Awaited(tx *store.Tx, p iam.Provider, c *iam.Certificate) ([]iam.Announced, error) {
	all, err := tx.AnnouncedWith(p.ID, values(p, c))
	order := iam.AnnouncedKinds()
	slices.SortFunc(all, func(a, b iam.Announced) int {
		if a.Kind != b.Kind {
			return slices.Index(order, a.Kind) - slices.Index(order, b.Kind)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return all, err
}

// AwaitedByAnother reports whether an accepted certificate was announced for
// somebody else than the person, or issued to somebody else.
func AwaitedByAnother(tx *store.Tx, p iam.Provider, c *iam.Certificate, user iam.UserID) (bool, error) {
	if issued, err := issuedToAnother(tx, c, user); err != nil || issued {
		return issued, err
	}
	all, err := Awaited(tx, p, c)
	return slices.ContainsFunc(all, func(a iam.Announced) bool { return a.User != user }), err
}

// mapAnnounced finds the person for whom a certificate was announced. It reports
// whether that decides: where nobody has announced it, names may.
func (m *Mapped) mapAnnounced(tx *store.Tx, p iam.Provider, e iam.Evidence) (bool, error) {
	if e.Described {
		return false, nil // the identifier that it was told of is gone, and nobody has seen the certificate
	}
	waiting, err := tx.AnnouncedKinds(p.ID)
	if err != nil || len(waiting) == 0 {
		return false, err
	}
	all, err := Awaited(tx, p, e.Certificate)
	if err != nil {
		return false, err
	}
	for _, v := range values(p, e.Certificate) {
		if !slices.Contains(waiting, v.Kind) || v.Value == e.Certificate.MirrorSHA256 {
			continue // told once of each kind
		}
		tried := TriedRule{Announced: v.Kind}
		for _, a := range all {
			if a.Kind == v.Kind {
				tried.Found++
			}
		}
		m.Tried = append(m.Tried, tried)
	}
	if len(all) == 0 {
		return false, nil
	}
	// The values of a certificate can be announced for several people; that the
	// strongest would decide is nothing that anybody said.
	if slices.ContainsFunc(all, func(a iam.Announced) bool { return a.User != all[0].User }) {
		m.Announced, m.Ambiguous = all[0].Kind, true
		return true, nil
	}
	at, was, err := tx.UnlinkedAt(p.ID, e, all[0].User)
	if err != nil {
		return true, err
	}
	for _, a := range all {
		if !was || a.CreatedAt.After(at) {
			m.User, m.Announced = a.User, a.Kind
			break
		}
	}
	return true, nil
}

// take ends what announced a certificate of the person that is linked now.
func take(tx *store.Tx, awaited []iam.Announced) error {
	for _, a := range awaited {
		taken, err := tx.TakeAnnounced(a.ID)
		if err != nil {
			return err
		}
		if !taken {
			return fmt.Errorf("announcement %s was taken in between", a.ID) // transactions are serializable
		}
	}
	return nil
}

// Announcement is what an administrator types to announce a certificate.
type Announcement struct {
	Kind   iam.AnnouncedKind
	Issuer string // key of the CA, as trust.Issuers has it
	Value  string
}

// announced checks what was typed, for a login method that knows these CAs. Pure.
func announced(p iam.Provider, issuers []trust.Issuer, user iam.UserID, in Announcement) (a iam.Announced, err error) {
	a = iam.Announced{ID: iam.NewID(), Provider: p.ID, User: user, Kind: in.Kind}
	if !slices.Contains(iam.AnnouncedKinds(), in.Kind) {
		return a, iam.Invalid("kind", "announced_kind_unknown")
	}
	if in.Kind.Weak() && !p.Settings.Certificate.NamesAccepted {
		return a, iam.Invalid("kind", "announced_names_not_accepted")
	}
	if in.Kind.OfIssuer() {
		i := slices.IndexFunc(issuers, func(i trust.Issuer) bool { return i.SPKI == in.Issuer })
		if i < 0 {
			return a, iam.Invalid("issuer", "announced_issuer_missing")
		}
		a.Issuer, a.IssuerName = issuers[i].SPKI, issuers[i].Name
	}
	var wrong *iam.Error
	if a.Value, a.Shown, wrong = AnnouncedValue(in.Kind, in.Value); wrong != nil {
		return a, wrong
	}
	return a, nil
}

// Announce writes down by what a certificate of a person can be known before it is
// ever shown. At the first sign-in with it, it is linked to the person.
func (s *Service) Announce(ctx context.Context, caller iam.Caller, user iam.UserID, p iam.ProviderID, in Announcement) (a iam.Announced, err error) {
	if err := s.Log.Denied(ctx, caller, iam.EditIdentities, iam.System()); err != nil {
		return a, err
	}
	linked, err := s.linkedAlready(ctx, p, func(method iam.Provider, issuers []trust.Issuer) []iam.Announced {
		wanted, err := announced(method, issuers, user, in)
		if err != nil {
			return nil // which is said below
		}
		return []iam.Announced{wanted}
	})
	if err != nil {
		return a, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		method, issuers, err := announcing(tx, p)
		if err != nil {
			return err
		}
		a, err = s.announce(tx, caller, user, method, issuers, in, linked)
		return err
	})
	return a, err
}

// announcing reads a login method and its CAs, which takes long where they are many.
func announcing(tx *store.Tx, id iam.ProviderID) (iam.Provider, []trust.Issuer, error) {
	p, err := tx.Provider(id)
	switch {
	case iam.IsNotFound(err), err == nil && (p.Type != iam.ProviderCertificate || p.Settings.Certificate == nil):
		return p, nil, iam.Invalid("provider", "method_missing")
	case err != nil:
		return p, nil, err
	}
	issuers, err := trust.Issuers(p)
	return p, issuers, err
}

func (s *Service) announce(tx *store.Tx, caller iam.Caller, user iam.UserID, p iam.Provider, issuers []trust.Issuer, in Announcement, linked map[known]iam.UserID) (iam.Announced, error) {
	person, err := tx.User(user)
	if err != nil {
		return iam.Announced{}, err
	}
	if person.Status == iam.UserDeleted {
		return iam.Announced{}, iam.Conflict("announced_for_deleted")
	}
	a, err := announced(p, issuers, user, in)
	if err != nil {
		return a, err
	}
	if err := announcedLinked(tx, caller, a, linked); err != nil {
		return a, err
	}
	a.CreatedAt, a.CreatedBy = tx.Now(), caller.User
	inserted, err := tx.InsertAnnounced(a)
	if err != nil {
		return a, err
	}
	if !inserted {
		return a, s.announcedAlready(tx, a)
	}
	return a, s.Log.Write(tx, caller, announcedEvent(iam.EventIdentityAnnounced, a))
}

// announcedAlready says for whom a value is announced. Only administrators ask.
func (s *Service) announcedAlready(tx *store.Tx, a iam.Announced) error {
	there, err := tx.AnnouncedWith(a.Provider, []iam.Announced{a})
	if err != nil {
		return err
	}
	if len(there) == 0 || there[0].User == a.User {
		return iam.Invalid("value", "announced_already")
	}
	holder, err := tx.User(there[0].User)
	if err != nil {
		return err
	}
	wrong := iam.Invalid("value", "announced_for_another")
	wrong.Params = map[string]string{"Login": holder.Login}
	return wrong
}

func announcedEvent(kind iam.EventKind, a iam.Announced) iam.Event {
	details := map[string]string{"rule": a.Kind.Rule(), "value": a.Shown}
	if a.Issuer != "" {
		details["authority"] = a.IssuerName
	}
	return iam.Event{Kind: kind, User: a.User, Provider: a.Provider, Details: details}
}

// Withdraw takes back what was announced for a person.
func (s *Service) Withdraw(ctx context.Context, caller iam.Caller, user iam.UserID, id string) error {
	if err := s.Log.Denied(ctx, caller, iam.EditIdentities, iam.System()); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		all, err := tx.AnnouncedFor(user)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(a iam.Announced) bool { return a.ID == id })
		if i < 0 {
			return iam.NotFound("announced")
		}
		if taken, err := tx.TakeAnnounced(id); err != nil || !taken {
			if err == nil {
				err = iam.NotFound("announced")
			}
			return err
		}
		return s.Log.Write(tx, caller, announcedEvent(iam.EventAnnouncementWithdrawn, all[i]))
	})
}

// AwaitedFor returns what was announced for a person and still waits: the caller's
// own, or, for an administrator, anyone's.
func (s *Service) AwaitedFor(ctx context.Context, caller iam.Caller, user iam.UserID) (all []iam.Announced, err error) {
	if err := s.own(ctx, caller, user, iam.ViewIdentities); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err = tx.AnnouncedFor(user)
		return err
	})
	return all, err
}

// Awaiting is what still waits in a login method, with the person.
type Awaiting struct {
	iam.Announced
	Person iam.User
}

// AwaitedIn returns a page of what still waits in a login method, after the id.
func (s *Service) AwaitedIn(ctx context.Context, caller iam.Caller, p iam.ProviderID, after string, limit int) (page []Awaiting, err error) {
	if err := s.Log.Denied(ctx, caller, iam.ViewIdentities, iam.System()); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err := tx.AnnouncedIn(p, after, limit)
		if err != nil {
			return err
		}
		page = nil
		for _, a := range all {
			person, err := tx.User(a.User)
			if err != nil {
				return err
			}
			page = append(page, Awaiting{a, person})
		}
		return nil
	})
	return page, err
}

// SameSubject reports whether two certificates name their holder the same (RFC
// 5280, section 7.1).
func SameSubject(a, b *iam.Certificate) bool {
	return a != nil && b != nil && cert.SameName(a.SubjectDER, b.SubjectDER)
}
