package provider_test

import (
	"slices"
	"strings"
	"testing"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// house is the rules on a real store, with Signet itself, a password method that
// is switched on, and an application.
type house struct {
	t        *testing.T
	db       *store.DB
	log      *audit.Log
	rules    *provider.Service
	people   *directory.Service
	sessions *session.Service
	password iam.Provider
	wiki     iam.App
}

var program = iam.Program("test")

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, db: storetest.New(t)}
	h.log = &audit.Log{DB: h.db}
	h.sessions = &session.Service{DB: h.db, Log: h.log}
	h.rules = &provider.Service{DB: h.db, Log: h.log, Sessions: h.sessions}
	h.people = directory.New(h.db, h.log, h.sessions)
	h.must(h.people.EnsureSignetApp(t.Context(), program, "Signet"))
	var err error
	h.password, err = h.rules.EnsurePassword(t.Context(), program, "Password")
	h.must(err)
	h.wiki, _, err = h.people.CreateApp(t.Context(), program, iam.App{Name: "Wiki", RedirectURIs: []string{"https://wiki.example/cb"}})
	h.must(err)
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) wants(err error, cause string) {
	h.t.Helper()
	switch refused := iam.AsError(err); {
	case cause == "" && err != nil:
		h.t.Errorf("refused: %v", err)
	case cause != "" && (refused == nil || refused.Cause != cause):
		h.t.Errorf("error = %v, want cause %s", err, cause)
	}
}

func (h *house) method(name string, in iam.Scope, public bool) iam.Provider {
	h.t.Helper()
	p, err := h.rules.Create(h.t.Context(), program, iam.Provider{Scope: in, Type: iam.ProviderCertificate, Name: name, Public: public})
	h.must(err)
	return p
}

func (h *house) on(app iam.AppID, id iam.ProviderID) {
	h.t.Helper()
	h.must(h.rules.Switch(h.t.Context(), program, app, id, true))
}

// widget tells what stands in a widget; round icons begin with a dot.
func (h *house) widget(app iam.AppID) string {
	h.t.Helper()
	w, err := h.rules.Available(h.t.Context(), program, app)
	h.must(err)
	var names []string
	for _, o := range w.Offers {
		name := o.Provider.Name
		if !o.Main {
			name = "." + name
		}
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// person adds somebody, and links them to methods.
func (h *house) person(login string, role iam.Role, methods ...iam.Provider) iam.User {
	h.t.Helper()
	u, err := h.people.CreateUser(h.t.Context(), program, iam.User{Login: login}, "correct horse battery")
	h.must(err)
	if role != "" {
		h.must(h.people.Give(h.t.Context(), program, iam.Membership{User: u.ID, Scope: iam.System(), Role: role}))
	}
	h.must(h.db.Update(h.t.Context(), func(tx *store.Tx) error {
		for _, p := range methods {
			id := iam.IdentityID(login + string(p.ID))
			if _, err := tx.InsertIdentity(iam.Identity{ID: id, User: u.ID, Provider: p.ID, Type: p.Type, Key: login, Publicity: iam.PublicityOnlyMe, CreatedAt: tx.Now()}); err != nil {
				return err
			}
			if _, err := h.sessions.Open(tx, iam.Caller{}, u.ID, iam.SignetApp, []iam.Proof{{Identity: id, At: tx.Now(), ACR: iam.ACRPassword}}); err != nil {
				return err
			}
		}
		return nil
	}))
	return u
}

func TestWhatCannotBeCreated(t *testing.T) {
	h := newHouse(t)
	for name, c := range map[string]struct {
		change func(*iam.Provider)
		cause  string
	}{
		"right":                  {func(*iam.Provider) {}, ""},
		"no name":                {func(p *iam.Provider) { p.Name = "" }, "name_missing"},
		"name too long":          {func(p *iam.Provider) { p.Name = strings.Repeat("é", 51) }, "name_too_long"},
		"name of 50":             {func(p *iam.Provider) { p.Name = strings.Repeat("é", 50) }, ""},
		"a turned direction":     {func(p *iam.Provider) { p.Name = "m\u202eSLT" }, "invisible_characters"},
		"a line in the name":     {func(p *iam.Provider) { p.Name = "mTLS\nadmin signed in" }, "invisible_characters"},
		"a zero in the text":     {func(p *iam.Provider) { p.Description = "card\x00" }, "invisible_characters"},
		"space before the name":  {func(p *iam.Provider) { p.Name = " mTLS" }, "name_outer_spaces"},
		"description of 255":     {func(p *iam.Provider) { p.Description = strings.Repeat("é", 255) }, ""},
		"description too long":   {func(p *iam.Provider) { p.Description = strings.Repeat("é", 256) }, "description_too_long"},
		"publicity of no kind":   {func(p *iam.Provider) { p.Publicity = "all" }, "unknown_publicity"},
		"type of no kind":        {func(p *iam.Provider) { p.Type = "ldap" }, "unknown_type"},
		"second password":        {func(p *iam.Provider) { p.Type = iam.ProviderPassword }, "password_method_exists"},
		"password of one client": {func(p *iam.Provider) { p.Type, p.Scope = iam.ProviderPassword, h.wiki.Scope() }, "unknown_type"},
		"settings that fail":     {func(p *iam.Provider) { p.Description = "fail" }, "anchors_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			rules := provider.Service{DB: h.rules.DB, Log: h.rules.Log, Sessions: h.rules.Sessions}
			rules.CheckSettings = func(p iam.Provider) error {
				if p.Description == "fail" {
					return iam.Invalid("anchors", "anchors_missing")
				}
				return nil
			}
			p := iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS"}
			c.change(&p)
			_, err := rules.Create(t.Context(), program, p)
			h.wants(err, c.cause)
		})
	}
}

func TestCreatedIsOffAndPrivate(t *testing.T) {
	h := newHouse(t)
	p := h.method("mTLS", iam.System(), false)
	if p.Publicity != iam.PublicityOnlyMe || p.Version != 1 || h.widget(iam.SignetApp) != "Password" {
		t.Errorf("created: %+v, widget %q", p, h.widget(iam.SignetApp))
	}
	if own := h.method("own", h.wiki.Scope(), true); own.Public {
		t.Error("a method of one application is public")
	}
}

func TestTwoChangeOneMethod(t *testing.T) {
	h := newHouse(t)
	mine := h.method("mTLS", iam.System(), true)
	theirs := mine
	mine.Name, theirs.Name = "Mine", "Theirs"
	h.wants(h.rules.Change(t.Context(), program, mine), "")
	h.wants(h.rules.Change(t.Context(), program, theirs), "changed_meanwhile")
	if got, _ := h.rules.Provider(t.Context(), mine.ID); got.Name != "Mine" || got.Version != 2 {
		t.Errorf("stored: %+v", got)
	}
}

func TestSwitchKeepsOneWayIn(t *testing.T) {
	for name, c := range map[string]struct {
		app    iam.AppID
		on     []string // beside the password
		linked bool     // the administrator has a certificate of "mtls"
		off    []string
		cause  string // of the last
		widget string
	}{
		"certificate beside the password":         {app: iam.SignetApp, on: []string{"mtls"}, off: []string{"mtls"}, widget: "Password"},
		"password of a linked administrator":      {app: iam.SignetApp, on: []string{"mtls"}, linked: true, off: []string{"Password"}, widget: "mtls"},
		"the last, and the password comes back":   {app: iam.SignetApp, on: []string{"mtls"}, linked: true, off: []string{"Password", "mtls"}, widget: "Password"},
		"the linked one, and it comes back":       {app: iam.SignetApp, on: []string{"mtls", "other"}, linked: true, off: []string{"Password", "mtls"}, widget: "other Password"},
		"password where no administrator is left": {app: iam.SignetApp, on: []string{"mtls"}, off: []string{"Password"}, cause: "no_administrator_could_sign_in", widget: "Password mtls"},
		"password as the last":                    {app: iam.SignetApp, off: []string{"Password"}, cause: "last_method", widget: "Password"},
		"password of an application":              {app: "wiki", on: []string{"mtls"}, off: []string{"Password"}, widget: "mtls"},
		"the last of an application":              {app: "wiki", on: []string{"mtls"}, off: []string{"Password", "mtls"}, widget: "Password"},
		"off already":                             {app: iam.SignetApp, off: []string{"mtls"}, cause: "offer_not_found", widget: "Password"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			methods := map[string]iam.Provider{"Password": h.password, "mtls": h.method("mtls", iam.System(), true), "other": h.method("other", iam.System(), true)}
			var linked []iam.Provider
			if c.linked {
				linked = append(linked, methods["mtls"])
			}
			h.person("admin", iam.RoleSystemAdministrator, linked...)
			app := c.app
			if app == "wiki" {
				app = h.wiki.ID
				h.on(app, h.password.ID)
			}
			for _, name := range c.on {
				h.on(app, methods[name].ID)
			}
			for i, name := range c.off {
				cause := ""
				if i == len(c.off)-1 {
					cause = c.cause
				}
				h.wants(h.rules.Switch(t.Context(), program, app, methods[name].ID, false), cause)
			}
			if got := h.widget(app); got != c.widget {
				t.Errorf("widget = %q, want %q", got, c.widget)
			}
		})
	}
}

func TestCertificateOnlyKeepsItsCertificate(t *testing.T) {
	h := newHouse(t)
	app, _, err := h.people.CreateApp(t.Context(), program, iam.App{Name: "Vault", RedirectURIs: []string{"https://vault.example/cb"}, CertificateOnly: true})
	h.must(err)
	p := h.method("mTLS", iam.System(), true)
	h.on(app.ID, p.ID)
	err = h.rules.Switch(t.Context(), program, app.ID, p.ID, false)
	h.wants(err, "last_method")
	if refused := iam.AsError(err); refused == nil || refused.Params["App"] != "Vault" {
		t.Errorf("the refusal does not say which application: %v", err)
	}
}

func TestWhoMaySwitchOnWhat(t *testing.T) {
	h := newHouse(t)
	public, private := h.method("public", iam.System(), true), h.method("private", iam.System(), false)
	own := h.method("own", h.wiki.Scope(), false)
	other := h.method("other", iam.Application("other", ""), false)
	ofOrg := h.method("org", iam.Organization("org"), true)
	for name, c := range map[string]struct {
		app   iam.AppID
		p     iam.Provider
		cause string
	}{
		"public of the system":          {h.wiki.ID, public, ""},
		"private of the system":         {h.wiki.ID, private, "method_of_another_scope"},
		"private of the system, Signet": {iam.SignetApp, private, ""},
		"own":                           {h.wiki.ID, own, ""},
		"of another application":        {h.wiki.ID, other, "method_of_another_scope"},
		"of an organization":            {h.wiki.ID, ofOrg, "method_of_another_scope"},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := h.rules.Available(t.Context(), program, c.app)
			h.must(err)
			offered := slices.ContainsFunc(w.Off, func(p iam.Provider) bool { return p.ID == c.p.ID })
			if offered != (c.cause == "") {
				t.Errorf("listed = %v", offered)
			}
			h.wants(h.rules.Switch(t.Context(), program, c.app, c.p.ID, true), c.cause)
		})
	}
}

func TestNoLongerPublicLeavesOtherWidgets(t *testing.T) {
	h := newHouse(t)
	p := h.method("mTLS", iam.System(), true)
	h.on(iam.SignetApp, p.ID)
	h.on(h.wiki.ID, p.ID)
	p.Public = false
	h.must(h.rules.Change(t.Context(), program, p))
	if got := h.widget(h.wiki.ID); got != "Password" {
		t.Errorf("widget of the application = %q, want the password instead", got)
	}
	if got := h.widget(iam.SignetApp); got != "Password mTLS" {
		t.Errorf("widget of Signet = %q", got)
	}
	p.Version, p.Public = 2, true
	h.must(h.rules.Change(t.Context(), program, p))
	if got := h.widget(h.wiki.ID); got != "Password" {
		t.Errorf("it came back by itself: %q", got)
	}
}

func TestArrange(t *testing.T) {
	for name, c := range map[string]struct {
		steps  []string // method:step
		cause  string
		widget string
	}{
		"up":                   {[]string{"b:up"}, "", "Password b a"},
		"up at the top":        {[]string{"Password:up"}, "", "Password a b"},
		"down":                 {[]string{"Password:down"}, "", "a Password b"},
		"down at the end":      {[]string{"b:down"}, "", "Password a b"},
		"to the icons":         {[]string{"Password:others"}, "", "a b .Password"},
		"icons, in order":      {[]string{"a:others", "Password:others", "Password:up"}, "", "b .Password .a"},
		"not out of the icons": {[]string{"a:others", "a:up"}, "", "Password b .a"},
		"and back":             {[]string{"a:others", "a:main"}, "", "Password b a"},
		"main already":         {[]string{"a:main"}, "", "Password a b"},
		"no such step":         {[]string{"a:left"}, "unknown_step", "Password a b"},
		"not in the widget":    {[]string{"off:up"}, "offer_not_found", "Password a b"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			methods := map[string]iam.Provider{"Password": h.password, "a": h.method("a", iam.System(), true), "b": h.method("b", iam.System(), true), "off": h.method("off", iam.System(), true)}
			h.on(iam.SignetApp, methods["a"].ID)
			h.on(iam.SignetApp, methods["b"].ID)
			for i, step := range c.steps {
				method, step, _ := strings.Cut(step, ":")
				cause := ""
				if i == len(c.steps)-1 {
					cause = c.cause
				}
				h.wants(h.rules.Arrange(t.Context(), program, iam.SignetApp, methods[method].ID, provider.Step(step)), cause)
			}
			if got := h.widget(iam.SignetApp); got != c.widget {
				t.Errorf("widget = %q, want %q", got, c.widget)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	h := newHouse(t)
	p, other := h.method("mTLS", iam.System(), true), h.method("other", iam.System(), true)
	h.on(iam.SignetApp, p.ID)
	h.on(h.wiki.ID, p.ID)
	alice := h.person("alice", "", p, other)
	h.person("bob", "", p)
	use, err := h.rules.UseOf(t.Context(), program, p.ID)
	h.must(err)
	if use.Identifiers != 2 || len(use.Apps) != 2 {
		t.Errorf("use = %+v", use)
	}
	identifiers, sessions, err := h.rules.Delete(t.Context(), program, p.ID)
	h.must(err)
	if identifiers != 2 || sessions != 2 {
		t.Errorf("deleted %d identifiers and ended %d sessions, want 2 and 2", identifiers, sessions)
	}
	if got := h.widget(h.wiki.ID) + "," + h.widget(iam.SignetApp); got != "Password,Password" {
		t.Errorf("widgets = %q", got)
	}
	left, err := h.sessions.Mine(t.Context(), iam.Caller{User: alice.ID})
	h.must(err)
	if len(left) != 1 {
		t.Errorf("sessions of alice by the other method = %v, want 1", left)
	}
	_, _, err = h.rules.Delete(t.Context(), program, p.ID)
	h.wants(err, "provider_not_found")
	_, _, err = h.rules.Delete(t.Context(), program, h.password.ID)
	h.wants(err, "password_method_stays")
	events, err := h.log.All(t.Context(), program, iam.System(), iam.EventFilter{Kind: iam.EventProviderDeleted})
	h.must(err)
	if len(events) != 1 || events[0].Provider != p.ID || events[0].Details["name"] != p.Name {
		t.Errorf("events = %+v", events)
	}
}

// What the only linked administrator signs in with can be deleted, because the
// password comes back; nothing is half done where it cannot.
func TestDeleteTheOnlyWayIn(t *testing.T) {
	h := newHouse(t)
	p := h.method("mTLS", iam.System(), true)
	h.person("admin", iam.RoleSystemAdministrator, p)
	h.on(iam.SignetApp, p.ID)
	h.must(h.rules.Switch(t.Context(), program, iam.SignetApp, h.password.ID, false))
	app, _, err := h.people.CreateApp(t.Context(), program, iam.App{Name: "Vault", RedirectURIs: []string{"https://vault.example/cb"}, CertificateOnly: true})
	h.must(err)
	h.on(app.ID, p.ID)
	_, _, err = h.rules.Delete(t.Context(), program, p.ID)
	h.wants(err, "last_method")
	if got := h.widget(iam.SignetApp); got != "mTLS" {
		t.Errorf("a refused deletion changed the widget: %q", got)
	}
	q := h.method("second", iam.System(), true)
	h.on(app.ID, q.ID)
	_, _, err = h.rules.Delete(t.Context(), program, p.ID)
	h.wants(err, "")
	if got := h.widget(iam.SignetApp); got != "Password" {
		t.Errorf("widget = %q, want the password back", got)
	}
}

func TestWhoMay(t *testing.T) {
	h := newHouse(t)
	system, own := h.method("system", iam.System(), true), h.method("own", h.wiki.Scope(), false)
	h.on(h.wiki.ID, system.ID)
	as := func(name string, role iam.Role, in iam.Scope) iam.Caller {
		u, err := h.people.CreateUser(t.Context(), program, iam.User{Login: name}, "")
		h.must(err)
		return iam.Caller{User: u.ID, Memberships: []iam.Membership{{User: u.ID, Scope: in, Role: role}}}
	}
	for name, c := range map[string]struct {
		caller      iam.Caller
		system, own bool
		application bool
	}{
		"system administrator":      {as("admin", iam.RoleSystemAdministrator, iam.System()), true, true, true},
		"application administrator": {as("appadmin", iam.RoleApplicationAdministrator, h.wiki.Scope()), false, true, true},
		"of another application":    {as("otheradmin", iam.RoleApplicationAdministrator, iam.Application("other", "")), false, false, false},
		"manager of another house":  {as("manager", iam.RoleOrganizationManager, iam.Organization("org")), false, false, false},
		"member":                    {as("member", iam.RoleMember, iam.System()), false, false, false},
		"visitor":                   {iam.Caller{}, false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			check := func(what string, err error, allowed bool) {
				t.Helper()
				kind := iam.KindOf(err)
				denied := kind == iam.KindForbidden || kind == iam.KindUnauthenticated
				if denied == allowed {
					t.Errorf("%s: %v, allowed = %v", what, err, allowed)
				}
			}
			_, err := h.rules.Create(ctx, c.caller, iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: "new"})
			check("create", err, c.system)
			_, err = h.rules.Create(ctx, c.caller, iam.Provider{Scope: h.wiki.Scope(), Type: iam.ProviderCertificate, Name: "new"})
			check("create own", err, c.own)
			check("change", h.rules.Change(ctx, c.caller, system), c.system)
			check("change own", h.rules.Change(ctx, c.caller, own), c.own)
			_, err = h.rules.UseOf(ctx, c.caller, system.ID)
			check("use", err, c.system)
			_, err = h.rules.Available(ctx, c.caller, h.wiki.ID)
			check("available", err, c.application)
			check("arrange", h.rules.Arrange(ctx, c.caller, h.wiki.ID, system.ID, provider.StepUp), c.application)
			check("switch", h.rules.Switch(ctx, c.caller, h.wiki.ID, own.ID, true), c.application)
			check("switch Signet", h.rules.Switch(ctx, c.caller, iam.SignetApp, system.ID, true), c.system)
			if !c.own {
				_, _, err = h.rules.Delete(ctx, c.caller, own.ID)
				check("delete own", err, false)
			}
			if !c.system {
				_, _, err = h.rules.Delete(ctx, c.caller, system.ID)
				check("delete", err, false)
			}
			if c.caller.User == "" || c.system {
				return
			}
			refusals, err := h.log.All(ctx, program, iam.System(), iam.EventFilter{Kind: iam.EventActionRefused, User: c.caller.User})
			h.must(err)
			if len(refusals) == 0 {
				t.Error("no refusal is in the event log")
			}
		})
	}
}
