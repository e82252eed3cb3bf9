package cert

import "fmt"

// checkPathLength counts the CAs below each CA that limits them. Those that are
// self-issued, made when a CA changes its key, are not counted. Go's verifier
// counts them.
func checkPathLength(s subject) Check {
	c := Check{Name: "path_length", OK: true, Detail: "no CA has more below it than it may", Source: "RFC 5280, sections 4.2.1.9 and 6.1.4 (l), (m)", cause: CauseConstraint}
	for i, issuer := range s.path.chain {
		limited := issuer.MaxPathLen > 0 || issuer.MaxPathLen == 0 && issuer.MaxPathLenZero
		if i == 0 || !limited || i-1 <= issuer.MaxPathLen {
			continue
		}
		below := 0
		for _, c := range s.path.chain[1:i] {
			if !s.work.selfIssued(c) {
				below++
			}
		}
		if below > issuer.MaxPathLen {
			c.OK, c.Detail = false, fmt.Sprintf("%s: %d CAs below it, at most %d are allowed", nameText(issuer.RawSubject), below, issuer.MaxPathLen)
			return c
		}
	}
	return c
}
