package certificate

import (
	"crypto/x509"
	"net/http"
	"strings"

	"signet/internal/cert"
	"signet/internal/login"
)

// The headers of HAProxy. Its fetches have no names of headers of their own;
// these are those of `signet proxy-config haproxy`.
const (
	haproxyVerify      = "X-SSL-Client-Verify"    // %[ssl_c_verify]
	haproxyCertificate = "X-SSL-Client-DER"       // %[ssl_c_der,base64]
	haproxyChain       = "X-SSL-Client-Chain-DER" // %[ssl_c_chain_der,base64]
)

// readHAProxy reads the headers of HAProxy.
func readHAProxy(header http.Header) (told, string) {
	values, cause := fields(header, field{haproxyVerify, maxHeaderText}, field{haproxyCertificate, maxHeaderCertificate}, field{haproxyChain, maxHeaderCertificate})
	if cause != "" {
		return told{}, cause
	}
	if cause := verifiedByNumber(values[haproxyVerify]); cause != "" {
		return told{}, cause
	}
	if values[haproxyCertificate] == "" {
		return told{}, string(cert.CauseNoCertificate) // 0 is "no error", also where nothing was shown
	}
	var said told
	if said.Certificate, cause = readDER(values[haproxyCertificate]); cause != "" {
		return told{}, cause
	}
	if values[haproxyChain] == "" {
		return said, ""
	}
	der, cause := decode(values[haproxyChain])
	if cause != "" {
		return told{}, cause
	}
	chain, err := x509.ParseCertificates(der) // one behind the other
	if err != nil || len(chain) > maxChain {
		return told{}, login.CauseHeaderMalformed
	}
	said.Chain = chain
	return said, ""
}

// verifiedByNumber reads a result of OpenSSL's X509_STORE_CTX_get_error.
func verifiedByNumber(text string) string {
	if strings.Contains(text, ",") {
		return login.CauseHeaderDuplicate
	}
	switch text {
	case "0":
		return ""
	case "2", "18", "19", "20", "21":
		return string(cert.CauseUnknownIssuer)
	case "7":
		return string(cert.CauseBadSignature)
	case "9":
		return string(cert.CauseNotYetValid)
	case "10":
		return string(cert.CauseExpired)
	case "22":
		return string(cert.CauseChainTooDeep)
	case "23":
		return string(cert.CauseRevoked)
	case "26":
		return string(cert.CauseWrongPurpose)
	}
	return login.CauseProxyNotVerified
}
