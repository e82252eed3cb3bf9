package cert

import "crypto/x509"

// checkVerifier asks Go's verifier about the path, after our own checks: two that
// were written apart rarely have the same hole. Where it has accepted the path
// already, or is known not to know the rules that apply, there is nothing to ask.
func checkVerifier(s subject) Check {
	c := Check{Name: "verifier", OK: true, Detail: "Go's verifier accepts the path too", Source: "Go crypto/x509", cause: CauseConstraint}
	if s.path.verified {
		return c
	}
	if beyond := beyondVerifier(s); beyond != "" {
		c.Detail = "not asked: Go's verifier does not know " + beyond
		return c
	}
	last := len(s.path.chain) - 1
	_, err := s.leaf().Verify(x509.VerifyOptions{
		Roots: pool(s.path.chain[last:]), Intermediates: pool(s.path.chain[1:last]), CurrentTime: s.now, KeyUsages: s.policy.verifierPurposes(),
	})
	if err != nil {
		c.OK, c.Detail = false, Visible(err.Error(), maxNameLength)
	}
	return c
}

// beyondVerifier names the rule that the path needs and Go's verifier does not
// know. It is for our checks to know it.
func beyondVerifier(s subject) string {
	for i, c := range s.path.chain {
		switch {
		case len(c.UnhandledCriticalExtensions) > 0: // checkCritical knows all of them
			return "constraints and names of every form"
		case i > 0 && i < len(s.path.chain)-1 && selfIssued(c):
			return "CAs that roll over"
		case i > 0 && string(s.path.chain[i-1].RawIssuer) != string(c.RawSubject):
			return "names that are written otherwise"
		case len(c.ExcludedEmailAddresses) > 0, len(c.ExcludedURIDomains) > 0: // to it, a host excludes those below it too
			return "exclusions of a single host"
		case i < len(s.path.chain)-1 && weakSignature(c) != "":
			return "signatures as weak as are accepted here"
		}
	}
	return ""
}

// pool is never nil: nil roots would mean the system's.
func pool(all []*x509.Certificate) *x509.CertPool {
	p := x509.NewCertPool()
	for _, c := range all {
		p.AddCert(c)
	}
	return p
}
