package cert_test

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// publicRoot is what the system trusts in this process, which reads that once.
var publicRoot *certtest.CA

// No anchors means nobody, never everybody that the system trusts.
func TestT20SystemRootsAreNeverTrusted(t *testing.T) {
	if publicRoot == nil {
		publicRoot = newCA(t, "Public Root")
	}
	public := publicRoot
	// Where the system's roots were asked, this one would be among them.
	t.Setenv("SSL_CERT_FILE", writeFile(t, "public.pem", public.PEM()))
	t.Setenv("SSL_CERT_DIR", t.TempDir())
	leaf := public.Issue(t, certtest.Spec{DNSNames: []string{"www.example.org"}})
	if _, err := leaf.Cert.Verify(x509.VerifyOptions{CurrentTime: at(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Fatalf("the system does not trust the public CA, so that this test proves nothing: %v", err)
	}
	sent := append([]*x509.Certificate{leaf.Cert}, public.Cert)
	for what, p := range map[string]cert.Policy{
		"no anchors":                {},
		"empty anchors":             {Anchors: []*x509.Certificate{}},
		"intermediates only":        {Intermediates: []*x509.Certificate{public.Cert}},
		"another anchor":            trusting(newCA(t, "Ours")),
		"another one, with the CA":  {Anchors: trusting(newCA(t, "Ours")).Anchors, Intermediates: []*x509.Certificate{public.Cert}},
		"no anchors, no purpose ok": {AllowNoPurpose: true},
	} {
		t.Run(what, func(t *testing.T) {
			mustRefuse(t, cert.Judge(p, leaf.Chain, at(), nil), cert.CauseUnknownIssuer)
			mustRefuse(t, cert.Judge(p, sent, at(), nil), cert.CauseUnknownIssuer)
		})
	}
}

func writeFile(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Two CAs of one name are two CAs.
func TestT21AnchorsArePinnedByKey(t *testing.T) {
	ours := newCA(t, "Corporate CA")
	theirs := ours.Twin(t)
	if !bytes.Equal(ours.Cert.RawSubject, theirs.Cert.RawSubject) || ours.Cert.SerialNumber.Cmp(theirs.Cert.SerialNumber) != 0 {
		t.Fatal("the twins differ in more than their keys")
	}
	mine, other := ours.Issue(t, certtest.Spec{}), theirs.Issue(t, certtest.Spec{})
	mustAccept(t, cert.Judge(trusting(ours), mine.Chain, at(), nil))
	mustRefuse(t, cert.Judge(trusting(ours), other.Chain, at(), nil), cert.CauseBadSignature)
	mustRefuse(t, cert.Judge(trusting(theirs), mine.Chain, at(), nil), cert.CauseBadSignature)
	// The forger sends its own CA along, and one below it.
	mustRefuse(t, cert.Judge(trusting(ours), append(other.Chain, theirs.Cert), at(), nil), cert.CauseBadSignature, cert.CauseUnknownIssuer)
	deep := theirs.Deep(t, 1).Issue(t, certtest.Spec{})
	mustRefuse(t, cert.Judge(trusting(ours), append(deep.Chain, theirs.Cert), at(), nil), cert.CauseBadSignature, cert.CauseUnknownIssuer)

	// Trusting both, each has people of its own.
	both := trusting(ours, theirs)
	a, b := cert.Judge(both, mine.Chain, at(), nil), cert.Judge(both, other.Chain, at(), nil)
	mustAccept(t, a)
	mustAccept(t, b)
	same := theirs.Issue(t, certtest.Spec{Signer: mine.Key})
	c := cert.Judge(both, same.Chain, at(), nil)
	mustAccept(t, c)
	if a.Key == b.Key || a.Key == c.Key {
		t.Error("certificates of two CAs of one name are one account")
	}

	// A CA that renews its own certificate stays the same CA.
	renewed := ours.Renewed(t, func(c *x509.Certificate) { c.NotAfter = c.NotAfter.AddDate(5, 0, 0) })
	d := cert.Judge(trusting(renewed), mine.Chain, at(), nil)
	mustAccept(t, d)
	if d.Key != a.Key {
		t.Error("the account is lost when the CA renews its certificate")
	}
}

// The account is the key, whatever a certificate says.
func TestT22SameNamesOtherKey(t *testing.T) {
	ours := newCA(t, "Corporate CA")
	sub := ours.Sub(t, certtest.CASpec{Name: "People"})
	alice := sub.Issue(t, certtest.Spec{CN: "alice", Emails: []string{"alice@example.org"}, Serial: big.NewInt(7)})
	first := cert.Judge(trusting(ours), alice.Chain, at(), nil)
	mustAccept(t, first)

	for what, forger := range map[string]*certtest.CA{"another CA": newCA(t, "Other"), "twin root": ours.Twin(t), "twin intermediate": sub.Twin(t)} {
		copied := forger.TwinOf(t, alice)
		if copied.Cert.SerialNumber.Cmp(alice.Cert.SerialNumber) != 0 || !bytes.Equal(copied.Cert.RawSubject, alice.Cert.RawSubject) ||
			what == "twin intermediate" && !bytes.Equal(copied.Cert.AuthorityKeyId, alice.Cert.AuthorityKeyId) {
			t.Fatalf("%s: the copy differs in more than its key", what)
		}
		for how, sent := range map[string][]*x509.Certificate{
			"alone": {copied.Cert}, "with its CAs": append(copied.Chain, forger.Root().Cert), "with the true chain": append([]*x509.Certificate{copied.Cert}, alice.Chain...),
		} {
			v := cert.Judge(cert.Policy{Anchors: trusting(ours).Anchors, Intermediates: []*x509.Certificate{sub.Cert}}, sent, at(), nil)
			t.Run(what+"/"+how, func(t *testing.T) { mustRefuse(t, v, cert.CauseUnknownIssuer, cert.CauseBadSignature) })
		}
	}

	// Even our own CA does not make one account of two keys by repeating a name.
	second := cert.Judge(trusting(ours), sub.TwinOf(t, alice).Chain, at(), nil)
	mustAccept(t, second)
	if first.Key == second.Key {
		t.Error("two keys with one name are one account")
	}
	renewed := cert.Judge(trusting(ours), sub.Issue(t, certtest.Spec{CN: "alice married", Signer: alice.Key}).Chain, at(), nil)
	mustAccept(t, renewed)
	if first.Key != renewed.Key {
		t.Error("a renewal with the same key is another account")
	}
}

// A victim's certificate is public; that it was sent along proves nothing.
func TestT25OnlyTheFirstCertificateSpeaks(t *testing.T) {
	ours := newCA(t, "Corporate CA")
	alice, mallory := ours.Issue(t, certtest.Spec{CN: "alice"}), ours.Issue(t, certtest.Spec{CN: "mallory"})
	stranger := newCA(t, "Other").Issue(t, certtest.Spec{CN: "mallory"})
	alone := certtest.SelfSigned(t, certtest.Spec{CN: "mallory"})

	v := cert.Judge(trusting(ours), []*x509.Certificate{mallory.Cert, alice.Cert, ours.Cert}, at(), nil)
	mustAccept(t, v)
	if v.Leaf.CommonName != "mallory" || v.Key != cert.KeyOf(mallory.Cert, ours.Cert) || !v.Chain[0].Equal(mallory.Cert) || len(v.Chain) != 2 {
		t.Errorf("another certificate than the first spoke: %+v", v)
	}
	for what, leaf := range map[string]certtest.Leaf{"another CA": stranger, "self-signed": alone, "signed by alice": signedBy(t, alice)} {
		t.Run(what, func(t *testing.T) {
			for _, sent := range [][]*x509.Certificate{
				{leaf.Cert, alice.Cert}, {leaf.Cert, alice.Cert, ours.Cert}, {leaf.Cert, ours.Cert, alice.Cert, alice.Cert},
			} {
				v := cert.Judge(trusting(ours), sent, at(), nil)
				mustRefuse(t, v, cert.CauseUnknownIssuer)
				if v.Leaf.SHA256 != cert.Read(leaf.Cert).SHA256 {
					t.Error("the verdict is about another certificate")
				}
			}
		})
	}
	// The victim first, where TLS proves possession of the key, is the victim.
	mustAccept(t, cert.Judge(trusting(ours), []*x509.Certificate{alice.Cert, mallory.Cert}, at(), nil))
	// An unreadable one behind it changes nothing.
	mustAccept(t, cert.JudgeRaw(trusting(ours), [][]byte{alice.Cert.Raw, []byte("nonsense")}, at(), nil))
	mustRefuse(t, cert.JudgeRaw(trusting(ours), [][]byte{[]byte("nonsense"), alice.Cert.Raw}, at(), nil), cert.CauseMalformed)
}

// signedBy makes a certificate that a person issued.
func signedBy(t *testing.T, person certtest.Leaf) certtest.Leaf {
	t.Helper()
	return (&certtest.CA{Cert: person.Cert, Key: person.Key, Now: at()}).Issue(t, certtest.Spec{CN: "mallory"})
}

// Names of people are compared as they are encoded. Those of issuers by RFC 5280,
// section 7.1, in which order and grouping count; the key decides.
func TestT27NamesAreComparedAsDER(t *testing.T) {
	cn, o := certtest.CommonName("Corporate CA"), certtest.Organization("Example")
	name := certtest.Name(t, []certtest.Attribute{o}, []certtest.Attribute{cn})
	root := certtest.NewCA(t, certtest.CASpec{Now: at(), Change: func(c *x509.Certificate) { c.RawSubject = name }})
	mustAccept(t, cert.Judge(trusting(root), root.Issue(t, certtest.Spec{}).Chain, at(), nil))

	for what, other := range map[string]struct {
		name []byte
		same bool // by RFC 5280, section 7.1, which finds the issuer; its key proves it
	}{
		"another order":    {certtest.Name(t, []certtest.Attribute{cn}, []certtest.Attribute{o}), false},
		"one RDN":          {certtest.Name(t, []certtest.Attribute{o, cn}), false},
		"repeated CN":      {certtest.Name(t, []certtest.Attribute{o}, []certtest.Attribute{cn}, []certtest.Attribute{cn}), false},
		"another type":     {certtest.Name(t, []certtest.Attribute{o}, []certtest.Attribute{cn.As(asn1.TagPrintableString)}), true},
		"another case":     {certtest.Name(t, []certtest.Attribute{o}, []certtest.Attribute{certtest.CommonName("corporate ca")}), true},
		"a space more":     {certtest.Name(t, []certtest.Attribute{o}, []certtest.Attribute{certtest.CommonName("Corporate  CA")}), true},
		"no space":         {certtest.Name(t, []certtest.Attribute{o}, []certtest.Attribute{certtest.CommonName("CorporateCA")}), false},
		"a comma in the O": {certtest.Name(t, []certtest.Attribute{certtest.Organization("Example,CN=Corporate CA")}), false},
	} {
		t.Run(what, func(t *testing.T) {
			other, same := other.name, other.same
			alias := &certtest.CA{Cert: root.Renewed(t, func(c *x509.Certificate) { c.RawSubject = other }).Cert, Key: root.Key, Now: at()}
			forger := certtest.NewCA(t, certtest.CASpec{Name: "Forger", Now: at(), Change: func(c *x509.Certificate) { c.RawSubject = other }})
			mustRefuse(t, cert.Judge(trusting(root), forger.Issue(t, certtest.Spec{}).Chain, at(), nil), cert.CauseUnknownIssuer, cert.CauseBadSignature)
			if v := cert.Judge(trusting(root), alias.Issue(t, certtest.Spec{}).Chain, at(), nil); same {
				mustAccept(t, v)
			} else {
				mustRefuse(t, v, cert.CauseUnknownIssuer)
			}

			// And in people's names, what prints alike stays apart.
			a, b := root.Issue(t, certtest.Spec{RawSubject: name}), root.Issue(t, certtest.Spec{RawSubject: other})
			va, vb := cert.Judge(trusting(root), a.Chain, at(), nil), cert.Judge(trusting(root), b.Chain, at(), nil)
			mustAccept(t, va)
			mustAccept(t, vb)
			if va.Key == vb.Key || bytes.Equal(va.Leaf.SubjectDER, vb.Leaf.SubjectDER) {
				t.Error("two names are one")
			}
			if !bytes.Equal(vb.Leaf.SubjectDER, other) {
				t.Error("the name was not kept as it was encoded")
			}
		})
	}
}

// A CA that vouches for machines vouches for nobody who signs in, and the other
// way round.
func TestT28CAsOfOneUseSignNobodyInForAnother(t *testing.T) {
	people, machines := newCA(t, "People"), newCA(t, "Machines")
	admin := machines.Issue(t, certtest.Spec{CN: "admin"})
	mustAccept(t, cert.Judge(trusting(machines), admin.Chain, at(), nil))
	mustRefuse(t, cert.Judge(trusting(people), admin.Chain, at(), nil), cert.CauseUnknownIssuer)
	mustRefuse(t, cert.Judge(trusting(people), append(admin.Chain, machines.Cert), at(), nil), cert.CauseUnknownIssuer)
	mustRefuse(t, cert.Judge(cert.Policy{Anchors: trusting(people).Anchors, Intermediates: trusting(machines).Anchors}, admin.Chain, at(), nil), cert.CauseUnknownIssuer)

	// One root above both: trusting the one below does not trust its sister.
	root := newCA(t, "Root")
	a, b := root.Sub(t, certtest.CASpec{Name: "Sub A"}), root.Sub(t, certtest.CASpec{Name: "Sub B"})
	mustAccept(t, cert.Judge(trusting(a), a.Issue(t, certtest.Spec{}).Chain, at(), nil))
	mustRefuse(t, cert.Judge(trusting(a), append(b.Issue(t, certtest.Spec{}).Chain, root.Cert, a.Cert), at(), nil), cert.CauseUnknownIssuer)
}

// anyExtendedKeyUsage is no way around the purpose, nor around other rules.
func TestT31AlwaysClientAuth(t *testing.T) {
	root := newCA(t, "Root")
	for what, defects := range map[string][]certtest.Defect{
		"any": {certtest.AnyPurpose}, "servers": {certtest.WrongPurpose}, "mail": {certtest.MailPurpose}, "none": {certtest.NoPurpose}, "unknown": {certtest.UnknownPurpose},
	} {
		t.Run(what, func(t *testing.T) {
			leaf := root.Issue(t, certtest.Spec{}, defects...)
			mustRefuse(t, cert.Judge(trusting(root), leaf.Chain, at(), nil), cert.CauseWrongPurpose)
			mustRefuse(t, cert.Judge(trusting(root).For(x509.ExtKeyUsageAny), leaf.Chain, at(), nil), cert.CauseWrongPurpose)
		})
	}
	// The CVE: with "any", required policies were not looked at.
	strict := requireExplicitPolicy(t, root)
	mustAccept(t, cert.Judge(trusting(root), strict.Issue(t, certtest.Spec{Policies: []string{"1.2.3.4"}}).Chain, at(), nil))
	leaf := strict.Issue(t, certtest.Spec{})
	mustRefuse(t, cert.Judge(trusting(root), leaf.Chain, at(), nil), cert.CauseConstraint)
	mustRefuse(t, cert.Judge(trusting(root).For(x509.ExtKeyUsageAny), leaf.Chain, at(), nil), cert.CauseConstraint)
}

// requireExplicitPolicy makes a CA under which every certificate must have a
// policy (RFC 5280, section 4.2.1.11).
func requireExplicitPolicy(t *testing.T, root *certtest.CA) *certtest.CA {
	t.Helper()
	return root.Sub(t, certtest.CASpec{Name: "Explicit", Change: func(c *x509.Certificate) {
		c.Policies = oids(t, "1.2.3.4")
		c.ExtraExtensions = append(c.ExtraExtensions, pkix.Extension{
			Id: asn1.ObjectIdentifier{2, 5, 29, 36}, Critical: true, Value: []byte{0x30, 3, 0x80, 1, 0}, // requireExplicitPolicy 0
		})
	}})
}

func TestPathsOfCrossSignedCAs(t *testing.T) {
	old, young := newCA(t, "Old Root"), newCA(t, "Young Root")
	crossed := old.Cross(t, young)
	leaf := young.Issue(t, certtest.Spec{})
	sent := append(leaf.Chain, crossed.Cert)
	for what, p := range map[string]cert.Policy{"old": trusting(old), "young": trusting(young), "both": trusting(old, young)} {
		v := cert.Judge(p, sent, at(), nil)
		mustAccept(t, v)
		if v.Key != cert.KeyOf(leaf.Cert, young.Cert) {
			t.Errorf("%s: the account depends on the path", what)
		}
	}
	// The link may come from the method's bundle instead of the client.
	mustAccept(t, cert.Judge(cert.Policy{Anchors: trusting(old).Anchors, Intermediates: []*x509.Certificate{crossed.Cert}}, leaf.Chain, at(), nil))
	mustRefuse(t, cert.Judge(trusting(old), leaf.Chain, at(), nil), cert.CauseUnknownIssuer)

	// Crossed in a circle, and no way out.
	back := young.Cross(t, old)
	mustRefuse(t, cert.Judge(trusting(newCA(t, "Third")), append(sent, back.Cert, old.Cert, young.Cert), at(), nil), cert.CauseUnknownIssuer)

	// One expired way and one good one: the good one counts.
	expired := old.Renewed(t, func(c *x509.Certificate) { c.NotAfter = at().Add(-time.Hour) })
	mustAccept(t, cert.Judge(trusting(expired, young), sent, at(), nil))
}
