package trust_test

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"signet/internal/audit"
	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/fetch"
	"signet/internal/iam"
	"signet/internal/provider"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/trust"
)

// desk is a trust service with a login method of one CA whose lists and answers
// come from a real server.
type desk struct {
	*trust.Service
	t         *testing.T
	clock     *storetest.Clock
	providers *provider.Service
	ca        *certtest.CA
	method    iam.Provider
	url       string

	mu    sync.Mutex
	serve http.HandlerFunc // under mu
	asked int              // under mu
}

func newDesk(t *testing.T, db *store.DB, clock *storetest.Clock, r iam.CARevocation) *desk {
	t.Helper()
	d := &desk{t: t, clock: clock}
	log := &audit.Log{DB: db}
	d.Service = &trust.Service{DB: db, Log: log, Sessions: &session.Service{DB: db, Log: log},
		Fetch: (&fetch.Client{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Timeout: 5 * time.Second}).Get}
	d.providers = &provider.Service{DB: db, Log: log, CheckSettings: d.CheckSettings}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		d.mu.Lock()
		serve := d.serve
		d.asked++
		d.mu.Unlock()
		if serve == nil {
			http.NotFound(w, req)
			return
		}
		serve(w, req)
	}))
	t.Cleanup(server.Close)
	d.url = server.URL
	d.ca = certtest.NewCA(t, certtest.CASpec{Name: "People CA", Now: clock.Now().Truncate(time.Second)})
	r.CA = cert.AuthorityID(d.ca.Cert)
	for i, l := range r.Lists {
		r.Lists[i] = strings.Replace(l, "URL", d.url, 1)
	}
	r.OCSP = strings.Replace(r.OCSP, "URL", d.url, 1)
	var err error
	d.method, err = d.providers.Create(t.Context(), iam.Program("test"), iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS",
		Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: string(d.ca.PEM()), Revocation: []iam.CARevocation{r}}},
	})
	must(t, err)
	return d
}

func (d *desk) answer(serve http.HandlerFunc) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.serve = serve
}

func (d *desk) requests() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.asked
}

func bytesOf(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(data) }
}

// judge asks what the certificate host asks.
func (d *desk) judge(leaf certtest.Leaf) cert.Verdict {
	d.t.Helper()
	v, _ := d.judgeOf(d.Service, leaf)
	return v
}

func (d *desk) judgeOf(s *trust.Service, leaf certtest.Leaf) (cert.Verdict, []trust.Answer) {
	d.t.Helper()
	p, err := d.providers.Provider(d.t.Context(), d.method.ID)
	must(d.t, err)
	policy, err := s.Policy(d.t.Context(), p)
	must(d.t, err)
	var told []trust.Answer
	return cert.Judge(policy, leaf.Chain, d.clock.Now(), s.Revoked(d.t.Context(), p, d.clock.Now(), &told)), told
}

func (d *desk) crl(s certtest.CRLSpec) []byte {
	if s.ThisUpdate.IsZero() {
		s.ThisUpdate = d.clock.Now().Truncate(time.Second)
	}
	return d.ca.CRL(d.t, s)
}

func (d *desk) row() iam.RevocationList {
	d.t.Helper()
	var rows []iam.RevocationList
	must(d.t, d.DB.View(d.t.Context(), func(tx *store.Tx) (err error) {
		rows, err = tx.RevocationListsOf(d.method.ID)
		return err
	}))
	if len(rows) != 1 {
		d.t.Fatalf("%d sources, want one", len(rows))
	}
	return rows[0]
}

func eachDesk(t *testing.T, r iam.CARevocation, test func(t *testing.T, d *desk)) {
	t.Helper()
	clock := new(storetest.Clock)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock.Set(storetest.Start())
		own := r
		own.Lists = append([]string(nil), r.Lists...)
		test(t, newDesk(t, db, clock, own))
	}, storetest.On(clock))
}

func wantCause(t *testing.T, when string, v cert.Verdict, want cert.Cause) {
	t.Helper()
	if v.Cause != want {
		t.Errorf("%s: cause %q (%v), want %q", when, v.Cause, v.Revocation, want)
	}
}

// TestT32NothingReceivedYet is CVE-2022-41316: after a start, with a list
// configured and its server down, nobody gets in.
func TestT32NothingReceivedYet(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"URL/ca.crl"}}, func(t *testing.T, d *desk) {
		alice := d.ca.Issue(t, certtest.Spec{CN: "alice"})
		wantCause(t, "before anything was fetched", d.judge(alice), cert.CauseRevocationUnknown)
		must(t, d.Refresh(t.Context()))
		wantCause(t, "with the server down", d.judge(alice), cert.CauseRevocationUnknown)
		if row := d.row(); row.Failures != 1 || row.Fault != string(cert.FaultUnreachable) {
			t.Errorf("the source says %+v", row)
		}
		asked := d.requests()
		wantCause(t, "again", d.judge(alice), cert.CauseRevocationUnknown)
		if d.requests() != asked {
			t.Error("a sign-in fetched a list")
		}
		d.answer(bytesOf(d.crl(certtest.CRLSpec{})))
		d.clock.Advance(time.Minute)
		must(t, d.Refresh(t.Context()))
		wantCause(t, "with the server up", d.judge(alice), cert.CauseNone)
		// A program that starts now, with the server down again, has the last list.
		d.answer(nil)
		restarted := &trust.Service{DB: d.DB, Log: d.Log}
		v, told := d.judgeOf(restarted, alice)
		wantCause(t, "after a restart", v, cert.CauseNone)
		if len(told) != 1 || !told[0].Asked || told[0].From != d.url+"/ca.crl" || told[0].Standing.Source != cert.SourceCRL {
			t.Errorf("told %+v", told)
		}
		d.clock.Advance(25 * time.Hour)
		v, _ = d.judgeOf(restarted, alice)
		wantCause(t, "when the last list is stale", v, cert.CauseRevocationUnknown)
	})
}

// TestT34NetworkFaultsAndPolicies is CVE-2026-29145: what is required fails
// closed under every fault, and what is best effort lets in and does not forget
// what it knew.
func TestT34NetworkFaultsAndPolicies(t *testing.T) {
	clock := new(storetest.Clock)
	faults := func(d *desk, good, old []byte) map[string]http.HandlerFunc {
		return map[string]http.HandlerFunc{
			"not found": nil,
			"refused":   func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) },
			"truncated": func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "5000")
				_, _ = w.Write(good[:20])
			},
			"cut off":     bytesOf(good[:len(good)-10]),
			"wrong type":  bytesOf([]byte("<html>Sign in to the network</html>")),
			"an error":    func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "x", http.StatusBadGateway) },
			"a redirect":  func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/other", http.StatusFound) },
			"empty":       bytesOf(nil),
			"stale":       bytesOf(old),
			"from future": bytesOf(d.ca.CRL(d.t, certtest.CRLSpec{Number: 9, ThisUpdate: clock.Now().Add(time.Hour)})),
			"slow": func(_ http.ResponseWriter, r *http.Request) {
				select {
				case <-r.Context().Done():
				case <-d.t.Context().Done():
				}
			},
		}
	}
	for mode, want := range map[iam.RevocationMode]cert.Cause{
		iam.RevocationRequired: cert.CauseRevocationUnknown, iam.RevocationBestEffort: cert.CauseNone, iam.RevocationNone: cert.CauseNone,
	} {
		t.Run(string(mode), func(t *testing.T) {
			clock.Set(storetest.Start())
			d := newDesk(t, storetest.New(t, storetest.On(clock)), clock, iam.CARevocation{Mode: mode, Lists: []string{"URL/ca.crl"}})
			d.Fetch = (&fetch.Client{Allowed: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Timeout: 200 * time.Millisecond}).Get
			alice, mallory := d.ca.Issue(t, certtest.Spec{CN: "alice"}), d.ca.Issue(t, certtest.Spec{CN: "mallory"})
			good := d.crl(certtest.CRLSpec{Number: 1})
			old := d.crl(certtest.CRLSpec{Number: 2, ThisUpdate: clock.Now().Add(-2 * time.Hour), NextUpdate: clock.Now().Add(-time.Hour)})
			for name, fault := range faults(d, good, old) {
				d.answer(fault)
				d.clock.Advance(2 * time.Hour)
				if name == "stale" || name == "from future" {
					d.clock.Advance(-2 * time.Hour)
				}
				must(t, d.Refresh(t.Context()))
				wantCause(t, name, d.judge(alice), want)
				if mode == iam.RevocationNone {
					continue
				}
				if row := d.row(); row.Fault == "" {
					t.Errorf("%s: the source shows no fault", name)
				}
			}
			// What once was revoked stays so under every fault.
			d.answer(bytesOf(d.crl(certtest.CRLSpec{Number: 20, ThisUpdate: clock.Now(), Revoked: []*x509.Certificate{mallory.Cert}})))
			d.clock.Advance(2 * time.Hour)
			must(t, d.Refresh(t.Context()))
			for _, fault := range faults(d, good, old) {
				d.answer(fault)
				d.clock.Advance(30 * time.Hour)
				must(t, d.Refresh(t.Context()))
				if mode != iam.RevocationNone {
					wantCause(t, "revoked once", d.judge(mallory), cert.CauseRevoked)
				}
			}
		})
	}
}

// TestT35RollbackIsRefused: an older list, put in the place of a newer one, does
// not bring a revoked certificate back.
func TestT35RollbackIsRefused(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"URL/ca.crl"}}, func(t *testing.T, d *desk) {
		mallory := d.ca.Issue(t, certtest.Spec{CN: "mallory"})
		before := d.crl(certtest.CRLSpec{Number: 6, ThisUpdate: d.clock.Now()})
		d.answer(bytesOf(d.crl(certtest.CRLSpec{Number: 7, Revoked: []*x509.Certificate{mallory.Cert}})))
		must(t, d.Refresh(t.Context()))
		wantCause(t, "on the list", d.judge(mallory), cert.CauseRevoked)
		d.answer(bytesOf(before))
		d.clock.Advance(2 * time.Hour)
		must(t, d.Refresh(t.Context()))
		wantCause(t, "after the older list came", d.judge(mallory), cert.CauseRevoked)
		if row := d.row(); row.Number != "7" || row.Fault != string(cert.FaultOlder) {
			t.Errorf("the source says %+v", row)
		}
		// Nor by an administrator's hand.
		_, err := d.Upload(t.Context(), iam.Program("test"), d.method, d.row().Authority, before)
		must(t, err) // a source of its own: it is fresh, and says nothing against the other
		wantCauseOf := d.judge(mallory)
		wantCause(t, "after the older list was uploaded", wantCauseOf, cert.CauseRevoked)
	})
}

func TestUploadedLists(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired}, func(t *testing.T, d *desk) {
		program, authority := iam.Program("test"), cert.AuthorityID(d.ca.Cert)
		alice := d.ca.Issue(t, certtest.Spec{CN: "alice"})
		for cause, data := range map[string][]byte{
			"crl_missing": nil, "crl_garbled": []byte("x"), "crl_bad_signature": d.ca.Twin(t).CRL(t, certtest.CRLSpec{}),
			"crl_other_issuer": certtest.NewCA(t, certtest.CASpec{Name: "Other"}).CRL(t, certtest.CRLSpec{}),
		} {
			if _, err := d.Upload(t.Context(), program, d.method, authority, data); iam.AsError(err) == nil || iam.AsError(err).Cause != cause || iam.AsError(err).Field != "file" {
				t.Errorf("refused with %v, want %s", err, cause)
			}
		}
		if _, err := d.Upload(t.Context(), program, d.method, "no CA of it", d.crl(certtest.CRLSpec{})); !iam.IsNotFound(err) {
			t.Errorf("for another CA: %v", err)
		}
		if _, err := d.Upload(t.Context(), iam.Caller{User: "bob"}, d.method, authority, d.crl(certtest.CRLSpec{})); iam.KindOf(err) != iam.KindForbidden {
			t.Errorf("by somebody: %v", err)
		}
		_, err := d.Upload(t.Context(), program, d.method, authority, d.crl(certtest.CRLSpec{Number: 2}))
		must(t, err)
		wantCause(t, "uploaded", d.judge(alice), cert.CauseNone)
		_, err = d.Upload(t.Context(), program, d.method, authority, d.crl(certtest.CRLSpec{Number: 3, Revoked: []*x509.Certificate{alice.Cert}}))
		must(t, err)
		wantCause(t, "revoked by an upload", d.judge(alice), cert.CauseRevoked)
		if _, err := d.Upload(t.Context(), program, d.method, authority, d.crl(certtest.CRLSpec{Number: 2})); iam.AsError(err) == nil || iam.AsError(err).Cause != "crl_older" {
			t.Errorf("an older upload: %v", err)
		}
		wantCause(t, "after the older upload", d.judge(alice), cert.CauseRevoked)
		d.clock.Advance(3 * time.Second)
		must(t, d.Refresh(t.Context())) // keeps what nobody configured but an administrator brought
		wantCause(t, "after a refresh", d.judge(alice), cert.CauseRevoked)
	})
}

// TestT29DistributionPointsOfCertificates: addresses in certificates are fetched
// from allowed hosts only, in the background, and never for a certificate whose
// path is not verified.
func TestT29DistributionPointsOfCertificates(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired, Hosts: []string{"127.0.0.1"}}, func(t *testing.T, d *desk) {
		d.answer(bytesOf(d.crl(certtest.CRLSpec{})))
		stranger := d.ca.Twin(t).Issue(t, certtest.Spec{CN: "stranger"}, certtest.Points(d.url+"/stranger.crl"))
		wantCause(t, "a forged certificate", d.judge(stranger), cert.CauseBadSignature)
		must(t, d.Refresh(t.Context()))
		if d.requests() != 0 {
			t.Fatal("a forged certificate made us fetch something")
		}
		for _, address := range []string{"http://evil.example/x.crl", "http://127.0.0.1.evil.example/x.crl", "http://127.0.0.1@evil.example/x.crl", "ldap://127.0.0.1/x", "file:///etc/passwd"} {
			elsewhere := d.ca.Issue(t, certtest.Spec{CN: "elsewhere"}, certtest.Points(address))
			wantCause(t, address, d.judge(elsewhere), cert.CauseRevocationUnknown)
		}
		must(t, d.Refresh(t.Context()))
		if d.requests() != 0 {
			t.Fatal("an address of a host that is not allowed was fetched")
		}
		alice := d.ca.Issue(t, certtest.Spec{CN: "alice"}, certtest.Points(d.url+"/ca.crl"))
		wantCause(t, "the first time", d.judge(alice), cert.CauseRevocationUnknown)
		if d.requests() != 0 {
			t.Fatal("a sign-in waited for a list")
		}
		d.clock.Advance(time.Second)
		must(t, d.Refresh(t.Context()))
		wantCause(t, "a moment later", d.judge(alice), cert.CauseNone)
		if row := d.row(); !row.Learned || row.Source != d.url+"/ca.crl" {
			t.Errorf("the source is %+v", row)
		}
	})
}

// TestT33AndT34Responder: OCSP, good, revoked, silent and lying.
func TestT33AndT34Responder(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired, OCSP: "URL/ocsp"}, func(t *testing.T, d *desk) {
		alice, mallory := d.ca.Issue(t, certtest.Spec{CN: "alice"}), d.ca.Issue(t, certtest.Spec{CN: "mallory"})
		responder := d.ca.Responder(t)
		say := func(leaf certtest.Leaf, s certtest.OCSPSpec) {
			s.ThisUpdate = d.clock.Now().Truncate(time.Second)
			d.answer(bytesOf(d.ca.OCSP(t, leaf.Cert, s)))
		}
		wantCause(t, "nobody answers", d.judge(alice), cert.CauseRevocationUnknown)
		asked := d.requests()
		wantCause(t, "nobody answers, again", d.judge(alice), cert.CauseRevocationUnknown)
		if d.requests() != asked {
			t.Error("a responder that is down is asked by everybody")
		}
		d.clock.Advance(time.Minute)
		for name, s := range map[string]certtest.OCSPSpec{
			"unknown": {Status: ocsp.Unknown}, "signed by a person": {Signer: &mallory}, "signed by an expired responder": {Signer: d.ca.Responder(t, certtest.Expired)},
		} {
			say(alice, s)
			wantCause(t, name, d.judge(alice), cert.CauseRevocationUnknown)
		}
		say(mallory, certtest.OCSPSpec{})
		wantCause(t, "about another", d.judge(alice), cert.CauseRevocationUnknown)
		say(alice, certtest.OCSPSpec{Signer: responder})
		wantCause(t, "good", d.judge(alice), cert.CauseNone)
		asked = d.requests()
		wantCause(t, "good, from the last answer", d.judge(alice), cert.CauseNone)
		if d.requests() != asked {
			t.Error("an answer of a moment ago is not used")
		}
		d.answer(nil)
		d.clock.Advance(20 * time.Minute)
		wantCause(t, "good, and silent since", d.judge(alice), cert.CauseNone)
		d.clock.Advance(2 * time.Hour)
		wantCause(t, "the last answer is over", d.judge(alice), cert.CauseRevocationUnknown)
		d.clock.Advance(time.Minute)
		say(alice, certtest.OCSPSpec{Status: ocsp.Revoked})
		wantCause(t, "revoked", d.judge(alice), cert.CauseRevoked)
		say(alice, certtest.OCSPSpec{})
		d.clock.Advance(10 * time.Minute)
		wantCause(t, "good again, says a replay", d.judge(alice), cert.CauseRevoked)
	})
}

// A short-lived certificate needs no list; a longer one of the same CA does.
func TestShortLivedCertificates(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationShortLived, MaxDays: 2}, func(t *testing.T, d *desk) {
		for name, c := range map[string]struct {
			leaf certtest.Leaf
			want cert.Cause
		}{
			"a day":      {d.ca.Issue(t, certtest.Spec{NotAfter: d.ca.Now.Add(24 * time.Hour)}), cert.CauseNone},
			"a week":     {d.ca.Issue(t, certtest.Spec{NotAfter: d.ca.Now.Add(7 * 24 * time.Hour)}), cert.CauseRevocationUnknown},
			"noRevAvail": {d.ca.Issue(t, certtest.Spec{}, certtest.NoRevocation), cert.CauseNone},
		} {
			wantCause(t, name, d.judge(c.leaf), c.want)
		}
	})
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired}, func(t *testing.T, d *desk) {
		wantCause(t, "noRevAvail where a check is required", d.judge(d.ca.Issue(t, certtest.Spec{}, certtest.NoRevocation)), cert.CauseRevocationUnknown)
	})
}

// TestT36TwoCAsOfOneMethod: each is asked by its own rules and its own list.
func TestT36TwoCAsOfOneMethod(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"URL/ca.crl"}}, func(t *testing.T, d *desk) {
		other := certtest.NewCA(t, certtest.CASpec{Name: "Other CA", Now: d.ca.Now})
		p, err := d.providers.Provider(t.Context(), d.method.ID)
		must(t, err)
		p.Settings.Certificate.Anchors += string(other.PEM())
		*p.Settings.Certificate = trust.Choose(*p.Settings.Certificate, iam.RevocationNone)
		must(t, d.providers.Change(t.Context(), iam.Program("test"), p))
		mine := d.ca.Issue(t, certtest.Spec{CN: "mine"})
		theirs := other.Issue(t, certtest.Spec{CN: "theirs", Serial: mine.Cert.SerialNumber})
		d.answer(bytesOf(d.crl(certtest.CRLSpec{Revoked: []*x509.Certificate{mine.Cert}})))
		must(t, d.Refresh(t.Context()))
		wantCause(t, "the revoked one", d.judge(mine), cert.CauseRevoked)
		wantCause(t, "the same serial of another CA", d.judge(theirs), cert.CauseNone)
	})
}

// A choice must be made, and one that cannot work is refused.
func TestRevocationIsChosen(t *testing.T) {
	s, _ := newService(t)
	ca := authority(t, "CA")
	check := func(in iam.Scope, r iam.CARevocation) error {
		r.CA = cert.AuthorityID(ca)
		settings := iam.CertificateSettings{Anchors: pemOf(ca), Revocation: []iam.CARevocation{r}}
		if r.Mode == "nothing" {
			settings.Revocation = nil
		}
		return s.CheckSettings(iam.Provider{Type: iam.ProviderCertificate, Scope: in, Settings: iam.ProviderSettings{Certificate: &settings}})
	}
	for cause, r := range map[string]iam.CARevocation{
		"revocation_not_chosen": {Mode: "nothing"}, "revocation_mode_unknown": {Mode: "soft"}, "short_days_out_of_range": {Mode: iam.RevocationShortLived, MaxDays: 4000},
		"list_address_malformed": {Mode: iam.RevocationRequired, Lists: []string{"ldap://x/y"}}, "list_file_refused": {Mode: iam.RevocationRequired, Lists: []string{"file:../../etc/passwd"}},
		"host_malformed": {Mode: iam.RevocationRequired, Hosts: []string{"http://x/"}}, "ocsp_without_hosts": {Mode: iam.RevocationRequired, OCSP: "certificate"},
		"ocsp_address_malformed": {Mode: iam.RevocationRequired, OCSP: "x"},
	} {
		if err := check(iam.System(), r); iam.AsError(err) == nil || iam.AsError(err).Cause != cause {
			t.Errorf("%+v: %v, want %s", r, err, cause)
		}
	}
	good := iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"http://crl.example:8080/ca.crl", "file:ca.crl"}, Hosts: []string{"crl.example", "10.0.0.1:8080"}, OCSP: "certificate"}
	must(t, check(iam.System(), good))
	if err := check(iam.Organization("org"), good); iam.AsError(err) == nil || iam.AsError(err).Cause != "list_file_refused" {
		t.Errorf("an organization reads files of the machine: %v", err)
	}
}

// Two nodes share what one has fetched, and one of them fetches.
func TestNodesShareLists(t *testing.T) {
	eachDesk(t, iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"URL/ca.crl"}}, func(t *testing.T, d *desk) {
		alice := d.ca.Issue(t, certtest.Spec{CN: "alice"})
		d.answer(bytesOf(d.crl(certtest.CRLSpec{Revoked: []*x509.Certificate{alice.Cert}})))
		second := &trust.Service{DB: d.DB, Log: d.Log, Sessions: d.Sessions, Fetch: d.Fetch}
		var wait sync.WaitGroup
		errs := make([]error, 4)
		for i, s := range []*trust.Service{d.Service, second, d.Service, second} {
			wait.Go(func() { errs[i] = s.Refresh(context.WithoutCancel(t.Context())) })
		}
		wait.Wait()
		must(t, errors.Join(errs...))
		if n := d.requests(); n != 1 {
			t.Errorf("the list was fetched %d times", n)
		}
		v, _ := d.judgeOf(second, alice)
		wantCause(t, "on the other node", v, cert.CauseRevoked)
	})
}

// facts are a certificate as it is kept of one that was accepted.
func facts(leaf certtest.Leaf) *iam.Certificate {
	f := cert.Read(leaf.Cert)
	return &iam.Certificate{
		Subject: f.Subject, Issuer: f.Issuer, Serial: f.Serial, NotBefore: f.NotBefore, NotAfter: f.NotAfter, SHA256: f.SHA256, SPKI: f.SPKI,
		SubjectDER: f.SubjectDER, IssuerDER: f.IssuerDER,
	}
}

// given links a certificate to a person who has a session and a grant by it.
func (d *desk) given(user iam.UserID, leaf certtest.Leaf) iam.Identity {
	d.t.Helper()
	spki, err := hex.DecodeString(facts(leaf).SPKI)
	must(d.t, err)
	identity := iam.Identity{
		ID: iam.IdentityID("identity-" + user), User: user, Provider: d.method.ID, Type: iam.ProviderCertificate, Key: string(cert.KeyOfHash(spki, d.ca.Cert)),
		Certificate: facts(leaf), Publicity: iam.PublicityOnlyMe,
	}
	must(d.t, d.DB.Update(d.t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertUser(iam.User{ID: user, Login: string(user), Status: iam.UserActive}); err != nil {
			return err
		}
		_, err := tx.InsertIdentity(identity)
		return errors.Join(
			err, tx.InsertSession(iam.Session{ID: iam.SessionID("session-" + user), TokenHash: []byte(user), User: user, Identity: identity.ID, ExpiresAt: tx.Now().Add(48 * time.Hour)}),
		)
	}))
	return identity
}

func (d *desk) alive(user iam.UserID) bool {
	d.t.Helper()
	var s iam.Session
	must(d.t, d.DB.View(d.t.Context(), func(tx *store.Tx) (err error) {
		s, err = tx.Session(iam.SessionID("session-" + user))
		return err
	}))
	return s.EndedAt.IsZero()
}
