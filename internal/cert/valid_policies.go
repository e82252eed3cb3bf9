package cert

import "crypto/x509"

// maxKeptPolicies bounds what is told of a path's policies.
const maxKeptPolicies = 20

// ValidPolicies returns the certificate policies that an accepted path is valid
// for (RFC 5280, section 6.1; RFC 9618), in the terms of the trusted CA. What is
// valid for any policy is valid for none that could be named: a certificate must
// have been issued for a purpose to count as such.
func ValidPolicies(chain []*x509.Certificate) (named []string) {
	if len(chain) < 2 || len(chain[0].Policies) == 0 {
		return nil
	}
	valid, refusal := processPolicies(chain, policyInputs{})
	if refusal != "" {
		return nil
	}
	for _, p := range valid {
		if p != anyPolicy && len(named) < maxKeptPolicies {
			named = append(named, p)
		}
	}
	return named
}
