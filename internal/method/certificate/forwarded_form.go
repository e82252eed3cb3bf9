package certificate

import (
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"signet/internal/cert"
	"signet/internal/login"
)

// Form is the way in which a proxy tells of certificates. One proxy speaks one
// form: if all were read, whoever gets a header of another form past the proxy,
// which only clears its own, would be believed.
type Form string

// The forms. The zero value is FormNginx.
const (
	FormNginx   Form = "nginx"
	FormHAProxy Form = "haproxy"
	FormApache  Form = "apache"
	FormTraefik Form = "traefik"
	FormEnvoy   Form = "envoy"
	FormCaddy   Form = "caddy"
	FormRFC9440 Form = "rfc9440"
)

// Known reports whether there is such a form.
func (f Form) Known() bool { return f.reader() != nil }

// read reads what the proxy says. It returns a cause where that is not that it
// verified a certificate.
func (f Form) read(header http.Header) (told, string) {
	read := f.reader()
	if read == nil {
		return told{}, login.CauseHeaderMalformed
	}
	said, cause := read(header)
	if cause != "" {
		return told{}, cause
	}
	return said, ""
}

func (f Form) reader() func(http.Header) (told, string) {
	switch f {
	case FormNginx, "":
		return readNginx
	case FormHAProxy:
		return readHAProxy
	case FormApache:
		return readApache
	case FormTraefik:
		return readTraefik
	case FormEnvoy:
		return readEnvoy
	case FormCaddy:
		return readCaddy
	case FormRFC9440:
		return readRFC9440
	}
	return nil
}

// told is what a proxy says of the certificate that its client showed.
type told struct {
	description
	// Certificate is nil where the proxy only describes it.
	Certificate *x509.Certificate
	// Chain are the certificates that the client sent along, as far as the proxy
	// passes them on. They are material for a path and prove nothing.
	Chain []*x509.Certificate
}

// presented are the certificates in the order of a handshake.
func (t told) presented() []*x509.Certificate {
	all := []*x509.Certificate{t.Certificate}
	for _, c := range t.Chain {
		if !c.Equal(t.Certificate) { // some proxies repeat it
			all = append(all, c)
		}
	}
	return all
}

// Bounds of what is read. Three characters stand for one in an escaped PEM, and
// in a name beyond ASCII.
const (
	maxHeaderText        = 16 << 10
	maxHeaderCertificate = 64 << 10
	maxChain             = 10
)

// field is a header of a form.
type field struct {
	name string
	most int // characters
}

// fields returns the values of the headers of a form by their names; one that
// is missing has none. Each must be there at most once and in one spelling:
// what comes a second time, or under a name that a proxy takes for another but
// a server behind it for the same (CVE-2025-64484), is not the proxy's.
func fields(header http.Header, known ...field) (map[string]string, string) {
	values := map[string]string{}
	for key, all := range header {
		for _, f := range known {
			if spelling(key) != spelling(f.name) {
				continue
			}
			switch {
			case key != http.CanonicalHeaderKey(f.name), len(all) != 1:
				return nil, login.CauseHeaderDuplicate
			case len(all[0]) > f.most, strings.ContainsFunc(all[0], func(c rune) bool { return c < ' ' || c == 0x7f }):
				return nil, login.CauseHeaderMalformed
			}
			values[f.name] = all[0]
		}
	}
	return values, ""
}

// spelling is one for all names that some server takes for the same.
func spelling(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

// readDER reads one certificate from base64.
func readDER(text string) (*x509.Certificate, string) {
	der, cause := decode(text)
	if cause != "" {
		return nil, cause
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, string(cert.CauseMalformed)
	}
	return c, ""
}

// decode reads base64 in its one strict spelling. A comma is the trace of two
// headers that were made one (RFC 9110, section 5.3).
func decode(text string) ([]byte, string) {
	if strings.Contains(text, ",") {
		return nil, login.CauseHeaderDuplicate
	}
	// The library skips line breaks.
	der, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(der) == 0 || strings.ContainsAny(text, "\r\n") {
		return nil, login.CauseHeaderMalformed
	}
	return der, ""
}

const (
	pemBegin = "-----BEGIN CERTIFICATE-----"
	pemEnd   = "-----END CERTIFICATE-----"
)

// readPEM reads certificates from PEM of which a proxy made one line, by
// percent escapes or by blanks for line breaks.
func readPEM(text string) ([]*x509.Certificate, string) {
	if strings.Contains(text, ",") {
		return nil, login.CauseHeaderDuplicate
	}
	// Not QueryUnescape, which takes the "+" of base64 for a space.
	text, err := url.PathUnescape(text)
	if err != nil {
		return nil, login.CauseHeaderMalformed
	}
	var all []*x509.Certificate
	for rest := strings.TrimSpace(text); rest != ""; rest = strings.TrimSpace(rest) {
		inner, begun := strings.CutPrefix(rest, pemBegin)
		body, after, ended := strings.Cut(inner, pemEnd)
		if !begun || !ended || len(all) == maxChain {
			return nil, login.CauseHeaderMalformed
		}
		c, cause := readDER(strings.Join(strings.Fields(body), ""))
		if cause != "" {
			return nil, cause
		}
		all, rest = append(all, c), after
	}
	return all, ""
}

// readOnePEM reads the one certificate that a header must hold.
func readOnePEM(text string) (*x509.Certificate, string) {
	all, cause := readPEM(text)
	switch {
	case cause != "":
		return nil, cause
	case len(all) != 1:
		return nil, login.CauseHeaderMalformed
	}
	return all[0], ""
}

// HeaderNames returns the names of all headers of all forms, and of the secret:
// those that nobody but a proxy may send.
func HeaderNames() []string {
	names := []string{
		nginxVerify, nginxSubject, nginxIssuer, nginxSerial, nginxFingerprint, nginxCertificate, haproxyCertificate, haproxyChain,
		apacheVerify, apacheCertificate, traefikCertificate, traefikCertificate + "-Info", envoyCertificate, caddyCertificate,
		rfc9440Certificate, rfc9440Chain, SecretHeader,
	}
	for i := range maxChain {
		names = append(names, apacheChain+strconv.Itoa(i))
	}
	return names
}
