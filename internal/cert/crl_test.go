package cert_test

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"testing"
	"time"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

// wantFault checks why nothing is known.
func wantFault(t *testing.T, err error, want cert.Fault) {
	t.Helper()
	var e *cert.RevocationError
	if !errors.As(err, &e) || e.Fault != want || !errors.Is(err, cert.ErrRevocationUnknown) {
		t.Errorf("error = %v, want the fault %q", err, want)
	}
}

func TestCRLRevokesWhatItLists(t *testing.T) {
	for _, kind := range []certtest.KeyKind{certtest.P256, certtest.P384, certtest.Ed25519, certtest.RSA2048} {
		ca := certtest.NewCA(t, certtest.CASpec{Key: kind})
		good, bad := ca.Issue(t, certtest.Spec{CN: "good"}), ca.Issue(t, certtest.Spec{CN: "bad"})
		der := ca.CRL(t, certtest.CRLSpec{Number: 7, Revoked: []*x509.Certificate{bad.Cert}})
		for form, data := range map[string][]byte{"DER": der, "PEM": certtest.PEMOfCRL(der), "PEM with a byte order mark": append([]byte("\ufeff"), certtest.PEMOfCRL(der)...)} {
			list, err := cert.ReadCRL(data, ca.Cert)
			if err != nil {
				t.Fatalf("%s, %s: %v", kind, form, err)
			}
			if list.Len() != 1 || list.Number.Int64() != 7 {
				t.Errorf("%d entries, number %v", list.Len(), list.Number)
			}
			if s, err := list.Standing(good.Cert, ca.Cert, ca.Now); err != nil || s.Revoked {
				t.Errorf("the good one: %+v, %v", s, err)
			}
			s, err := list.Standing(bad.Cert, ca.Cert, ca.Now)
			if err != nil || !s.Revoked || s.Reason != cert.ReasonKeyCompromise || !s.At.Equal(ca.Now.Add(-time.Minute)) || s.Source != cert.SourceCRL {
				t.Errorf("the bad one: %+v, %v", s, err)
			}
		}
	}
}

// TestT35CRLIsRefused is CVE-2026-53434: a CRL that proves nothing must not be
// taken for one that revokes nobody.
func TestT35CRLIsRefused(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	other := certtest.NewCA(t, certtest.CASpec{Name: "Other CA"})
	mute := certtest.NewCA(t, certtest.CASpec{Name: "Mute CA", Change: func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign }})
	old := certtest.NewCA(t, certtest.CASpec{Name: "Old CA", Key: certtest.RSA2048})
	flip := func(der []byte, at int) []byte {
		changed := bytes.Clone(der)
		changed[len(changed)-at] ^= 1
		return changed
	}
	with := func(e ...pkix.Extension) []byte { return ca.CRL(t, certtest.CRLSpec{Extensions: e}) }
	entry := func(e pkix.Extension) []byte {
		return ca.CRL(t, certtest.CRLSpec{Entries: []x509.RevocationListEntry{{SerialNumber: big.NewInt(5), RevocationTime: ca.Now, ExtraExtensions: []pkix.Extension{e}}}})
	}
	good := ca.CRL(t, certtest.CRLSpec{})
	for name, c := range map[string]struct {
		data   []byte
		issuer *certtest.CA
		want   cert.Fault
	}{
		"nothing":                       {nil, ca, cert.FaultGarbled},
		"an error page":                 {[]byte("<html>404</html>"), ca, cert.FaultGarbled},
		"cut off":                       {good[:len(good)-20], ca, cert.FaultGarbled},
		"followed by something":         {append(bytes.Clone(good), 0), ca, cert.FaultGarbled},
		"PEM of a certificate":          {ca.PEM(), ca, cert.FaultGarbled},
		"two in PEM":                    {append(certtest.PEMOfCRL(good), certtest.PEMOfCRL(good)...), ca, cert.FaultGarbled},
		"another CA's":                  {other.CRL(t, certtest.CRLSpec{}), ca, cert.FaultOtherIssuer},
		"of a CA of the same name":      {ca.Twin(t).CRL(t, certtest.CRLSpec{}), ca, cert.FaultBadSignature},
		"changed in the signature":      {flip(good, 1), ca, cert.FaultBadSignature},
		"of a CA without cRLSign":       {mute.CRL(t, certtest.CRLSpec{}), mute, cert.FaultNoSigner},
		"signed with SHA-1":             {old.CRL(t, certtest.CRLSpec{Algorithm: x509.SHA1WithRSA}), old, cert.FaultWeakSignature},
		"a delta CRL without a number":  {with(pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{5, 0}}), ca, cert.FaultGarbled},
		"of people and of CAs only":     {with(certtest.IssuingPoint(0x81, 1, 0xff, 0x82, 1, 0xff)), ca, cert.FaultGarbled},
		"of attribute certificates":     {with(certtest.IssuingPoint(0x85, 1, 0xff)), ca, cert.FaultScope},
		"no reasons":                    {with(certtest.IssuingPoint(0x83, 0)), ca, cert.FaultGarbled},
		"a point without a name":        {with(certtest.IssuingPoint(0xa0, 2, 0xa1, 0)), ca, cert.FaultGarbled},
		"a broken point":                {with(certtest.IssuingPoint(0x81, 2, 0, 0)), ca, cert.FaultGarbled},
		"an unknown critical extension": {with(pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}), ca, cert.FaultCritical},
		"an extension twice":            {with(pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}}, pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3}, Value: []byte{5, 0}}), ca, cert.FaultGarbled},
		"an entry of another issuer":    {entry(pkix.Extension{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{0x30, 0}}), ca, cert.FaultIndirect},
		"an unknown critical entry":     {entry(pkix.Extension{Id: asn1.ObjectIdentifier{1, 2, 3, 4}, Critical: true, Value: []byte{5, 0}}), ca, cert.FaultCritical},
	} {
		_, err := cert.ReadCRL(c.data, c.issuer.Cert)
		t.Run(name, func(t *testing.T) { wantFault(t, err, c.want) })
	}
}

// TestT35CRLSaysNothing: dates and scope decide whether a readable list says that
// a certificate is good.
func TestT35CRLSaysNothing(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	url := "http://crl.example/1.crl"
	leaf := ca.Issue(t, certtest.Spec{CN: "leaf"}, certtest.Points("http://crl.example/0.crl", url))
	plain := ca.Issue(t, certtest.Spec{CN: "plain"})
	sub := ca.Sub(t, certtest.CASpec{})
	revoked := ca.Issue(t, certtest.Spec{CN: "revoked"})
	at := func(d time.Duration) time.Time { return ca.Now.Add(d) }
	for name, c := range map[string]struct {
		spec certtest.CRLSpec
		leaf *x509.Certificate
		want cert.Fault // "" is good
	}{
		"good":                             {certtest.CRLSpec{}, leaf.Cert, ""},
		"a clock that is a little ahead":   {certtest.CRLSpec{ThisUpdate: at(4 * time.Minute)}, leaf.Cert, ""},
		"from the future":                  {certtest.CRLSpec{ThisUpdate: at(time.Hour)}, leaf.Cert, cert.FaultFuture},
		"stale by a second":                {certtest.CRLSpec{ThisUpdate: at(-time.Hour), NextUpdate: at(-time.Second)}, leaf.Cert, cert.FaultStale},
		"of its distribution point":        {certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(certtest.PointName(url)...)}}, leaf.Cert, ""},
		"of another distribution point":    {certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(certtest.PointName("http://crl.example/2.crl")...)}}, leaf.Cert, cert.FaultScope},
		"of a point, and it names none":    {certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(certtest.PointName(url)...)}}, plain.Cert, cert.FaultScope},
		"of people, about a person":        {certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(0x81, 1, 0xff)}}, leaf.Cert, ""},
		"of people, about a CA":            {certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(0x81, 1, 0xff)}}, sub.Cert, cert.FaultScope},
		"of CAs, about a CA":               {certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(0x82, 1, 0xff)}}, sub.Cert, ""},
		"of CAs, about a person":           {certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(0x82, 1, 0xff)}}, leaf.Cert, cert.FaultScope},
		"for some reasons":                 {certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(0x83, 2, 1, 0x40)}}, leaf.Cert, cert.FaultReasons},
		"changes without what they change": {certtest.CRLSpec{Number: 2, Extensions: []pkix.Extension{certtest.Delta(1)}}, leaf.Cert, cert.FaultDelta},
		"of several CAs, this one too":     {certtest.CRLSpec{Extensions: []pkix.Extension{certtest.IssuingPoint(0x84, 1, 0xff)}}, leaf.Cert, ""},
		"of CAs, which lists it by chance": {certtest.CRLSpec{Revoked: []*x509.Certificate{leaf.Cert}, Extensions: []pkix.Extension{certtest.IssuingPoint(0x82, 1, 0xff)}}, leaf.Cert, cert.FaultScope},
	} {
		list, err := cert.ReadCRL(ca.CRL(t, c.spec), ca.Cert)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s, err := list.Standing(c.leaf, ca.Cert, ca.Now)
		switch {
		case c.want == "" && (err != nil || s.Revoked):
			t.Errorf("%s: %+v, %v", name, s, err)
		case c.want != "":
			t.Run(name, func(t *testing.T) { wantFault(t, err, c.want) })
		}
	}
	// A certificate that was revoked does not become good because nobody has fetched
	// the next list.
	list, err := cert.ReadCRL(ca.CRL(t, certtest.CRLSpec{ThisUpdate: at(-48 * time.Hour), NextUpdate: at(-24 * time.Hour), Revoked: []*x509.Certificate{revoked.Cert}}), ca.Cert)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := list.Standing(revoked.Cert, ca.Cert, ca.Now); err != nil || !s.Revoked {
		t.Errorf("revoked by a stale list: %+v, %v", s, err)
	}
}

// TestT36EqualSerials: a serial number says something under its own issuer only,
// and the issuer is a key, not a name.
func TestT36EqualSerials(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	other, twin := certtest.NewCA(t, certtest.CASpec{Name: "Other CA"}), ca.Twin(t)
	serial := big.NewInt(4711)
	mine, theirs, forged := ca.Issue(t, certtest.Spec{Serial: serial}), other.Issue(t, certtest.Spec{Serial: serial}), twin.Issue(t, certtest.Spec{Serial: serial})
	list, err := cert.ReadCRL(ca.CRL(t, certtest.CRLSpec{Revoked: []*x509.Certificate{mine.Cert}}), ca.Cert)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := list.Standing(mine.Cert, ca.Cert, ca.Now); err != nil || !s.Revoked {
		t.Errorf("the CA's own: %+v, %v", s, err)
	}
	for name, c := range map[string]struct{ leaf, issuer *x509.Certificate }{
		"another CA's":                              {theirs.Cert, other.Cert},
		"of a CA with the same name":                {forged.Cert, twin.Cert},
		"another CA's, with this issuer pretended":  {theirs.Cert, ca.Cert},
		"the CA's own, with another issuer claimed": {mine.Cert, twin.Cert},
	} {
		s, err := list.Standing(c.leaf, c.issuer, ca.Now)
		if s.Revoked {
			t.Errorf("%s is revoked", name)
		}
		wantFault(t, err, cert.FaultOtherIssuer)
	}
	// The same CA under a renewed certificate of its key is the same CA.
	renewed := ca.Renewed(t, func(c *x509.Certificate) { c.NotAfter = ca.Now.AddDate(9, 0, 0) })
	if s, err := list.Standing(mine.Cert, renewed.Cert, ca.Now); err != nil || !s.Revoked {
		t.Errorf("under the renewed CA: %+v, %v", s, err)
	}
}

// TestT35OlderCRL: which of two lists is the newer one.
func TestT35OlderCRL(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	read := func(number int64, at time.Duration) *cert.CRL {
		list, err := cert.ReadCRL(ca.CRL(t, certtest.CRLSpec{Number: number, ThisUpdate: ca.Now.Add(at)}), ca.Cert)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for name, c := range map[string]struct {
		new, old *cert.CRL
		want     bool
	}{
		"the next":                        {read(8, 0), read(7, -time.Hour), true},
		"the same":                        {read(7, 0), read(7, 0), true},
		"a lower number":                  {read(6, 0), read(7, 0), false},
		"a lower number with a new date":  {read(6, time.Hour), read(7, 0), false},
		"the same number with an old one": {read(7, -time.Hour), read(7, 0), false},
	} {
		if got := c.new.After(c.old); got != c.want {
			t.Errorf("%s: After = %v", name, got)
		}
	}
}

func TestCRLFindsEverySerial(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	var entries []x509.RevocationListEntry
	for i := range 3000 {
		n := big.NewInt(int64(i)*7919 + 1)
		if i%3 == 0 { // long ones between short ones
			raw := make([]byte, 20)
			_, _ = rand.Read(raw)
			raw[0] &= 0x7f
			n.SetBytes(raw)
		}
		entries = append(entries, x509.RevocationListEntry{SerialNumber: n, RevocationTime: ca.Now, ReasonCode: i % 7})
	}
	list, err := cert.ReadCRL(ca.CRL(t, certtest.CRLSpec{Entries: entries}), ca.Cert)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(serial *big.Int) bool {
		s, err := list.Standing(&x509.Certificate{SerialNumber: serial, RawIssuer: ca.Cert.RawSubject}, ca.Cert, ca.Now)
		return err == nil && s.Revoked
	}
	for _, e := range entries {
		if !ask(e.SerialNumber) {
			t.Fatalf("%v is not found", e.SerialNumber)
		}
		near := new(big.Int).Add(e.SerialNumber, big.NewInt(1))
		if ask(near) {
			t.Fatalf("%v is found and not in the list", near)
		}
	}
	for _, n := range []*big.Int{big.NewInt(0), big.NewInt(-1), new(big.Int).Lsh(big.NewInt(1), 400)} {
		if ask(n) {
			t.Errorf("%v is found", n)
		}
	}
}
