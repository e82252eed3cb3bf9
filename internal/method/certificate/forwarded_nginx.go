package certificate

import (
	"net/http"
	"strings"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
)

// description is what nginx says of a certificate that it verified, read from the
// headers of the mission document (row S23).
type description struct {
	Subject string // $ssl_client_s_dn, RFC 2253
	Issuer  string // $ssl_client_i_dn
	Serial  string // $ssl_client_serial, upper-case hexadecimal
	SHA1    string // $ssl_client_fingerprint, 40 lower-case hexadecimal digits
}

const (
	nginxVerify      = "X-SSL-Client-Verify"
	nginxSubject     = "X-SSL-Client-DN"
	nginxIssuer      = "X-SSL-Client-Issuer"
	nginxSerial      = "X-SSL-Client-Serial"
	nginxFingerprint = "X-SSL-Client-Fingerprint"
	nginxCertificate = "X-SSL-Client-Cert"
)

// consistsOf reports whether a text has so many characters and only these.
func consistsOf(text, characters string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, characters) == ""
}

// readNginx reads the headers of nginx. It returns a cause where they do not say
// that nginx verified a certificate. What is missing was not verified: a header
// can be taken away on its way (CVE-2024-45410).
func readNginx(header http.Header) (told, string) {
	values, cause := fields(header,
		field{nginxVerify, maxHeaderText}, field{nginxSubject, maxHeaderText}, field{nginxIssuer, maxHeaderText},
		field{nginxSerial, maxHeaderText}, field{nginxFingerprint, maxHeaderText}, field{nginxCertificate, maxHeaderCertificate})
	if cause != "" {
		return told{}, cause
	}
	if cause := verified(values[nginxVerify]); cause != "" {
		return told{}, cause
	}
	// A proxy in between may have joined two headers into one (RFC 9110, section
	// 5.3). Only names hold commas of their own.
	if strings.Contains(values[nginxSerial]+values[nginxFingerprint]+values[nginxCertificate], ",") {
		return told{}, login.CauseHeaderDuplicate
	}
	said := told{description: description{values[nginxSubject], values[nginxIssuer], values[nginxSerial], values[nginxFingerprint]}}
	// The proxy must have written these in either form: one that forwards no
	// certificate lets a header of that name pass that the client made up, and
	// only they contradict it.
	if !consistsOf(strings.TrimPrefix(said.Serial, "-"), "0123456789ABCDEF", 2, 80) || !consistsOf(said.SHA1, "0123456789abcdef", 40, 40) {
		return told{}, login.CauseHeaderMalformed
	}
	if escaped := values[nginxCertificate]; escaped != "" {
		if said.Certificate, cause = readOnePEM(escaped); cause != "" {
			return told{}, cause
		}
		if facts := cert.Read(said.Certificate); said.Serial != facts.Serial || said.SHA1 != facts.SHA1 {
			return told{}, login.CauseHeaderMalformed // the certificate is not the proxy's
		}
		return said, ""
	}
	if said.Subject == "" || said.Issuer == "" {
		return told{}, login.CauseHeaderMalformed
	}
	return said, ""
}

// verified reads $ssl_client_verify: nothing but SUCCESS is a success. The
// reasons are those of OpenSSL's X509_verify_cert_error_string.
func verified(text string) string {
	reason, failed := strings.CutPrefix(text, "FAILED:")
	switch {
	case text == "SUCCESS":
		return ""
	case text == "NONE":
		return string(cert.CauseNoCertificate)
	case strings.Contains(text, ","):
		return login.CauseHeaderDuplicate
	case !failed:
		return login.CauseProxyNotVerified
	}
	switch reason {
	case "certificate has expired":
		return string(cert.CauseExpired)
	case "certificate is not yet valid":
		return string(cert.CauseNotYetValid)
	case "certificate revoked":
		return string(cert.CauseRevoked)
	case "unable to get local issuer certificate", "unable to get issuer certificate", "unable to verify the first certificate",
		"self signed certificate", "self-signed certificate", "self signed certificate in certificate chain", "self-signed certificate in certificate chain":
		return string(cert.CauseUnknownIssuer)
	case "certificate signature failure":
		return string(cert.CauseBadSignature)
	case "unsupported certificate purpose", "unsuitable certificate purpose":
		return string(cert.CauseWrongPurpose)
	case "certificate chain too long":
		return string(cert.CauseChainTooDeep)
	}
	return login.CauseProxyNotVerified
}

// names reports whether the certificate is, in every point, the one that is
// told of. One that was linked by such a description is known by its texts.
func (d description) names(c *iam.Certificate) bool {
	if c != nil && c.Described {
		return d.SHA1 == c.SHA1 && d.Serial == c.Serial && d.Issuer == c.Issuer && d.Subject == c.Subject
	}
	if c == nil || len(c.IssuerDER) == 0 || len(c.SubjectDER) == 0 || d.SHA1 != c.SHA1 || d.Serial != c.Serial {
		return false
	}
	issuer, ok := opensslName(c.IssuerDER)
	if !ok || issuer != d.Issuer {
		return false
	}
	subject, ok := opensslName(c.SubjectDER)
	return ok && subject == d.Subject
}
