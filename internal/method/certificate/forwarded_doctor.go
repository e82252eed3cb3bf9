package certificate

import (
	"encoding/pem"
	"net/http"
	"net/url"
	"slices"
)

// Forged returns headers such as a client could send that wants to pass for the
// proxy of any form, to try out whether a proxy lets them through. Names with
// underscores are among them: some servers take them for the others
// (CVE-2025-64484).
func Forged() map[string]string {
	block := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("a forgery")}))
	return map[string]string{
		"X-SSL-Client-Verify": "SUCCESS", "X-SSL-Client-DN": "CN=forgery", "X-SSL-Client-Cert": url.PathEscape(block), "X_SSL_Client_Verify": "SUCCESS",
		"X-Forwarded-Client-Cert": "Subject=forgery", "X-Forwarded-Tls-Client-Cert": "Zm9yZ2VyeQ==", "Client-Cert": ":Zm9yZ2VyeQ==:", "SSL_CLIENT_CERT": "Zm9yZ2VyeQ==",
		SecretHeader: "forgery",
	}
}

// Told returns the names of the headers that speak of a certificate and arrived
// as Forged sent them: the proxy did not take them away.
func Told(header http.Header) (names []string) {
	sent := Forged()
	for name, values := range header {
		for forged, value := range sent {
			if spelling(name) == spelling(forged) && slices.Contains(values, value) {
				names = append(names, name)
				break
			}
		}
	}
	slices.Sort(names)
	return names
}
