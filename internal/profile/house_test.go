package profile_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/issuing"
	"signet/internal/profile"
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
	room       *profile.Room
	catalogues *i18n.Catalogues
	handler    http.Handler
	caller     iam.Caller
	mtls       iam.Provider
}

const hosts = "https://*.cert.id.example:3443"

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
	h.room = &profile.Room{
		Pages: pages, Directory: directory.New(h.db, log, sessions), Identities: &identity.Service{DB: h.db, Log: log, Sessions: sessions},
		Providers: &provider.Service{DB: h.db, Log: log, Sessions: sessions}, Sessions: sessions, Log: log, Now: h.clock.Now,
		Trust:     &trust.Service{DB: h.db, Log: log, Sessions: sessions},
		Languages: h.catalogues.Languages(), CertificateSources: []string{hosts},
	}
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	h.must(err)
	h.room.Issuing = &issuing.Service{DB: h.db, Log: log, Box: box, Providers: h.room.Providers, Trust: h.room.Trust, Identities: h.room.Identities, Brand: "Signet"}
	mux := http.NewServeMux()
	pages.Mount(mux)
	h.room.Mount(mux)
	h.handler = web.Harden(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(web.WithCaller(r.Context(), h.caller)))
	}), web.Hardening{Pages: pages, Log: slog.New(slog.DiscardHandler), Now: h.clock.Now})

	h.must(h.room.Directory.EnsureSignetApp(t.Context(), iam.Program("test"), "Signet"))
	h.mtls, err = h.room.Providers.Create(t.Context(), iam.Program("test"), iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS", Description: "Your card", Public: true,
	})
	h.must(err)
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

const password = "correct horse battery"

// person adds somebody; an empty password is none.
func (h *house) person(login, password string) iam.User {
	h.t.Helper()
	u, err := h.room.Directory.CreateUser(h.t.Context(), iam.Program("test"), iam.User{Login: login, Name: strings.ToUpper(login[:1]) + login[1:]}, password)
	h.must(err)
	return u
}

// link links a certificate to a person.
func (h *house) link(u iam.User, name string) iam.Identity {
	h.t.Helper()
	id, err := h.room.Identities.Add(h.t.Context(), iam.Program("test"), u.ID, h.mtls, iam.Evidence{
		Type: iam.ProviderCertificate, Provider: h.mtls.ID, Key: name, Certificate: &iam.Certificate{
			Subject: "CN=" + name, CommonName: name, Issuer: "CN=Test CA", Serial: "0A", NotBefore: h.clock.Now().AddDate(0, -1, 0), NotAfter: h.clock.Now().AddDate(1, 0, 0), SHA256: "00ff",
		},
	})
	h.must(err)
	return id
}

// signIn opens a session and makes its person the caller.
func (h *house) signIn(u iam.User, by iam.IdentityID) iam.Caller {
	h.t.Helper()
	caller := iam.Caller{Address: netip.MustParseAddr("192.0.2.7"), UserAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
	h.must(h.db.Update(h.t.Context(), func(tx *store.Tx) error {
		opened, err := h.room.Sessions.Open(tx, caller, u.ID, iam.SignetApp, []iam.Proof{{Type: iam.ProviderPassword, Provider: h.mtls.ID, Identity: by, At: tx.Now(), ACR: iam.ACRPassword, AMR: []string{"pwd"}}})
		caller.User, caller.Session = u.ID, opened.Session.ID
		return err
	}))
	h.caller = caller
	return caller
}

func (h *house) ask(method, target string, form url.Values) *httptest.ResponseRecorder {
	h.t.Helper()
	var r *http.Request
	if method == http.MethodPost {
		r = httptest.NewRequest(method, target, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		r = httptest.NewRequest(method, target, nil)
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
	r := httptest.NewRequest("GET", w.Header().Get("Location"), nil)
	for _, c := range w.Result().Cookies() {
		r.AddCookie(c)
	}
	next := httptest.NewRecorder()
	h.handler.ServeHTTP(next, r)
	return next
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

func wantRedirect(t *testing.T, w *httptest.ResponseRecorder, to string) {
	t.Helper()
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != to {
		t.Fatalf("answer = %d to %q, want 303 to %q: %s", w.Code, w.Header().Get("Location"), to, w.Body)
	}
}

// events returns the kinds in the log of a person, newest first.
func (h *house) events(u iam.User) (kinds []iam.EventKind) {
	h.t.Helper()
	events, err := h.room.Log.Mine(h.t.Context(), iam.Caller{User: u.ID}, iam.EventFilter{})
	h.must(err)
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

const hour = time.Hour
