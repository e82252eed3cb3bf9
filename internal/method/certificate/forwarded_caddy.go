package certificate

import (
	"net/http"
	"strings"

	"signet/internal/cert"
	"signet/internal/login"
)

// caddyCertificate holds Caddy's {http.request.tls.client.certificate_der_base64},
// or its certificate_pem in one line. Caddy has no name of a header for it; this
// is that of `signet proxy-config caddy`.
const caddyCertificate = "X-Client-Cert"

// readCaddy reads the header of Caddy.
func readCaddy(header http.Header) (told, string) {
	values, cause := fields(header, field{caddyCertificate, maxHeaderCertificate})
	if cause != "" {
		return told{}, cause
	}
	var said told
	text, sent := values[caddyCertificate]
	switch {
	case !sent:
		return told{}, login.CauseProxyNotVerified
	case text == "", strings.HasPrefix(text, "{http.request.tls.client."): // a placeholder for which there is nothing
		return told{}, string(cert.CauseNoCertificate)
	case strings.HasPrefix(text, "-----BEGIN"):
		said.Certificate, cause = readOnePEM(text)
	default:
		said.Certificate, cause = readDER(text)
	}
	if cause != "" {
		return told{}, cause
	}
	return said, ""
}
