package certificate

import (
	"net/http"
	"net/url"
	"strings"

	"signet/internal/login"
)

// traefikCertificate is written by Traefik's passTLSClientCert with pem: true:
// the client's certificate, and the chain that it sent behind commas, each as
// PEM without its first and last line and without line breaks, by some versions
// percent-escaped.
const traefikCertificate = "X-Forwarded-Tls-Client-Cert"

// readTraefik reads the header of Traefik. It is the one form in which commas
// belong to the text; Traefik writes none with a blank, as proxies do that join
// two headers.
func readTraefik(header http.Header) (told, string) {
	values, cause := fields(header, field{traefikCertificate, maxHeaderCertificate})
	if cause != "" {
		return told{}, cause
	}
	text := values[traefikCertificate]
	switch {
	case text == "":
		return told{}, login.CauseProxyNotVerified
	case strings.ContainsAny(text, " \t"):
		return told{}, login.CauseHeaderDuplicate
	case strings.Count(text, ",") > maxChain:
		return told{}, login.CauseHeaderMalformed
	}
	var said told
	for i, one := range strings.Split(text, ",") {
		// Not QueryUnescape, which takes the "+" of base64 for a space.
		plain, err := url.PathUnescape(one)
		if err != nil {
			return told{}, login.CauseHeaderMalformed
		}
		c, cause := readDER(plain)
		switch {
		case cause != "":
			return told{}, cause
		case i == 0:
			said.Certificate = c
		default:
			said.Chain = append(said.Chain, c)
		}
	}
	return said, ""
}
