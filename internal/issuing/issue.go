package issuing

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"slices"
	"strconv"
	"strings"
	"time"

	"signet/internal/ca"
	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/store"
)

// Order asks for a certificate.
type Order struct {
	User     iam.UserID
	Provider iam.ProviderID
	Days     int // 0: as long as the authority gives them
	// Request is made for one form, so that one that is sent twice issues once.
	Request iam.Secret
}

// MaxIssued is how many certificates of one login method a person may have at a time
// that have not ended, where they make one themselves. An administrator can help whoever
// has made that many, or somebody else in a session of theirs.
const MaxIssued = 20

// Offers are the login methods of which the caller may have a certificate for the
// person: their own by self-service, anybody's as an administrator.
func (s *Service) Offers(ctx context.Context, caller iam.Caller, user iam.UserID) (offers []iam.Provider, err error) {
	if err := s.may(ctx, caller, user); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		offers, err = offered(tx, caller, user)
		return err
	})
	return offers, err
}

// offered decides it, for the form and for the issue.
func offered(tx *store.Tx, caller iam.Caller, user iam.UserID) (offers []iam.Provider, err error) {
	all, err := tx.IssuingAuthorities()
	if err != nil || len(all) == 0 {
		return nil, err
	}
	administrator := caller.May(iam.EditIdentities, iam.System())
	var linkable []iam.Provider
	if caller.User != "" && caller.User == user {
		if linkable, err = provider.Linkable(tx, caller.User, caller.Session); err != nil {
			return nil, err
		}
	}
	for _, a := range all {
		own := a.SelfService && slices.ContainsFunc(linkable, func(p iam.Provider) bool { return p.ID == a.Provider })
		if !own && !administrator {
			continue
		}
		p, err := tx.Provider(a.Provider)
		if err != nil {
			return nil, err
		}
		offers = append(offers, p)
	}
	return offers, nil
}

// Longest is for how many days the authority of a login method gives certificates,
// and for how many it still can.
func (s *Service) Longest(ctx context.Context, id iam.ProviderID) (int, error) {
	a, err := s.authority(ctx, id)
	if err != nil {
		return 0, err
	}
	c, err := Certificate(a)
	if err != nil {
		return 0, err
	}
	return min(a.Days, int(c.NotAfter.Sub(s.DB.Now())/(24*time.Hour))), nil
}

// Issue makes a key and a certificate for a person and links it to them. The login
// method judges it first, so that nobody gets what would be refused at the sign-in.
func (s *Service) Issue(ctx context.Context, caller iam.Caller, o Order) (Parcel, error) {
	if err := s.may(ctx, caller, o.User); err != nil {
		return Parcel{}, err
	}
	leaf, evidence, err := s.prepare(ctx, caller, o)
	if err != nil {
		return Parcel{}, err
	}
	password := newPassword()
	file, err := leaf.PKCS12(password)
	if err != nil {
		return Parcel{}, err
	}
	var user iam.User
	err = s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		p, err := allowed(tx, caller, o)
		if err != nil {
			return err
		}
		if user, err = recipient(tx, o.User); err != nil {
			return err
		}
		live, err := tx.CountIssued(o.User, o.Provider)
		switch {
		case err != nil:
			return err
		case live >= MaxIssued && !caller.May(iam.EditIdentities, iam.System()):
			return iam.Conflict("too_many_issued")
		}
		fresh, err := tx.InsertIssued(iam.Issued{
			Certificate: evidence.Certificate, Provider: o.Provider, User: o.User, Request: o.Request.Hash(), CreatedAt: tx.Now(),
		})
		switch {
		case err != nil:
			return err
		case !fresh:
			return iam.Conflict("issued_already")
		}
		issued := iam.Event{Kind: iam.EventCertificateIssued, User: o.User, Provider: o.Provider, Certificate: evidence.Certificate}
		linked, err := s.Identities.Link(tx, caller, o.User, p, evidence, "")
		if err != nil {
			return err
		}
		issued.Identity = linked.ID
		return s.Log.Write(tx, caller, issued)
	})
	if err != nil {
		return Parcel{}, err
	}
	return Parcel{Name: fileName(user), File: file, Password: password, Certificate: evidence.Certificate, Until: s.DB.Now().Add(parcelLife)}, nil
}

// prepare makes the certificate, outside of the transaction.
func (s *Service) prepare(ctx context.Context, caller iam.Caller, o Order) (*ca.Leaf, iam.Evidence, error) {
	var a iam.IssuingAuthority
	var p iam.Provider
	var user iam.User
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if p, err = allowed(tx, caller, o); err != nil {
			return err
		}
		if user, err = recipient(tx, o.User); err != nil {
			return err
		}
		a, err = tx.IssuingAuthority(o.Provider)
		return err
	})
	if err != nil {
		return nil, iam.Evidence{}, err
	}
	if o.Days < 0 || o.Days > a.Days {
		return nil, iam.Evidence{}, &iam.Error{Kind: iam.KindInvalid, Field: "days", Cause: "issued_days_too_many", Params: map[string]string{"Max": days(a.Days)}}
	}
	if o.Days == 0 {
		o.Days = a.Days
	}
	authority, err := s.open(a)
	if err != nil {
		return nil, iam.Evidence{}, err
	}
	brand, err := s.brand(ctx)
	if err != nil {
		return nil, iam.Evidence{}, err
	}
	now := s.DB.Now()
	until := now.AddDate(0, 0, o.Days)
	if end := authority.Certificate.NotAfter; until.After(end) {
		until = end
	}
	leaf, err := authority.IssueClient(holder(user, brand), now.Add(-clockSkew).Truncate(time.Second), until.Truncate(time.Second))
	if err != nil {
		return nil, iam.Evidence{}, err
	}
	judged, err := s.Trust.Judge(ctx, p, []*x509.Certificate{leaf.Certificate}, now)
	if err != nil {
		return nil, iam.Evidence{}, err
	}
	if judged.Evidence == nil {
		return nil, iam.Evidence{}, &iam.Error{Kind: iam.KindConflict, Cause: "issued_refused", Params: map[string]string{"Why": string(judged.Verdict.Cause)}}
	}
	return leaf, *judged.Evidence, nil
}

// may asks whether the caller may have certificates for the person at all. Whoever
// may not learns nothing of which methods there are.
func (s *Service) may(ctx context.Context, caller iam.Caller, user iam.UserID) error {
	if caller.User != "" && caller.User == user {
		return nil // as far as the authorities offer it
	}
	return s.Log.Denied(ctx, caller, iam.EditIdentities, iam.System())
}

// allowed returns the login method if the caller may have a certificate of it for the
// person.
func allowed(tx *store.Tx, caller iam.Caller, o Order) (iam.Provider, error) {
	offers, err := offered(tx, caller, o.User)
	if err != nil {
		return iam.Provider{}, err
	}
	i := slices.IndexFunc(offers, func(p iam.Provider) bool { return p.ID == o.Provider })
	if i < 0 {
		return iam.Provider{}, iam.Invalid("provider", "method_missing")
	}
	return offers[i], nil
}

// recipient is the person, who must be able to sign in.
func recipient(tx *store.Tx, id iam.UserID) (iam.User, error) {
	user, err := tx.User(id)
	if err == nil && user.Status != iam.UserActive {
		return user, iam.Conflict("issued_to_nobody")
	}
	return user, err
}

// holder is what the certificate says of the person. People choose their names, and
// two can have the same one: what tells them apart is the number, so that nobody's
// certificate looks like the renewal of somebody else's. An address that nobody has
// confirmed is not vouched for.
func holder(user iam.User, brand string) ca.Person {
	h := ca.Person{Name: bounded(cert.Visible(user.DisplayName(), maxName)), Organization: bounded(brand), Number: string(user.ID)}
	if user.EmailVerified && ascii(user.Email) {
		h.Email = user.Email
	}
	return h
}

// ascii reports whether an address can stand in a certificate (RFC 5280, section
// 4.2.1.6: rfc822Name is an IA5String).
func ascii(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// newPassword makes the password of a file, of 100 random bits: the way in which such
// a file is encrypted protects no password that people choose (see ca.Leaf.PKCS12). It
// is easy to type: no letter looks like another or like a figure.
func newPassword() string {
	text := rand.Text()[:20] // of the alphabet of base32, which has neither 0 nor 1
	return strings.ToLower(text[:5] + "-" + text[5:10] + "-" + text[10:15] + "-" + text[15:])
}

// fileName is what the file is called: the login, as far as every system takes it.
func fileName(user iam.User) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}, user.Login)
	if name = strings.Trim(name, ".-"); name == "" {
		name = "certificate" // of a login in another script
	}
	return name + ".p12"
}

func days(n int) string { return strconv.Itoa(n) }
