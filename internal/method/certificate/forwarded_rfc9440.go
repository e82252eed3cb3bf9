package certificate

import (
	"crypto/x509"
	"net/http"
	"strings"

	"signet/internal/login"
)

// The headers of RFC 9440.
const (
	rfc9440Certificate = "Client-Cert"       // section 2.2: a byte sequence
	rfc9440Chain       = "Client-Cert-Chain" // section 2.3: a list of them, without the certificate itself
)

// readRFC9440 reads the headers of RFC 9440, which has no word for a failed
// verification: section 2.4 forbids the proxy to send them then.
func readRFC9440(header http.Header) (told, string) {
	values, cause := fields(header, field{rfc9440Certificate, maxHeaderCertificate}, field{rfc9440Chain, maxHeaderCertificate})
	if cause != "" {
		return told{}, cause
	}
	if values[rfc9440Certificate] == "" {
		return told{}, login.CauseProxyNotVerified
	}
	var said told
	if said.Certificate, cause = readSequence(values[rfc9440Certificate]); cause != "" {
		return told{}, cause
	}
	chain := values[rfc9440Chain]
	if strings.Count(chain, ",") >= maxChain {
		return told{}, login.CauseHeaderMalformed
	}
	for chain != "" {
		one, rest, more := strings.Cut(chain, ",")
		if more && rest == "" {
			return told{}, login.CauseHeaderMalformed // RFC 9651, section 4.2.1: no comma at the end
		}
		var c *x509.Certificate
		if c, cause = readSequence(one); cause != "" {
			return told{}, cause
		}
		said.Chain, chain = append(said.Chain, c), rest
	}
	return said, ""
}

// readSequence reads a byte sequence (RFC 9651, section 4.2.7) without
// parameters, of which RFC 9440 knows none.
func readSequence(text string) (*x509.Certificate, string) {
	inner, begun := strings.CutPrefix(strings.Trim(text, " \t"), ":")
	inner, ended := strings.CutSuffix(inner, ":")
	if !begun || !ended {
		if strings.Contains(text, ",") {
			return nil, login.CauseHeaderDuplicate
		}
		return nil, login.CauseHeaderMalformed
	}
	return readDER(inner)
}
