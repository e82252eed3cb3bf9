package session_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

const (
	callback = "https://app.example/cb"
	verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)

// s256 is the PKCE challenge of a verifier (RFC 7636, section 4.2).
func s256(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

var (
	wiki = iam.App{
		ID: "wiki", Name: "Wiki", Type: iam.AppWeb, RedirectURIs: []string{callback}, SigningAlgorithm: "ES256",
		AccessTokenTTL: 5 * time.Minute, RefreshTokenTTL: time.Hour,
	}
	mail = iam.App{ID: "mail", Name: "Mail", Type: iam.AppSPA, RedirectURIs: []string{callback}, SigningAlgorithm: "ES256"}
)

// house is a session service over a store with two people and two
// applications.
type house struct {
	*session.Service
	t     *testing.T
	db    *store.DB
	clock *storetest.Clock
}

// each runs the test on both engines.
func each(t *testing.T, test func(t *testing.T, h house)) {
	t.Helper()
	var clock storetest.Clock
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock.Set(storetest.Start())
		h := house{&session.Service{DB: db, Log: &audit.Log{DB: db}}, t, db, &clock}
		h.update(func(tx *store.Tx) error {
			return errors.Join(
				tx.InsertUser(iam.User{ID: "alice", Login: "alice", Status: iam.UserActive}), tx.InsertUser(iam.User{ID: "bob", Login: "bob", Status: iam.UserActive}),
				tx.InsertApp(wiki), tx.InsertApp(mail),
			)
		})
		test(t, h)
	}, storetest.On(&clock))
}

func (h house) update(fn func(*store.Tx) error) {
	h.t.Helper()
	if err := h.db.Update(h.t.Context(), fn); err != nil {
		h.t.Fatal(err)
	}
}

// signIn opens a session for alice.
func (h house) signIn() (s iam.Session) {
	h.t.Helper()
	h.update(func(tx *store.Tx) error {
		opened, err := h.Open(tx, iam.Caller{}, "alice", wiki.ID, []iam.Proof{
			{Type: iam.ProviderCertificate, Provider: "card", Identity: "alices-card", At: tx.Now(), ACR: iam.ACRPhishingResistant, AMR: []string{"pop"}},
		})
		s = opened.Session
		return err
	})
	return s
}

// code issues a code of alice's for wiki, changed by the test.
func (h house) code(s iam.Session, change func(*session.CodeRequest)) (code iam.Secret) {
	h.t.Helper()
	r := session.CodeRequest{
		User: "alice", Session: s, App: wiki.ID, Scopes: []string{"openid", "email", "offline_access"}, RedirectURI: callback,
		Challenge: s256(verifier), Nonce: "n",
	}
	if change != nil {
		change(&r)
	}
	h.update(func(tx *store.Tx) (err error) {
		code, err = h.IssueCode(tx, iam.Caller{}, r)
		return err
	})
	return code
}

func (h house) redeem(code iam.Secret) (session.Tokens, error) {
	return h.RedeemCode(h.t.Context(), iam.Caller{}, wiki, session.Redemption{Code: code, RedirectURI: callback, Verifier: verifier})
}

// tokens signs alice in to wiki.
func (h house) tokens() session.Tokens {
	h.t.Helper()
	tokens, err := h.redeem(h.code(h.signIn(), nil))
	if err != nil {
		h.t.Fatal(err)
	}
	return tokens
}

func (h house) refresh(token iam.Secret, scopes ...string) (session.Tokens, error) {
	return h.Refresh(h.t.Context(), iam.Caller{}, wiki, token, scopes)
}

// dead checks that a token is refused wherever it can be brought.
func (h house) dead(name string, tokens session.Tokens) {
	h.t.Helper()
	ctx := h.t.Context()
	if _, err := h.UserInfo(ctx, iam.Caller{}, tokens.Access); !iam.IsNotFound(err) {
		h.t.Errorf("%s: userinfo: %v, want not found", name, err)
	}
	for _, token := range []iam.Secret{tokens.Access, tokens.Refresh} {
		if _, err := h.Introspect(ctx, iam.Caller{}, wiki, token); !iam.IsNotFound(err) {
			h.t.Errorf("%s: introspection: %v, want not found", name, err)
		}
	}
	if tokens, err := h.refresh(tokens.Refresh); iam.KindOf(err) != iam.KindInvalid || tokens.Access != "" {
		h.t.Errorf("%s: refresh: %v, %v, want invalid", name, tokens, err)
	}
}

// events returns the causes of the recorded events of a kind, oldest first.
func (h house) events(kind iam.EventKind) (causes []string) {
	h.t.Helper()
	if err := h.db.View(h.t.Context(), func(tx *store.Tx) error {
		events, err := tx.Events(iam.EventFilter{Kind: kind, Limit: 100})
		slices.Reverse(events)
		for _, e := range events {
			causes = append(causes, e.Cause)
		}
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return causes
}

func (h house) wantEvents(kind iam.EventKind, causes ...session.Cause) {
	h.t.Helper()
	var want []string
	for _, c := range causes {
		want = append(want, string(c))
	}
	if got := h.events(kind); !slices.Equal(got, want) {
		h.t.Errorf("events %s: %q, want %q", kind, got, want)
	}
}

// Proving anew who one is signs nobody out: another application that may work
// while the person is away goes on (as with SignOut).
func TestSessionThatIsReplacedKeepsOfflineAccess(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		before := h.signIn()
		offline, err := h.redeem(h.code(before, nil))
		if err != nil {
			t.Fatal(err)
		}
		online, err := h.redeem(h.code(before, func(r *session.CodeRequest) { r.Scopes = []string{"openid"} }))
		if err != nil {
			t.Fatal(err)
		}
		h.update(func(tx *store.Tx) error {
			_, err := h.Open(tx, iam.Caller{User: "alice", Session: before.ID}, "alice", mail.ID, []iam.Proof{{Type: iam.ProviderPassword, At: tx.Now(), ACR: iam.ACRPassword}})
			return err
		})
		if _, err := h.refresh(offline.Refresh); err != nil {
			t.Errorf("refresh after the session was replaced: %v", err)
		}
		if _, err := h.UserInfo(t.Context(), iam.Caller{}, online.Access); !iam.IsNotFound(err) {
			t.Errorf("what was given for the session only: %v, want not found", err)
		}
	})
}

func TestCodeBecomesTokens(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		s := h.signIn()
		tokens, err := h.redeem(h.code(s, nil))
		if err != nil {
			t.Fatal(err)
		}
		g := tokens.Grant
		if g.Session != s.ID || g.Identity != "alices-card" || g.ACR != "phr" || !slices.Equal(g.AMR, []string{"pop"}) || !g.AuthTime.Equal(s.AuthTime) || g.Nonce != "n" || !g.Offline {
			t.Errorf("grant = %+v", g)
		}
		if tokens.User.ID != "alice" || !tokens.Expires.Equal(h.clock.Now().UTC().Truncate(time.Microsecond).Add(5*time.Minute)) || tokens.Refresh == "" {
			t.Errorf("tokens = %+v", tokens)
		}
		held, err := h.UserInfo(t.Context(), iam.Caller{}, tokens.Access)
		if err != nil || held.User.ID != "alice" || !slices.Equal(held.Token.Scopes, []string{"openid", "email", "offline_access"}) {
			t.Errorf("UserInfo = %+v, %v", held, err)
		}
		if _, err := h.UserInfo(t.Context(), iam.Caller{}, tokens.Refresh); !iam.IsNotFound(err) {
			t.Errorf("a refresh token reads userinfo: %v", err)
		}
		for _, token := range []iam.Secret{tokens.Access, tokens.Refresh} {
			if _, err := h.Introspect(t.Context(), iam.Caller{}, wiki, token); err != nil {
				t.Errorf("Introspect: %v", err)
			}
			if _, err := h.Introspect(t.Context(), iam.Caller{}, mail, token); !iam.IsNotFound(err) {
				t.Errorf("another application learned of the token: %v", err)
			}
		}
		h.clock.Advance(5 * time.Minute)
		if _, err := h.UserInfo(t.Context(), iam.Caller{}, tokens.Access); !iam.IsNotFound(err) {
			t.Errorf("an expired token reads userinfo: %v", err)
		}
	})
}

// A token that is bound to a certificate is worth nothing without it (RFC 8705, section
// 3); refreshing takes whichever certificate the application has by then (section 4).
func TestBoundTokensNeedTheirCertificate(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		app := wiki
		app.ClientCertificate = &iam.ClientCertificate{Bound: true}
		old, renewed := iam.Caller{Thumbprint: []byte("old")}, iam.Caller{Thumbprint: []byte("renewed")}
		redeem := func(caller iam.Caller) (session.Tokens, error) {
			return h.RedeemCode(t.Context(), caller, app, session.Redemption{Code: h.code(h.signIn(), nil), RedirectURI: callback, Verifier: verifier})
		}
		if tokens, err := redeem(iam.Caller{}); err == nil || tokens.Access != "" {
			t.Errorf("without a certificate: %v, %v", tokens, err)
		}
		tokens, err := redeem(old)
		if err != nil {
			t.Fatal(err)
		}
		next, err := h.Refresh(t.Context(), renewed, app, tokens.Refresh, nil)
		if err != nil {
			t.Fatal(err)
		}
		for what, c := range map[string]struct {
			token  iam.Secret
			caller iam.Caller
			good   bool
		}{
			"its certificate":                   {tokens.Access, old, true},
			"none":                              {tokens.Access, iam.Caller{}, false},
			"another one":                       {tokens.Access, renewed, false},
			"a part of it":                      {tokens.Access, iam.Caller{Thumbprint: old.Thumbprint[:2]}, false},
			"the renewed one, after refreshing": {next.Access, renewed, true},
			"the old one, after refreshing":     {next.Access, old, false},
		} {
			held, err := h.UserInfo(t.Context(), c.caller, c.token)
			if c.good && (err != nil || held.User.ID != "alice") || !c.good && (!errors.Is(err, session.ErrBound) || held.User.ID != "") {
				t.Errorf("%s: %v, %v", what, held.User.ID, err)
			}
		}
	})
}

func TestRefreshTokensOnlyWithOfflineAccess(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		tokens, err := h.redeem(h.code(h.signIn(), func(r *session.CodeRequest) { r.Scopes = []string{"openid"} }))
		if err != nil || tokens.Refresh != "" {
			t.Errorf("refresh token %q, %v; want none", string(tokens.Refresh), err)
		}
	})
}

func TestRedemptionIsRefused(t *testing.T) {
	proper := session.Redemption{RedirectURI: callback, Verifier: verifier}
	with := func(change func(*session.Redemption)) session.Redemption {
		r := proper
		change(&r)
		return r
	}
	plain := func(r *session.CodeRequest) { r.Challenge = "" }
	cases := map[string]struct {
		issue  func(*session.CodeRequest)
		before func(h house, code iam.Secret)
		app    iam.App
		r      session.Redemption
		want   session.Cause
	}{
		"unknown code":                          {r: with(func(r *session.Redemption) { r.Code = "x" }), want: session.CauseCodeUnknown},
		"of another application":                {app: mail, r: proper, want: session.CauseOtherApp},
		"with another redirect URI":             {r: with(func(r *session.Redemption) { r.RedirectURI = callback + "/" }), want: session.CauseRedirectURI},
		"without redirect URI":                  {r: with(func(r *session.Redemption) { r.RedirectURI = "" }), want: session.CauseRedirectURI},
		"without the verifier (PKCE downgrade)": {r: with(func(r *session.Redemption) { r.Verifier = "" }), want: session.CauseVerifierMissing},
		"with another verifier":                 {r: with(func(r *session.Redemption) { r.Verifier = s256(verifier) }), want: session.CauseVerifierWrong},
		"with a verifier and no challenge":      {issue: plain, r: proper, want: session.CauseVerifierUnexpected},
		"too late":                              {before: func(h house, _ iam.Secret) { h.clock.Advance(time.Minute) }, r: proper, want: session.CauseCodeExpired},
		"when the grant has ended": {before: func(h house, _ iam.Secret) {
			h.update(func(tx *store.Tx) error { return tx.EndGrantsOfUser("alice", "", iam.EndBlocked) })
		}, r: proper, want: session.CauseGrantEnded},
		"when the person is blocked": {before: func(h house, _ iam.Secret) {
			h.update(func(tx *store.Tx) error { return tx.SetUserStatus("alice", iam.UserBlocked) })
		}, r: proper, want: session.CausePerson},
		"when the person is deleted": {before: func(h house, _ iam.Secret) {
			h.update(func(tx *store.Tx) error { return tx.SetUserStatus("alice", iam.UserDeleted) })
		}, r: proper, want: session.CausePerson},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h house) {
				code := h.code(h.signIn(), c.issue)
				if c.before != nil {
					c.before(h, code)
				}
				r := c.r
				if r.Code == "" {
					r.Code = code
				}
				app := c.app
				if app.ID == "" {
					app = wiki
				}
				tokens, err := h.RedeemCode(t.Context(), iam.Caller{}, app, r)
				if e := iam.AsError(err); e == nil || e.Cause != string(c.want) || tokens.Access != "" {
					t.Fatalf("RedeemCode = %+v, %v; want cause %s", tokens, err, c.want)
				}
				h.wantEvents(iam.EventTokenRefused, c.want)
				switch _, err := h.redeem(code); c.want {
				case session.CauseCodeUnknown, session.CauseOtherApp:
					if err != nil {
						t.Errorf("a stranger's try spent the code: %v", err)
					}
				default: // one try
					if e := iam.AsError(err); e == nil || e.Cause != string(session.CauseCodeSpent) {
						t.Errorf("second try: %v, want %s", err, session.CauseCodeSpent)
					}
				}
			})
		})
	}
}

func TestReplayedCodeEndsTheGrant(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		code := h.code(h.signIn(), nil)
		tokens, err := h.redeem(code)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.redeem(code); iam.KindOf(err) != iam.KindInvalid {
			t.Errorf("second redemption: %v, want invalid", err)
		}
		h.wantEvents(iam.EventTokenReuse, session.CauseCodeSpent)
		h.dead("after a replay", tokens)
	})
}

// together runs fn twenty times at once and returns how many succeeded.
func together(t *testing.T, fn func(context.Context) error) (won int) {
	t.Helper()
	start, results := make(chan struct{}), make(chan error, 20)
	for range 20 {
		go func() {
			<-start
			results <- fn(t.Context())
		}()
	}
	close(start)
	for range 20 {
		switch err := <-results; {
		case err == nil:
			won++
		case iam.KindOf(err) != iam.KindInvalid:
			t.Errorf("refused with %v, want invalid", err)
		}
	}
	return won
}

func TestOneOfTwentyRedeemsACode(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		code := h.code(h.signIn(), nil)
		won := make(chan session.Tokens, 20)
		n := together(t, func(context.Context) error {
			tokens, err := h.redeem(code)
			if err == nil {
				won <- tokens
			}
			return err
		})
		if n != 1 {
			t.Fatalf("%d of 20 got tokens for one code", n)
		}
		h.dead("after nineteen replays", <-won)
	})
}

func TestOneOfTwentyRefreshesAndTheFamilyEnds(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		tokens := h.tokens()
		won := make(chan session.Tokens, 20)
		n := together(t, func(context.Context) error {
			next, err := h.refresh(tokens.Refresh)
			if err == nil {
				won <- next
			}
			return err
		})
		if n != 1 {
			t.Fatalf("%d of 20 got tokens for one refresh token", n)
		}
		if n := len(h.events(iam.EventTokenReuse)); n != 19 {
			t.Errorf("%d reuses recorded, want 19", n)
		}
		h.dead("the family", <-won)
		h.dead("the first", tokens)
	})
}

func TestRefreshRotates(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		first := h.tokens()
		h.clock.Advance(59 * time.Minute)
		second, err := h.refresh(first.Refresh, "openid")
		if err != nil {
			t.Fatal(err)
		}
		if second.Refresh == first.Refresh || second.Access == first.Access || !slices.Equal(second.Scopes, []string{"openid"}) {
			t.Errorf("second = %+v", second)
		}
		h.clock.Advance(59 * time.Minute) // used, so it lives on
		third, err := h.refresh(second.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(third.Scopes, []string{"openid", "email", "offline_access"}) {
			t.Errorf("scopes after one narrow token: %v, want the given ones", third.Scopes)
		}
		if _, err := h.refresh(first.Refresh); iam.KindOf(err) != iam.KindInvalid {
			t.Errorf("a spent refresh token: %v", err)
		}
		h.wantEvents(iam.EventTokenReuse, session.CauseTokenSpent)
		h.dead("after reuse", third)
	})
}

func TestRefreshIsRefused(t *testing.T) {
	cases := map[string]struct {
		before func(h house, tokens session.Tokens)
		app    iam.App
		token  func(session.Tokens) iam.Secret
		scopes []string
		want   session.Cause
		over   bool // the right application cannot use the token afterwards either
	}{
		"unknown token":          {token: func(session.Tokens) iam.Secret { return "x" }, want: session.CauseTokenUnknown},
		"access token":           {token: func(t session.Tokens) iam.Secret { return t.Access }, want: session.CauseTokenUnknown},
		"of another application": {app: mail, want: session.CauseOtherApp},
		"wider scope":            {scopes: []string{"openid", "profile"}, want: session.CauseScope},
		"unused for too long":    {before: func(h house, _ session.Tokens) { h.clock.Advance(time.Hour) }, want: session.CauseTokenExpired, over: true},
		"grant ended": {before: func(h house, tokens session.Tokens) {
			h.update(func(tx *store.Tx) error { return tx.EndGrant(tokens.Grant.ID, iam.EndByPerson) })
		}, want: session.CauseGrantEnded, over: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h house) {
				tokens := h.tokens()
				if c.before != nil {
					c.before(h, tokens)
				}
				app, token := wiki, tokens.Refresh
				if c.app.ID != "" {
					app = c.app
				}
				if c.token != nil {
					token = c.token(tokens)
				}
				got, err := h.Refresh(t.Context(), iam.Caller{}, app, token, c.scopes)
				if e := iam.AsError(err); e == nil || e.Cause != string(c.want) || got.Access != "" {
					t.Fatalf("Refresh = %+v, %v; want cause %s", got, err, c.want)
				}
				h.wantEvents(iam.EventTokenRefused, c.want)
				if _, err := h.refresh(tokens.Refresh); (err != nil) != c.over {
					t.Errorf("afterwards: %v, want over = %v", err, c.over)
				}
			})
		})
	}
}

// T39: an account that is no longer allowed gets in by no other door. The status
// is changed behind the back of the rule that ends grants: this lock holds alone.
func TestT39BlockedPeopleHoldNothing(t *testing.T) {
	for _, status := range []iam.UserStatus{iam.UserBlocked, iam.UserDeleted} {
		t.Run(string(status), func(t *testing.T) {
			each(t, func(t *testing.T, h house) {
				tokens := h.tokens()
				h.update(func(tx *store.Tx) error { return tx.SetUserStatus("alice", status) })
				h.dead(string(status), tokens)
				h.wantEvents(iam.EventTokenRefused, session.CausePerson)
			})
		})
	}
}

// The cookie of a session that still stands is worth nothing either, whatever was
// forgotten when its person was blocked.
func TestT39CookieOfBlockedPeople(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		var opened session.Opened
		h.update(func(tx *store.Tx) (err error) {
			opened, err = h.Open(tx, iam.Caller{}, "alice", wiki.ID, []iam.Proof{{Type: iam.ProviderPassword, Provider: "word", At: tx.Now(), ACR: iam.ACRPassword}})
			return err
		})
		if s, u, _, err := h.Of(t.Context(), opened.Secret); err != nil || s.ID != opened.Session.ID || u.ID != "alice" {
			t.Fatalf("session %s of %s: %v", s.ID, u.ID, err)
		}
		if _, _, _, err := h.Of(t.Context(), iam.NewSecret()); !iam.IsNotFound(err) {
			t.Errorf("another secret: %v", err)
		}
		for _, status := range []iam.UserStatus{iam.UserBlocked, iam.UserDeleted} {
			h.update(func(tx *store.Tx) error { return tx.SetUserStatus("alice", status) })
			if s, u, _, err := h.Of(t.Context(), opened.Secret); !iam.IsNotFound(err) || s.ID != "" || u.ID != "" {
				t.Errorf("%s: session %q of %q, %v", status, s.ID, u.ID, err)
			}
		}
	})
}

func TestWhatEndsASessionEndsItsTokens(t *testing.T) {
	cases := map[string]struct {
		end     func(h house, s iam.Session) error
		offline bool // what was given with offline_access ends too
	}{
		"signing out": {func(h house, s iam.Session) error {
			return h.SignOut(h.t.Context(), iam.Caller{User: "alice", Session: s.ID})
		}, false},
		"ending it from the list": {func(h house, s iam.Session) error {
			return h.EndMine(h.t.Context(), iam.Caller{User: "alice"}, s.ID)
		}, true},
		"blocking": {func(h house, _ iam.Session) error {
			return h.db.Update(h.t.Context(), func(tx *store.Tx) error {
				_, err := h.EndAll(tx, iam.Program("test"), "alice", "", iam.EndBlocked)
				return err
			})
		}, true},
		"removing the identifier": {func(h house, _ iam.Session) error {
			return h.db.Update(h.t.Context(), func(tx *store.Tx) error {
				_, err := h.EndOfIdentity(tx, iam.Program("test"), "alices-card", iam.EndIdentityRemoved)
				return err
			})
		}, true},
		"withdrawing the consent": {func(h house, _ iam.Session) error {
			h.update(func(tx *store.Tx) error { return h.Consent(tx, iam.Caller{}, "alice", wiki.ID, []string{"openid"}) })
			return h.WithdrawConsent(h.t.Context(), iam.Caller{User: "alice"}, wiki.ID)
		}, true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, h house) {
				s := h.signIn()
				offline, err := h.redeem(h.code(s, nil))
				if err != nil {
					t.Fatal(err)
				}
				online, err := h.redeem(h.code(s, func(r *session.CodeRequest) { r.Scopes = []string{"openid"} }))
				if err != nil {
					t.Fatal(err)
				}
				if err := c.end(h, s); err != nil {
					t.Fatal(err)
				}
				if _, err := h.UserInfo(t.Context(), iam.Caller{}, online.Access); !iam.IsNotFound(err) {
					t.Errorf("the token lives on: %v", err)
				}
				_, err = h.refresh(offline.Refresh)
				if (err != nil) != c.offline {
					t.Errorf("refresh with offline_access: %v, want ended = %v", err, c.offline)
				}
			})
		})
	}
}

func TestRevocation(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		revoke := func(app iam.App, token iam.Secret) error { return h.Revoke(t.Context(), iam.Caller{}, app, token) }
		tokens := h.tokens()
		if err := revoke(mail, tokens.Refresh); iam.KindOf(err) != iam.KindInvalid {
			t.Errorf("another application revoked: %v", err)
		}
		for range 2 { // the second time it is over already
			if err := revoke(wiki, tokens.Access); err != nil {
				t.Errorf("Revoke: %v", err)
			}
		}
		if _, err := h.UserInfo(t.Context(), iam.Caller{}, tokens.Access); !iam.IsNotFound(err) {
			t.Errorf("a revoked token lives: %v", err)
		}
		next, err := h.refresh(tokens.Refresh)
		if err != nil {
			t.Fatalf("revoking an access token ended its grant: %v", err)
		}
		if err := errors.Join(revoke(wiki, next.Refresh), revoke(wiki, next.Refresh), revoke(wiki, "unknown")); err != nil {
			t.Errorf("Revoke: %v", err)
		}
		h.dead("after revocation", next)
		if n := len(h.events(iam.EventTokenRevoked)); n != 2 {
			t.Errorf("%d revocations recorded, want 2", n)
		}
	})
}

// T23: a token is extended by what it came from and by nothing else. Signing in
// with another certificate meanwhile neither changes nor saves it.
func TestT23RefreshKeepsItsCertificate(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		tokens := h.tokens()
		h.clock.Advance(time.Minute)
		var other session.Opened
		h.update(func(tx *store.Tx) (err error) {
			other, err = h.Open(tx, iam.Caller{}, "alice", wiki.ID, []iam.Proof{
				{Type: iam.ProviderCertificate, Provider: "card", Identity: "another-card", At: tx.Now(), ACR: "other", AMR: []string{"other"}},
			})
			return err
		})
		next, err := h.refresh(tokens.Refresh)
		if err != nil {
			t.Fatal(err)
		}
		g, was := next.Grant, tokens.Grant
		if g.Identity != was.Identity || g.Session != was.Session || g.ACR != was.ACR || !g.AuthTime.Equal(was.AuthTime) || g.Session == other.Session.ID {
			t.Errorf("after refresh: %+v, before: %+v", g, was)
		}
		h.update(func(tx *store.Tx) error {
			_, err := h.EndOfIdentity(tx, iam.Program("test"), "alices-card", iam.EndIdentityRemoved)
			return err
		})
		h.dead("when its certificate is removed", next)
	})
}

// What applications are told of a certificate is of the one that opened the session,
// never of another that was shown on the way by a method that counts elsewhere.
func TestSessionTellsOfNoOtherCertificate(t *testing.T) {
	each(t, func(t *testing.T, h house) {
		var opened session.Opened
		h.update(func(tx *store.Tx) (err error) {
			opened, err = h.Open(tx, iam.Caller{}, "alice", "wiki", []iam.Proof{
				{Type: iam.ProviderCertificate, Provider: "card", Identity: "alices-card", At: tx.Now(), Strength: iam.StrengthKey,
					Certificate: &iam.Certificate{SHA256: "aa", Policies: []string{"1.2.3"}, NotAfter: tx.Now().Add(time.Hour)}},
				{Type: iam.ProviderCertificate, Provider: "proxied", Identity: "alices-other", At: tx.Now(), Strength: iam.StrengthForwarded, ACR: iam.ACRForwarded},
			})
			return err
		})
		if s := opened.Session; s.Provider != "proxied" || s.Certificate != nil {
			t.Errorf("the session of %s tells of %+v", s.Provider, s.Certificate)
		}
	})
}
