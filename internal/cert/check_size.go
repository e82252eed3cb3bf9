package cert

import "fmt"

// checkSize bounds what a client may send, before anything is parsed or
// verified: parsing and path building have cost quadratic time in the past
// (CVE-2025-61729, CVE-2026-32280).
func checkSize(presented [][]byte) Check {
	c := Check{Name: "size", OK: true, Source: "RFC 5280, section 6.1", cause: CauseChainTooLarge}
	if len(presented) > MaxPresented {
		c.OK, c.Detail = false, fmt.Sprintf("%d certificates, at most %d are read", len(presented), MaxPresented)
		return c
	}
	for _, der := range presented {
		if len(der) > MaxCertificateSize {
			c.OK, c.Detail = false, fmt.Sprintf("a certificate of %d bytes, at most %d are read", len(der), MaxCertificateSize)
			return c
		}
	}
	return c
}
