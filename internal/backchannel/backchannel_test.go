package backchannel_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/backchannel"
	"signet/internal/iam"
	"signet/internal/seal"
	"signet/internal/session"
	"signet/internal/signing"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// house is an installation with alice, who is signed in to two applications of
// which one is told.
type house struct {
	*backchannel.Service
	t        *testing.T
	sessions *session.Service
	db       *store.DB
	clock    *storetest.Clock
	session  iam.Session

	mu     sync.Mutex // guards what follows
	posted []posted
	fail   error
}

type posted struct {
	address, typ string
	claims       map[string]any
}

var wiki = iam.App{
	ID: "wiki", Name: "Wiki", Type: iam.AppWeb, RedirectURIs: []string{"https://wiki.example/cb"}, SigningAlgorithm: "ES256", BackchannelLogoutURI: "https://wiki.example/out",
}

func each(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	var clock storetest.Clock
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock.Set(storetest.Start())
		key := make([]byte, seal.KeySize)
		_, _ = rand.Read(key)
		box, err := seal.NewBox(key)
		if err != nil {
			t.Fatal(err)
		}
		log := &audit.Log{DB: db}
		h := &house{t: t, db: db, clock: &clock, sessions: &session.Service{DB: db, Log: log}}
		h.Service = &backchannel.Service{DB: db, Log: log, Keys: &signing.Ring{DB: db, Box: box, Log: log}, Issuer: "https://id.example", Post: h.post}
		silent := iam.App{ID: "silent", Name: "Silent", Type: iam.AppWeb, RedirectURIs: []string{"https://silent.example/cb"}, SigningAlgorithm: "ES256"}
		h.update(func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(iam.User{ID: "alice", Login: "alice", Status: iam.UserActive}), tx.InsertApp(wiki), tx.InsertApp(silent))
		})
		h.signIn()
		h.give(wiki, "openid")
		h.give(silent, "openid")
		test(t, h)
	}, storetest.On(&clock))
}

func (h *house) update(fn func(*store.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) signIn() {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		opened, err := h.sessions.Open(tx, iam.Caller{}, "alice", wiki.ID, []iam.Proof{{Type: iam.ProviderCertificate, Provider: "card", Identity: "alices-card", At: tx.Now()}})
		h.session = opened.Session
		return err
	})
}

// give gives an application tokens.
func (h *house) give(app iam.App, scopes ...string) session.Tokens {
	h.t.Helper()
	var code iam.Secret
	h.update(func(tx *store.Tx) (err error) {
		code, err = h.sessions.IssueCode(tx, iam.Caller{}, session.CodeRequest{User: "alice", Session: h.session, App: app.ID, Scopes: scopes, RedirectURI: "https://x.example"})
		return err
	})
	tokens, err := h.sessions.RedeemCode(h.t.Context(), iam.Caller{}, app, session.Redemption{Code: code, RedirectURI: "https://x.example"})
	if err != nil {
		h.t.Fatal(err)
	}
	return tokens
}

func (h *house) me() iam.Caller { return iam.Caller{User: "alice", Session: h.session.ID} }

func (h *house) post(_ context.Context, address string, form url.Values) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	parts := strings.Split(form.Get("logout_token"), ".")
	p := posted{address: address}
	var header struct{ Typ string }
	for i, into := range []any{&header, &p.claims} {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			h.t.Error(err)
		}
	}
	p.typ = header.Typ
	h.posted = append(h.posted, p)
	return h.fail
}

// delivered delivers and returns what was posted.
func (h *house) delivered() []posted {
	h.t.Helper()
	if err := h.Deliver(h.t.Context()); err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	all := h.posted
	h.posted = nil
	return all
}

func (h *house) last() []iam.LogoutDelivery {
	h.t.Helper()
	all, err := h.Last(h.t.Context(), iam.Program("test"), wiki)
	if err != nil {
		h.t.Fatal(err)
	}
	return all
}

// Everything by which a session ends is told to the application that got tokens
// from it, once; to nobody else.
func TestEveryEndIsTold(t *testing.T) {
	for name, end := range map[string]func(h *house, tx *store.Tx) error{
		"signed out": func(h *house, _ *store.Tx) error { return nil },
		"ended by oneself": func(h *house, tx *store.Tx) error {
			_, err := h.sessions.EndAll(tx, h.me(), "alice", "", iam.EndByPerson)
			return err
		},
		"person blocked": func(h *house, tx *store.Tx) error {
			_, err := h.sessions.EndAll(tx, h.me(), "alice", "", iam.EndBlocked)
			return err
		},
		"certificate revoked": func(h *house, tx *store.Tx) error {
			_, err := h.sessions.EndOfIdentity(tx, h.me(), "alices-card", iam.EndCertificateRevoked)
			return err
		},
		"out of the one": func(h *house, tx *store.Tx) error {
			return h.sessions.EndInApp(tx, "alice", wiki.ID, iam.EndByAdministrator)
		},
		"certificate expired": func(h *house, tx *store.Tx) error {
			_, err := h.sessions.EndOfIdentity(tx, h.me(), "alices-card", iam.EndCertificateExpired)
			return err
		},
		"application stricter": func(_ *house, tx *store.Tx) error { return tx.EndGrantsOfApp(wiki.ID, iam.EndByAdministrator) },
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				if name == "signed out" {
					if err := h.sessions.SignOut(t.Context(), h.me()); err != nil {
						t.Fatal(err)
					}
				}
				h.update(func(tx *store.Tx) error { return end(h, tx) })
				got := h.delivered()
				if len(got) != 1 {
					t.Fatalf("posted %v", got)
				}
				p := got[0]
				events, _ := p.claims["events"].(map[string]any)
				if _, is := events["http://schemas.openid.net/event/backchannel-logout"]; !is || p.address != wiki.BackchannelLogoutURI || p.typ != "logout+jwt" ||
					p.claims["iss"] != "https://id.example" || p.claims["aud"] != "wiki" || p.claims["sub"] != "alice" || p.claims["sid"] != string(h.session.ID) ||
					p.claims["jti"] == "" || p.claims["nonce"] != nil || p.claims["exp"].(float64) <= p.claims["iat"].(float64) {
					t.Errorf("posted %+v", p)
				}
				h.update(func(tx *store.Tx) error { return end(h, tx) })
				h.clock.Advance(time.Hour)
				if again := h.delivered(); len(again) > 0 {
					t.Errorf("told again: %v", again)
				}
				if last := h.last(); len(last) != 1 || last[0].Outcome != iam.LogoutDelivered || last[0].Tries != 1 {
					t.Errorf("last %+v", last)
				}
			})
		})
	}
}

// Tokens with offline_access outlive a sign-out, and still the application is
// told (section 2.7); when they end too, it is told of that.
func TestSignOutIsToldWhereTokensLiveOn(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		offline := h.give(wiki, "openid", "offline_access")
		if err := h.sessions.SignOut(t.Context(), h.me()); err != nil {
			t.Fatal(err)
		}
		if got := h.delivered(); len(got) != 1 {
			t.Errorf("posted %v", got)
		}
		if _, err := h.sessions.Refresh(t.Context(), iam.Caller{}, wiki, offline.Refresh, nil); err != nil {
			t.Errorf("refresh: %v", err)
		}
		h.clock.Advance(time.Minute)
		h.update(func(tx *store.Tx) error {
			_, err := h.sessions.EndOfIdentity(tx, h.me(), "alices-card", iam.EndCertificateRevoked)
			return err
		})
		if got := h.delivered(); len(got) != 1 {
			t.Errorf("at the end of the tokens posted %v", got)
		}
	})
}

// What an application did itself is not told to it; its session is, later.
func TestRevokedTokensAreNotTold(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		offline := h.give(wiki, "openid", "offline_access")
		if err := h.sessions.Revoke(t.Context(), iam.Caller{}, wiki, offline.Refresh); err != nil {
			t.Fatal(err)
		}
		if got := h.delivered(); len(got) != 0 {
			t.Errorf("posted %v", got)
		}
		h.clock.Advance(time.Minute)
		if err := h.sessions.SignOut(t.Context(), h.me()); err != nil {
			t.Fatal(err)
		}
		if got := h.delivered(); len(got) != 1 {
			t.Errorf("after the sign-out posted %v", got)
		}
	})
}

// A sign-in that takes the place of another is told to the others, not to the
// application that it is for; to all, where somebody else signs in.
func TestReplacedSession(t *testing.T) {
	for name, c := range map[string]struct {
		user iam.UserID
		app  iam.AppID
		want int
	}{"for the application": {"alice", wiki.ID, 0}, "for another": {"alice", "silent", 1}, "somebody else": {"bob", wiki.ID, 1}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h *house) {
				h.update(func(tx *store.Tx) error {
					return tx.InsertUser(iam.User{ID: "bob", Login: "bob", Status: iam.UserActive})
				})
				h.update(func(tx *store.Tx) error {
					_, err := h.sessions.Open(tx, h.me(), c.user, c.app, []iam.Proof{{Type: iam.ProviderPassword, At: tx.Now()}})
					return err
				})
				if got := h.delivered(); len(got) != c.want {
					t.Errorf("posted %v", got)
				}
			})
		})
	}
}

func TestFailureIsTriedAgainAndGivenUp(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.fail = errors.New("post: the server answered 503")
		if err := h.sessions.SignOut(t.Context(), h.me()); err != nil {
			t.Fatal(err)
		}
		ids := map[any]bool{}
		tries := 0
		for range 200 { // far more than a day of tries
			for _, p := range h.delivered() {
				tries++
				ids[p.claims["jti"]] = true
			}
			if last := h.last(); len(last) != 1 {
				t.Fatalf("last %+v", last)
			} else if last[0].Outcome == iam.LogoutGivenUp {
				break
			}
			h.clock.Advance(time.Hour)
		}
		last := h.last()[0]
		if last.Outcome != iam.LogoutGivenUp || last.Fault != h.fail.Error() || tries < 10 || int64(tries) != last.Tries || len(ids) != tries {
			t.Errorf("last %+v, %d tries with %d ids", last, tries, len(ids))
		}
		var events []iam.Event
		if err := h.db.View(t.Context(), func(tx *store.Tx) (err error) {
			events, err = tx.Events(iam.EventFilter{Kind: iam.EventLogoutGivenUp, Limit: 10})
			return err
		}); err != nil || len(events) != 1 || events[0].App != wiki.ID || events[0].User != "alice" {
			t.Errorf("events %+v, %v", events, err)
		}
	})
}

// Without a key to sign with, as after a lost master key, nothing is posted, and
// it is given up like any other failure instead of being tried for ever.
func TestWithoutAKeyItIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if _, err := h.Keys.Key(t.Context(), wiki.SigningAlgorithm); err != nil {
			t.Fatal(err)
		}
		key := make([]byte, seal.KeySize)
		_, _ = rand.Read(key)
		lost, err := seal.NewBox(key)
		if err != nil {
			t.Fatal(err)
		}
		h.Keys = &signing.Ring{DB: h.db, Box: lost, Log: h.Log}
		if err := h.sessions.SignOut(t.Context(), h.me()); err != nil {
			t.Fatal(err)
		}
		for range 200 { // far more than a day of tries
			if posted := h.delivered(); len(posted) > 0 {
				t.Fatalf("posted %+v", posted)
			}
			if h.last()[0].Outcome == iam.LogoutGivenUp {
				break
			}
			h.clock.Advance(time.Hour)
		}
		if last := h.last()[0]; last.Outcome != iam.LogoutGivenUp || last.Tries < 10 || last.Fault == "" {
			t.Errorf("last %+v", last)
		}
	})
}

// Kill -9 between taking a row and finishing it: the row is taken again.
func TestTakenAndNeverFinishedIsTakenAgain(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if err := h.sessions.SignOut(t.Context(), h.me()); err != nil {
			t.Fatal(err)
		}
		h.update(func(tx *store.Tx) error {
			due, err := tx.DueLogouts(10, 10)
			if err != nil || len(due) != 1 {
				t.Fatal(due, err)
			}
			mine, err := tx.ClaimLogout(due[0], tx.Now().Add(time.Minute))
			if !mine {
				t.Error("not taken")
			}
			return err
		})
		if got := h.delivered(); len(got) != 0 {
			t.Errorf("taken by two: %v", got)
		}
		h.clock.Advance(2 * time.Minute)
		if got := h.delivered(); len(got) != 1 {
			t.Errorf("posted %v", got)
		}
	})
}

// Several nodes see the same row: one delivers.
func TestOneOfManyNodesDelivers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if err := h.sessions.SignOut(t.Context(), h.me()); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if err := h.Deliver(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if len(h.posted) != 1 {
			t.Errorf("posted %v", h.posted)
		}
	})
}

func TestDeliveriesAreForThoseWhoSeeTheApplication(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		if _, err := h.Last(t.Context(), h.me(), wiki); iam.KindOf(err) != iam.KindForbidden {
			t.Errorf("error %v, want forbidden", err)
		}
	})
}
