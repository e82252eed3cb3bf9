package cert_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"testing"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// What is sent is measured before it is parsed.
func TestT30Limits(t *testing.T) {
	root := newCA(t, "Root")
	leaf := root.Issue(t, certtest.Spec{})
	huge := root.Issue(t, certtest.Spec{Change: func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: make([]byte, cert.MaxCertificateSize)}}
	}})
	large := root.Issue(t, certtest.Spec{Change: func(c *x509.Certificate) {
		c.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: make([]byte, cert.MaxCertificateSize-1024)}}
	}})
	mustAccept(t, cert.JudgeRaw(trusting(root), large.DER(), at(), nil))
	for what, sent := range map[string][]*x509.Certificate{
		"a huge certificate":          huge.Chain,
		"a huge one behind":           {leaf.Cert, huge.Cert},
		"more than any path needs":    slices.Repeat([]*x509.Certificate{leaf.Cert}, cert.MaxPresented+1),
		"a thousand, the first right": slices.Repeat([]*x509.Certificate{leaf.Cert}, 1000),
	} {
		t.Run(what, func(t *testing.T) {
			var raw [][]byte
			for _, c := range sent {
				raw = append(raw, c.Raw)
			}
			v := cert.JudgeRaw(trusting(root), raw, at(), nil)
			mustRefuse(t, v, cert.CauseChainTooLarge)
			if v.Leaf != nil {
				t.Error("it was parsed all the same")
			}
			mustRefuse(t, cert.Judge(trusting(root), sent, at(), nil), cert.CauseChainTooLarge)
		})
	}
	mustAccept(t, cert.Judge(trusting(root), slices.Repeat([]*x509.Certificate{leaf.Cert}, cert.MaxPresented), at(), nil))
	nonsense := slices.Repeat([][]byte{make([]byte, 1<<20)}, 3)
	mustRefuse(t, cert.JudgeRaw(trusting(root), nonsense, at(), nil), cert.CauseChainTooLarge)
}

// Many CAs of one name, none of which signed: each costs a signature, and there
// is an end to that (CVE-2026-32280).
func TestT30ManyIntermediates(t *testing.T) {
	root := newCA(t, "Root")
	var twins []*x509.Certificate
	name := certtest.Name(t, []certtest.Attribute{certtest.CommonName("Everybody")})
	same := func(c *x509.Certificate) { c.RawSubject = name }
	stranger := certtest.NewCA(t, certtest.CASpec{Now: at(), Change: same})
	for range cert.MaxPresented - 1 {
		twins = append(twins, stranger.Sub(t, certtest.CASpec{Change: same}).Cert)
	}
	leaf := stranger.Issue(t, certtest.Spec{})
	v := cert.Judge(trusting(root), append([]*x509.Certificate{leaf.Cert}, twins...), at(), nil)
	mustRefuse(t, v, cert.CauseUnknownIssuer)

	// All of them signed each other, so that the ways multiply.
	web := make([]*certtest.CA, cert.MaxPresented-1)
	for i := range web {
		web[i] = stranger.Sub(t, certtest.CASpec{Change: same})
	}
	var crossed []*x509.Certificate
	for i := range web {
		crossed = append(crossed, web[(i+1)%len(web)].Cross(t, web[i]).Cert)
	}
	// One of them names the root, or none would be looked at.
	crossed[5] = root.Twin(t).SubWithKey(t, certtest.CASpec{Change: same}, web[5].Key).Cert
	leaf = web[0].Issue(t, certtest.Spec{})
	sent := append([]*x509.Certificate{leaf.Cert}, crossed...)
	mustRefuse(t, cert.Judge(trusting(root), sent, at(), nil), cert.CauseUnknownIssuer, cert.CauseChainTooLarge, cert.CauseBadSignature)
	mustRefuse(t, cert.Judge(trusting(root).WithSignatures(5), sent, at(), nil), cert.CauseChainTooLarge)

	// A good way among them is found.
	good := root.Sub(t, certtest.CASpec{Change: same})
	mine := good.Issue(t, certtest.Spec{})
	mustAccept(t, cert.Judge(trusting(root), append([]*x509.Certificate{mine.Cert}, append(crossed[1:], good.Cert)...), at(), nil))
}

// A key of 16384 bits is never used, whoever sends it: the verifier does not see
// it, and the search that explains takes it for weak.
func TestT30HugeKeysAreNotUsed(t *testing.T) {
	root := newCA(t, "Root")
	huge, plain := root.Sub(t, certtest.CASpec{Name: "Huge", Key: certtest.RSAHuge}), root.Sub(t, certtest.CASpec{})
	if left := cert.Affordable([]*x509.Certificate{huge.Cert, plain.Cert}); len(left) != 1 || !left[0].Equal(plain.Cert) {
		t.Errorf("%d certificates are given to the verifier", len(left))
	}
	mustRefuse(t, cert.Judge(trusting(root), huge.Issue(t, certtest.Spec{}).Chain, at(), nil), cert.CauseTooWeak)
	mustAccept(t, cert.Judge(trusting(root), append(plain.Issue(t, certtest.Spec{}).Chain, huge.Cert), at(), nil))
}

// Certificates put together at random from the parts of others, and signed by a
// CA that is trusted, so that they get past the first signature (frankencerts:
// Brubaker et al., IEEE S&P 2014). Nothing panics, nothing unproven is accepted,
// and what is shown is harmless.
func TestT30Frankencerts(t *testing.T) {
	root := newCA(t, "Root")
	parts := partsOf(t, seeds(t, root))
	if len(parts) < 20 {
		t.Fatalf("only %d certificates to take parts from", len(parts))
	}
	random := mathrand.New(mathrand.NewPCG(1, 2)) //nolint:gosec // the same ones each time
	accepted := 0
	for i := range 3000 {
		der := frankencert(t, random, parts, root)
		v := cert.JudgeRaw(trusting(root), [][]byte{der, parts[random.IntN(len(parts))].raw}, at(), nil)
		mustHold(t, v, der, root)
		if v.Accepted() {
			accepted++
		}
		if t.Failed() {
			t.Fatalf("certificate %d: %x", i, der)
		}
	}
	if accepted == 0 {
		t.Error("none was accepted: these do not get far enough to prove anything")
	}
	t.Logf("%d of 3000 accepted", accepted)
}

// mustHold checks what is true of every verdict, by other means than Judge.
func mustHold(t *testing.T, v cert.Verdict, leaf []byte, root *certtest.CA) {
	t.Helper()
	if v.Leaf != nil {
		mustBeHarmless(t, *v.Leaf)
	}
	for _, c := range v.Checks {
		mustBeVisible(t, c.Name, c.Detail)
	}
	if !v.Accepted() {
		if v.Cause == cert.CauseNone || v.Key != "" || len(failures(v)) == 0 {
			t.Errorf("a refusal without a cause: %+v", v)
		}
		return
	}
	c, err := x509.ParseCertificate(leaf)
	if err != nil {
		t.Fatalf("accepted what cannot be read: %v", err)
	}
	top := v.Chain[len(v.Chain)-1]
	switch {
	case !v.Chain[0].Equal(c):
		t.Error("another certificate than the first was judged")
	case !top.Equal(root.Cert):
		t.Error("accepted under another CA")
	case len(v.Chain) == 2 && c.CheckSignatureFrom(root.Cert) != nil:
		t.Error("accepted without a signature")
	case at().Before(c.NotBefore) || at().After(c.NotAfter):
		t.Errorf("accepted, valid from %v until %v", c.NotBefore, c.NotAfter)
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageClientAuth):
		t.Error("accepted for another purpose")
	case c.IsCA:
		t.Error("accepted a CA")
	case slices.ContainsFunc(c.UnhandledCriticalExtensions, func(id asn1.ObjectIdentifier) bool { return !id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) }):
		// Alternative names are read, whatever their forms.
		t.Error("accepted with a critical extension that nobody knows")
	case len(failures(v)) > 0:
		t.Errorf("accepted although: %+v", failures(v))
	}
}

// seeds are certificates of every kind.
func seeds(t testing.TB, root *certtest.CA) []*x509.Certificate {
	t.Helper()
	var all []*x509.Certificate
	for _, defect := range []certtest.Defect{
		certtest.Expired, certtest.NotYetValid, certtest.WrongPurpose, certtest.MailPurpose, certtest.AnyPurpose, certtest.NoPurpose, certtest.EmptyPurpose,
		certtest.UnknownPurpose, certtest.NoSignature, certtest.NoUse, certtest.Authority, certtest.SignsCertificates, certtest.Constrained,
		certtest.WeakCurve, certtest.HugeRSA, certtest.UnknownCritical,
	} {
		all = append(all, root.Issue(t, certtest.Spec{}, defect).Cert)
	}
	for range 3 {
		all = append(all, root.Issue(t, certtest.Spec{}).Cert)
	}
	for _, hostile := range certtest.HostileTexts() {
		name := certtest.Name(t, []certtest.Attribute{certtest.CommonName(hostile.Text)})
		all = append(all, root.Issue(t, certtest.Spec{RawSubject: name, UPNs: []string{hostile.Text}}).Cert)
	}
	return append(all, root.Cert, root.Deep(t, 1).Cert,
		root.Issue(t, certtest.Spec{Emails: []string{"a@example.org"}, URIs: []string{"https://example.org"}, DNSNames: []string{"example.org"}, Policies: []string{"1.2.3"}}).Cert,
		root.Issue(t, certtest.Spec{Key: certtest.Ed25519}).Cert, root.Issue(t, certtest.Spec{Key: certtest.RSA2048}).Cert)
}

// part is a certificate taken apart (RFC 5280, section 4.1).
type part struct {
	raw        []byte
	tbs        tbs
	extensions []pkix.Extension
}

type tbs struct {
	Version    int `asn1:"optional,explicit,default:0,tag:0"`
	Serial     asn1.RawValue
	Algorithm  pkix.AlgorithmIdentifier
	Issuer     asn1.RawValue
	Validity   asn1.RawValue
	Subject    asn1.RawValue
	PublicKey  asn1.RawValue
	Extensions []pkix.Extension `asn1:"omitempty,optional,explicit,tag:3"`
}

func partsOf(t testing.TB, all []*x509.Certificate) []part {
	t.Helper()
	var parts []part
	for _, c := range all {
		p := part{raw: c.Raw, extensions: c.Extensions}
		if _, err := asn1.Unmarshal(c.RawTBSCertificate, &p.tbs); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, p)
	}
	return parts
}

// frankencert takes each part from another certificate, damages a byte of it now
// and then, and signs the whole.
func frankencert(t *testing.T, random *mathrand.Rand, parts []part, root *certtest.CA) []byte {
	t.Helper()
	pick := func() part { return parts[random.IntN(len(parts))] }
	made := tbs{
		Version: 2, Serial: pick().tbs.Serial, Algorithm: pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}},
		Issuer: asn1.RawValue{FullBytes: root.Cert.RawSubject}, Validity: pick().tbs.Validity, Subject: pick().tbs.Subject, PublicKey: pick().tbs.PublicKey,
	}
	if random.IntN(20) == 0 {
		made.Version, made.Issuer = random.IntN(4), pick().tbs.Issuer
	}
	if random.IntN(3) > 0 {
		made.Extensions = slices.Clone(pick().extensions)
	}
	for range random.IntN(3) {
		if from := pick().extensions; len(from) > 0 {
			made.Extensions = append(made.Extensions, from[random.IntN(len(from))])
		}
	}
	for i := range made.Extensions {
		if value := made.Extensions[i].Value; len(value) > 0 && random.IntN(12) == 0 {
			value = slices.Clone(value)
			value[random.IntN(len(value))] ^= byte(1 << random.IntN(8))
			made.Extensions[i].Value = value
		}
		if random.IntN(12) == 0 {
			made.Extensions[i].Critical = !made.Extensions[i].Critical
		}
	}
	body, err := asn1.Marshal(made)
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.Sum256(body)
	signature, err := ecdsa.SignASN1(rand.Reader, root.Key.(*ecdsa.PrivateKey), hash[:])
	if err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(struct {
		Body      asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: body}, made.Algorithm, asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}})
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// FuzzJudgeRaw looks for a panic, or an acceptance that cannot be explained, in
// whatever is sent: make its own corpus with
// go test -fuzz FuzzJudgeRaw ./internal/cert
func FuzzJudgeRaw(f *testing.F) {
	root := newCA(f, "Root")
	for _, c := range seeds(f, root) {
		f.Add(c.Raw, root.Cert.Raw)
	}
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, leaf, behind []byte) {
		mustHold(t, cert.JudgeRaw(trusting(root), [][]byte{leaf, behind}, at(), nil), leaf, root)
	})
}

// FuzzRead looks for a panic, or a text that could mislead, in what certificates
// say of themselves, whoever signed them.
func FuzzRead(f *testing.F) {
	for _, c := range seeds(f, newCA(f, "Root")) {
		f.Add(c.Raw)
	}
	f.Fuzz(func(t *testing.T, der []byte) {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return
		}
		facts := cert.Read(c)
		mustBeHarmless(t, facts)
		if want := fmt.Sprintf("%x", sha256.Sum256(der)); facts.SHA256 != want {
			t.Errorf("fingerprint %s, want %s", facts.SHA256, want)
		}
	})
}
