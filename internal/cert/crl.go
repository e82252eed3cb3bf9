package cert

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// MaxCRLSize is how long a CRL may be. One of a million entries has 40 to 55
// megabytes.
const MaxCRLSize = 128 << 20

// CRL is a certificate revocation list whose signature was verified. It holds
// its entries in a compact form (see entries) and nothing of the list's DER. It
// never changes and is safe for concurrent use.
type CRL struct {
	Issuer     string   // AuthorityID of the CA that signed it
	Number     *big.Int // nil where it has none
	ThisUpdate time.Time
	NextUpdate time.Time // zero where it names none; then it is never fresh

	issuer  *x509.Certificate
	scope   scope
	entries entries
}

// ReadCRL reads a CRL, DER or PEM, that the key of the issuer has signed. Of the
// kinds of CRLs, complete ones are read, also those that are split by
// distribution point. Indirect, delta and attribute CRLs and those for some
// reasons only are refused with their cause: taken for complete they would let
// revoked certificates pass. What is stale is read, because what it revokes
// stays revoked; Standing and Fresh say so.
func ReadCRL(data []byte, issuer *x509.Certificate) (*CRL, error) {
	raw, head, err := splitCRL(data)
	if err != nil {
		return nil, err
	}
	if err := signedCRL(raw, head, issuer); err != nil {
		return nil, err
	}
	return raw.read(head, issuer)
}

// signedCRL verifies who a CRL is of, by name, key and signature (RFC 5280,
// section 6.3.3 (b)(1), (f), (g)).
func signedCRL(raw rawCRL, head *x509.RevocationList, issuer *x509.Certificate) error {
	_, limited := extension(issuer, oidKeyUsage())
	switch {
	case !SameName(head.RawIssuer, issuer.RawSubject):
		return fault(FaultOtherIssuer, "it is of %s", nameText(head.RawIssuer))
	case limited && issuer.KeyUsage&x509.KeyUsageCRLSign == 0:
		return fault(FaultNoSigner, "keyUsage of %s lacks cRLSign", nameText(issuer.RawSubject))
	}
	if err := strong(head.SignatureAlgorithm, issuer); err != nil {
		return err
	}
	if err := issuer.CheckSignature(head.SignatureAlgorithm, raw.signed, head.Signature); err != nil {
		return fault(FaultBadSignature, "the key of %s has not signed it", nameText(issuer.RawSubject))
	}
	return nil
}

// rawCRL are the parts of a CRL.
type rawCRL struct {
	signed  []byte            // tbsCertList
	entries cryptobyte.String // revokedCertificates
}

// splitCRL takes a CRL apart. Everything but the entries is read by crypto/x509,
// which is given the list without them: of a million entries it would make a
// gigabyte of values.
func splitCRL(data []byte) (raw rawCRL, head *x509.RevocationList, err error) {
	if len(data) > MaxCRLSize {
		return raw, nil, fault(FaultTooLarge, "%d bytes, at most %d are read", len(data), MaxCRLSize)
	}
	broken := func(what string) error { return fault(FaultGarbled, "%s cannot be read", what) }
	if trimmed := bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff"))); bytes.HasPrefix(trimmed, pemBegin()) {
		block, rest := pem.Decode(trimmed)
		if block == nil || block.Type != "X509 CRL" || len(bytes.TrimSpace(rest)) > 0 {
			return raw, nil, broken("the PEM block")
		}
		data = block.Bytes
	}
	var list, body, tbs cryptobyte.String
	whole := cryptobyte.String(data)
	if !whole.ReadASN1(&list, asn1.SEQUENCE) || !whole.Empty() || !list.ReadASN1Element(&body, asn1.SEQUENCE) {
		return raw, nil, broken("the list")
	}
	raw.signed = body
	if !body.ReadASN1(&tbs, asn1.SEQUENCE) {
		return raw, nil, broken("the list")
	}
	before := tbs
	ok := tbs.SkipOptionalASN1(asn1.INTEGER) && tbs.SkipASN1(asn1.SEQUENCE) && tbs.SkipASN1(asn1.SEQUENCE) && skipTime(&tbs)
	if ok && isTime(tbs) {
		ok = skipTime(&tbs)
	}
	if !ok {
		return raw, nil, broken("the head of the list")
	}
	start := before[:len(before)-len(tbs)]
	if tbs.PeekASN1Tag(asn1.SEQUENCE) && !tbs.ReadASN1(&raw.entries, asn1.SEQUENCE) {
		return raw, nil, broken("the entries")
	}
	var b cryptobyte.Builder
	b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
		b.AddASN1(asn1.SEQUENCE, func(b *cryptobyte.Builder) {
			b.AddBytes(start)
			b.AddBytes(tbs)
		})
		b.AddBytes(list)
	})
	der, err := b.Bytes()
	if err != nil {
		return raw, nil, broken("the list")
	}
	if head, err = x509.ParseRevocationList(der); err != nil {
		return raw, nil, fault(FaultGarbled, "%v", err)
	}
	// x509 lets trailing bytes pass, behind the extensions and behind the signature.
	if !bytes.Equal(head.Raw, der) || len(head.RevokedCertificateEntries) > 0 || !ends(tbs, list) {
		return raw, nil, broken("what follows the list")
	}
	return raw, head, nil
}

// ends reports whether nothing follows the extensions in the list, and nothing
// the signature.
func ends(tail, outer cryptobyte.String) bool {
	return tail.SkipOptionalASN1(asn1.Tag(0).Constructed().ContextSpecific()) && tail.Empty() &&
		outer.SkipASN1(asn1.SEQUENCE) && outer.SkipASN1(asn1.BIT_STRING) && outer.Empty()
}

func isTime(s cryptobyte.String) bool {
	return s.PeekASN1Tag(asn1.UTCTime) || s.PeekASN1Tag(asn1.GeneralizedTime)
}

func skipTime(s *cryptobyte.String) bool {
	if s.PeekASN1Tag(asn1.UTCTime) {
		return s.SkipASN1(asn1.UTCTime)
	}
	return s.SkipASN1(asn1.GeneralizedTime)
}

// read makes a CRL of its parts.
func (raw rawCRL) read(head *x509.RevocationList, issuer *x509.Certificate) (*CRL, error) {
	l := &CRL{Number: head.Number, ThisUpdate: head.ThisUpdate.UTC(), NextUpdate: head.NextUpdate}
	if issuer != nil {
		l.Issuer, l.issuer = AuthorityID(issuer), issuer
	}
	if !l.NextUpdate.IsZero() {
		l.NextUpdate = l.NextUpdate.UTC()
	}
	var err error
	if l.scope, err = readScope(head.Extensions); err != nil {
		return nil, err
	}
	l.entries, err = readEntries(raw.entries)
	return l, err
}

// Len returns how many certificates the list revokes.
func (l *CRL) Len() int { return l.entries.len() }

// Size returns how many bytes the entries take.
func (l *CRL) Size() int { return len(l.entries.records) }

// Fresh returns why the list cannot say any more, or not yet, that a certificate
// is good, or nil.
func (l *CRL) Fresh(now time.Time) error { return fresh(l.ThisUpdate, l.NextUpdate, now) }

// Covers returns why the list says nothing about the certificate, or nil: the
// list must be of the key that issued it, and be about certificates of its kind
// and distribution point (RFC 5280, section 6.3.3 (b)(2)).
func (l *CRL) Covers(leaf, issuer *x509.Certificate) error {
	if AuthorityID(issuer) != l.Issuer || !issued(issuer, leaf) {
		return fault(FaultOtherIssuer, "it is of another CA")
	}
	return l.scope.covers(leaf)
}

// Standing returns what the list says of a certificate that the issuer has
// signed. An entry counts also where the list is stale; that there is none,
// only while it is fresh.
func (l *CRL) Standing(leaf, issuer *x509.Certificate, now time.Time) (Standing, error) {
	if err := l.Covers(leaf, issuer); err != nil {
		return Standing{}, err
	}
	s := Standing{Source: SourceCRL, ThisUpdate: l.ThisUpdate, NextUpdate: l.NextUpdate}
	if at, reason, ok := l.entries.find(leaf.SerialNumber); ok {
		s.Revoked, s.At, s.Reason = true, at, reason
		return s, nil
	}
	return s, l.Fresh(now)
}

// After reports whether this list is newer than the other or the same: a list
// that somebody kept from before a revocation must not replace the one that
// tells of it. The CRL number decides (RFC 5280, section 5.2.3), and the time
// where one has no number.
func (l *CRL) After(other *CRL) bool {
	if l.Number != nil && other.Number != nil {
		if c := l.Number.Cmp(other.Number); c != 0 {
			return c > 0
		}
	}
	return !l.ThisUpdate.Before(other.ThisUpdate)
}

// criticalOf returns the first critical extension that is not among those that
// are understood.
func criticalOf(all []pkix.Extension, understood func(pkix.Extension) bool) error {
	for _, e := range all {
		if e.Critical && !understood(e) {
			return fault(FaultCritical, "%s", e.Id)
		}
	}
	return nil
}

// Entry returns what the list says of a serial of its issuer, and false where it
// is not among its entries.
func (l *CRL) Entry(serial *big.Int) (Standing, bool) {
	s := Standing{Source: SourceCRL, ThisUpdate: l.ThisUpdate, NextUpdate: l.NextUpdate}
	var ok bool
	s.At, s.Reason, ok = l.entries.find(serial)
	s.Revoked = ok
	return s, ok
}
