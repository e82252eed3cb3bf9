package cert

import (
	"crypto/x509"
	"fmt"
	"slices"
)

// checkIssuerPurpose refuses a path through a CA that may only issue for other
// purposes. RFC 5280 does not say so; it is what CAs mean by extendedKeyUsage in
// their certificates, and what every verifier in use does.
func checkIssuerPurpose(s subject) Check {
	c := Check{Name: "issuer_purpose", OK: true, Detail: "every CA of the path may issue for this purpose", Source: "CA/Browser Forum Baseline Requirements, section 7.1.2.10.6", cause: CauseWrongPurpose}
	if s.policy.AnyPurpose {
		// No purpose is demanded, but one must be left.
		c.Detail = "a purpose is left that every CA of the path may issue for"
		c.OK = somePurpose(s.path.chain)
		if !c.OK {
			c.Detail = "every purpose of the certificate is one that a CA above it may not issue for"
		}
		return c
	}
	for _, issuer := range s.issuers() {
		if !names(issuer, s.policy.keyPurpose()) {
			c.OK, c.Detail = false, fmt.Sprintf("%s issues for other purposes only", nameText(issuer.RawSubject))
			return c
		}
	}
	return c
}

// somePurpose reports whether there is a purpose that every certificate allows.
func somePurpose(chain []*x509.Certificate) bool {
	var left []string
	all := true
	for _, c := range chain {
		_, limited := extension(c, oidExtendedKeyUsage())
		if !limited || slices.Contains(c.ExtKeyUsage, x509.ExtKeyUsageAny) {
			continue
		}
		var own []string
		for _, known := range c.ExtKeyUsage {
			own = append(own, fmt.Sprint(int(known)))
		}
		for _, other := range c.UnknownExtKeyUsage {
			own = append(own, other.String())
		}
		if all {
			left, all = own, false
			continue
		}
		left = slices.DeleteFunc(left, func(p string) bool { return !slices.Contains(own, p) })
	}
	return all || len(left) > 0
}
