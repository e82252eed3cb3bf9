package cert

import (
	"crypto/x509"
	"fmt"
	"time"
)

// checkDates looks at the validity of the certificate itself.
func checkDates(s subject) Check {
	leaf := s.leaf()
	c := Check{Name: "dates", OK: true, Detail: validity(leaf), Source: "RFC 5280, section 4.1.2.5"}
	switch {
	case s.now.Before(leaf.NotBefore):
		c.OK, c.cause = false, CauseNotYetValid
	case s.now.After(leaf.NotAfter): // notAfter itself is still valid
		c.OK, c.cause = false, CauseExpired
	}
	return c
}

// checkIssuerDates looks at the validity of the CAs above it, the anchor
// included: a CA whose time is over no longer answers for anything.
func checkIssuerDates(s subject) Check {
	c := Check{Name: "issuer_dates", OK: true, Detail: "every CA of the path is valid", Source: "RFC 5280, section 6.1.3 (a)(2)"}
	for _, issuer := range s.issuers() {
		switch {
		case s.now.Before(issuer.NotBefore):
			c.OK, c.cause = false, CauseIssuerNotYetValid
		case s.now.After(issuer.NotAfter):
			c.OK, c.cause = false, CauseIssuerExpired
		}
		if !c.OK {
			c.Detail = nameText(issuer.RawSubject) + ": " + validity(issuer)
			return c
		}
	}
	return c
}

func validity(c *x509.Certificate) string {
	return fmt.Sprintf("valid from %s until %s", c.NotBefore.UTC().Format(time.RFC3339), c.NotAfter.UTC().Format(time.RFC3339))
}
