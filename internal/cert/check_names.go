package cert

import "crypto/x509"

// checkNames holds the names of every certificate of the path to the name
// constraints of the CAs above it, the anchor's included (RFC 5937). Go's
// verifier knows no constraints on directory names, which are what the bridges of
// governments are made with. A self-issued certificate is held to none, except
// the last. Constraints that are not critical are obeyed all the same.
func checkNames(s subject) Check {
	c := Check{Name: "names", OK: true, Detail: "no CA of the path limits names", Source: "RFC 5280, sections 4.2.1.10 and 6.1.3 (b), (c)", cause: CauseConstraint}
	k := s.work
	for i, issuer := range s.path.chain {
		constraints, ok := extension(issuer, oidNameConstraints())
		if !ok || i == 0 { // checkProfile speaks of those of the leaf
			continue
		}
		c.Detail = "every name is one that the CAs of the path may give"
		limits, err := readSubtrees(constraints.Value)
		if err != nil {
			c.OK, c.Detail = false, nameText(issuer.RawSubject)+": "+err.Error()
			return c
		}
		for below, held := range s.path.chain[:i] {
			if below > 0 && k.selfIssued(held) {
				continue
			}
			names, err := k.namesOf(held)
			if err != nil {
				c.OK, c.Detail = false, nameText(held.RawSubject)+": "+err.Error()
				return c
			}
			if detail := k.first(limits, names); detail != "" {
				c.OK, c.Detail = false, Visible(whose(held)+detail+" (a constraint of "+nameText(issuer.RawSubject)+")", maxNameLength)
				return c
			}
		}
	}
	return c
}

// first says why the first of the names is not one that the CA may give.
func (k *comparer) first(limits subtrees, names []generalName) string {
	for _, name := range names {
		if detail := k.within(limits, name); detail != "" {
			return detail
		}
	}
	return ""
}

func whose(c *x509.Certificate) string {
	return nameText(c.RawSubject) + ": "
}
