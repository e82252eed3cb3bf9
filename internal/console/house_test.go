package console_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"signet/internal/audit"
	"signet/internal/console"
	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/issuing"
	"signet/internal/notify"
	"signet/internal/provider"
	"signet/internal/seal"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/trust"
	"signet/internal/web"
)

// house is the room on a real store. The caller that the server's middleware
// would find stands in caller.
type house struct {
	t          *testing.T
	clock      *storetest.Clock
	db         *store.DB
	room       *console.Room
	catalogues *i18n.Catalogues
	handler    http.Handler
	caller     iam.Caller
}

const password = "correct horse battery"

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, clock: &storetest.Clock{}}
	h.db = storetest.New(t, storetest.On(h.clock))
	var err error
	if h.catalogues, err = i18n.Load(); err != nil {
		t.Fatal(err)
	}
	log := &audit.Log{DB: h.db}
	sessions := &session.Service{DB: h.db, Log: log}
	pages := web.NewPages(h.catalogues, web.Brand{}, h.clock.Now)
	h.room = &console.Room{
		Pages: pages, Directory: directory.New(h.db, log, sessions), Identities: &identity.Service{DB: h.db, Log: log, Sessions: sessions},
		Providers: &provider.Service{DB: h.db, Log: log, Sessions: sessions}, Sessions: sessions, Log: log, Now: h.clock.Now,
		Trust: &trust.Service{DB: h.db, Log: log, Sessions: sessions}, Issuer: "https://id.example",
	}
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	h.must(err)
	h.room.Issuing = &issuing.Service{DB: h.db, Log: log, Box: box, Providers: h.room.Providers, Trust: h.room.Trust, Identities: h.room.Identities, Brand: "Signet"}
	h.room.Mail = &notify.Service{DB: h.db, Log: log, Box: box, Trust: h.room.Trust, Catalogues: h.catalogues, Issuer: "https://id.example"}
	log.Told, h.room.Directory.Mail = h.room.Mail.Told, h.room.Mail
	mux := http.NewServeMux()
	pages.Mount(mux)
	h.room.Mount(mux)
	h.handler = web.Harden(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(web.WithCaller(r.Context(), h.caller)))
	}), web.Hardening{Pages: pages, Log: slog.New(slog.DiscardHandler), Now: h.clock.Now})
	h.must(h.room.Directory.EnsureSignetApp(t.Context(), program, "Signet"))
	return h
}

// program may do all.
var program = iam.Program("test")

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// person adds somebody with the roles.
func (h *house) person(login string, roles ...iam.Membership) iam.User {
	h.t.Helper()
	u, err := h.room.Directory.CreateUser(h.t.Context(), program, iam.User{Login: login, Name: strings.ToUpper(login[:1]) + login[1:], Email: login + "@example.org"}, password)
	h.must(err)
	for _, m := range roles {
		m.User = u.ID
		h.must(h.room.Directory.Give(h.t.Context(), program, m))
	}
	return u
}

var systemAdministrator = iam.Membership{Scope: iam.System(), Role: iam.RoleSystemAdministrator}

// signIn opens a session and makes its person the caller.
func (h *house) signIn(u iam.User, by iam.IdentityID) iam.Caller {
	h.t.Helper()
	caller := iam.Caller{Address: netip.MustParseAddr("192.0.2.7"), UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	password, err := h.room.Providers.EnsurePassword(h.t.Context(), program, "Password")
	h.must(err)
	h.must(h.db.Update(h.t.Context(), func(tx *store.Tx) error {
		opened, err := h.room.Sessions.Open(tx, caller, u.ID, iam.SignetApp, []iam.Proof{{Provider: password.ID, Identity: by, At: tx.Now(), ACR: iam.ACRPassword}})
		caller.User, caller.Session = u.ID, opened.Session.ID
		return err
	}))
	caller.Memberships, err = h.room.Directory.Roles(h.t.Context(), program, u.ID)
	h.must(err)
	h.caller = caller
	return caller
}

// link links a certificate to a person.
func (h *house) link(u iam.User, name string) iam.Identity {
	h.t.Helper()
	p, err := h.room.Providers.Create(h.t.Context(), program, iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS", Public: true})
	h.must(err)
	identity, err := h.room.Identities.Add(h.t.Context(), program, u.ID, p, iam.Evidence{
		Type: iam.ProviderCertificate, Provider: p.ID, Key: name, Certificate: &iam.Certificate{
			CommonName: name, Issuer: "CN=Test CA", Serial: "0A7F", SHA256: "00ff", NotBefore: h.clock.Now().AddDate(0, -1, 0), NotAfter: h.clock.Now().AddDate(1, 0, 0),
		},
	})
	h.must(err)
	return identity
}

func (h *house) ask(method, target string, form url.Values, cookies ...*http.Cookie) *httptest.ResponseRecorder {
	h.t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	return w
}

func (h *house) get(target string) *httptest.ResponseRecorder { return h.ask("GET", target, nil) }

func (h *house) post(target string, pairs ...string) *httptest.ResponseRecorder {
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return h.ask("POST", target, form)
}

// follow opens the page that an answer leads to, with the cookies that it set.
func (h *house) follow(w *httptest.ResponseRecorder) *httptest.ResponseRecorder {
	h.t.Helper()
	if w.Code != http.StatusSeeOther {
		h.t.Fatalf("answer is %d and leads nowhere: %s", w.Code, w.Body)
	}
	return h.ask("GET", w.Header().Get("Location"), nil, w.Result().Cookies()...)
}

func wantStatus(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status = %d, want %d: %s", w.Code, status, w.Body)
	}
}

func wantText(t *testing.T, w *httptest.ResponseRecorder, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(w.Body.String(), text) {
			t.Errorf("page lacks %q:\n%s", text, w.Body)
		}
	}
}

func lacksText(t *testing.T, w *httptest.ResponseRecorder, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(w.Body.String(), text) {
			t.Errorf("page shows %q:\n%s", text, w.Body)
		}
	}
}
