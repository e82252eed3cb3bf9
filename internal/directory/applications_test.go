package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/store"
)

// methods are the login methods of the house: a password, and a certificate
// method that trusts "ours".
func (h *house) methods() (password, card iam.Provider, rules *provider.Service) {
	h.t.Helper()
	rules = &provider.Service{DB: h.db, Log: h.log, Sessions: h.sessions}
	must(h.t, h.directory.EnsureSignetApp(h.t.Context(), program, "Signet"))
	password, err := rules.EnsurePassword(h.t.Context(), program, "Password")
	must(h.t, err)
	card, err = rules.Create(h.t.Context(), program, iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: "Card", Public: true})
	must(h.t, err)
	h.directory.Authorities = func(p iam.Provider) ([]iam.Authority, error) {
		return []iam.Authority{{SHA256: "ours", Name: "Our CA"}, {SHA256: "second", Name: "Second CA"}}, nil
	}
	return password, card, rules
}

// organizations are two of them.
func (h *house) organizations() {
	h.t.Helper()
	must(h.t, h.db.Update(h.t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.InsertOrg(iam.Org{ID: "hospital", Handle: "hospital", Name: "Hospital", Version: 1}), tx.InsertOrg(iam.Org{ID: "clinic", Handle: "clinic", Name: "Clinic", Version: 1}))
	}))
}

func (h *house) app(change ...func(*iam.App)) iam.App {
	h.t.Helper()
	a := iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}}
	for _, c := range change {
		c(&a)
	}
	a, _, err := h.directory.CreateApp(h.t.Context(), program, a)
	must(h.t, err)
	return a
}

func (h *house) stored(id iam.AppID) iam.App {
	h.t.Helper()
	a, err := h.directory.App(h.t.Context(), id)
	must(h.t, err)
	return a
}

func TestWhatAnApplicationMayNotBe(t *testing.T) {
	h := newHouse(t)
	long := "https://wiki.example/" + strings.Repeat("a", directory.MaxURILength)
	for name, c := range map[string]struct {
		change func(*iam.App)
		causes string // field:cause, sorted
	}{
		"right":                      {func(*iam.App) {}, ""},
		"no name":                    {func(a *iam.App) { a.Name = "  " }, "name:name_missing"},
		"name of 101":                {func(a *iam.App) { a.Name = strings.Repeat("é", 101) }, "name:too_long"},
		"name of 100":                {func(a *iam.App) { a.Name = strings.Repeat("é", 100) }, ""},
		"name with a line break":     {func(a *iam.App) { a.Name = "Wi\nki" }, "name:invisible_characters"},
		"type of no kind":            {func(a *iam.App) { a.Type = "service" }, "type:unknown_type"},
		"algorithm none":             {func(a *iam.App) { a.SigningAlgorithm = "none" }, "signing_algorithm:unknown_algorithm"},
		"RS256":                      {func(a *iam.App) { a.SigningAlgorithm = "RS256" }, ""},
		"access token of a second":   {func(a *iam.App) { a.AccessTokenTTL = time.Second }, "access_token_ttl:access_ttl_out_of_range"},
		"access token of a day":      {func(a *iam.App) { a.AccessTokenTTL = 24 * time.Hour }, ""},
		"access token of more":       {func(a *iam.App) { a.AccessTokenTTL = 25 * time.Hour }, "access_token_ttl:access_ttl_out_of_range"},
		"negative access token":      {func(a *iam.App) { a.AccessTokenTTL = -time.Hour }, "access_token_ttl:access_ttl_out_of_range"},
		"refresh token of a minute":  {func(a *iam.App) { a.RefreshTokenTTL = time.Minute }, "refresh_token_ttl:refresh_ttl_out_of_range"},
		"refresh token of two years": {func(a *iam.App) { a.RefreshTokenTTL = 2 * directory.MaxRefreshTTL }, "refresh_token_ttl:refresh_ttl_out_of_range"},
		"no redirect URI":            {func(a *iam.App) { a.RedirectURIs = nil }, "redirect_uris:redirect_uris_missing"},
		"plain http":                 {func(a *iam.App) { a.RedirectURIs = []string{"http://wiki.example/cb"} }, "redirect_uris:uri_scheme"},
		"loopback http": {func(a *iam.App) {
			a.RedirectURIs = []string{"http://127.0.0.1:8000/cb", "http://[::1]/cb", "http://localhost/cb"}
		}, ""},
		"loopback of another site":        {func(a *iam.App) { a.RedirectURIs = []string{"http://localhost.evil.example/cb"} }, "redirect_uris:uri_scheme"},
		"script":                          {func(a *iam.App) { a.RedirectURIs = []string{"javascript:alert(1)"} }, "redirect_uris:uri_scheme"},
		"data":                            {func(a *iam.App) { a.RedirectURIs = []string{"data:text/html,x"} }, "redirect_uris:uri_scheme"},
		"own scheme of a web application": {func(a *iam.App) { a.RedirectURIs = []string{"com.example.wiki:/cb"} }, "redirect_uris:uri_scheme"},
		"own scheme of a native one":      {func(a *iam.App) { a.Type, a.RedirectURIs = iam.AppNative, []string{"com.example.wiki:/cb"} }, ""},
		"scheme without a dot":            {func(a *iam.App) { a.Type, a.RedirectURIs = iam.AppNative, []string{"wiki:/cb"} }, "redirect_uris:uri_scheme"},
		"fragment":                        {func(a *iam.App) { a.RedirectURIs = []string{"https://wiki.example/cb#x"} }, "redirect_uris:uri_fragment"},
		"empty fragment":                  {func(a *iam.App) { a.RedirectURIs = []string{"https://wiki.example/cb#"} }, "redirect_uris:uri_fragment"},
		"user in the address":             {func(a *iam.App) { a.RedirectURIs = []string{"https://wiki.example@evil.example/"} }, "redirect_uris:uri_user"},
		"star":                            {func(a *iam.App) { a.RedirectURIs = []string{"https://*.wiki.example/cb"} }, "redirect_uris:uri_wildcard"},
		"no host":                         {func(a *iam.App) { a.RedirectURIs = []string{"https:///cb"} }, "redirect_uris:uri_scheme"},
		"port without a host":             {func(a *iam.App) { a.RedirectURIs = []string{"https://:443/cb"} }, "redirect_uris:uri_scheme"},
		"relative":                        {func(a *iam.App) { a.RedirectURIs = []string{"/cb"} }, "redirect_uris:uri_malformed"},
		"space inside":                    {func(a *iam.App) { a.RedirectURIs = []string{"https://wiki.example/c b"} }, "redirect_uris:uri_malformed"},
		"not UTF-8":                       {func(a *iam.App) { a.RedirectURIs = []string{"https://wiki.example/\xff"} }, "redirect_uris:uri_malformed"},
		"too long":                        {func(a *iam.App) { a.RedirectURIs = []string{long} }, "redirect_uris:uri_too_long"},
		"51":                              {func(a *iam.App) { a.RedirectURIs = many(51) }, "redirect_uris:too_many_uris"},
		"post-logout with a fragment":     {func(a *iam.App) { a.PostLogoutRedirectURIs = []string{"https://wiki.example/#"} }, "post_logout_redirect_uris:uri_fragment"},
		"the same twice counts as one":    {func(a *iam.App) { a.RedirectURIs = append(many(50), many(50)...) }, ""},
		"every wrong one is named, by all": {func(a *iam.App) {
			a.Name, a.RedirectURIs = "", []string{"/a", "https://ok.example/", "https://b.example/#"}
		}, "name:name_missing redirect_uris:uri_fragment redirect_uris:uri_malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}}
			c.change(&a)
			_, _, err := h.directory.CreateApp(t.Context(), program, a)
			var got []string
			for _, f := range directory.Faults(err) {
				got = append(got, f.Field+":"+f.Cause)
			}
			slices.Sort(got)
			if strings.Join(got, " ") != c.causes || err != nil && len(got) == 0 {
				t.Errorf("refused for %q (%v), want %q", got, err, c.causes)
			}
		})
	}
}

func many(n int) (uris []string) {
	for i := range n {
		uris = append(uris, fmt.Sprintf("https://wiki.example/%d", i))
	}
	return uris
}

// S49: at least one method remains, from the beginning.
func TestNewApplicationHasThePassword(t *testing.T) {
	h := newHouse(t)
	password, _, rules := h.methods()
	w, err := rules.Available(t.Context(), program, h.app().ID)
	must(t, err)
	if len(w.Offers) != 1 || w.Offers[0].Provider.ID != password.ID {
		t.Errorf("widget of a new application: %+v", w.Offers)
	}
}

func TestApplicationIsCreatedOnce(t *testing.T) {
	h := newHouse(t)
	a := h.app(func(a *iam.App) { a.ID = "wiki" })
	_, secret, err := h.directory.CreateApp(t.Context(), program, iam.App{ID: a.ID, Name: "Again", RedirectURIs: []string{"https://evil.example/"}})
	wantCause(t, err, "application_exists")
	if secret != "" || h.stored("wiki").Name != "Wiki" {
		t.Error("the second form changed the first one's application")
	}
}

func TestTwoEditOneApplication(t *testing.T) {
	h := newHouse(t)
	h.methods()
	mine := h.app()
	theirs := mine
	mine.Name, theirs.Name = "Mine", "Theirs"
	must(t, h.directory.EditApp(t.Context(), program, mine))
	wantCause(t, h.directory.EditApp(t.Context(), program, theirs), "changed_meanwhile")
	if got := h.stored(mine.ID); got.Name != "Mine" || got.Version != 2 {
		t.Errorf("stored: %+v", got)
	}
}

func TestWhatAnEditCannotChange(t *testing.T) {
	h := newHouse(t)
	h.methods()
	a := h.app()
	changed := a
	changed.Type, changed.Org, changed.Test, changed.TestOf = iam.AppSPA, "clinic", true, "other"
	must(t, h.directory.EditApp(t.Context(), program, changed))
	if got := h.stored(a.ID); got.Type != a.Type || got.Org != "" || got.Test || got.TestOf != "" {
		t.Errorf("stored: %+v", got)
	}
}

// S12: what nobody could meet is refused, and what got stricter ends what was
// given before.
func TestCertificateOnly(t *testing.T) {
	h := newHouse(t)
	password, card, rules := h.methods()
	a := h.app()
	a.CertificateOnly = true
	wantCause(t, h.directory.EditApp(t.Context(), program, a), "certificate_method_needed")
	must(t, rules.Switch(t.Context(), program, a.ID, card.ID, true))
	a.Authorities = []iam.Authority{{SHA256: "theirs", Name: "Their CA"}}
	wantCause(t, h.directory.EditApp(t.Context(), program, a), "authority_not_trusted")
	if h.stored(a.ID).CertificateOnly {
		t.Fatal("a refused change was kept")
	}
	alice := h.alice()
	grant := func(id iam.GrantID) {
		must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.InsertGrant(iam.Grant{ID: id, User: alice.ID, App: a.ID, CodeHash: []byte(id), CreatedAt: tx.Now()})
		}))
	}
	living := func(id iam.GrantID) bool {
		var given store.Given
		must(t, h.db.View(t.Context(), func(tx *store.Tx) (err error) {
			given, err = tx.GrantByCode([]byte(id))
			return err
		}))
		return given.Grant.EndedAt.IsZero()
	}
	for i, c := range []struct {
		name string
		set  func(*iam.App)
		ends bool
	}{
		{"certificate only", func(a *iam.App) { a.Authorities = nil }, true},
		{"another name", func(a *iam.App) { a.Name = "Wiki 2" }, false},
		{"one CA of two", func(a *iam.App) { a.Authorities = []iam.Authority{{SHA256: "ours", Name: "Our CA"}} }, true},
		{"the other as well", func(a *iam.App) { a.Authorities = append(a.Authorities, iam.Authority{SHA256: "second"}) }, false},
		{"the first one not any more", func(a *iam.App) { a.Authorities = a.Authorities[1:] }, true},
		{"any CA", func(a *iam.App) { a.Authorities = nil }, false},
		{"members", func(a *iam.App) { a.MembersOnly = true }, true},
		{"everybody", func(a *iam.App) { a.MembersOnly, a.CertificateOnly = false, false }, false},
	} {
		id := iam.GrantID(fmt.Sprint("grant", i))
		grant(id)
		c.set(&a)
		a.Version = h.stored(a.ID).Version
		must(t, h.directory.EditApp(t.Context(), program, a))
		if living(id) == c.ends {
			t.Errorf("%s: what was given before ended = %v, want %v", c.name, !living(id), c.ends)
		}
	}

	// Signet itself: an administrator has to come in.
	signet := h.stored(iam.SignetApp)
	signet.CertificateOnly = true
	wantCause(t, h.directory.EditApp(t.Context(), program, signet), "certificate_method_needed")
	must(t, rules.Switch(t.Context(), program, iam.SignetApp, card.ID, true))
	wantCause(t, h.directory.EditApp(t.Context(), program, signet), "no_administrator_could_sign_in")
	admin := h.administrator("admin")
	link := func(authorities ...string) {
		must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
			id := iam.IdentityID(iam.NewID())
			_, err := tx.InsertIdentity(iam.Identity{ID: id, User: admin.User, Provider: card.ID, Type: card.Type, Key: string(id), Publicity: iam.PublicityOnlyMe,
				Certificate: &iam.Certificate{NotAfter: tx.Now().AddDate(1, 0, 0), Authorities: authorities}})
			return err
		}))
	}
	link("second")
	signet.Authorities = []iam.Authority{{SHA256: "ours"}}
	wantCause(t, h.directory.EditApp(t.Context(), program, signet), "no_administrator_could_sign_in")
	link("ours")
	signet.Name = "Somebody else"
	must(t, h.directory.EditApp(t.Context(), program, signet))
	if got := h.stored(iam.SignetApp); !got.CertificateOnly || len(got.Authorities) != 1 || got.Name != "Signet" {
		t.Errorf("Signet = %+v", got)
	}
	_ = password
}

func (h *house) alice() iam.User {
	h.t.Helper()
	u, err := h.directory.UserByLogin(h.t.Context(), program, "alice")
	if iam.IsNotFound(err) {
		return h.person("alice")
	}
	must(h.t, err)
	return u
}

func TestSecretsOverlap(t *testing.T) {
	h := newHouse(t)
	a, first, err := h.directory.CreateApp(t.Context(), program, iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}})
	must(t, err)
	valid := func(secret iam.Secret) bool {
		all, err := h.directory.AppSecretsOf(t.Context(), program, a)
		must(t, err)
		return slices.ContainsFunc(all, func(s iam.AppSecret) bool { return slices.Equal(s.Hash, secret.Hash()) })
	}
	second, err := h.directory.RotateAppSecretOf(t.Context(), program, a.ID, 1, 24*time.Hour)
	must(t, err)
	if !valid(first) || !valid(second) {
		t.Error("old and new do not both work")
	}
	_, err = h.directory.RotateAppSecretOf(t.Context(), program, a.ID, 1, 0)
	wantCause(t, err, "changed_meanwhile") // the form that was sent twice
	_, err = h.directory.RotateAppSecret(t.Context(), program, a.ID, directory.MaxOverlap+1)
	wantCause(t, err, "overlap_out_of_range")
	h.clock.Advance(24 * time.Hour)
	if valid(first) || !valid(second) {
		t.Error("after the overlap the old one still works, or the new one does not")
	}
	third, err := h.directory.RotateAppSecret(t.Context(), program, a.ID, time.Hour)
	must(t, err)
	all, err := h.directory.AppSecretsOf(t.Context(), program, a)
	must(t, err)
	for _, s := range all {
		if slices.Equal(s.Hash, second.Hash()) {
			wantCause(t, h.directory.RevokeAppSecret(t.Context(), program, h.app().ID, s.ID), "application_secret_not_found")
			must(t, h.directory.RevokeAppSecret(t.Context(), program, a.ID, s.ID))
		}
	}
	if valid(second) || !valid(third) {
		t.Error("the secret that was taken back still works, or the other does not")
	}
	all, err = h.directory.AppSecretsOf(t.Context(), program, a)
	must(t, err)
	wantCause(t, h.directory.RevokeAppSecret(t.Context(), program, a.ID, all[0].ID), "last_secret")
	if !valid(third) {
		t.Error("the last secret went although that was refused")
	}
	public := h.app(func(a *iam.App) { a.Type = iam.AppSPA })
	_, err = h.directory.RotateAppSecret(t.Context(), program, public.ID, 0)
	wantCause(t, err, "public_application")
}

func TestDeleteApplication(t *testing.T) {
	h := newHouse(t)
	_, _, rules := h.methods()
	a, other := h.app(), h.app()
	own, err := rules.Create(t.Context(), program, iam.Provider{Scope: a.Scope(), Type: iam.ProviderCertificate, Name: "Own"})
	must(t, err)
	alice := h.alice()
	must(t, h.directory.Give(t.Context(), program, iam.Membership{User: alice.ID, Scope: a.Scope(), Role: iam.RoleMember}))
	trial, err := h.directory.TestApp(t.Context(), program, a.ID, iam.Scope{}, "Wiki (test)", func(id iam.AppID) string { return "https://id.example/try/" + string(id) })
	must(t, err)
	var opened iam.SessionID
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.InsertIdentity(iam.Identity{ID: "card", User: alice.ID, Provider: own.ID, Type: own.Type, Key: "k", Publicity: iam.PublicityOnlyMe})
		s, openErr := h.sessions.Open(tx, iam.Caller{}, alice.ID, a.ID, []iam.Proof{{Identity: "card", At: tx.Now(), ACR: iam.ACRPhishingResistant}})
		opened = s.Session.ID
		return errors.Join(err, openErr, tx.VisitApp(a.ID, alice.ID), tx.InsertGrant(iam.Grant{ID: "g", User: alice.ID, App: a.ID, CodeHash: []byte("g")}))
	}))
	use, err := h.directory.AppUse(t.Context(), program, a.ID)
	must(t, err)
	if use.People != 1 || use.Roles != 1 || use.Identifiers != 1 || len(use.Methods) != 1 {
		t.Errorf("use = %+v", use)
	}
	must(t, h.directory.DeleteApp(t.Context(), program, a.ID))
	for _, id := range []iam.AppID{a.ID, trial.ID} {
		if _, err := h.directory.App(t.Context(), id); !iam.IsNotFound(err) {
			t.Errorf("%s is still there: %v", id, err)
		}
	}
	if _, err := rules.Provider(t.Context(), own.ID); !iam.IsNotFound(err) {
		t.Errorf("its login method is still there: %v", err)
	}
	if _, err := rules.Available(t.Context(), program, other.ID); err != nil {
		t.Errorf("another application suffered: %v", err)
	}
	must(t, h.db.View(t.Context(), func(tx *store.Tx) error {
		s, err := tx.Session(opened)
		if err == nil && s.EndedAt.IsZero() {
			t.Error("a session that its login method opened lives on")
		}
		return err
	}))
	if left, err := h.directory.Roles(t.Context(), program, alice.ID); err != nil || len(left) != 0 {
		t.Errorf("roles that are left: %v, %v", left, err)
	}
	if events := h.events(iam.EventAppDeleted); len(events) != 2 || events[0].Details["name"] == "" {
		t.Errorf("events = %+v", events)
	}
	wantCause(t, h.directory.DeleteApp(t.Context(), program, a.ID), "application_not_found")
	wantCause(t, h.directory.DeleteApp(t.Context(), program, iam.SignetApp), "signet_stays")
}

func TestPeopleOfAnApplication(t *testing.T) {
	h := newHouse(t)
	h.methods()
	a, alice, bob := h.app(), h.alice(), h.person("bob")
	wantCause(t, h.directory.BlockInApp(t.Context(), program, a.ID, bob.ID), "user_not_found") // never here
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(tx.VisitApp(a.ID, alice.ID), tx.InsertGrant(iam.Grant{ID: "g", User: alice.ID, App: a.ID, CodeHash: []byte("g"), CreatedAt: tx.Now()}),
			tx.InsertLogin(iam.Login{ID: "half-way", User: alice.ID, App: a.ID, Browser: []byte("b"), CreatedAt: tx.Now(), ExpiresAt: tx.Now().Add(time.Hour)}))
	}))
	s := h.session(alice.ID)
	for range 2 {
		must(t, h.directory.BlockInApp(t.Context(), program, a.ID, alice.ID))
	}
	must(t, h.db.View(t.Context(), func(tx *store.Tx) error {
		given, err := tx.GrantByCode([]byte("g"))
		if err == nil && (given.Grant.EndedAt.IsZero() || given.Grant.EndReason != iam.EndBlocked) {
			t.Errorf("the grant lives on: %+v", given.Grant)
		}
		if _, err := tx.Login("half-way"); !iam.IsNotFound(err) {
			t.Errorf("a sign-in under way lives on: %v", err)
		}
		return err
	}))
	if !h.alive(s) {
		t.Error("the session at Signet ended as well")
	}
	people, err := h.directory.AppPeople(t.Context(), program, a, "ALI", "")
	must(t, err)
	if len(people) != 1 || people[0].BlockedAt.IsZero() {
		t.Errorf("people = %+v", people)
	}
	for range 2 {
		must(t, h.directory.AllowInApp(t.Context(), program, a.ID, alice.ID))
	}
	must(t, h.directory.EndInApp(t.Context(), program, a.ID, alice.ID))
	for kind, n := range map[iam.EventKind]int{iam.EventAppPersonBlocked: 1, iam.EventAppPersonAllowed: 1, iam.EventAppPersonEnded: 1} {
		if got := len(h.events(kind)); got != n {
			t.Errorf("%d events %s, want %d", got, kind, n)
		}
	}
}

func TestRolesInAnApplication(t *testing.T) {
	h := newHouse(t)
	h.methods()
	a, alice := h.app(func(a *iam.App) { a.MembersOnly = true }), h.alice()
	_, err := h.directory.GiveAppRole(t.Context(), program, a.ID, "nobody", iam.RoleMember)
	wantCause(t, err, "nobody_called_so")
	_, err = h.directory.GiveAppRole(t.Context(), program, a.ID, "alice", iam.RoleSystemAdministrator)
	wantCause(t, err, "unknown_role")
	_, err = h.directory.GiveAppRole(t.Context(), program, a.ID, "ALICE", iam.RoleMember)
	must(t, err)
	must(t, h.db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.InsertGrant(iam.Grant{ID: "g", User: alice.ID, App: a.ID, CodeHash: []byte("g"), CreatedAt: tx.Now()})
	}))
	must(t, h.directory.TakeAppRole(t.Context(), program, a.ID, alice.ID, iam.RoleMember))
	must(t, h.db.View(t.Context(), func(tx *store.Tx) error {
		given, err := tx.GrantByCode([]byte("g"))
		if err == nil && given.Grant.EndedAt.IsZero() {
			t.Error("who is no member any more keeps their tokens")
		}
		return err
	}))
	wantCause(t, h.directory.TakeAppRole(t.Context(), program, a.ID, alice.ID, iam.RoleMember), "membership_not_found")
}

// Role × action, each on the own application and on a foreign one.
func TestWhoMayDoWhatWithApplications(t *testing.T) {
	h := newHouse(t)
	h.methods()
	h.organizations()
	inside := h.app(func(a *iam.App) { a.Org = "hospital" })
	outside := h.app(func(a *iam.App) { a.Org = "clinic" })
	alice := h.alice()
	as := func(login string, scope iam.Scope, role iam.Role) iam.Caller {
		u := h.person(login)
		return iam.Caller{User: u.ID, Memberships: []iam.Membership{{User: u.ID, Scope: scope, Role: role}}}
	}
	callers := []iam.Caller{
		h.administrator("admin"), as("manager", iam.Organization("hospital"), iam.RoleOrganizationManager),
		as("appadmin", inside.Scope(), iam.RoleApplicationAdministrator), as("member", inside.Scope(), iam.RoleMember), {},
	}
	visit := func(a iam.App) {
		must(t, h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.VisitApp(a.ID, alice.ID) }))
	}
	visit(inside)
	visit(outside)
	ctx := t.Context()
	for action, c := range map[string]struct {
		do     func(iam.Caller, iam.App) error
		inside string // system administrator, manager, application administrator, member, visitor
	}{
		"see": {func(by iam.Caller, a iam.App) error { _, err := h.directory.AppOf(ctx, by, a.ID); return err }, "yyy--"},
		"create beside": {func(by iam.Caller, a iam.App) error {
			_, _, err := h.directory.CreateApp(ctx, by, iam.App{Org: a.Org, Name: "New", RedirectURIs: []string{"https://new.example/"}})
			return err
		}, "yy---"},
		"edit": {func(by iam.Caller, a iam.App) error { return h.directory.EditApp(ctx, by, h.stored(a.ID)) }, "yyy--"},
		"skip consent": {func(by iam.Caller, a iam.App) error {
			b := h.stored(a.ID)
			b.SkipConsent = !b.SkipConsent
			return h.directory.EditApp(ctx, by, b)
		}, "y----"},
		"rotate the secret": {func(by iam.Caller, a iam.App) error {
			_, err := h.directory.RotateAppSecret(ctx, by, a.ID, time.Hour)
			return err
		}, "yyy--"},
		"revoke a secret": {func(by iam.Caller, a iam.App) error { return h.directory.RevokeAppSecret(ctx, by, a.ID, "none") }, "yyy--"},
		"list secrets":    {func(by iam.Caller, a iam.App) error { _, err := h.directory.AppSecretsOf(ctx, by, a); return err }, "yyy--"},
		"count":           {func(by iam.Caller, a iam.App) error { _, err := h.directory.AppUse(ctx, by, a.ID); return err }, "yy---"},
		"delete": {func(by iam.Caller, a iam.App) error {
			doomed := h.app(func(b *iam.App) { b.Org = a.Org })
			if by.User != "" && by.Memberships[0].Scope.Level == iam.LevelApplication {
				by.Memberships = []iam.Membership{{User: by.User, Scope: doomed.Scope(), Role: by.Memberships[0].Role}}
				if a.ID == outside.ID {
					by.Memberships[0].Scope = inside.Scope()
				}
			}
			return h.directory.DeleteApp(ctx, by, doomed.ID)
		}, "yy---"},
		"see people": {func(by iam.Caller, a iam.App) error { _, err := h.directory.AppPeople(ctx, by, a, "", ""); return err }, "yyy--"},
		"end":        {func(by iam.Caller, a iam.App) error { return h.directory.EndInApp(ctx, by, a.ID, alice.ID) }, "yyy--"},
		"block":      {func(by iam.Caller, a iam.App) error { return h.directory.BlockInApp(ctx, by, a.ID, alice.ID) }, "yyy--"},
		"allow":      {func(by iam.Caller, a iam.App) error { return h.directory.AllowInApp(ctx, by, a.ID, alice.ID) }, "yyy--"},
		"see roles":  {func(by iam.Caller, a iam.App) error { _, err := h.directory.AppRoles(ctx, by, a); return err }, "yyy--"},
		"let in": {func(by iam.Caller, a iam.App) error {
			_, err := h.directory.GiveAppRole(ctx, by, a.ID, "alice", iam.RoleMember)
			return err
		}, "yyy--"},
		"put out": {func(by iam.Caller, a iam.App) error {
			return h.directory.TakeAppRole(ctx, by, a.ID, alice.ID, iam.RoleMember)
		}, "yyy--"},
		"appoint": {func(by iam.Caller, a iam.App) error {
			_, err := h.directory.GiveAppRole(ctx, by, a.ID, "alice", iam.RoleApplicationAdministrator)
			return err
		}, "yyy--"},
		"try it": {func(by iam.Caller, a iam.App) error {
			_, err := h.directory.TestApp(ctx, by, a.ID, iam.Scope{}, "Try", func(iam.AppID) string { return "https://id.example/" })
			return err
		}, "yyy--"},
		"authorities": {func(by iam.Caller, a iam.App) error { _, err := h.directory.AuthoritiesOf(ctx, by, a); return err }, "yyy--"},
	} {
		for i, by := range callers {
			for where, a := range map[string]iam.App{"inside": inside, "outside": outside} {
				want := c.inside[i] == 'y' && (where == "inside" || i == 0)
				err := c.do(by, a)
				denied := slices.Contains([]iam.Kind{iam.KindForbidden, iam.KindUnauthenticated}, iam.KindOf(err)) || action == "see" && iam.IsNotFound(err)
				if denied == want {
					t.Errorf("%s by %d %s: %v, allowed = %v", action, i, where, err, want)
				}
			}
		}
	}
	if len(h.events(iam.EventActionRefused)) == 0 {
		t.Error("no refusal is in the event log")
	}
}

func TestMyApplications(t *testing.T) {
	h := newHouse(t)
	h.methods()
	h.organizations()
	a := h.app(func(a *iam.App) { a.Org, a.Name = "hospital", "beds" })
	b := h.app(func(a *iam.App) { a.Org, a.Name = "hospital", "Accounts" })
	c := h.app(func(a *iam.App) { a.Org, a.Name = "clinic", "Clinic" })
	h.app(func(a *iam.App) { a.Name = "Of nobody" })
	u := h.person("manager")
	caller := iam.Caller{User: u.ID, Memberships: []iam.Membership{
		{User: u.ID, Scope: iam.Organization("hospital"), Role: iam.RoleOrganizationManager},
		{User: u.ID, Scope: a.Scope(), Role: iam.RoleApplicationAdministrator},
		{User: u.ID, Scope: c.Scope(), Role: iam.RoleApplicationAdministrator},
		{User: u.ID, Scope: iam.Application("gone", ""), Role: iam.RoleApplicationAdministrator},
	}}
	apps, err := h.directory.MyApps(t.Context(), caller)
	must(t, err)
	var ids []iam.AppID
	for _, app := range apps {
		ids = append(ids, app.ID)
	}
	if !slices.Equal(ids, []iam.AppID{b.ID, a.ID, c.ID}) {
		t.Errorf("applications = %v", ids)
	}
	if _, err := h.directory.FindApps(t.Context(), caller, iam.System(), "", ""); iam.KindOf(err) != iam.KindForbidden {
		t.Errorf("all of the system: %v", err)
	}
	found, err := h.directory.FindApps(t.Context(), caller, iam.Organization("hospital"), "acc", "")
	must(t, err)
	if len(found) != 1 || found[0].ID != b.ID {
		t.Errorf("found = %+v", found)
	}
}
