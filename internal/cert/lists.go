package cert

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// Lists judges revocation by a heap of CRLs and OCSP answers that somebody has
// gathered, by the whole of RFC 5280, section 6.3.3: indirect and delta CRLs,
// those of one distribution point or for some reasons, and keys that sign CRLs
// only. What a login method keeps for itself is simpler (CRL) and answers in
// constant time; this is for looking at files.
//
// Whatever a list is not clear about it says nothing about, and of what nothing
// is known is refused.
type Lists struct {
	lists    []*list
	answers  [][]byte
	unusable []string
}

// NewLists reads CRLs, DER or PEM. One that cannot be read says nothing; why is
// told by Unusable.
func NewLists(crls, ocsp [][]byte) *Lists {
	all := &Lists{answers: ocsp}
	for _, data := range crls {
		l, err := readList(data)
		if err != nil {
			all.unusable = append(all.unusable, err.Error())
			continue
		}
		all.lists = append(all.lists, l)
	}
	// The newest comes first, and older ones of the same kind are not asked.
	slices.SortStableFunc(all.lists, func(a, b *list) int { return b.number.Cmp(a.number) })
	return all
}

// Unusable tells of the CRLs that cannot be read.
func (all *Lists) Unusable() []string { return all.unusable }

// list is a CRL of which nothing is proven yet.
type list struct {
	raw    rawCRL
	head   *x509.RevocationList
	issuer []string // canonical
	number *big.Int
	base   *big.Int // of a delta CRL; nil where it is complete
	idp    []byte   // DER of issuingDistributionPoint
	point  issuingPoint
}

func readList(data []byte) (*list, error) {
	raw, head, err := splitCRL(data)
	if err != nil {
		return nil, err
	}
	l := &list{raw: raw, head: head, number: head.Number}
	var ok bool
	if l.issuer, ok = canonicalName(head.RawIssuer); !ok || len(l.issuer) == 0 {
		return nil, fault(FaultGarbled, "the name of its issuer cannot be read")
	}
	if l.number == nil {
		// Section 5.2.3 demands it of CAs. Without it, nobody can tell an old list
		// from a new one.
		return nil, fault(FaultGarbled, "a list of %s without cRLNumber", nameText(head.RawIssuer))
	}
	seen := map[string]bool{}
	for _, e := range head.Extensions {
		id := e.Id.String()
		if seen[id] {
			return nil, fault(FaultGarbled, "the extension %s stands twice", id)
		}
		seen[id] = true
		switch {
		case e.Id.Equal(oidIssuingDistributionPoint()):
			l.idp = e.Value
		case e.Id.Equal(oidDeltaCRLIndicator()):
			l.base = new(big.Int)
			if err := exactly(e.Value, &l.base); err != nil {
				return nil, fault(FaultGarbled, "deltaCRLIndicator cannot be read")
			}
		case e.Critical:
			// Of cRLNumber section 5.2.3 says that it must not be critical.
			return nil, fault(FaultCritical, "%s in a list of %s", id, nameText(head.RawIssuer))
		}
	}
	if l.point, err = readIssuingPointOf(l.idp, l.issuer); err != nil {
		return nil, fault(FaultGarbled, "%v", err)
	}
	return l, nil
}

func (l *list) text() string {
	return fmt.Sprintf("the CRL %s of %s", l.number, nameText(l.head.RawIssuer))
}

// Revoked returns the function that Judge asks. Where there are CRLs, every
// certificate of the path below the anchor must be covered; where there are OCSP
// answers only, the first must, and a CA above it is looked up.
func (all *Lists) Revoked(p Policy, offered []*x509.Certificate, now time.Time) Revoked {
	r := &revocations{Lists: all, policy: p, offered: offered, now: now, left: maxSigners, signatures: map[signature]bool{}, signers: map[*list][]*x509.Certificate{},
		names: map[*x509.Certificate][]string{}, proven: map[[2]*x509.Certificate]bool{}}
	r.policy.AnyPurpose, r.policy.PolicyOIDs, r.policy.ExplicitPolicy = true, nil, false
	r.policy.MaxAge, r.policy.KeyTypes, r.policy.MaxDepth = 0, nil, maxPathLength
	return r.path
}

// revocations is one judgement by the lists.
type revocations struct {
	*Lists
	policy  Policy
	offered []*x509.Certificate // among which those are who sign lists
	now     time.Time
	// asking are the certificates whose standing is being found out: one that
	// vouches for itself proves nothing.
	asking     []*x509.Certificate
	signatures map[signature]bool
	signers    map[*list][]*x509.Certificate  // whose keys signed it
	names      map[*x509.Certificate][]string // canonical
	proven     map[[2]*x509.Certificate]bool  // signers with a valid path to an anchor
	left       int                            // paths of signers that may still be judged
}

// maxSigners bounds the judgements of who signs lists: each can ask for others.
const maxSigners = 200

// signature is a key that may have signed a list.
type signature struct {
	list *list
	key  string
}

// path asks about each certificate of a verified path, from the anchor down.
func (r *revocations) path(chain []*x509.Certificate) error {
	for i := len(chain) - 2; i >= 0; i-- {
		optional := len(r.lists) == 0 && len(r.unusable) == 0 && i > 0
		s, err := r.standing(chain[i:])
		switch {
		case err != nil && !optional:
			return err
		case s.Revoked:
			return &RevokedError{Standing: s, Certificate: chain[i]}
		}
	}
	return nil
}

// standing finds out about the first certificate of a path.
func (r *revocations) standing(chain []*x509.Certificate) (Standing, error) {
	c, issuer := chain[0], chain[1]
	if ShortLived(c, 0) {
		return Standing{}, nil
	}
	// Whoever says "revoked" is believed; for "good" one of them is enough.
	why := "no OCSP answer is about it"
	var good *Standing
	for _, answer := range r.answers {
		s, err := OCSPQuestion{Leaf: c, Issuer: issuer}.Read(answer, r.now)
		switch {
		case err != nil:
			why = err.Error()
		case s.Revoked:
			return s, nil
		default:
			good = &s
		}
	}
	s, told, err := r.byLists(chain)
	switch {
	case err == nil:
		return s, nil
	case good != nil:
		return *good, nil
	case len(r.lists) == 0 && len(r.answers) > 0:
		told = why
	}
	return Standing{}, fault(FaultNoSource, "%s: %s", nameText(c.RawSubject), told)
}

// byLists runs section 6.3.3 over the lists. The text says why nothing is known.
func (r *revocations) byLists(chain []*x509.Certificate) (Standing, string, error) {
	c := chain[0]
	unknown := fmt.Errorf("unknown")
	if slices.ContainsFunc(r.asking, c.Equal) || len(r.asking) > maxPathLength {
		return Standing{}, "it would vouch for itself", unknown
	}
	r.asking = append(r.asking, c)
	defer func() { r.asking = r.asking[:len(r.asking)-1] }()

	issuer, ok := canonicalName(c.RawIssuer)
	if !ok {
		return Standing{}, "its issuer has no name", unknown
	}
	points, ok := readPoints(c, issuer)
	if !ok {
		return Standing{}, "its distribution points cannot be read", unknown
	}
	// What is issued by its CA and of no point that it names is looked at too.
	points = append(points, point{names: []generalName{{form: formDirectory, rdns: issuer}}, reasons: allReasons})
	var covered reasons
	var latest Standing
	why := "no CRL is about it"
	if len(r.unusable) > 0 {
		why += " (" + r.unusable[0] + ")"
	}
	for _, p := range points {
		used := []*list{}
		for _, l := range r.lists {
			if l.base != nil || slices.ContainsFunc(used, l.replaces) {
				continue
			}
			detail, applies := r.applies(l, p, chain, issuer)
			if !applies {
				if detail != "" {
					why = detail
				}
				continue
			}
			s, fresh, err := r.lookup(l, c, issuer)
			switch {
			case err != nil:
				why = l.text() + ": " + err.Error()
				continue
			case s.Revoked:
				return s, "", nil
			case fresh != nil:
				why = l.text() + ": " + fresh.Error()
				continue
			}
			used = append(used, l)
			covered |= p.reasons & l.point.reasons
			latest = s
			if covered == allReasons {
				return latest, "", nil
			}
		}
	}
	if covered != 0 {
		why = "not every reason for revocation is covered"
	}
	return Standing{}, why, unknown
}

// replaces reports whether a list is of the same issuer, key and scope.
func (l *list) replaces(older *list) bool {
	return slices.Equal(l.issuer, older.issuer) && bytes.Equal(l.idp, older.idp) && bytes.Equal(l.head.AuthorityKeyId, older.head.AuthorityKeyId)
}

// applies decides whether the list is about the certificate, and proves who
// signed it (section 6.3.3 (b), (f), (g)). The text says why not, where the list
// came close.
func (r *revocations) applies(l *list, p point, chain []*x509.Certificate, issuer []string) (string, bool) {
	if len(p.issuers) > 0 {
		if !slices.ContainsFunc(p.issuers, func(n []string) bool { return slices.Equal(n, l.issuer) }) || !l.point.indirect {
			return "", false
		}
	} else if !slices.Equal(issuer, l.issuer) {
		return "", false
	}
	if why := l.point.covers(p, chain[0]); why != "" {
		return l.text() + ": " + why, false
	}
	if err := r.signed(l, p, chain); err != nil {
		return l.text() + ": " + err.Error(), false
	}
	return "", true
}

// signed proves a list: by the key of the CA that issued the certificate, or by a
// certificate that has a valid path to the same anchor (section 6.3.3 (f)). Who
// signs lists vouches for the own certificate only where its CA says so in it, by
// a distribution point that names it.
func (r *revocations) signed(l *list, p point, chain []*x509.Certificate) error {
	why := fmt.Errorf("nobody is known who signed it")
	if slices.Equal(l.issuer, r.name(chain[1])) {
		if why = r.signedBy(l, chain[1]); why == nil {
			return nil
		}
	}
	anchor := chain[len(chain)-1]
	for _, c := range slices.Concat([]*x509.Certificate{anchor}, chain[1:len(chain)-1], r.policy.Intermediates, r.offered) {
		if !slices.Equal(l.issuer, r.name(c)) || c == chain[1] {
			continue
		}
		if err := r.signedBy(l, c); err != nil {
			continue
		}
		if c == anchor {
			return nil
		}
		if len(p.issuers) > 0 && c.Equal(chain[0]) {
			return nil
		}
		if slices.ContainsFunc(r.asking, c.Equal) {
			why = fmt.Errorf("it would vouch for its own signer")
			continue
		}
		if r.proven[[2]*x509.Certificate{c, anchor}] {
			return nil
		}
		if r.left--; r.left < 0 {
			return fmt.Errorf("too many signers of lists had to be judged")
		}
		policy := r.policy
		policy.Anchors = []*x509.Certificate{anchor}
		policy.Intermediates = slices.Concat(r.policy.Intermediates, r.offered)
		if v := Judge(policy, []*x509.Certificate{c}, r.now, r.path); !v.Accepted() {
			why = fmt.Errorf("its signer %s is refused: %s", nameText(c.RawSubject), v.Cause)
			continue
		}
		r.proven[[2]*x509.Certificate{c, anchor}] = true
		return nil
	}
	return why
}

func (r *revocations) name(c *x509.Certificate) []string {
	name, ok := r.names[c]
	if !ok {
		name, _ = canonicalName(c.RawSubject) // none is equal to none that is looked for
		r.names[c] = name
	}
	return name
}

// signedBy verifies the signature of a list by a certificate's key.
func (r *revocations) signedBy(l *list, c *x509.Certificate) error {
	if _, limited := extension(c, oidKeyUsage()); limited && c.KeyUsage&x509.KeyUsageCRLSign == 0 {
		return fault(FaultNoSigner, "keyUsage of %s lacks cRLSign", nameText(c.RawSubject))
	}
	at := signature{l, string(c.RawSubjectPublicKeyInfo)}
	good, known := r.signatures[at]
	if !known {
		like := &x509.Certificate{SignatureAlgorithm: l.head.SignatureAlgorithm, RawTBSCertificate: l.raw.signed, Signature: l.head.Signature}
		if detail := r.policy.weakSignature(like); detail != "" {
			return fault(FaultWeakSignature, "%s", detail)
		}
		if detail := weakKey(c, hopelessRSABits); detail != "" {
			return fault(FaultWeakSignature, "%s", detail)
		}
		good = hasSigned(like, c)
		r.signatures[at] = good
	}
	if good && !slices.ContainsFunc(r.signers[l], func(in *x509.Certificate) bool {
		return bytes.Equal(in.RawSubjectPublicKeyInfo, c.RawSubjectPublicKeyInfo)
	}) {
		r.signers[l] = append(r.signers[l], c)
	}
	if !good {
		return fault(FaultBadSignature, "the key of %s has not signed it", nameText(c.RawSubject))
	}
	return nil
}

// lookup finds the certificate in a list and in the delta CRLs for it (section
// 6.3.3 (c), (h) to (k)). Fresh says why the list may not say "good".
func (r *revocations) lookup(l *list, c *x509.Certificate, issuer []string) (s Standing, fresh error, err error) {
	s = Standing{Source: SourceCRL, ThisUpdate: l.head.ThisUpdate, NextUpdate: l.head.NextUpdate}
	fresh = l.fresh(r.now)
	found, err := l.find(c, issuer)
	if err != nil {
		return s, fresh, err
	}
	for _, delta := range r.lists {
		if delta.base == nil || !delta.replaces(l) || delta.base.Cmp(l.number) > 0 || delta.number.Cmp(l.number) < 0 || delta.fresh(r.now) != nil {
			continue
		}
		if !r.sameSigner(l, delta) {
			continue
		}
		changed, err := delta.find(c, issuer)
		if err != nil {
			return s, fresh, err
		}
		if changed.listed {
			found = changed
		}
		// The newest comes first and tells all since its base.
		s.ThisUpdate, s.NextUpdate = delta.head.ThisUpdate, delta.head.NextUpdate
		break
	}
	if found.listed && found.reason != ReasonRemoveFromCRL {
		s.Revoked, s.At, s.Reason = true, found.at, found.reason
	}
	return s, fresh, nil
}

// sameSigner reports whether a key that signed the list signed the delta too
// (section 5.2.4).
func (r *revocations) sameSigner(l, delta *list) bool {
	return slices.ContainsFunc(r.signers[l], func(c *x509.Certificate) bool { return r.signedBy(delta, c) == nil })
}

func (l *list) fresh(now time.Time) error {
	return fresh(l.head.ThisUpdate, l.head.NextUpdate, now)
}
