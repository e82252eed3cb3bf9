package cert

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// MaxCRLSize is how long a CRL may be. One of a million entries has 40 to 55
// megabytes.
const MaxCRLSize = 128 << 20

// CRL is a certificate revocation list of any kind (RFC 5280, section 5). It
// holds its entries in a compact form (see entries) and, once its signature is
// verified, nothing of the list's DER. What ReadCRL returns never changes and is
// safe for concurrent use.
//
// What a list says about a certificate is decided in one place, Lists, for a
// sign-in as for the command that explains.
type CRL struct {
	Issuer     string   // AuthorityID of the CA that signed it
	Number     *big.Int // never nil, see parseCRL
	ThisUpdate time.Time
	NextUpdate time.Time // zero where it names none; then it is never fresh

	signer    *x509.Certificate // nil where nobody is proven to have signed
	unproven  *unproven         // nil where the signer is known
	rawIssuer []byte
	name      []string // canonical
	keyID     []byte   // authorityKeyIdentifier
	base      *big.Int // of a delta CRL; nil where it is complete
	idp       []byte   // DER of issuingDistributionPoint
	deltas    []string // addresses of freshestCRL
	point     issuingPoint
	entries   entries
}

// unproven is what it takes to verify a signature.
type unproven struct {
	signed, signature []byte
	algorithm         x509.SignatureAlgorithm
}

// ReadCRL reads a CRL, DER or PEM, that the key of one of the CAs has signed.
// What is stale is read, because what it revokes stays revoked. Whether the
// signer may speak about a certificate is for Lists to find out.
func ReadCRL(data []byte, signers ...*x509.Certificate) (*CRL, error) {
	l, err := parseCRL(data)
	if err != nil {
		return nil, err
	}
	why := error(fault(FaultOtherIssuer, "it is of %s", nameText(l.rawIssuer)))
	for _, ca := range signers {
		if !SameName(l.rawIssuer, ca.RawSubject) {
			continue
		}
		if why = l.mayBeSignedBy(ca); why != nil {
			continue
		}
		if why = strong(l.unproven.algorithm, ca); why != nil {
			continue
		}
		if err := ca.CheckSignature(l.unproven.algorithm, l.unproven.signed, l.unproven.signature); err != nil {
			why = fault(FaultBadSignature, "the key of %s has not signed it", nameText(ca.RawSubject))
			continue
		}
		l.Issuer, l.signer, l.unproven = AuthorityID(ca), ca, nil
		return l, nil
	}
	return nil, why
}

// mayBeSignedBy returns why a CA may sign no lists, or nil (RFC 5280, section
// 6.3.3 (f)).
func (l *CRL) mayBeSignedBy(ca *x509.Certificate) error {
	if _, limited := extension(ca, oidKeyUsage()); limited && ca.KeyUsage&x509.KeyUsageCRLSign == 0 {
		return fault(FaultNoSigner, "keyUsage of %s lacks cRLSign", nameText(ca.RawSubject))
	}
	return nil
}

// parseCRL reads a list of which nothing is proven.
func parseCRL(data []byte) (*CRL, error) {
	raw, head, err := splitCRL(data)
	if err != nil {
		return nil, err
	}
	l := &CRL{
		Number: head.Number, ThisUpdate: head.ThisUpdate.UTC(), NextUpdate: head.NextUpdate, rawIssuer: head.RawIssuer, keyID: head.AuthorityKeyId,
		unproven: &unproven{signed: raw.signed, signature: head.Signature, algorithm: head.SignatureAlgorithm},
	}
	if !l.NextUpdate.IsZero() {
		l.NextUpdate = l.NextUpdate.UTC()
	}
	var ok bool
	if l.name, ok = canonicalName(head.RawIssuer); !ok || len(l.name) == 0 {
		return nil, fault(FaultGarbled, "the name of its issuer cannot be read")
	}
	if err := l.readExtensions(head.Extensions); err != nil {
		return nil, err
	}
	if l.Number == nil {
		// Section 5.2.3 demands it of CAs. Without it, nobody can tell an old list that
		// somebody kept from a new one.
		return nil, fault(FaultNoNumber, "a list of %s", nameText(head.RawIssuer))
	}
	l.entries, err = readEntries(raw.entries, l.name, l.point.indirect)
	return l, err
}

// readExtensions reads those by which a list says less than it seems to, and
// refuses critical ones that are not understood (section 5.2).
func (l *CRL) readExtensions(all []pkix.Extension) (err error) {
	for i, e := range all {
		if slices.ContainsFunc(all[:i], func(other pkix.Extension) bool { return other.Id.Equal(e.Id) }) {
			return fault(FaultGarbled, "the extension %s stands twice", e.Id)
		}
		switch {
		case e.Id.Equal(oidIssuingDistributionPoint()):
			l.idp = e.Value
		case e.Id.Equal(oidDeltaCRLIndicator()):
			l.base = new(big.Int)
			if err := exactly(e.Value, &l.base); err != nil {
				return fault(FaultGarbled, "deltaCRLIndicator cannot be read")
			}
		case e.Id.Equal(oidFreshestCRL()) && !e.Critical:
			l.deltas = addressesOf(e.Value)
		case e.Critical:
			// Of cRLNumber section 5.2.3 says that it must not be critical.
			return fault(FaultCritical, "%s", e.Id)
		}
	}
	if l.point, err = readIssuingPointOf(l.idp, l.name); err != nil {
		return fault(FaultGarbled, "%v", err)
	}
	if l.point.onlyAttributes {
		return fault(FaultScope, "it is about attribute certificates")
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

// Len returns how many certificates the list revokes.
func (l *CRL) Len() int { return l.entries.len() }

// Size returns how many bytes the entries take.
func (l *CRL) Size() int { return len(l.entries.records) }

// Fresh returns why the list cannot say any more, or not yet, that a certificate
// is good, or nil.
func (l *CRL) Fresh(now time.Time) error { return fresh(l.ThisUpdate, l.NextUpdate, now) }

// Standing returns what the list alone says of a certificate that the issuer has
// signed. An entry counts also where the list is stale; that there is none, only
// while it is fresh.
func (l *CRL) Standing(leaf, issuer *x509.Certificate, now time.Time) (Standing, error) {
	s, _, err := Together(l).Standing(Policy{}, []*x509.Certificate{leaf, issuer}, nil, now)
	return s, err
}

// After reports whether this list is newer than the other or the same: a list
// that somebody kept from before a revocation must not replace the one that
// tells of it. The CRL number decides (RFC 5280, section 5.2.3).
func (l *CRL) After(other *CRL) bool {
	if c := l.Number.Cmp(other.Number); c != 0 {
		return c > 0
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

// Kind is what a list holds, as a stable code.
type Kind string

// The kinds.
const (
	KindComplete Kind = "complete"
	KindPart     Kind = "part"     // of some certificates or for some reasons only
	KindIndirect Kind = "indirect" // of several CAs
	KindDelta    Kind = "delta"    // what changed since another
)

// Kind tells what the list holds.
func (l *CRL) Kind() Kind {
	switch {
	case l.base != nil:
		return KindDelta
	case l.point.indirect:
		return KindIndirect
	case len(l.idp) > 0:
		return KindPart
	}
	return KindComplete
}

// Part tells lists of one CA that stand beside each other apart, those that are
// split and the changes to each; empty where a list is complete and about all.
func (l *CRL) Part() string {
	if l.Kind() == KindComplete {
		return ""
	}
	h := sha256.Sum256(l.idp)
	return fmt.Sprintf("%s-%x", l.Kind(), h[:8])
}

// About returns why the list can be about no certificate of the CA, or nil: it
// must be of this name, whichever key signed, or be an indirect one.
func (l *CRL) About(ca *x509.Certificate) error {
	if !l.point.indirect && !SameName(l.rawIssuer, ca.RawSubject) {
		return fault(FaultOtherIssuer, "it is of %s", nameText(l.rawIssuer))
	}
	return nil
}

// Entry returns what the list says of the serial and issuer of a certificate,
// whatever it may speak about, and false where these are not among its entries.
func (l *CRL) Entry(c *x509.Certificate) (Standing, bool) {
	s := Standing{Source: SourceCRL, ThisUpdate: l.ThisUpdate, NextUpdate: l.NextUpdate}
	issuer := l.name
	if !bytes.Equal(c.RawIssuer, l.rawIssuer) {
		issuer, _ = canonicalName(c.RawIssuer)
	}
	e := l.find(c.SerialNumber, issuer)
	if s.Revoked = e.listed && !l.releases(e); s.Revoked {
		s.At, s.Reason = e.at, e.reason
	}
	return s, e.listed
}

// entry is what a list says about a certificate.
type entry struct {
	listed bool
	at     time.Time
	reason Reason
}

// find looks an entry up by serial and the canonical name of its issuer.
func (l *CRL) find(serial *big.Int, issuer []string) (e entry) {
	if l.point.indirect || slices.Equal(issuer, l.name) {
		e.at, e.reason, e.listed = l.entries.find(serial, issuer)
	}
	return e
}

// releases reports whether an entry takes a certificate off the list, which is
// for changes to say (section 5.3.1): in a complete list it is a contradiction,
// and revoked.
func (l *CRL) releases(e entry) bool { return l.base != nil && e.reason == ReasonRemoveFromCRL }

func (l *CRL) text() string {
	return fmt.Sprintf("the CRL %s of %s", l.Number, nameText(l.rawIssuer))
}
