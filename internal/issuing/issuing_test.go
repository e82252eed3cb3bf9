package issuing_test

import (
	"crypto/x509"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"signet/internal/audit"
	"signet/internal/cert/certtest"
	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/issuing"
	"signet/internal/provider"
	"signet/internal/seal"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
	"signet/internal/trust"
)

var program = iam.Program("test")

type house struct {
	t         *testing.T
	db        *store.DB
	issuing   *issuing.Service
	directory *directory.Service
}

func newHouse(t *testing.T, db *store.DB) *house {
	t.Helper()
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	log := &audit.Log{DB: db}
	sessions := &session.Service{DB: db, Log: log}
	return &house{t: t, db: db, directory: directory.New(db, log, sessions), issuing: &issuing.Service{
		DB: db, Log: log, Box: box, Brand: "Signet", Trust: &trust.Service{DB: db, Log: log, Sessions: sessions},
		Providers: &provider.Service{DB: db, Log: log, Sessions: sessions}, Identities: &identity.Service{DB: db, Log: log, Sessions: sessions},
	}}
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) person(login string) iam.User {
	h.t.Helper()
	u, err := h.directory.CreateUser(h.t.Context(), program, iam.User{Login: login, Name: login, Email: login + "@example.org", EmailVerified: true}, "")
	h.must(err)
	return u
}

func (h *house) method(name string) iam.Provider {
	h.t.Helper()
	p, err := h.issuing.Create(h.t.Context(), program, iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: name, Public: true})
	h.must(err)
	return p
}

func (h *house) issue(caller iam.Caller, u iam.User, p iam.Provider, request iam.Secret) (issuing.Parcel, error) {
	return h.issuing.Issue(h.t.Context(), caller, issuing.Order{User: u.ID, Provider: p.ID, Request: request})
}

func TestFormThatIsSentTwiceAtOnceIssuesOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		u, p, request := h.person("alice"), h.method("Cards"), iam.NewSecret()
		var wait sync.WaitGroup
		errs := make([]error, 6)
		for i := range errs {
			wait.Go(func() { _, errs[i] = h.issue(program, u, p, request) })
		}
		wait.Wait()
		issued := 0
		for _, err := range errs {
			switch e := iam.AsError(err); {
			case err == nil:
				issued++
			case e == nil || e.Cause != "issued_already":
				t.Errorf("refused by %v", err)
			}
		}
		all, err := h.issuing.Identities.Of(t.Context(), program, u.ID)
		h.must(err)
		if issued != 1 || len(all) != 1 {
			t.Errorf("%d issued, %d linked, want 1", issued, len(all))
		}
	})
}

func TestNobodyIssuesForOthers(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	alice, bob, p := h.person("alice"), h.person("bob"), h.method("Cards")
	h.must(h.issuing.SetRules(t.Context(), program, p, iam.IssuingRules{SelfService: true, Days: 10}))
	for what, caller := range map[string]iam.Caller{"bob": {User: bob.ID}, "nobody": {}} {
		if _, err := h.issue(caller, alice, p, iam.NewSecret()); iam.KindOf(err) != iam.KindForbidden && iam.KindOf(err) != iam.KindUnauthenticated {
			t.Errorf("%s has a certificate of alice: %v", what, err)
		}
		if _, err := h.issuing.Offers(t.Context(), caller, alice.ID); err == nil {
			t.Errorf("%s learns which methods issue", what)
		}
		if _, err := h.issuing.Create(t.Context(), caller, iam.Provider{Scope: iam.System(), Type: iam.ProviderCertificate, Name: "x"}); err == nil {
			t.Errorf("%s makes an authority", what)
		}
		if h.issuing.Establish(t.Context(), caller, p) == nil || h.issuing.SetRules(t.Context(), caller, p, iam.IssuingRules{Days: 1}) == nil {
			t.Errorf("%s changes an authority", what)
		}
		if _, err := h.issuing.Authority(t.Context(), caller, p); err == nil {
			t.Errorf("%s sees the authority", what)
		}
	}
	// Without a session that may link, self-service offers nothing either.
	if _, err := h.issue(iam.Caller{User: alice.ID}, alice, p, iam.NewSecret()); err == nil {
		t.Error("a caller without a session has a certificate")
	}
}

func TestKeyOfAnAuthorityIsGoodInItsOwnRowOnly(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	u, p, other := h.person("alice"), h.method("Cards"), h.method("Other")
	h.must(h.db.Update(t.Context(), func(tx *store.Tx) error {
		foreign, err := tx.IssuingAuthority(other.ID)
		if err != nil {
			return err
		}
		own, err := tx.IssuingAuthority(p.ID)
		own.Key = foreign.Key
		if err != nil {
			return err
		}
		return tx.SetIssuingAuthority(own)
	}))
	if _, err := h.issue(program, u, p, iam.NewSecret()); err == nil || iam.AsError(err) != nil {
		t.Errorf("whoever can write rows can swap keys: %v", err)
	}
}

func TestFormerAuthorityIsStillOurs(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	p := h.method("Cards")
	first, err := h.issuing.Authority(t.Context(), program, p)
	h.must(err)
	p, err = h.issuing.Providers.Provider(t.Context(), p.ID)
	h.must(err)
	h.must(h.issuing.Establish(t.Context(), program, p))
	second, err := h.issuing.Authority(t.Context(), program, p)
	h.must(err)
	if second.CA == first.CA || !second.Is(first.CA) || !second.Is(second.CA) || second.Is("another") {
		t.Errorf("%+v replaced %s", second, first.CA)
	}
	all, err := h.issuing.Trust.Revocations(t.Context(), program)
	h.must(err)
	for _, a := range all {
		if a.State != trust.StateOwn {
			t.Errorf("revocation of %s is told as %s", a.Facts.Subject, a.State)
		}
	}
	if u, err := h.issue(program, h.person("山田"), p, iam.NewSecret()); err != nil || u.Name != "certificate.p12" {
		t.Errorf("the file is called %q, %v", u.Name, err)
	}
}

// A certificate of somebody who is gone is nobody's, and comes to nobody.
func TestIssuedCertificateOfSomebodyWhoIsGone(t *testing.T) {
	clock := &storetest.Clock{}
	h := newHouse(t, storetest.New(t, storetest.On(clock)))
	alice, bob, p := h.person("alice"), h.person("bob"), h.method("Cards")
	parcel, err := h.issue(program, alice, p, iam.NewSecret())
	h.must(err)
	linked, err := h.issuing.Identities.Of(t.Context(), program, alice.ID)
	h.must(err)
	h.must(h.directory.Delete(t.Context(), program, alice.ID))
	clock.Advance(400 * 24 * time.Hour)
	h.must(h.directory.Purge(t.Context()))
	if _, err := h.directory.Person(t.Context(), alice.ID); !iam.IsNotFound(err) {
		t.Fatalf("alice is still there: %v", err)
	}
	evidence := iam.Evidence{Type: p.Type, Provider: p.ID, Key: linked[0].Key, Certificate: parcel.Certificate}
	_, err = h.issuing.Identities.Add(t.Context(), program, bob.ID, p, evidence)
	if e := iam.AsError(err); e == nil || e.Cause != "issued_to_other" {
		t.Errorf("bob has it: %v", err)
	}
}

// The names on a certificate are those that its holder had when it was issued. Whoever
// has one of them now is not given the certificate for it.
func TestIssuedCertificateLeadsToNobodyElse(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	alice, bob := h.person("alice"), h.person("bob")
	p := h.method("Cards")
	p.Settings.Certificate.Mapping = []iam.MappingRule{{Source: iam.NameEmail, Field: iam.FieldEmail}}
	p.Settings.Certificate.NamesAccepted = true
	h.must(h.issuing.Providers.Change(t.Context(), program, p))
	parcel, err := h.issue(program, alice, p, iam.NewSecret())
	h.must(err)
	linked, err := h.issuing.Identities.Of(t.Context(), program, alice.ID)
	h.must(err)
	_, err = h.issuing.Identities.Remove(t.Context(), program, alice.ID, linked[0].ID)
	h.must(err)
	evidence := iam.Evidence{
		Type: p.Type, Provider: p.ID, Key: "another", Certificate: parcel.Certificate, Names: []iam.CertificateName{{Source: iam.NameEmail, Value: bob.Email}},
	}
	h.must(h.db.View(t.Context(), func(tx *store.Tx) error {
		m, err := identity.Map(tx, p, evidence)
		if err == nil && (m.User != "" || len(m.Tried) != 1 || m.Tried[0].Found != 1) {
			t.Errorf("it leads to %q, by %+v", m.User, m.Tried)
		}
		return err
	}))
}

func TestCertificateNamesWhatIsKnown(t *testing.T) {
	h := newHouse(t, storetest.New(t))
	u, p := h.person("alice"), h.method("Ministère de l’Éducation nationale")
	parcel, err := h.issue(program, u, p, iam.NewSecret())
	h.must(err)
	c := parcel.Certificate
	if c.CommonName != "alice" || parcel.Name != "alice.p12" || len(parcel.Password) != 23 {
		t.Errorf("issued %+v as %q", c, parcel.Name)
	}
	if !strings.Contains(c.Subject, string(u.ID)) {
		t.Errorf("the subject %q is anybody's of that name", c.Subject)
	}
	if again, err := h.issue(program, u, p, iam.NewSecret()); err != nil || again.Password == parcel.Password || again.Certificate.SPKI == c.SPKI {
		t.Errorf("a second one shares key or password with the first: %v", err)
	}
}

// TestT37WithdrawnStaysWithdrawn (CVE-2021-29653): what was blocked before it ends stays
// so, whatever is swept away meanwhile, and whoever is gone.
func TestT37WithdrawnStaysWithdrawn(t *testing.T) {
	clock := &storetest.Clock{}
	h := newHouse(t, storetest.New(t, storetest.On(clock)))
	alice, p := h.person("alice"), h.method("Cards")
	h.must(h.issuing.SetRules(t.Context(), program, p, iam.IssuingRules{Days: 1000}))
	parcel, err := h.issue(program, alice, p, iam.NewSecret())
	h.must(err)
	_, err = h.issuing.Trust.BlockCertificate(t.Context(), program, *parcel.Certificate, iam.BlockKey, "card lost")
	h.must(err)
	h.must(h.directory.Delete(t.Context(), program, alice.ID))
	for range 9 {
		clock.Advance(100 * 24 * time.Hour)
		h.must(h.directory.Purge(t.Context()))
		h.must(h.db.Sweep(t.Context()))
		h.must(h.db.Update(t.Context(), (*store.Tx).SweepRevocationData))
		h.must(h.db.View(t.Context(), func(tx *store.Tx) error {
			_, blocked, err := trust.Blocked(tx, parcel.Certificate)
			if !blocked {
				t.Errorf("it is good again on %s", h.db.Now().Format(time.DateOnly))
			}
			return err
		}))
	}
}

// Who had a certificate, and has it no more, can show it with the other form of its
// signature, or behind a proxy that describes it only. It leads to nobody else for that:
// people choose their names, and could so become whoever a rule finds by one.
func TestIssuedCertificateLeadsToNobodyElseHoweverItIsShown(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db)
		alice, p := h.person("alice"), h.method("Cards")
		mallory, err := h.directory.CreateUser(t.Context(), program, iam.User{Login: "mallory", Name: "alice"}, "")
		h.must(err)
		p.Settings.Certificate.Mapping = []iam.MappingRule{{Source: iam.NameSubject, Attribute: iam.AttributeCommonName, Field: iam.FieldLogin}}
		p.Settings.Certificate.NamesAccepted = true
		h.must(h.issuing.Providers.Change(t.Context(), program, p))
		parcel, err := h.issue(program, mallory, p, iam.NewSecret())
		h.must(err)
		linked, err := h.issuing.Identities.Of(t.Context(), program, mallory.ID)
		h.must(err)
		_, err = h.issuing.Identities.Remove(t.Context(), program, mallory.ID, linked[0].ID)
		h.must(err)

		_, leaf, err := pkcs12.Decode(parcel.File, parcel.Password)
		h.must(err)
		a, err := h.issuing.Authority(t.Context(), program, p)
		h.must(err)
		issuer, err := issuing.Certificate(a)
		h.must(err)
		p, err = h.issuing.Providers.Provider(t.Context(), p.ID)
		h.must(err)
		mirrored := certtest.Mirrored(t, certtest.Leaf{Cert: leaf, Chain: []*x509.Certificate{leaf}}, issuer)
		judged, err := h.issuing.Trust.Judge(t.Context(), p, mirrored.Chain, h.db.Now())
		h.must(err)
		if judged.Evidence == nil || judged.Certificate.SHA256 == parcel.Certificate.SHA256 {
			t.Fatalf("the test shows nothing: %+v", judged.Verdict)
		}
		described := *judged.Evidence
		described.Key, described.Names, described.Certificate = "described:x", nil, &iam.Certificate{
			Described: true, Subject: judged.Certificate.Subject, SHA1: judged.Certificate.SHA1, Serial: judged.Certificate.Serial, IssuerSPKI: judged.Certificate.IssuerSPKI,
		}
		h.must(h.db.View(t.Context(), func(tx *store.Tx) error {
			m, err := identity.Map(tx, p, *judged.Evidence)
			if err == nil && (m.User != "" || len(m.Tried) != 1 || m.Tried[0].Found != 1) {
				t.Errorf("it leads to %q, by %+v", m.User, m.Tried)
			}
			return err
		}))
		for what, e := range map[string]iam.Evidence{"mirrored": *judged.Evidence, "described": described} {
			err := h.db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := h.issuing.Identities.Link(tx, program, alice.ID, p, e, "")
				return err
			})
			if e := iam.AsError(err); e == nil || e.Cause != identity.LinkedToOther {
				t.Errorf("%s, it is linked to another: %v", what, err)
			}
		}
	})
}

// A backup that is brought back knows nothing of what was issued after it. The
// certificates are there all the same, and their holders chose the names on them.
func TestIssuedCertificateIsTheirsAfterABackupIsBroughtBack(t *testing.T) {
	db := storetest.New(t)
	h := newHouse(t, db)
	alice, p := h.person("alice"), h.method("Cards")
	mallory, err := h.directory.CreateUser(t.Context(), program, iam.User{Login: "mallory", Name: "alice"}, "")
	h.must(err)
	p.Settings.Certificate.Mapping = []iam.MappingRule{{Source: iam.NameSubject, Attribute: iam.AttributeCommonName, Field: iam.FieldLogin}}
	p.Settings.Certificate.NamesAccepted = true
	h.must(h.issuing.Providers.Change(t.Context(), program, p))
	p, err = h.issuing.Providers.Provider(t.Context(), p.ID)
	h.must(err)
	file := filepath.Join(t.TempDir(), "copy.db")
	h.must(db.Backup(t.Context(), file))
	parcel, err := h.issue(program, mallory, p, iam.NewSecret())
	h.must(err)
	_, leaf, err := pkcs12.Decode(parcel.File, parcel.Password)
	h.must(err)

	again, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + file})
	h.must(err)
	t.Cleanup(func() { _ = again.Close() })
	h = newHouse(t, again)
	judged, err := h.issuing.Trust.Judge(t.Context(), p, []*x509.Certificate{leaf}, time.Now())
	h.must(err)
	if judged.Evidence == nil {
		t.Fatalf("the method refuses it: %+v", judged.Verdict)
	}
	h.must(again.View(t.Context(), func(tx *store.Tx) error {
		m, err := identity.Map(tx, p, *judged.Evidence)
		if err == nil && (m.User != "" || len(m.Tried) != 1 || m.Tried[0].Found != 1) {
			t.Errorf("it leads to %q, by %+v", m.User, m.Tried)
		}
		return err
	}))
	link := func(user iam.User) error {
		return again.Update(t.Context(), func(tx *store.Tx) error {
			_, err := h.issuing.Identities.Link(tx, program, user.ID, p, *judged.Evidence, "")
			return err
		})
	}
	if e := iam.AsError(link(alice)); e == nil || e.Cause != identity.LinkedToOther {
		t.Errorf("alice has it: %v", e)
	}
	if err := link(mallory); err != nil {
		t.Errorf("whose it is cannot have it: %v", err)
	}
}
