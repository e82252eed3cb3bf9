package certificate

import (
	"net/http"
	"strconv"

	"signet/internal/cert"
	"signet/internal/login"
)

// The variables of mod_ssl, which RequestHeader sends under their own names.
const (
	apacheVerify      = "SSL_CLIENT_VERIFY"
	apacheCertificate = "SSL_CLIENT_CERT"
	apacheChain       = "SSL_CLIENT_CERT_CHAIN_" // and a number from 0
)

// readApache reads the headers of Apache. They are the one form whose names have
// underscores; the twins that are refused here are those with hyphens.
func readApache(header http.Header) (told, string) {
	known := []field{{apacheVerify, maxHeaderText}, {apacheCertificate, maxHeaderCertificate}}
	for i := range maxChain {
		known = append(known, field{apacheChain + strconv.Itoa(i), maxHeaderCertificate})
	}
	values, cause := fields(header, known...)
	if cause != "" {
		return told{}, cause
	}
	for name, value := range values {
		if value == "(null)" { // what mod_headers makes of a variable that is not set
			delete(values, name)
		}
	}
	switch values[apacheVerify] {
	case "GENEROUS": // optional_no_ca: shown, and not verified
		return told{}, string(cert.CauseUnknownIssuer)
	default:
		if cause := verified(values[apacheVerify]); cause != "" {
			return told{}, cause
		}
	}
	if values[apacheCertificate] == "" {
		return told{}, login.CauseCertificateMissing
	}
	var said told
	if said.Certificate, cause = readOnePEM(values[apacheCertificate]); cause != "" {
		return told{}, cause
	}
	for _, f := range known[2:] {
		if values[f.name] == "" {
			continue
		}
		c, cause := readOnePEM(values[f.name])
		if cause != "" {
			return told{}, cause
		}
		said.Chain = append(said.Chain, c)
	}
	return said, ""
}
