package demo

import "fmt"

// The hosts of the demo. Browsers find every name under .localhost on loopback
// (RFC 6761, section 6.3).
const (
	SiteHost         = "id.localhost"
	AppHost          = "app.localhost"
	CertificateHosts = "*.cert.id.localhost" // one name for each attempt
)

// Places are the addresses of a demo.
type Places struct {
	Issuer  string // https://id.localhost:8443
	App     string // https://app.localhost:8444
	Pattern string // certificate host, one name for each attempt: *.cert.id.localhost:3443
	Fixed   string // certificate host, fixed name: id.localhost:3443
	Proxy   string // 127.0.0.1:3080, or empty
}

// PlacesOn returns the addresses on these ports.
func PlacesOn(site, certificate, app, proxy uint16) Places {
	return Places{
		Issuer: fmt.Sprintf("https://%s:%d", SiteHost, site), App: fmt.Sprintf("https://%s:%d", AppHost, app),
		Pattern: fmt.Sprintf("%s:%d", CertificateHosts, certificate), Fixed: fmt.Sprintf("%s:%d", SiteHost, certificate),
		Proxy: fmt.Sprintf("127.0.0.1:%d", proxy),
	}
}

// Running is a demo in which everything listens.
type Running struct {
	Places      Places
	Client      Client
	Description Description
}
