package cert_test

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"testing"
	"time"

	"golang.org/x/crypto/ocsp"

	"signet/internal/cert"
	"signet/internal/cert/certtest"
)

func TestOCSPAnswers(t *testing.T) {
	for _, kind := range []certtest.KeyKind{certtest.P256, certtest.P384, certtest.RSA2048} {
		ca := certtest.NewCA(t, certtest.CASpec{Key: kind})
		leaf := ca.Issue(t, certtest.Spec{})
		question := cert.OCSPQuestion{Leaf: leaf.Cert, Issuer: ca.Cert}
		for _, hash := range []crypto.Hash{crypto.SHA1, crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			for who, signer := range map[string]*certtest.Leaf{"the CA": nil, "a responder": ca.Responder(t)} {
				s, err := question.Read(ca.OCSP(t, leaf.Cert, certtest.OCSPSpec{Hash: hash, Signer: signer}), ca.Now)
				if err != nil || s.Revoked || s.Source != cert.SourceOCSP || !s.ThisUpdate.Equal(ca.Now) {
					t.Errorf("%s, %v, %s: good: %+v, %v", kind, hash, who, s, err)
				}
				s, err = question.Read(ca.OCSP(t, leaf.Cert, certtest.OCSPSpec{Hash: hash, Signer: signer, Status: ocsp.Revoked}), ca.Now)
				if err != nil || !s.Revoked || s.Reason != cert.ReasonKeyCompromise || !s.At.Equal(ca.Now.Add(-time.Minute)) {
					t.Errorf("%s, %v, %s: revoked: %+v, %v", kind, hash, who, s, err)
				}
			}
		}
	}
}

// TestT33OCSPIsRefused is CVE-2024-2660 and CVE-2026-24734: an answer counts only
// if the right one signed it, about this certificate, for now.
func TestT33OCSPIsRefused(t *testing.T) {
	ca, other := certtest.NewCA(t, certtest.CASpec{}), certtest.NewCA(t, certtest.CASpec{Name: "Other CA"})
	old := certtest.NewCA(t, certtest.CASpec{Name: "Old CA", Key: certtest.RSA2048})
	sub := ca.Sub(t, certtest.CASpec{})
	twin := ca.Twin(t)
	leaf, neighbour := ca.Issue(t, certtest.Spec{CN: "leaf"}), ca.Issue(t, certtest.Spec{CN: "neighbour"})
	aged := old.Issue(t, certtest.Spec{CN: "aged"})
	theirs := other.Issue(t, certtest.Spec{Serial: leaf.Cert.SerialNumber})
	copied := twin.Issue(t, certtest.Spec{Serial: leaf.Cert.SerialNumber})
	at := func(d time.Duration) time.Time { return ca.Now.Add(d) }
	answer := func(s certtest.OCSPSpec) []byte { return ca.OCSP(t, leaf.Cert, s) }
	good := answer(certtest.OCSPSpec{})
	spoilt := bytes.Clone(good)
	spoilt[len(spoilt)-1] ^= 1
	status := func(n byte) []byte { return []byte{0x30, 3, 0x0a, 1, n} }
	for name, c := range map[string]struct {
		answer []byte
		leaf   *x509.Certificate
		issuer *x509.Certificate
		want   cert.Fault
	}{
		"nothing":                              {nil, leaf.Cert, ca.Cert, cert.FaultGarbled},
		"an error page":                        {[]byte("<html>"), leaf.Cert, ca.Cert, cert.FaultGarbled},
		"cut off":                              {good[:len(good)-9], leaf.Cert, ca.Cert, cert.FaultGarbled},
		"followed by something":                {append(bytes.Clone(good), 0), leaf.Cert, ca.Cert, cert.FaultGarbled},
		"too long":                             {make([]byte, cert.MaxOCSPSize+1), leaf.Cert, ca.Cert, cert.FaultTooLarge},
		"try later":                            {status(3), leaf.Cert, ca.Cert, cert.FaultResponder},
		"unauthorized":                         {status(6), leaf.Cert, ca.Cert, cert.FaultResponder},
		"success without an answer":            {status(0), leaf.Cert, ca.Cert, cert.FaultGarbled},
		"an empty list of answers":             {withoutAnswers(t, ca), leaf.Cert, ca.Cert, cert.FaultGarbled},
		"about a neighbour":                    {ca.OCSP(t, neighbour.Cert, certtest.OCSPSpec{}), leaf.Cert, ca.Cert, cert.FaultOtherSubject},
		"about an equal serial of another CA":  {other.OCSP(t, theirs.Cert, certtest.OCSPSpec{}), leaf.Cert, ca.Cert, cert.FaultUnauthorized},
		"of a CA with the same name":           {twin.OCSP(t, copied.Cert, certtest.OCSPSpec{}), leaf.Cert, ca.Cert, cert.FaultBadSignature},
		"signature changed":                    {spoilt, leaf.Cert, ca.Cert, cert.FaultBadSignature},
		"stale by a second":                    {answer(certtest.OCSPSpec{ThisUpdate: at(-time.Hour), NextUpdate: at(-time.Second)}), leaf.Cert, ca.Cert, cert.FaultStale},
		"from the future":                      {answer(certtest.OCSPSpec{ThisUpdate: at(time.Hour)}), leaf.Cert, ca.Cert, cert.FaultFuture},
		"unknown":                              {answer(certtest.OCSPSpec{Status: ocsp.Unknown}), leaf.Cert, ca.Cert, cert.FaultUnknown},
		"an unknown critical extension":        {answer(certtest.OCSPSpec{Extensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}}), leaf.Cert, ca.Cert, cert.FaultGarbled},
		"signed with SHA-1":                    {old.OCSP(t, aged.Cert, certtest.OCSPSpec{Algorithm: x509.SHA1WithRSA}), aged.Cert, old.Cert, cert.FaultWeakSignature},
		"signed by a person of the CA":         {answer(certtest.OCSPSpec{Signer: &neighbour}), leaf.Cert, ca.Cert, cert.FaultUnauthorized},
		"signed by the person themselves":      {answer(certtest.OCSPSpec{Signer: &leaf}), leaf.Cert, ca.Cert, cert.FaultUnauthorized},
		"a responder with any purpose":         {answer(certtest.OCSPSpec{Signer: ca.Responder(t, certtest.AnyPurpose)}), leaf.Cert, ca.Cert, cert.FaultUnauthorized},
		"a responder that has expired":         {answer(certtest.OCSPSpec{Signer: ca.Responder(t, certtest.Expired)}), leaf.Cert, ca.Cert, cert.FaultUnauthorized},
		"a responder that is not valid yet":    {answer(certtest.OCSPSpec{Signer: ca.Responder(t, certtest.NotYetValid)}), leaf.Cert, ca.Cert, cert.FaultUnauthorized},
		"a responder with a forged signature":  {answer(certtest.OCSPSpec{Signer: ca.Responder(t, certtest.BadSignature)}), leaf.Cert, ca.Cert, cert.FaultUnauthorized},
		"a responder of another CA":            {answer(certtest.OCSPSpec{Signer: other.Responder(t)}), leaf.Cert, ca.Cert, cert.FaultUnauthorized},
		"a responder of a CA below":            {answer(certtest.OCSPSpec{Signer: sub.Responder(t)}), leaf.Cert, ca.Cert, cert.FaultUnauthorized},
		"a responder of a CA of the same name": {answer(certtest.OCSPSpec{Signer: twin.Responder(t)}), leaf.Cert, ca.Cert, cert.FaultUnauthorized},
		"a responder with a critical extension": {answer(certtest.OCSPSpec{Signer: ca.Responder(t, certtest.UnknownCritical)}), leaf.Cert, ca.Cert,
			cert.FaultUnauthorized},
	} {
		s, err := cert.OCSPQuestion{Leaf: c.leaf, Issuer: c.issuer}.Read(c.answer, ca.Now)
		if err == nil {
			t.Errorf("%s: believed: %+v", name, s)
			continue
		}
		if name == "an unknown critical extension" {
			c.want = cert.FaultCritical
		}
		t.Run(name, func(t *testing.T) { wantFault(t, err, c.want) })
	}
}

// withoutAnswers makes an answer whose list is empty, as x/crypto/ocsp cannot.
func withoutAnswers(t *testing.T, ca *certtest.CA) []byte {
	t.Helper()
	type data struct {
		Responder asn1.RawValue
		Produced  time.Time `asn1:"generalized"`
		Responses []asn1.RawValue
	}
	marshal := func(v any) []byte {
		der, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	tbs := marshal(data{Responder: asn1.RawValue{Class: 2, Tag: 1, IsCompound: true, Bytes: ca.Cert.RawSubject}, Produced: ca.Now, Responses: []asn1.RawValue{}})
	basic := marshal(struct {
		Data      asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}{asn1.RawValue{FullBytes: tbs}, pkix.AlgorithmIdentifier{Algorithm: asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}}, asn1.BitString{Bytes: []byte{1}, BitLength: 8}})
	type content struct {
		Type     asn1.ObjectIdentifier
		Response []byte
	}
	return marshal(struct {
		Status asn1.Enumerated
		Bytes  content `asn1:"explicit,tag:0"`
	}{0, content{asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 1}, basic}})
}

// TestOCSPRequest: another implementation reads our question, also with a nonce.
func TestOCSPRequest(t *testing.T) {
	ca := certtest.NewCA(t, certtest.CASpec{})
	leaf := ca.Issue(t, certtest.Spec{})
	plain, err := ocsp.CreateRequest(leaf.Cert, ca.Cert, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, nonce := range map[string][]byte{"plain": nil, "with a nonce": {1, 2, 3, 4, 5, 6, 7, 8}} {
		ours, err := cert.OCSPQuestion{Leaf: leaf.Cert, Issuer: ca.Cert, Nonce: nonce}.Request()
		if err != nil {
			t.Fatal(err)
		}
		if nonce == nil && !bytes.Equal(ours, plain) {
			t.Errorf("the request differs from that of x/crypto:\n%x\n%x", ours, plain)
		}
		if nonce == nil {
			continue
		}
		if !bytes.Contains(ours, nonce) {
			t.Errorf("%s: no nonce in %x", name, ours)
		}
	}
}
