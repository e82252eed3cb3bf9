package cert

import (
	"crypto/x509"
	"slices"
	"strings"
)

// checkPolicies demands that the path is valid for one of the certificate
// policies that the login method names, and that it keeps what its CAs demand
// about policies.
func checkPolicies(s subject) Check {
	c := Check{Name: "policies", OK: true, Detail: "no policy is demanded", Source: "RFC 5280, section 6.1, and RFC 9618", cause: CauseConstraint}
	wanted := s.policy.PolicyOIDs
	explicit := s.policy.ExplicitPolicy || len(wanted) > 0 && !s.policy.PoliciesOptional
	if !explicit && len(wanted) == 0 && !touchesPolicies(s.path.chain) {
		return c
	}
	for _, text := range wanted {
		if _, err := x509.ParseOID(text); err != nil {
			c.OK, c.cause, c.Detail = false, CausePolicyMissing, "the login method demands "+Visible(text, maxValueLength)+", which is no object identifier"
			return c
		}
	}
	if slices.Contains(wanted, anyPolicy) {
		wanted = nil // section 6.1.1 (c): any will do, and so will the others
	}
	in := policyInputs{wanted: wanted, explicit: explicit, inhibitMapping: s.policy.InhibitMapping, inhibitedAny: s.policy.InhibitAnyPolicy}
	valid, refusal := processPolicies(s.path.chain, in)
	switch {
	case refusal != "":
		c.OK, c.Detail = false, Visible(refusal, maxNameLength)
		if explicit {
			// Without our demand, is it the CAs' that it breaks?
			in.wanted, in.explicit = nil, false
			if _, own := processPolicies(s.path.chain, in); own == "" {
				c.cause = CausePolicyMissing
			}
		}
	case len(valid) == 0:
		c.Detail = "valid for no policy, and none is required"
	default:
		c.Detail = Visible("valid for "+strings.Join(valid, ", "), maxNameLength)
	}
	return c
}
