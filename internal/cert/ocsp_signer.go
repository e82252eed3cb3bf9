package cert

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"slices"
	"time"
)

// maxResponders bounds the certificates that an answer brings along.
const maxResponders = 8

// verifyOCSP verifies who signed an answer (RFC 6960, section 4.2.2.2): the CA
// that issued the certificate itself, or whoever holds a certificate of that
// same key that says so (id-kp-OCSPSigning). A certificate of another CA under
// the same root is not enough, nor one of the same CA for another purpose: every
// person has one of those.
func verifyOCSP(basic basicResponse, data responseData, issuer *x509.Certificate, now time.Time) error {
	algorithm := signatureAlgorithm(basic.Algorithm.Algorithm)
	var named func(*x509.Certificate) bool
	switch id := data.Responder; {
	case id.Class == asn1.ClassContextSpecific && id.Tag == 1:
		named = func(c *x509.Certificate) bool { return SameName(c.RawSubject, id.Bytes) }
	case id.Class == asn1.ClassContextSpecific && id.Tag == 2:
		var hash []byte
		if err := exactly(id.Bytes, &hash); err != nil {
			return fault(FaultGarbled, "the name of the responder cannot be read")
		}
		named = func(c *x509.Certificate) bool { return len(hash) > 0 && bytes.Equal(keyHash(c), hash) }
	default:
		return fault(FaultGarbled, "the name of the responder cannot be read")
	}
	signed := func(c *x509.Certificate) error {
		if err := strong(algorithm, c); err != nil {
			return err
		}
		if err := c.CheckSignature(algorithm, basic.Data.FullBytes, basic.Signature.RightAlign()); err != nil {
			return fault(FaultBadSignature, "%s has not signed it", nameText(c.RawSubject))
		}
		return nil
	}
	refusal := error(fault(FaultUnauthorized, "it is signed by nobody whom the CA has named"))
	if named(issuer) {
		if refusal = signed(issuer); refusal == nil {
			return nil
		}
	}
	if len(basic.Certificates) > maxResponders {
		return fault(FaultTooLarge, "it brings %d certificates", len(basic.Certificates))
	}
	for _, der := range basic.Certificates {
		c, err := x509.ParseCertificate(der.FullBytes)
		if err != nil {
			return fault(FaultGarbled, "%v", err)
		}
		if !named(c) {
			continue
		}
		if refusal = delegated(c, issuer, now); refusal != nil {
			continue
		}
		if refusal = signed(c); refusal == nil {
			return nil
		}
	}
	return refusal
}

// delegated says why a certificate may not sign for the issuer, or nothing.
func delegated(c, issuer *x509.Certificate, now time.Time) error {
	_, limited := extension(c, oidKeyUsage())
	switch {
	case !issued(issuer, c):
		return fault(FaultUnauthorized, "%s is not of the CA that issued the certificate", nameText(c.RawSubject))
	case !slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageOCSPSigning):
		return fault(FaultUnauthorized, "%s may not sign answers: extendedKeyUsage lacks OCSPSigning", nameText(c.RawSubject))
	case limited && c.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return fault(FaultUnauthorized, "%s may not sign anything", nameText(c.RawSubject))
	case now.Before(c.NotBefore), now.After(c.NotAfter):
		return fault(FaultUnauthorized, "%s was %s", nameText(c.RawSubject), validity(c))
	case len(c.UnhandledCriticalExtensions) > 0:
		return fault(FaultUnauthorized, "%s has a critical extension that is not understood", nameText(c.RawSubject))
	}
	if err := strong(c.SignatureAlgorithm, issuer); err != nil {
		return err
	}
	if err := issuer.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature); err != nil {
		return fault(FaultUnauthorized, "the key of the CA has not signed %s", nameText(c.RawSubject))
	}
	return nil
}

// OCSPResponders returns the certificates that an answer brings along, for those
// who know a CRL of the same issuer: a responder can be revoked too. They prove
// nothing.
func OCSPResponders(answer []byte) (all []*x509.Certificate) {
	basic, _, err := parseOCSP(answer)
	if err != nil || len(basic.Certificates) > maxResponders {
		return nil
	}
	for _, der := range basic.Certificates {
		if c, err := x509.ParseCertificate(der.FullBytes); err == nil {
			all = append(all, c)
		}
	}
	return all
}

func oidOCSPNoCheck() asn1.ObjectIdentifier {
	return asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 48, 1, 5}
}

// ExemptResponder reports whether its CA says that the responder need not be
// checked for revocation (id-pkix-ocsp-nocheck, RFC 6960, section 4.2.2.2.1).
func ExemptResponder(c *x509.Certificate) bool {
	return slices.ContainsFunc(c.Extensions, func(e pkix.Extension) bool { return e.Id.Equal(oidOCSPNoCheck()) })
}

// signatureAlgorithm knows the algorithms that are still good; the others are
// unknown, and refused as such.
func signatureAlgorithm(id asn1.ObjectIdentifier) x509.SignatureAlgorithm {
	for _, known := range []struct {
		id        asn1.ObjectIdentifier
		algorithm x509.SignatureAlgorithm
	}{
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 11}, x509.SHA256WithRSA},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 12}, x509.SHA384WithRSA},
		{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 13}, x509.SHA512WithRSA},
		{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2}, x509.ECDSAWithSHA256},
		{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 3}, x509.ECDSAWithSHA384},
		{asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 4}, x509.ECDSAWithSHA512},
		{asn1.ObjectIdentifier{1, 3, 101, 112}, x509.PureEd25519},
	} {
		if known.id.Equal(id) {
			return known.algorithm
		}
	}
	return x509.UnknownSignatureAlgorithm
}
