package cert

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
)

const (
	// hopelessRSABits is the size below which an RSA signature proves nothing;
	// crypto/rsa refuses to verify it.
	hopelessRSABits = 1024
	// maxRSABits bounds the cost of a signature that a stranger makes us verify.
	maxRSABits = 8192
)

// checkStrength looks at every key of the path and at every signature below the
// anchor. The anchor's own signature proves nothing and is not looked at.
func checkStrength(s subject) Check {
	c := Check{Name: "strength", OK: true, Source: "NIST SP 800-57 Part 1 Rev. 5, section 5.6", cause: CauseTooWeak}
	c.Detail = keyType(s.leaf()) + ", " + signatureText(s.leaf())
	for i, in := range s.path.chain {
		detail := weakKey(in, s.policy.minRSABits())
		if detail == "" && (i == 0 || i < len(s.path.chain)-1) {
			if detail = s.policy.weakSignature(in); detail == "" {
				detail = s.policy.shortHash(in)
			}
		}
		if detail != "" {
			c.OK, c.Detail = false, nameText(in.RawSubject)+": "+detail
			return c
		}
	}
	// "RSA 3072" is of the kind "RSA"; a curve is a kind of its own.
	found := keyType(s.leaf())
	kind := found
	if strings.HasPrefix(found, "RSA ") {
		kind = "RSA"
	}
	if allowed := s.policy.KeyTypes; len(allowed) > 0 && !slices.Contains(allowed, kind) {
		c.OK, c.Source = false, "the login method"
		c.Detail = fmt.Sprintf("the key is %s, one of %s is needed", found, strings.Join(allowed, ", "))
	}
	return c
}

// weakKey says what is wrong with a key, or nothing.
func weakKey(c *x509.Certificate, minRSABits int) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		switch bits := k.N.BitLen(); {
		case bits < minRSABits:
			return fmt.Sprintf("an RSA key of %d bits, at least %d are needed", bits, minRSABits)
		case bits > maxRSABits:
			return fmt.Sprintf("an RSA key of %d bits, at most %d are read", bits, maxRSABits)
		case k.E < 3 || k.E%2 == 0:
			return fmt.Sprintf("an RSA key with the exponent %d", k.E)
		}
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() && k.Curve != elliptic.P384() && k.Curve != elliptic.P521() {
			return "the curve " + k.Curve.Params().Name
		}
	case ed25519.PublicKey:
	default:
		return "a key of the kind " + keyType(c)
	}
	return ""
}

// hopelessKey says why nothing should be done with a key that a stranger brings:
// it would cost too much.
func hopelessKey(c *x509.Certificate) string {
	if k, ok := c.PublicKey.(*rsa.PublicKey); ok && k.N.BitLen() > maxRSABits {
		return weakKey(c, 0)
	}
	return ""
}

// weakSignature says what is wrong with how a certificate is signed where the
// policy minds, or nothing.
func (p Policy) weakSignature(c *x509.Certificate) string {
	if p.AcceptWeak && (c.SignatureAlgorithm == x509.SHA1WithRSA || c.SignatureAlgorithm == x509.ECDSAWithSHA1) {
		return ""
	}
	return weakSignature(c)
}

// weakSignature says what is wrong with how a certificate is signed, or
// nothing. SHA-1 and MD5 are broken for signatures (RFC 6194, RFC 6151).
func weakSignature(c *x509.Certificate) string {
	switch c.SignatureAlgorithm {
	case x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA, x509.SHA256WithRSAPSS, x509.SHA384WithRSAPSS, x509.SHA512WithRSAPSS,
		x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512, x509.PureEd25519:
		return ""
	default:
		return "signed with " + signatureText(c)
	}
}

// shortHash says that a signature, good in itself, hashes shorter than the policy
// asks, or nothing. It is no part of weakSignature: the signature proves the path.
func (p Policy) shortHash(c *x509.Certificate) string {
	if bits := hashBits(c.SignatureAlgorithm); bits != 0 && bits < p.MinHashBits {
		return fmt.Sprintf("signed with %s, at least SHA-%d is needed", signatureText(c), p.MinHashBits)
	}
	return ""
}

// hashBits is the digest of a signature that is good in itself; 0 of the others.
// Ed25519 hashes with SHA-512 (RFC 8032, section 5.1).
func hashBits(a x509.SignatureAlgorithm) int {
	switch a {
	case x509.SHA256WithRSA, x509.SHA256WithRSAPSS, x509.ECDSAWithSHA256:
		return 256
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		return 384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512, x509.PureEd25519:
		return 512
	default:
		return 0
	}
}
