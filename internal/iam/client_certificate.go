package iam

// ClientCertificate is how an application proves by a certificate who it is, in the
// place of a secret (RFC 8705, section 2.1: tls_client_auth). Its CAs are its own: what
// login methods trust for people says nothing about programs.
type ClientCertificate struct {
	Anchors string     `json:"anchors"` // trusted CA certificates, PEM
	Name    ClientName `json:"name"`
	Value   string     `json:"value"` // what the certificate must say there
	// Bound says that its access tokens are good only together with the certificate that
	// they were asked for with (RFC 8705, section 3), so that a stolen one is worth nothing.
	Bound bool `json:"bound,omitempty"`
}

// ClientName says which name of a certificate an application is known by.
type ClientName string

// The names (RFC 8705, section 2.1.2).
const (
	ClientSubject ClientName = "subject_dn" // the whole subject, written as in RFC 4514
	ClientDNS     ClientName = "san_dns"
	ClientURI     ClientName = "san_uri"
	ClientIP      ClientName = "san_ip"
	ClientEmail   ClientName = "san_email"
)

// ClientNames are all of them.
func ClientNames() []ClientName {
	return []ClientName{ClientDNS, ClientURI, ClientSubject, ClientIP, ClientEmail}
}
