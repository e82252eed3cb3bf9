package trust

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"encoding/hex"

	"signet/internal/cert"
	"signet/internal/iam"
)

// Kept returns what is kept of the certificate of a verdict: for people to read,
// for comparing, and, where it was accepted, what the verified path adds. It is
// nil where nothing readable was sent.
func Kept(v cert.Verdict) *iam.Certificate {
	if v.Leaf == nil {
		return nil
	}
	f := *v.Leaf
	kept := &iam.Certificate{
		Subject: f.Subject, CommonName: f.CommonName, Issuer: f.Issuer, IssuerName: f.IssuerName, Serial: f.Serial, NotBefore: f.NotBefore, NotAfter: f.NotAfter,
		KeyType: f.KeyType, SHA256: f.SHA256, SHA1: f.SHA1, SPKI: f.SPKI, Emails: f.Emails, UPNs: f.UPNs, SubjectDER: f.SubjectDER, IssuerDER: f.IssuerDER,
		IssuerKeyID: f.AuthorityKeyID, SubjectKeyID: f.SubjectKeyID,
	}
	// Also where it was refused: what is just over is looked for among the blocked ones.
	if len(v.Tried) > 1 {
		if m, ok := cert.MirrorOf(v.Tried[0], v.Tried[1]); ok {
			kept.MirrorSHA256, kept.MirrorSHA1 = m.SHA256, m.SHA1
		}
	}
	if !v.Accepted() {
		return kept
	}
	for _, c := range v.Chain[1:] {
		kept.Authorities = append(kept.Authorities, sum(c.Raw))
	}
	kept.Policies = cert.ValidPolicies(v.Chain)
	kept.IssuerSPKI = sum(v.Chain[1].RawSubjectPublicKeyInfo)
	if names := alternativeNames(v.Chain[0]); len(names) > 0 {
		kept.SubjectAltName = sum(names)
	}
	return kept
}

// alternativeNames returns the value of the extension (RFC 5280, section
// 4.2.1.6) as the CA encoded it.
func alternativeNames(c *x509.Certificate) []byte {
	for _, e := range c.Extensions {
		if e.Id.Equal(asn1.ObjectIdentifier{2, 5, 29, 17}) {
			return e.Value
		}
	}
	return nil
}

func sum(der []byte) string {
	hash := sha256.Sum256(der)
	return hex.EncodeToString(hash[:])
}
