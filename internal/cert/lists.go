package cert

import (
	"bytes"
	"crypto/x509"
	"errors"
	"slices"
	"time"
)

// Lists decides what CRLs say about certificates, by the whole of RFC 5280,
// section 6.3.3: complete and delta CRLs, indirect ones, those of one distribution
// point or for some reasons, and keys that sign CRLs only. A sign-in asks it about
// the lists that a login method keeps (Together), and the command that explains
// about files (NewLists), so that both say the same.
//
// Whatever a list is not clear about it says nothing about.
type Lists struct {
	lists    []*CRL
	answers  [][]byte
	unusable []error
}

// NewLists reads CRLs, DER or PEM, and OCSP answers. A list that cannot be read
// says nothing; why is told by Unusable.
func NewLists(crls, ocsp [][]byte) *Lists {
	all := &Lists{answers: ocsp}
	for _, data := range crls {
		l, err := parseCRL(data)
		if err != nil {
			all.unusable = append(all.unusable, err)
			continue
		}
		all.lists = append(all.lists, l)
	}
	all.sort()
	return all
}

// Together returns lists that have been read as one source.
func Together(lists ...*CRL) *Lists {
	all := &Lists{lists: slices.Clone(lists)}
	all.sort()
	return all
}

// sort puts the newest first; older ones of the same kind are not asked then.
func (all *Lists) sort() {
	slices.SortStableFunc(all.lists, func(a, b *CRL) int {
		if c := b.Number.Cmp(a.Number); c != 0 {
			return c
		}
		return b.ThisUpdate.Compare(a.ThisUpdate)
	})
}

// Unusable tells of the CRLs that cannot be read.
func (all *Lists) Unusable() (why []string) {
	for _, err := range all.unusable {
		why = append(why, err.Error())
	}
	return why
}

// Standing returns what the lists say about the first certificate of a verified
// path, and which of them says so. Signers is asked about the paths of those who
// sign lists in the place of the CA; nobody may where it is nil.
func (all *Lists) Standing(p Policy, chain []*x509.Certificate, signers Revoked, now time.Time) (Standing, *CRL, error) {
	r := all.judgement(p, nil, now)
	r.paths = signers
	return r.byLists(chain)
}

// Entry returns what one of the lists says of the serial and issuer of a
// certificate, with the changes to it that the others tell, and false where
// nothing does.
func (all *Lists) Entry(l *CRL, c *x509.Certificate, now time.Time) (Standing, bool) {
	s, listed := l.Entry(c)
	if !listed || l.base != nil {
		return s, listed
	}
	issuer, ok := canonicalName(c.RawIssuer)
	if !ok {
		return s, listed
	}
	s, _ = all.judgement(Policy{}, nil, now).lookup(l, c, issuer)
	return s, true
}

// Revoked returns the function that Judge asks. Where there are CRLs, every
// certificate of the path below the anchor must be covered; where there are OCSP
// answers only, the first must, and a CA above it is looked up.
func (all *Lists) Revoked(p Policy, offered []*x509.Certificate, now time.Time) Revoked {
	r := all.judgement(p, offered, now)
	r.paths = r.path
	return r.path
}

func (all *Lists) judgement(p Policy, offered []*x509.Certificate, now time.Time) *revocations {
	r := &revocations{Lists: all, policy: p, offered: offered, now: now, left: maxSigners, signatures: map[signature]bool{}, signers: map[*CRL][]*x509.Certificate{},
		names: map[*x509.Certificate][]string{}, proven: map[[2]*x509.Certificate]bool{}}
	r.policy.AnyPurpose, r.policy.PolicyOIDs, r.policy.ExplicitPolicy = true, nil, false
	r.policy.MaxAge, r.policy.KeyTypes, r.policy.MaxDepth = 0, nil, maxPathLength
	return r
}

// revocations is one judgement by the lists.
type revocations struct {
	*Lists
	policy  Policy
	offered []*x509.Certificate // among which those are who sign lists
	now     time.Time
	paths   Revoked // of the signers of lists; nil where only the CA itself may sign
	// asking are the certificates whose standing is being found out: one that
	// vouches for itself proves nothing.
	asking     []*x509.Certificate
	signatures map[signature]bool
	signers    map[*CRL][]*x509.Certificate   // whose keys signed it
	names      map[*x509.Certificate][]string // canonical
	proven     map[[2]*x509.Certificate]bool  // signers with a valid path to an anchor
	left       int                            // paths of signers that may still be judged
}

// maxSigners bounds the judgements of who signs lists: each can ask for others.
const maxSigners = 200

// signature is a key that may have signed a list.
type signature struct {
	list *CRL
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
	why := error(fault(FaultNoSource, "no OCSP answer is about it"))
	var good *Standing
	for _, answer := range r.answers {
		s, err := OCSPQuestion{Leaf: c, Issuer: issuer}.Read(answer, r.now)
		switch {
		case err != nil:
			why = err
		case s.Revoked:
			return s, nil
		default:
			good = &s
		}
	}
	s, _, err := r.byLists(chain)
	switch {
	case err == nil:
		return s, nil
	case good != nil:
		return *good, nil
	case len(r.lists) == 0 && len(r.answers) > 0:
		err = why
	}
	var f *RevocationError
	if errors.As(err, &f) {
		return Standing{}, fault(f.Fault, "%s: %s", nameText(c.RawSubject), f.Detail)
	}
	return Standing{}, err
}

// byLists runs section 6.3.3 over the lists. The error says why nothing is known,
// by the list that came closest.
func (r *revocations) byLists(chain []*x509.Certificate) (Standing, *CRL, error) {
	c := chain[0]
	none := func(err error) (Standing, *CRL, error) { return Standing{}, nil, err }
	if slices.ContainsFunc(r.asking, c.Equal) || len(r.asking) > maxPathLength {
		return none(fault(FaultNoSource, "it would vouch for itself"))
	}
	r.asking = append(r.asking, c)
	defer func() { r.asking = r.asking[:len(r.asking)-1] }()

	issuer, ok := canonicalName(c.RawIssuer)
	if !ok {
		return none(fault(FaultNoSource, "its issuer has no name"))
	}
	points, ok := readPoints(c, issuer)
	if !ok {
		return none(fault(FaultGarbled, "its distribution points cannot be read"))
	}
	// What is issued by its CA and of no point that it names is looked at too.
	points = append(points, point{names: []generalName{{form: formDirectory, rdns: issuer}}, reasons: allReasons})
	var covered reasons
	var latest Standing
	var by *CRL
	why := r.nothing()
	for _, p := range points {
		used := []*CRL{}
		for _, l := range r.lists {
			if l.base != nil || slices.ContainsFunc(used, l.replaces) {
				continue
			}
			applies, err := r.applies(l, p, chain, issuer)
			if !applies {
				if err != nil {
					why = err
				}
				continue
			}
			s, err := r.lookup(l, c, issuer)
			switch {
			case s.Revoked:
				return s, l, nil
			case err != nil:
				why = of(l, err)
				continue
			}
			used = append(used, l)
			covered |= p.reasons & l.point.reasons
			if latest, by = s, l; covered == allReasons {
				return latest, by, nil
			}
		}
	}
	if covered != 0 {
		why = fault(FaultReasons, "not every reason for revocation is covered")
	}
	return none(why)
}

// nothing says why nothing is known where no list comes close.
func (r *revocations) nothing() error {
	switch {
	case len(r.unusable) > 0:
		return fault(FaultNoSource, "no CRL is about it (%v)", r.unusable[0])
	case len(r.lists) == 0:
		return fault(FaultNoSource, "there is no CRL")
	case !slices.ContainsFunc(r.lists, func(l *CRL) bool { return l.base == nil }):
		return fault(FaultDelta, "a list of changes, and the list that it changes is missing")
	}
	return fault(FaultOtherIssuer, "no CRL is about it")
}

// of puts the list before why it says nothing.
func of(l *CRL, err error) error {
	var f *RevocationError
	if errors.As(err, &f) {
		return fault(f.Fault, "%s: %s", l.text(), f.Detail)
	}
	return err
}

// replaces reports whether a list is of the same issuer, key and scope.
func (l *CRL) replaces(older *CRL) bool {
	return slices.Equal(l.name, older.name) && bytes.Equal(l.idp, older.idp) && bytes.Equal(l.keyID, older.keyID)
}

// applies decides whether the list is about the certificate, and proves who
// signed it (section 6.3.3 (b), (f), (g)). The error says why not, where the list
// came close.
func (r *revocations) applies(l *CRL, p point, chain []*x509.Certificate, issuer []string) (bool, error) {
	switch {
	case len(p.issuers) == 0 && slices.Equal(issuer, l.name):
	case slices.ContainsFunc(p.issuers, func(n []string) bool { return slices.Equal(n, l.name) }):
		if !l.point.indirect {
			return false, of(l, fault(FaultIndirect, "it does not say that it is about other CAs"))
		}
	case l.point.indirect && len(p.issuers) == 0:
		return false, of(l, fault(FaultIndirect, "the certificate does not name its issuer"))
	default:
		return false, nil
	}
	if why := l.point.covers(p, chain[0]); why != "" {
		return false, of(l, fault(FaultScope, "%s", why))
	}
	if err := r.signed(l, p, chain); err != nil {
		return false, of(l, err)
	}
	return true, nil
}

// signed proves a list: by the key of the CA that issued the certificate, or by a
// certificate that has a valid path to the same anchor (section 6.3.3 (f)). Who
// signs lists vouches for the own certificate only where its CA says so in it, by
// a distribution point that names it.
func (r *revocations) signed(l *CRL, p point, chain []*x509.Certificate) error {
	why := error(fault(FaultOtherIssuer, "nobody is known who signed it"))
	if slices.Equal(l.name, r.name(chain[1])) {
		if why = r.signedBy(l, chain[1]); why == nil {
			return nil
		}
	}
	if r.paths == nil {
		return why
	}
	anchor := chain[len(chain)-1]
	for _, c := range slices.Concat([]*x509.Certificate{anchor}, chain[1:len(chain)-1], r.policy.Intermediates, r.offered) {
		if !slices.Equal(l.name, r.name(c)) || c == chain[1] {
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
			why = fault(FaultNoSigner, "it would vouch for its own signer")
			continue
		}
		if r.proven[[2]*x509.Certificate{c, anchor}] {
			return nil
		}
		if r.left--; r.left < 0 {
			return fault(FaultNoSigner, "too many signers of lists had to be judged")
		}
		policy := r.policy
		policy.Anchors = []*x509.Certificate{anchor}
		policy.Intermediates = slices.Concat(r.policy.Intermediates, r.offered)
		if v := Judge(policy, []*x509.Certificate{c}, r.now, r.paths); !v.Accepted() {
			why = fault(FaultNoSigner, "its signer %s is refused: %s", nameText(c.RawSubject), v.Cause)
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

// signedBy verifies the signature of a list by a certificate's key. Of a list that
// was read with its signer, that is known.
func (r *revocations) signedBy(l *CRL, c *x509.Certificate) error {
	if err := l.mayBeSignedBy(c); err != nil {
		return err
	}
	at := signature{l, string(c.RawSubjectPublicKeyInfo)}
	good, known := r.signatures[at]
	switch {
	case known:
	case l.unproven == nil:
		good = bytes.Equal(l.signer.RawSubjectPublicKeyInfo, c.RawSubjectPublicKeyInfo)
		r.signatures[at] = good
	default:
		like := &x509.Certificate{SignatureAlgorithm: l.unproven.algorithm, RawTBSCertificate: l.unproven.signed, Signature: l.unproven.signature}
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
	switch {
	case good:
		return nil
	case l.unproven == nil:
		return fault(FaultOtherIssuer, "another key than that of %s has signed it", nameText(c.RawSubject))
	}
	return fault(FaultBadSignature, "the key of %s has not signed it", nameText(c.RawSubject))
}

// lookup finds the certificate in a list and in the delta CRLs for it (section
// 6.3.3 (c), (h) to (k)). The error says why the list may not say "good". A delta
// that is out of date still revokes, as a list does, and releases no longer.
func (r *revocations) lookup(l *CRL, c *x509.Certificate, issuer []string) (Standing, error) {
	s := Standing{Source: SourceCRL, ThisUpdate: l.ThisUpdate, NextUpdate: l.NextUpdate}
	why := l.Fresh(r.now)
	found := l.find(c.SerialNumber, issuer)
	for _, delta := range r.lists { // the newest first, which tells all since its base
		if delta.base == nil || !delta.replaces(l) || delta.base.Cmp(l.Number) > 0 || delta.Number.Cmp(l.Number) < 0 || !r.sameSigner(l, delta) {
			continue
		}
		changed := delta.find(c.SerialNumber, issuer)
		releases := changed.listed && delta.releases(changed)
		if delta.Fresh(r.now) != nil {
			if changed.listed && !releases && !delta.ThisUpdate.After(r.now.Add(maxSkew)) {
				found = changed
				break
			}
			continue
		}
		switch {
		case releases:
			found = entry{}
		case changed.listed:
			found = changed
		}
		s.ThisUpdate, s.NextUpdate = delta.ThisUpdate, delta.NextUpdate
		break
	}
	if s.Revoked = found.listed; s.Revoked {
		s.At, s.Reason = found.at, found.reason
	}
	return s, why
}

// sameSigner reports whether a key that signed the list signed the delta too
// (section 5.2.4).
func (r *revocations) sameSigner(l, delta *CRL) bool {
	if l.unproven == nil {
		return r.signedBy(delta, l.signer) == nil
	}
	return slices.ContainsFunc(r.signers[l], func(c *x509.Certificate) bool { return r.signedBy(delta, c) == nil })
}
