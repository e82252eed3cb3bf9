package trust_test

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"net/http"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/trust"
)

// shelf serves a list under each path, and nothing elsewhere.
type shelf map[string][]byte

func (all shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if list, ok := all[r.URL.Path]; ok {
		_, _ = w.Write(list)
		return
	}
	http.NotFound(w, r)
}

// refreshed fetches all lists anew.
func (d *desk) refreshed(lists shelf) {
	d.t.Helper()
	d.answer(lists.ServeHTTP)
	d.clock.Advance(90 * time.Minute)
	must(d.t, d.Refresh(d.t.Context()))
}

// change changes the settings of the method.
func (d *desk) change(change func(*iam.CertificateSettings)) {
	d.t.Helper()
	p, err := d.providers.Provider(d.t.Context(), d.method.ID)
	must(d.t, err)
	change(p.Settings.Certificate)
	must(d.t, d.providers.Change(d.t.Context(), iam.Program("test"), p))
}

func (d *desk) state() trust.State {
	d.t.Helper()
	all, err := d.Revocations(d.t.Context(), iam.Program("test"))
	must(d.t, err)
	return all[0].State
}

func (d *desk) faultOf(source string) string {
	d.t.Helper()
	var fault string
	must(d.t, d.DB.View(d.t.Context(), func(tx *store.Tx) error {
		rows, err := tx.RevocationListsOf(d.method.ID)
		for _, row := range rows {
			if row.Source == d.url+source {
				fault = row.Fault
			}
		}
		return err
	}))
	return fault
}

// A delta CRL beside its base (RFC 5280, sections 5.2.4 and 6.3): it revokes and
// releases, alone it says nothing, and out of date it releases nobody.
func TestT35DeltaListsAtASignIn(t *testing.T) {
	clock := new(storetest.Clock)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock.Set(storetest.Start())
		d := newDesk(t, db, clock, iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"URL/base.crl", "URL/delta.crl"}})
		alice, bob := d.ca.Issue(t, certtest.Spec{CN: "alice"}), d.ca.Issue(t, certtest.Spec{CN: "bob"})
		d.given("alice", alice)
		held := func(leaf certtest.Leaf, reason int) []x509.RevocationListEntry {
			return []x509.RevocationListEntry{{SerialNumber: leaf.Cert.SerialNumber, RevocationTime: clock.Now(), ReasonCode: reason}}
		}
		changes := func(number int64, base byte, entries ...x509.RevocationListEntry) []byte {
			return d.crl(certtest.CRLSpec{Number: number, Entries: entries, Extensions: []pkix.Extension{certtest.Delta(base)}, ThisUpdate: clock.Now().Add(90 * time.Minute).Truncate(time.Second), NextUpdate: clock.Now().Add(4 * time.Hour).Truncate(time.Second)})
		}
		base := func(number int64, entries ...x509.RevocationListEntry) []byte {
			return d.crl(certtest.CRLSpec{Number: number, Entries: entries, NextUpdate: clock.Now().AddDate(0, 0, 9)})
		}
		d.refreshed(shelf{"/delta.crl": changes(2, 1)})
		wantCause(t, "changes of nothing", d.judge(alice), cert.CauseRevocationUnknown)
		if state := d.state(); state != trust.StateMissing {
			t.Errorf("changes of nothing: the state is %q", state)
		}
		d.refreshed(shelf{"/base.crl": base(1, held(bob, 6)...), "/delta.crl": changes(3, 1)})
		wantCause(t, "on no list", d.judge(alice), cert.CauseNone)
		wantCause(t, "on hold", d.judge(bob), cert.CauseRevoked)
		if !d.alive("alice") {
			t.Fatal("a session of somebody on no list has ended")
		}
		d.refreshed(shelf{"/delta.crl": changes(4, 1, append(held(alice, 1), held(bob, 8)...)...)})
		wantCause(t, "revoked by the changes", d.judge(alice), cert.CauseRevoked)
		wantCause(t, "released by the changes", d.judge(bob), cert.CauseNone)
		if d.alive("alice") {
			t.Error("the session of whom the changes revoke goes on")
		}
		d.refreshed(shelf{"/delta.crl": changes(3, 1)})
		wantCause(t, "after older changes", d.judge(alice), cert.CauseRevoked)
		if fault := d.faultOf("/delta.crl"); fault != string(cert.FaultOlder) {
			t.Errorf("older changes: %q", fault)
		}
		clock.Advance(24 * time.Hour)
		wantCause(t, "revoked by changes that are out of date", d.judge(alice), cert.CauseRevoked)
		wantCause(t, "released by changes that are out of date", d.judge(bob), cert.CauseRevoked)
		d.refreshed(shelf{"/delta.crl": changes(7, 6)})
		wantCause(t, "by changes to a list that has not come", d.judge(certtest.Leaf{Chain: d.ca.Issue(t, certtest.Spec{}).Chain}), cert.CauseNone)
		wantCause(t, "on hold, by changes to a list that has not come", d.judge(bob), cert.CauseRevoked)
	}, storetest.On(clock))
}

// A list of another kind in the place of the one that a source gave makes nothing
// forgotten: who answers for an address cannot swap signed lists.
func TestT35AListOfAnotherKindIsRefused(t *testing.T) {
	for _, mode := range []iam.RevocationMode{iam.RevocationRequired, iam.RevocationBestEffort} {
		clock := new(storetest.Clock)
		clock.Set(storetest.Start())
		d := newDesk(t, storetest.New(t, storetest.On(clock)), clock, iam.CARevocation{Mode: mode, Lists: []string{"URL/ca.crl"}})
		mallory := d.ca.Issue(t, certtest.Spec{CN: "mallory"})
		d.refreshed(shelf{"/ca.crl": d.crl(certtest.CRLSpec{Number: 1, Revoked: []*x509.Certificate{mallory.Cert}})})
		for what, other := range map[string]pkix.Extension{
			"changes only": certtest.Delta(1), "of CAs only": certtest.IssuingPoint(0x82, 1, 0xff), "for some reasons": certtest.IssuingPoint(0x83, 2, 1, 0x40),
		} {
			d.refreshed(shelf{"/ca.crl": d.crl(certtest.CRLSpec{Number: 9, Extensions: []pkix.Extension{other}})})
			wantCause(t, what, d.judge(mallory), cert.CauseRevoked)
			if fault := d.faultOf("/ca.crl"); fault != string(cert.FaultOtherKind) {
				t.Errorf("%s: %q", what, fault)
			}
		}
	}
}

// An indirect CRL: another CA of the method keeps the list of whose certificates
// say so. Its certificate is judged too.
func TestIndirectListsAtASignIn(t *testing.T) {
	clock := new(storetest.Clock)
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock.Set(storetest.Start())
		d := newDesk(t, db, clock, iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"URL/ca.crl", "URL/office.crl"}})
		office, stranger := d.ca.Sub(t, certtest.CASpec{Name: "Office"}), certtest.NewCA(t, certtest.CASpec{Name: "Office", Now: d.ca.Now})
		alice := d.ca.Issue(t, certtest.Spec{CN: "alice", Change: certtest.Extended(certtest.PointOf(t, office))})
		bob := d.ca.Issue(t, certtest.Spec{CN: "bob"})
		d.given("alice", alice)
		// The CA's own list is for its CAs only: of people the office tells.
		ownCAs := func(revoked ...*x509.Certificate) []byte {
			return d.crl(certtest.CRLSpec{Number: clock.Now().Unix(), Revoked: revoked, Extensions: []pkix.Extension{certtest.IssuingPoint(0x82, 1, 0xff)}})
		}
		of := func(keeper *certtest.CA, entries ...x509.RevocationListEntry) []byte {
			return keeper.CRL(t, certtest.CRLSpec{Number: clock.Now().Unix(), ThisUpdate: clock.Now().Truncate(time.Second), Entries: entries, Extensions: []pkix.Extension{certtest.Indirect(t, keeper)}})
		}
		d.refreshed(shelf{"/ca.crl": ownCAs(), "/office.crl": of(office)})
		wantCause(t, "of an office that is no CA of the method", d.judge(alice), cert.CauseRevocationUnknown)
		if fault := d.faultOf("/office.crl"); fault != string(cert.FaultOtherIssuer) {
			t.Errorf("of an office that is no CA of the method: %q", fault)
		}
		d.change(func(s *iam.CertificateSettings) {
			s.Intermediates = string(office.PEM())
			s.Revocation = append(s.Revocation, iam.CARevocation{CA: cert.AuthorityID(office.Cert), Mode: iam.RevocationNone})
		})
		d.refreshed(shelf{"/ca.crl": ownCAs(), "/office.crl": of(stranger)})
		if fault := d.faultOf("/office.crl"); fault != string(cert.FaultBadSignature) {
			t.Errorf("of an office of the same name (T21): %q", fault)
		}
		d.refreshed(shelf{"/ca.crl": ownCAs(), "/office.crl": of(office)})
		wantCause(t, "on no list", d.judge(alice), cert.CauseNone)
		wantCause(t, "whose certificate names no office", d.judge(bob), cert.CauseRevocationUnknown)
		d.refreshed(shelf{"/ca.crl": ownCAs(), "/office.crl": of(office, certtest.EntryOf(t, alice.Cert, office.Cert.RawSubject, clock.Now()))})
		wantCause(t, "the serial of another CA (T36)", d.judge(alice), cert.CauseNone)
		if !d.alive("alice") {
			t.Error("the serial of another CA has ended a session (T36)")
		}
		d.refreshed(shelf{"/ca.crl": ownCAs(office.Cert), "/office.crl": of(office)})
		wantCause(t, "the office is revoked", d.judge(alice), cert.CauseRevocationUnknown)
		d.refreshed(shelf{"/ca.crl": ownCAs(), "/office.crl": of(office, certtest.EntryOf(t, alice.Cert, d.ca.Cert.RawSubject, clock.Now()))})
		wantCause(t, "revoked", d.judge(alice), cert.CauseRevoked)
		if d.alive("alice") {
			t.Error("the session of whom the office revokes goes on")
		}
	}, storetest.On(clock))
}

// What a sign-in finds is what the command that explains finds of the same files.
func TestASignInSaysWhatExplainSays(t *testing.T) {
	clock := new(storetest.Clock)
	clock.Set(storetest.Start())
	ca := certtest.NewCA(t, certtest.CASpec{Name: "People CA", Now: clock.Now().Truncate(time.Second)})
	alice := ca.Issue(t, certtest.Spec{CN: "alice"})
	one := func(n int64, reason int, more ...pkix.Extension) []byte {
		return ca.CRL(t, certtest.CRLSpec{Number: n, Extensions: more, Entries: []x509.RevocationListEntry{{SerialNumber: alice.Cert.SerialNumber, RevocationTime: ca.Now, ReasonCode: reason}}})
	}
	none := func(n int64, more ...pkix.Extension) []byte {
		return ca.CRL(t, certtest.CRLSpec{Number: n, Extensions: more})
	}
	some, rest := certtest.IssuingPoint(0x83, 2, 1, 0x40), certtest.IssuingPoint(0x83, 3, 7, 0x3f, 0x80)
	for what, lists := range map[string][][]byte{
		"good": {none(1)}, "revoked": {one(1, 1)}, "changes revoke": {none(1), one(2, 1, certtest.Delta(1))}, "changes release": {one(1, 6), one(2, 8, certtest.Delta(1))},
		"changes alone": {one(2, 1, certtest.Delta(1))}, "changes to a later list": {none(1), one(3, 1, certtest.Delta(2))}, "released in a complete list": {one(1, 8)},
		"some reasons": {none(1, some)}, "all reasons in two": {none(1, some), none(1, rest)}, "all reasons in two, revoked": {none(1, some), one(1, 3, rest)},
		"people": {none(1, certtest.IssuingPoint(0x81, 1, 0xff))}, "CAs": {none(1, certtest.IssuingPoint(0x82, 1, 0xff))}, "attributes": {none(1, certtest.IssuingPoint(0x85, 1, 0xff))},
		"indirect, of itself": {none(1, certtest.IssuingPoint(0x84, 1, 0xff))}, "indirect, revoked": {one(1, 1, certtest.IssuingPoint(0x84, 1, 0xff))},
		"another point": {none(1, certtest.IssuingPoint(certtest.PointName("http://crl.example/2")...))}, "stale": {ca.CRL(t, certtest.CRLSpec{ThisUpdate: ca.Now.AddDate(0, 0, -3)})},
		"critical": {none(1, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}})}, "two numbers": {one(1, 6), none(2)},
		"a twin's": {ca.Twin(t).CRL(t, certtest.CRLSpec{})}, "nonsense": {[]byte("nonsense")},
	} {
		t.Run(what, func(t *testing.T) {
			sources, served := []string{}, shelf{}
			for i, list := range lists {
				path := "/" + string(rune('a'+i))
				sources, served[path] = append(sources, "URL"+path), list
			}
			clock.Set(storetest.Start())
			d := newDesk(t, storetest.New(t, storetest.On(clock)), clock, iam.CARevocation{Mode: iam.RevocationRequired, Lists: sources})
			d.change(func(s *iam.CertificateSettings) {
				r := s.Revocation[0]
				r.CA = cert.AuthorityID(ca.Cert)
				s.Anchors, s.Revocation = string(ca.PEM()), []iam.CARevocation{r}
			})
			d.refreshed(served)
			p := cert.Policy{Anchors: []*x509.Certificate{ca.Cert}}
			told := cert.Judge(p, alice.Chain, clock.Now(), cert.NewLists(lists, nil).Revoked(p, nil, clock.Now()))
			wantCause(t, "a sign-in", d.judge(alice), told.Cause)
		})
	}
}

// A CA that has changed its key signs the list for both keys with the new one
// (RFC 5280, section 6.3.3 (f)); a CA that only has the same name is another.
func TestListOfANewKeyOfTheCA(t *testing.T) {
	clock := new(storetest.Clock)
	clock.Set(storetest.Start())
	d := newDesk(t, storetest.New(t, storetest.On(clock)), clock, iam.CARevocation{Mode: iam.RevocationNone})
	before, after := d.ca.Sub(t, certtest.CASpec{Name: "Cards"}), d.ca.Sub(t, certtest.CASpec{Name: "Cards"})
	elsewhere := certtest.NewCA(t, certtest.CASpec{Name: "Cards", Now: d.ca.Now})
	alice, bob := before.Issue(t, certtest.Spec{CN: "alice"}), before.Issue(t, certtest.Spec{CN: "bob"})
	program, id := iam.Program("test"), cert.AuthorityID(before.Cert)
	d.change(func(s *iam.CertificateSettings) {
		s.Anchors += string(elsewhere.PEM())
		s.Intermediates = string(before.PEM()) + string(after.PEM())
		s.Revocation = append(s.Revocation, iam.CARevocation{CA: id, Mode: iam.RevocationRequired})
		for _, other := range []*certtest.CA{after, elsewhere} {
			s.Revocation = append(s.Revocation, iam.CARevocation{CA: cert.AuthorityID(other.Cert), Mode: iam.RevocationNone})
		}
	})
	p, err := d.providers.Provider(t.Context(), d.method.ID)
	must(t, err)
	upload := func(by *certtest.CA, number int64, revoked ...*x509.Certificate) error {
		_, err := d.Upload(t.Context(), program, p, id, by.CRL(t, certtest.CRLSpec{Number: number, ThisUpdate: clock.Now().Truncate(time.Second), Revoked: revoked}))
		return err
	}
	if err := upload(elsewhere, 1); iam.AsError(err) == nil || iam.AsError(err).Cause != "crl_bad_signature" {
		t.Errorf("of another trusted CA of the name (T21): %v", err)
	}
	wantCause(t, "before any list", d.judge(alice), cert.CauseRevocationUnknown)
	must(t, upload(after, 1, bob.Cert))
	wantCause(t, "not on the list of the new key", d.judge(alice), cert.CauseNone)
	wantCause(t, "on the list of the new key", d.judge(bob), cert.CauseRevoked)
	wantCause(t, "of the other CA of the name", d.judge(elsewhere.Issue(t, certtest.Spec{Serial: bob.Cert.SerialNumber})), cert.CauseNone)
	must(t, upload(before, 2, alice.Cert))
	wantCause(t, "on the next list, of the old key", d.judge(alice), cert.CauseRevoked)
}

// A list whose signer has been taken out of the method counts no longer, after a
// restart either, and is not read again by every sign-in.
func TestListOfASignerThatIsTakenOut(t *testing.T) {
	clock := new(storetest.Clock)
	clock.Set(storetest.Start())
	d := newDesk(t, storetest.New(t, storetest.On(clock)), clock, iam.CARevocation{Mode: iam.RevocationRequired, Lists: []string{"URL/ca.crl", "URL/office.crl"}})
	office := d.ca.Sub(t, certtest.CASpec{Name: "Office"})
	alice := d.ca.Issue(t, certtest.Spec{CN: "alice", Change: certtest.Extended(certtest.PointOf(t, office))})
	own := iam.CARevocation{CA: cert.AuthorityID(office.Cert), Mode: iam.RevocationNone}
	d.change(func(s *iam.CertificateSettings) {
		s.Intermediates, s.Revocation = string(office.PEM()), append(s.Revocation, own)
	})
	d.refreshed(shelf{
		"/ca.crl":     d.crl(certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(0x82, 1, 0xff)}}),
		"/office.crl": office.CRL(t, certtest.CRLSpec{ThisUpdate: clock.Now().Truncate(time.Second), Extensions: []pkix.Extension{certtest.Indirect(t, office)}}),
	})
	wantCause(t, "on no list", d.judge(alice), cert.CauseNone)
	d.change(func(s *iam.CertificateSettings) { s.Intermediates, s.Revocation = "", s.Revocation[:1] })
	wantCause(t, "its signer is taken out", d.judge(alice), cert.CauseRevocationUnknown)
	restarted := &trust.Service{DB: d.DB, Log: d.Log}
	for range 2 {
		v, _ := d.judgeOf(restarted, alice)
		wantCause(t, "its signer is taken out, after a restart", v, cert.CauseRevocationUnknown)
	}
	d.change(func(s *iam.CertificateSettings) {
		s.Intermediates, s.Revocation = string(office.PEM()), append(s.Revocation, own)
	})
	clock.Advance(time.Minute)
	v, _ := d.judgeOf(restarted, alice)
	wantCause(t, "its signer is there again", v, cert.CauseNone)
}
