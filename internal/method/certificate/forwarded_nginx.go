package certificate

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/login"
)

// nginx is what nginx says of a certificate that it verified, read from the
// headers of the mission document (row S23).
type nginx struct {
	Subject string // $ssl_client_s_dn, RFC 2253
	Issuer  string // $ssl_client_i_dn
	Serial  string // $ssl_client_serial, upper-case hexadecimal
	SHA1    string // $ssl_client_fingerprint, 40 lower-case hexadecimal digits
	// Certificate is $ssl_client_escaped_cert, nil where it is not forwarded.
	Certificate *x509.Certificate
}

const (
	nginxVerify      = "X-SSL-Client-Verify"
	nginxSubject     = "X-SSL-Client-DN"
	nginxIssuer      = "X-SSL-Client-Issuer"
	nginxSerial      = "X-SSL-Client-Serial"
	nginxFingerprint = "X-SSL-Client-Fingerprint"
	nginxCertificate = "X-SSL-Client-Cert"
)

// Bounds of what is read. Three characters stand for one in an escaped PEM.
const (
	maxHeaderText        = 4 << 10
	maxHeaderCertificate = 64 << 10
)

// consistsOf reports whether a text has so many characters and only these.
func consistsOf(text, characters string, least, most int) bool {
	return len(text) >= least && len(text) <= most && strings.Trim(text, characters) == ""
}

// readNginx reads the headers of nginx. It returns a cause where they do not say
// that nginx verified a certificate. What is missing was not verified: a header
// can be taken away on its way (CVE-2024-45410).
func readNginx(header http.Header) (nginx, string) {
	values := map[string]string{}
	for name, all := range header {
		if !isCertificateHeader(name) || name == SecretHeader {
			continue
		}
		if strings.Contains(name, "_") || len(all) > 1 {
			return nginx{}, login.CauseHeaderDuplicate
		}
		bound := maxHeaderText
		if strings.EqualFold(name, nginxCertificate) {
			bound = maxHeaderCertificate
		}
		if len(all[0]) > bound || strings.ContainsFunc(all[0], func(c rune) bool { return c < ' ' || c == 0x7f }) {
			return nginx{}, login.CauseHeaderMalformed
		}
		values[http.CanonicalHeaderKey(name)] = all[0]
	}
	value := func(name string) string { return values[http.CanonicalHeaderKey(name)] }
	if cause := verified(value(nginxVerify)); cause != "" {
		return nginx{}, cause
	}
	// A proxy in between may have joined two headers into one (RFC 9110, section
	// 5.3). Only names hold commas of their own.
	if strings.Contains(value(nginxSerial)+value(nginxFingerprint)+value(nginxCertificate), ",") {
		return nginx{}, login.CauseHeaderDuplicate
	}
	told := nginx{Subject: value(nginxSubject), Issuer: value(nginxIssuer), Serial: value(nginxSerial), SHA1: value(nginxFingerprint)}
	// The proxy must have written these in either form: one that forwards no
	// certificate lets a header of that name pass that the client made up, and
	// only they contradict it.
	if !consistsOf(strings.TrimPrefix(told.Serial, "-"), "0123456789ABCDEF", 2, 80) || !consistsOf(told.SHA1, "0123456789abcdef", 40, 40) {
		return nginx{}, login.CauseHeaderMalformed
	}
	if escaped := value(nginxCertificate); escaped != "" {
		return told.with(escaped)
	}
	if told.Subject == "" || told.Issuer == "" {
		return nginx{}, login.CauseHeaderMalformed
	}
	return told, ""
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

// with adds the certificate, which decides; a header that says otherwise is not
// the proxy's.
func (n nginx) with(escaped string) (nginx, string) {
	// Not QueryUnescape, which takes the "+" of base64 for a space.
	text, err := url.PathUnescape(escaped)
	if err != nil {
		return nginx{}, login.CauseHeaderMalformed
	}
	block, rest := pem.Decode([]byte(text))
	if block == nil || block.Type != "CERTIFICATE" || strings.TrimSpace(string(rest)) != "" {
		return nginx{}, login.CauseHeaderMalformed
	}
	if n.Certificate, err = x509.ParseCertificate(block.Bytes); err != nil {
		return nginx{}, string(cert.CauseMalformed)
	}
	facts := cert.Read(n.Certificate)
	if n.Serial != facts.Serial || n.SHA1 != facts.SHA1 {
		return nginx{}, login.CauseHeaderMalformed
	}
	return n, ""
}

// names reports whether the certificate is, in every point, the one that is
// told of. One whose full form is not known is not.
func (n nginx) names(c *iam.Certificate) bool {
	if c == nil || len(c.IssuerDER) == 0 || len(c.SubjectDER) == 0 || n.SHA1 != c.SHA1 || n.Serial != c.Serial {
		return false
	}
	issuer, ok := opensslName(c.IssuerDER)
	if !ok || issuer != n.Issuer {
		return false
	}
	subject, ok := opensslName(c.SubjectDER)
	return ok && subject == n.Subject
}
