package cert

import "fmt"

// checkDepth counts the intermediate CAs between the certificate and the
// anchor, as OpenSSL's verify depth and nginx's ssl_verify_depth do.
func checkDepth(s subject) Check {
	intermediates := len(s.path.chain) - 2
	c := Check{
		Name: "depth", OK: intermediates <= s.policy.maxDepth(), Source: "the login method", cause: CauseChainTooDeep,
		Detail: fmt.Sprintf("%d intermediate CAs, at most %d are allowed", max(intermediates, 0), s.policy.maxDepth()),
	}
	return c
}
