package certificate_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/method/certificate"
	"signet/internal/store"
)

func TestAcceptedCertificate(t *testing.T) {
	h := newHouse(t)
	staff := h.ca.sub("Staff CA")
	for name, issuedBy := range map[string]*authority{"by the root": h.ca, "by an intermediate": staff} {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(name+" over "+tls.VersionName(version), func(t *testing.T) {
				me := issuedBy.person("Alice")
				linked := h.link(h.alice.ID, h.mtls, me, issuedBy)
				at := h.start(h.mtls)
				a := h.visit(visit{url: at.url, as: me, tls: func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version }})
				if a.state.Version != version {
					t.Fatalf("the connection is %s", tls.VersionName(a.state.Version))
				}
				e := h.stored(at).Evidence
				if e == nil || e.Type != iam.ProviderCertificate || e.Provider != h.mtls.ID || !e.At.Equal(h.clock.Now().UTC()) || e.ACR != iam.ACRPhishingResistant ||
					!slices.Equal(e.AMR, []string{"pop"}) || e.Key != string(cert.KeyOf(me.Leaf, issuedBy.cert)) || e.Certificate == nil || e.Certificate.CommonName != "Alice" {
					t.Fatalf("the evidence is %+v", e)
				}
				out := h.returned(at, a)
				if out.Step != login.StepDone || out.Opened == nil || out.Opened.Session.User != h.alice.ID || out.Opened.Session.Identity != linked.ID {
					t.Errorf("the login came to %s with %+v", out.Step, out.Opened)
				}
			})
		}
	}
}

func TestAnswerCarriesNothingButTheWayBack(t *testing.T) {
	h := newHouse(t, func(c *certificate.Host) { c.HSTS = 48 * time.Hour })
	at := h.start(h.mtls)
	a := h.visit(visit{url: at.url, header: map[string]string{"Cookie": "__Host-signet-session=x", "Accept-Language": "fr"}})
	returnTicket(t, at, a)
	for name, want := range map[string]string{
		"Connection": "close", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Strict-Transport-Security": "max-age=172800", "Set-Cookie": "", "Alt-Svc": "", "Access-Control-Allow-Origin": "", "Content-Type": "",
	} {
		// net/http takes Connection out of the header of an answer.
		if got := a.header.Get(name); got != want && name != "Connection" {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if a.body != "" {
		t.Errorf("the body is %q", a.body)
	}
	ticket := at.url[strings.LastIndex(at.url, "/")+1:]
	back := a.location[strings.LastIndex(a.location, "/")+1:]
	if logs := h.logs(); strings.Contains(logs, ticket) || strings.Contains(logs, back) || !strings.Contains(logs, "attempt="+string(at.ID)) || !strings.Contains(logs, "cause=no_certificate") {
		t.Errorf("the log holds a ticket or does not tell of the attempt: %s", logs)
	}
}

func TestEverythingElseIsRefused(t *testing.T) {
	h := newHouse(t)
	at := h.start(h.mtls)
	u, err := url.Parse(at.url)
	must(t, err)
	to := func(path string) string { return "https://" + u.Host + path }
	const s20 = "mTLS endpoints only. Use port 443 for regular access."
	for name, c := range map[string]struct {
		method, url string
		status      int
		body        string // "" for any
	}{
		"the root":                   {"", to("/"), 404, s20},
		"a page of the main host":    {"", to("/signin"), 404, s20},
		"an endpoint of OpenID":      {"", to("/oidc/token"), 404, s20},
		"POST outside":               {http.MethodPost, to("/oidc/token"), 404, s20},
		"another API":                {"", to("/api/"), 404, s20},
		"a name that begins alike":   {"", to("/api/mtlsx"), 404, s20},
		"the folder":                 {"", to("/api/mtls"), 404, ""},
		"the folder's slash":         {"", to("/api/mtls/"), 404, ""},
		"an attempt without ticket":  {"", to("/api/mtls/attempt/"), 404, ""},
		"an attempt and more":        {"", at.url + "/more", 404, ""},
		"a path that climbs":         {"", to("/api/mtls/../signin"), 404, ""},
		"POST of an attempt":         {http.MethodPost, at.url, 405, ""},
		"HEAD of an attempt":         {http.MethodHead, at.url, 405, ""},
		"OPTIONS of an attempt":      {http.MethodOptions, at.url, 405, ""},
		"a method of somebody's own": {"BREW", at.url, 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := h.visit(visit{method: c.method, url: c.url, as: h.ca.person("Alice")})
			if a.status != c.status || c.body != "" && a.body != c.body {
				t.Errorf("answered %d %q, want %d %q", a.status, a.body, c.status, c.body)
			}
			if got := a.header.Get("Content-Type"); !strings.HasPrefix(got, "text/plain") {
				t.Errorf("Content-Type: %q", got)
			}
		})
	}
	if !h.stored(at).JudgedAt.IsZero() {
		t.Error("the ticket was spent")
	}
}

// T9: where the person is sent never comes from the request.
func TestT09WayBackIsNotTakenFromTheRequest(t *testing.T) {
	h := newHouse(t)
	for _, header := range []string{"X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Original-Host", "Forwarded", "X-Original-URL", "Origin", "Referer"} {
		at := h.start(h.mtls)
		value := "evil.example"
		if header == "Forwarded" {
			value = "host=evil.example;proto=http"
		}
		returnTicket(t, at, h.visit(visit{url: at.url, header: map[string]string{header: value}})) // checks the address
	}
	at := h.start(h.mtls)
	returnTicket(t, at, h.visit(visit{url: at.url + "?return=https://evil.example&issuer=https://evil.example"}))
}

// T10: a certificate comes from the connection and nowhere else.
func TestT10CertificateComesFromTheConnectionOnly(t *testing.T) {
	h := newHouse(t)
	victim := h.ca.person("Alice")
	h.link(h.alice.ID, h.mtls, victim, h.ca)
	text := url.QueryEscape(pemOfLeaf(victim))
	for _, header := range []string{
		"X-SSL-Client-Cert", "X-SSL-CERT", "X-Client-Cert", "X-Forwarded-Client-Cert", "X-Forwarded-Tls-Client-Cert", "SSL_CLIENT_CERT", "Client-Cert", "X-ARR-ClientCert",
	} {
		at := h.start(h.mtls)
		a := h.visit(visit{url: at.url, header: map[string]string{header: text, "X-SSL-Client-Verify": "SUCCESS"}, body: text})
		if r := h.refusal(at, a); r.Cause != "no_certificate" {
			t.Errorf("%s: refused with %s", header, r.Cause)
		}
	}
	// Beside a certificate of one's own it changes nothing either.
	mallory := newAuthority(t, "Mallory CA").person("Mallory")
	at := h.start(h.mtls)
	a := h.visit(visit{url: at.url, as: mallory, header: map[string]string{"X-SSL-Client-Cert": text, "X-SSL-Client-Verify": "SUCCESS"}})
	if r := h.refusal(at, a); r.Cause != "unknown_issuer" || r.Certificate.CommonName != "Mallory" {
		t.Errorf("refused with %s, %+v", r.Cause, r.Certificate)
	}
}

func TestTicketIsSpentOnce(t *testing.T) {
	h := newHouse(t)
	me := h.ca.person("Alice")
	at := h.start(h.mtls)
	answers := make([]answer, 8)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i], _ = h.try(visit{url: at.url, as: me}) })
	}
	wait.Wait()
	accepted := 0
	for _, a := range answers {
		if strings.Contains(a.location, "/return/") {
			accepted++
			continue
		}
		if e := h.event(refusedAttempt(t, a)); e.Cause != login.CauseAttemptUsed {
			t.Errorf("a late request was refused with %q", e.Cause)
		}
	}
	if accepted != 1 {
		t.Errorf("%d of %d requests with one ticket were accepted", accepted, len(answers))
	}
}

func TestTicketsThatDoNotCount(t *testing.T) {
	h := newHouse(t)
	me := h.ca.person("Alice")
	for name, c := range map[string]struct {
		prepare func(attempt) string // where to go
		cause   string
	}{
		"late": {func(at attempt) string { h.clock.Advance(6 * time.Minute); return at.url }, login.CauseAttemptExpired},
		"used": {func(at attempt) string { h.visit(visit{url: at.url}); h.clock.Advance(time.Second); return at.url }, login.CauseAttemptUsed},
		"made up": {func(at attempt) string {
			return h.host.Hosts.AttemptURL(at.Host, iam.NewSecret())
		}, login.CauseAttemptUnknown},
		"the attempt's number": {func(at attempt) string { return h.host.Hosts.AttemptURL(at.Host, iam.Secret(at.ID)) }, login.CauseAttemptUnknown},
		"the host's label": {func(at attempt) string {
			label, _, _ := strings.Cut(at.Host, ".")
			return h.host.Hosts.AttemptURL(at.Host, iam.Secret(label))
		}, login.CauseAttemptUnknown},
		"four kilobytes": {func(at attempt) string {
			return h.host.Hosts.AttemptURL(at.Host, iam.Secret(strings.Repeat("x", 4096)))
		}, login.CauseAttemptUnknown},
		"bytes that are no text": {func(at attempt) string { return h.host.Hosts.AttemptURL(at.Host, "\x00\xff\n") }, login.CauseAttemptUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			a := h.visit(visit{url: c.prepare(h.start(h.mtls)), as: me})
			if e := h.event(refusedAttempt(t, a)); e.Cause != c.cause || e.Outcome != iam.OutcomeRefused {
				t.Errorf("the event says %s %q, want %q", e.Outcome, e.Cause, c.cause)
			}
		})
	}
}

// A browser that answers for one host with the certificate it remembers there
// must not be led to another one by a ticket of that.
func TestTicketOfAnotherHostLeadsToItsOwn(t *testing.T) {
	h := newHouse(t)
	at, other := h.start(h.mtls), h.start(h.mtls)
	moved := strings.Replace(at.url, at.Host, other.Host, 1)
	a := h.visit(visit{url: moved, as: h.ca.person("Alice")})
	if a.status != http.StatusSeeOther || a.location != at.url || !h.stored(at).JudgedAt.IsZero() {
		t.Errorf("answered %d to %q, want 303 to %q and the ticket unspent", a.status, a.location, at.url)
	}
}

func TestMethodThatIsNoneAnyMore(t *testing.T) {
	h := newHouse(t)
	password, err := h.providers.Create(t.Context(), h.program, iam.Provider{Scope: iam.System(), Type: iam.ProviderPassword, Name: "Password", Public: true})
	must(t, err)
	must(t, h.providers.Switch(t.Context(), h.program, h.app.ID, password.ID, true))
	at := h.start(password)
	if r := h.refusal(at, h.visit(visit{url: at.url, as: h.ca.person("Alice")})); r.Cause != login.CauseNotOffered {
		t.Errorf("an attempt with a password method is refused with %q", r.Cause)
	}
}

// Whatever breaks on our side, nobody gets in and everybody is sent back.
func TestFaultsFailClosed(t *testing.T) {
	t.Run("CAs that became unreadable", func(t *testing.T) {
		h := newHouse(t)
		me := h.ca.person("Alice")
		h.link(h.alice.ID, h.mtls, me, h.ca)
		broken := h.mtls
		broken.Settings.Certificate = &iam.CertificateSettings{Anchors: "garbled"}
		must(t, h.db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateProvider(broken) }))
		at := h.start(h.mtls)
		if r := h.refusal(at, h.visit(visit{url: at.url, as: me})); r.Cause != certificate.CauseInternal {
			t.Errorf("refused with %q", r.Cause)
		}
		if !strings.Contains(h.logs(), "level=ERROR msg=request") {
			t.Errorf("the fault is not in the log: %s", h.logs())
		}
	})
	t.Run("a panic", func(t *testing.T) {
		h := newHouse(t, func(c *certificate.Host) { c.Providers = nil })
		at := h.start(h.mtls)
		a := h.visit(visit{url: at.url, as: h.ca.person("Alice")})
		if id := refusedAttempt(t, a); id != at.ID || h.event(id).Cause != certificate.CauseInternal {
			t.Errorf("the attempt %s is told as %s, %+v", at.ID, id, h.event(id))
		}
		if !strings.Contains(h.logs(), "panic") || a.body != "" {
			t.Errorf("the log does not tell of the panic, or the answer %q does", a.body)
		}
	})
	t.Run("a store that is gone", func(t *testing.T) {
		h := newHouse(t)
		at := h.start(h.mtls)
		must(t, h.db.Close())
		a := h.visit(visit{url: at.url, as: h.ca.person("Alice")})
		refusedAttempt(t, a)
	})
}

func TestHeadersAreBounded(t *testing.T) {
	h := newHouse(t)
	at := h.start(h.mtls)
	a := h.visit(visit{url: at.url, header: map[string]string{"X-Long": strings.Repeat("x", 64<<10)}})
	if a.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("64 KiB of headers are answered with %d", a.status)
	}
	for i := range 3 {
		at := h.start(h.mtls)
		returnTicket(t, at, h.visit(visit{url: at.url, header: map[string]string{"User-Agent": fmt.Sprintf("%d\xff%s", i, strings.Repeat("é", 600))}}))
	}
}
