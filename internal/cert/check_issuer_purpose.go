package cert

import "fmt"

// checkIssuerPurpose refuses a path through a CA that may only issue for other
// purposes. RFC 5280 does not say so; it is what CAs mean by extendedKeyUsage in
// their certificates, and what every verifier in use does.
func checkIssuerPurpose(s subject) Check {
	c := Check{Name: "issuer_purpose", OK: true, Detail: "every CA of the path may issue for this purpose", Source: "CA/Browser Forum Baseline Requirements, section 7.1.2.10.6", cause: CauseWrongPurpose}
	if s.policy.AnyPurpose {
		c.Detail = "no purpose is demanded"
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
