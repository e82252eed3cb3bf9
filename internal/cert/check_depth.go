package cert

import "fmt"

// checkDepth counts the intermediate CAs between the certificate and the
// anchor, as OpenSSL's verify depth and nginx's ssl_verify_depth do; but not those
// that a CA made for itself when it changed its key, which path lengths do not
// count either (RFC 5280, section 4.2.1.9).
func checkDepth(s subject) Check {
	intermediates := len(s.path.chain) - 2
	if intermediates > s.policy.maxDepth() {
		for _, c := range s.path.chain[1 : len(s.path.chain)-1] {
			if s.work.selfIssued(c) {
				intermediates--
			}
		}
	}
	c := Check{
		Name: "depth", OK: intermediates <= s.policy.maxDepth(), Source: "the login method", cause: CauseChainTooDeep,
		Detail: fmt.Sprintf("%d intermediate CAs, at most %d are allowed", max(intermediates, 0), s.policy.maxDepth()),
	}
	return c
}
