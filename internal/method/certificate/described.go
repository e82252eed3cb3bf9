package certificate

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
)

// describedLabel keeps the account keys of described certificates apart from those
// that are made of keys (cert.KeyOf).
const describedLabel = "described:"

// describe makes of what a proxy says of a certificate all that can be linked: its
// texts, and the CA of the method that bears the issuer's name. Any CA can be called
// like another (CVE-2026-35616): where two of the method are, nothing says which of
// them it was, and the proxy has to show the certificate. So it has where other
// methods trust CAs that this one does not (alone is false): the proxy verifies for
// all of them, and who runs an organization could name a CA like that of another. And
// so it has where the method demands what only the certificate could tell.
//
// The path is for revocation. That a name leads to it is no proof of it, so that it is
// not kept as the one that was verified (iam.Certificate.Authorities).
func describe(policy cert.Policy, told description, alone bool, now time.Time) (iam.Identity, []*x509.Certificate, cert.Cause) {
	c := &iam.Certificate{Described: true, Subject: told.Subject, Issuer: told.Issuer, Serial: told.Serial, SHA1: told.SHA1, CommonName: commonName(told.Subject), IssuerName: commonName(told.Issuer)}
	described := iam.Identity{Key: told.key(), Certificate: c}
	var issuer *x509.Certificate
	for _, ca := range slices.Concat(policy.Anchors, policy.Intermediates) {
		name, ok := opensslName(ca.RawSubject)
		switch {
		case !ok || name != told.Issuer:
			continue
		case issuer != nil && cert.AuthorityID(issuer) != cert.AuthorityID(ca):
			return described, nil, login.CauseCertificateMissing
		}
		issuer = ca
	}
	switch {
	case issuer == nil:
		return described, nil, cert.CauseUnknownIssuer
	case !alone:
		return described, nil, login.CauseCertificateMissing
	}
	key := sha256.Sum256(issuer.RawSubjectPublicKeyInfo)
	c.IssuerDER, c.IssuerSPKI = issuer.RawSubject, hex.EncodeToString(key[:])
	path, cause := judgeDescribed(policy, c, now)
	return described, path, cause
}

// judgeDescribed judges a certificate that is known by a description only: that its
// CA still belongs to the method, and is good. The proxy looks at its dates at every
// handshake.
func judgeDescribed(policy cert.Policy, c *iam.Certificate, now time.Time) ([]*x509.Certificate, cert.Cause) {
	if policy.MaxAge > 0 || policy.MinRSABits > 0 || policy.MinHashBits > 0 || len(policy.KeyTypes)+len(policy.PolicyOIDs) > 0 {
		return nil, login.CauseCertificateMissing // what age, key and policies it has is not known
	}
	for _, ca := range slices.Concat(policy.Anchors, policy.Intermediates) {
		if key := sha256.Sum256(ca.RawSubjectPublicKeyInfo); hex.EncodeToString(key[:]) == c.IssuerSPKI && cert.SameName(ca.RawSubject, c.IssuerDER) {
			return cert.IssuerPath(policy, ca, now)
		}
	}
	return nil, cert.CauseUnknownIssuer
}

// key is the account key of a description: everything that the proxy says.
func (d description) key() string {
	h := sha256.New()
	for _, part := range []string{d.Subject, d.Issuer, d.Serial, d.SHA1} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return describedLabel + hex.EncodeToString(h.Sum(nil))
}

// commonName is the common name in a distinguished name as nginx writes it, to read:
// "" where it is not plainly there.
func commonName(name string) string {
	text, ok := strings.CutPrefix(name, "CN=")
	if text, _, _ = strings.Cut(text, ","); !ok || strings.ContainsAny(text, `\"+`) {
		return ""
	}
	return text
}
