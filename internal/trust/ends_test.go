package trust_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// opened is what somebody's certificate has given.
type opened struct {
	identity iam.Identity
	wiki     iam.App
	tokens   session.Tokens
	waiting  iam.Secret // a code that nobody has redeemed yet
	verifier string
}

const wikiAddress = "https://wiki.example/callback"

// giveTokens lets somebody consent to the wiki, which has tokens then that outlive
// signing out, and a second code.
func (d *desk) giveTokens(user iam.UserID, leaf certtest.Leaf) opened {
	d.t.Helper()
	o := opened{identity: d.given(user, leaf), verifier: "verifier-verifier-verifier-verifier-verifier"}
	o.wiki = iam.App{ID: "wiki", Name: "Wiki", Type: iam.AppWeb, RedirectURIs: []string{wikiAddress}, SigningAlgorithm: "ES256", AccessTokenTTL: 24 * time.Hour, RefreshTokenTTL: 48 * time.Hour}
	hash := sha256.Sum256([]byte(o.verifier))
	code := func() (code iam.Secret) {
		must(d.t, d.DB.Update(d.t.Context(), func(tx *store.Tx) error {
			s, err := tx.Session(iam.SessionID("session-" + user))
			if err != nil {
				return err
			}
			code, err = d.Sessions.IssueCode(tx, iam.Caller{}, session.CodeRequest{
				User: user, Session: s, App: o.wiki.ID, Scopes: []string{"openid", "offline_access"}, RedirectURI: wikiAddress, Challenge: base64.RawURLEncoding.EncodeToString(hash[:]),
			})
			return err
		}))
		return code
	}
	must(d.t, d.DB.Update(d.t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertApp(o.wiki); err != nil {
			return err
		}
		return d.Sessions.Consent(tx, iam.Caller{}, user, o.wiki.ID, []string{"openid", "offline_access"})
	}))
	var err error
	o.tokens, err = o.redeem(d, d.Sessions, code())
	must(d.t, err)
	o.waiting = code()
	return o
}

func (o opened) redeem(d *desk, at *session.Service, code iam.Secret) (session.Tokens, error) {
	d.t.Helper()
	return at.RedeemCode(d.t.Context(), iam.Caller{}, o.wiki, session.Redemption{Code: code, RedirectURI: wikiAddress, Verifier: o.verifier})
}

// Whichever way a certificate goes, what it opened is over on the other node too:
// the session, the tokens that an application has by consent, and the code that
// waits (S74). Both nodes ask one PostgreSQL for every token, so that there is
// nothing to wait for.
func TestEveryEndHoldsOnTheOtherNode(t *testing.T) {
	for what, c := range map[string]struct {
		mode iam.CARevocation
		end  func(d *desk, o opened, leaf certtest.Leaf) error
		want iam.EndReason
	}{
		"unlinked": {iam.CARevocation{Mode: iam.RevocationNone}, func(d *desk, o opened, _ certtest.Leaf) error {
			_, err := (&identity.Service{DB: d.DB, Log: d.Log, Sessions: d.Sessions}).Remove(d.t.Context(), iam.Caller{User: "alice"}, "alice", o.identity.ID)
			return err
		}, iam.EndIdentityRemoved},
		"blocked by its owner": {iam.CARevocation{Mode: iam.RevocationNone}, func(d *desk, o opened, _ certtest.Leaf) error {
			_, err := d.BlockIdentity(d.t.Context(), iam.Caller{User: "alice"}, "alice", o.identity.ID, iam.BlockCertificate, "")
			return err
		}, iam.EndCertificateBlocked},
		"its key blocked by an administrator": {iam.CARevocation{Mode: iam.RevocationNone}, func(d *desk, o opened, _ certtest.Leaf) error {
			_, err := d.BlockCertificate(d.t.Context(), iam.Program("test"), *o.identity.Certificate, iam.BlockKey, "")
			return err
		}, iam.EndCertificateBlocked},
		"revoked by a list": {iam.CARevocation{Mode: iam.RevocationRequired}, func(d *desk, _ opened, leaf certtest.Leaf) error {
			_, err := d.Upload(d.t.Context(), iam.Program("test"), d.method, cert.AuthorityID(d.ca.Cert), d.crl(certtest.CRLSpec{Revoked: []*x509.Certificate{leaf.Cert}}))
			return err
		}, iam.EndCertificateRevoked},
		"expired": {iam.CARevocation{Mode: iam.RevocationNone}, func(d *desk, _ opened, _ certtest.Leaf) error {
			d.clock.Advance(time.Hour + time.Second)
			return d.EndExpired(d.t.Context())
		}, iam.EndCertificateExpired},
	} {
		t.Run(what, func(t *testing.T) {
			clock := new(storetest.Clock)
			clock.Set(storetest.Start())
			url := storetest.PostgreSQLURL(t)
			node := func() *store.DB {
				db, err := store.Open(t.Context(), store.Options{URL: url, Now: clock.Now})
				must(t, err)
				t.Cleanup(func() { _ = db.Close() })
				return db
			}
			one, two := node(), node()
			_, err := one.Migrate(t.Context())
			must(t, err)
			d := newDesk(t, one, clock, c.mode)
			other := &session.Service{DB: two, Log: &audit.Log{DB: two}}
			alice := d.ca.Issue(t, certtest.Spec{CN: "alice", NotAfter: clock.Now().Truncate(time.Second).Add(time.Hour)})
			o := d.giveTokens("alice", alice)
			if _, err := other.UserInfo(t.Context(), iam.Caller{}, o.tokens.Access); err != nil {
				t.Fatalf("before anything happened: %v", err)
			}
			must(t, c.end(d, o, alice))
			must(t, two.View(t.Context(), func(tx *store.Tx) error {
				s, err := tx.Session("session-alice")
				if s.EndedAt.IsZero() || s.EndReason != c.want {
					t.Errorf("her session: %+v", s)
				}
				return err
			}))
			if _, err := other.UserInfo(t.Context(), iam.Caller{}, o.tokens.Access); !iam.IsNotFound(err) {
				t.Errorf("her access token: %v", err)
			}
			if tokens, err := other.Refresh(t.Context(), iam.Caller{}, o.wiki, o.tokens.Refresh, nil); iam.KindOf(err) != iam.KindInvalid || tokens.Access != "" {
				t.Errorf("her refresh token: %v", err)
			}
			if tokens, err := o.redeem(d, other, o.waiting); iam.KindOf(err) != iam.KindInvalid || tokens.Access != "" {
				t.Errorf("the code that waited: %v", err)
			}
		})
	}
}

// A refresh token gives nothing from the second on in which its certificate is
// over, whether or not anybody has tidied up.
func TestARefreshTokenDoesNotOutliveItsCertificate(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationNone}, func(t *testing.T, d *desk) {
		leaf := d.ca.Issue(t, certtest.Spec{CN: "alice", NotAfter: d.clock.Now().Truncate(time.Second).Add(time.Hour)})
		o := d.giveTokens("alice", leaf)
		d.clock.Advance(50 * time.Minute)
		next, err := d.Sessions.Refresh(t.Context(), iam.Caller{}, o.wiki, o.tokens.Refresh, nil)
		must(t, err)
		d.clock.Advance(10*time.Minute + time.Second)
		if _, err := d.Sessions.Refresh(t.Context(), iam.Caller{}, o.wiki, next.Refresh, nil); iam.AsError(err) == nil || iam.AsError(err).Cause != string(session.CauseCertificateOver) {
			t.Errorf("refresh after the end of the certificate: %v", err)
		}
	})
}
