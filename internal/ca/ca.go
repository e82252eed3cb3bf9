// Package ca is Signet's own certificate authority: it makes one, keeps it in
// files that only their owner can read, and issues certificates for people
// (client authentication) and for servers. It hands a person's certificate over
// as PKCS#12, the form that browsers and systems import (pkcs12.go).
//
// Keys are ECDSA P-256: every system that people use imports them, and a
// handshake costs the server a third of what RSA-2048 does.
package ca

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"
)

// Authority issues certificates.
type Authority struct {
	Certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// Options describe a new authority.
type Options struct {
	// Name is its common name.
	Name string
	// Organization may be empty.
	Organization string
	// NotBefore and NotAfter bound its life.
	NotBefore, NotAfter time.Time
	// Hosts, where there are any, are the only names and addresses (and names
	// below these) that it can issue for, and it can issue for servers only:
	// whoever trusts a development CA then trusts it for nothing else
	// (RFC 5280, sections 4.2.1.10 and 4.2.1.12).
	Hosts []string
	// People says that it issues to people and to nobody else, neither to servers nor
	// to other authorities.
	People bool
}

// New makes an authority.
func New(o Options) (*Authority, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               subject(o.Name, o.Organization),
		NotBefore:             o.NotBefore,
		NotAfter:              o.NotAfter,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	if len(o.Hosts) > 0 {
		constrain(template, o.Hosts)
	}
	if o.People {
		template.MaxPathLenZero = true
		template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	return sign(template, nil, key)
}

// constrain lets the authority issue for the hosts only. Kinds of names that
// are not mentioned would stay free, so addresses are excluded where none is
// wanted.
func constrain(template *x509.Certificate, hosts []string) {
	template.MaxPathLenZero = true // to servers, not to other authorities
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.PermittedDNSDomainsCritical = true
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			template.PermittedIPRanges = append(template.PermittedIPRanges, single(ip))
			continue
		}
		template.PermittedDNSDomains = append(template.PermittedDNSDomains, strings.TrimPrefix(h, "*."))
	}
	if len(template.PermittedIPRanges) == 0 {
		template.ExcludedIPRanges = []*net.IPNet{
			{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)},
			{IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)},
		}
	}
	if len(template.PermittedDNSDomains) == 0 {
		// There is no way to exclude every name but to permit one that cannot be.
		template.PermittedDNSDomains = []string{"invalid"}
	}
}

func single(ip net.IP) *net.IPNet {
	if v4 := ip.To4(); v4 != nil {
		return &net.IPNet{IP: v4, Mask: net.CIDRMask(32, 32)}
	}
	return &net.IPNet{IP: ip, Mask: net.CIDRMask(128, 128)}
}

// Leaf is an issued certificate with its private key.
type Leaf struct {
	Certificate *x509.Certificate
	// Issuers are the certificates above it, without the root: a peer that
	// trusts the root has it.
	Issuers []*x509.Certificate
	key     *ecdsa.PrivateKey
}

// Person is whom a certificate names.
type Person struct {
	Name         string // common name: what the browser's picker shows
	Organization string
	Email        string
	// Number tells holders of one name apart (serialNumber, 2.5.4.5): an authority gives a
	// name to one holder (RFC 5280, section 4.1.2.6).
	Number string
}

// IssueClient issues a certificate with which a person proves who they are.
func (a *Authority) IssueClient(p Person, notBefore, notAfter time.Time) (*Leaf, error) {
	template := &x509.Certificate{
		Subject:     subject(p.Name, p.Organization),
		NotBefore:   notBefore,
		NotAfter:    notAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	template.Subject.SerialNumber = p.Number
	if p.Email != "" {
		template.EmailAddresses = []string{p.Email}
	}
	return a.issue(template)
}

// IssueServer issues a certificate for a server with these names, addresses
// and wildcards.
func (a *Authority) IssueServer(hosts []string, notBefore, notAfter time.Time) (*Leaf, error) {
	template := &x509.Certificate{
		NotBefore:   notBefore,
		NotAfter:    notAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, h := range hosts {
		if template.Subject.CommonName == "" {
			template.Subject = subject(h, "")
		}
		if ip := net.ParseIP(h); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, h)
		}
	}
	return a.issue(template)
}

func (a *Authority) issue(template *x509.Certificate) (*Leaf, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	template.BasicConstraintsValid = true
	template.SubjectKeyId = keyID(&key.PublicKey)
	issued, err := sign(template, a, key)
	if err != nil {
		return nil, err
	}
	return &Leaf{Certificate: issued.Certificate, key: key}, nil
}

// Covers reports whether the authority may issue for all the hosts, and whether
// it was made for exactly these.
func (a *Authority) Covers(hosts []string) bool {
	template := &x509.Certificate{}
	constrain(template, hosts)
	return slices.Equal(template.PermittedDNSDomains, a.Certificate.PermittedDNSDomains) &&
		slices.EqualFunc(template.PermittedIPRanges, a.Certificate.PermittedIPRanges, func(x, y *net.IPNet) bool { return x.String() == y.String() })
}

// sign signs the template with the authority, or, where that is nil, with its
// own key.
func sign(template *x509.Certificate, by *Authority, key *ecdsa.PrivateKey) (*Authority, error) {
	parent, signer := template, key
	if by != nil {
		parent, signer = by.Certificate, by.key
	} else {
		template.SubjectKeyId = keyID(&key.PublicKey)
	}
	// Without a serial number x509 makes a random one (RFC 5280, section 4.1.2.2).
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("issue certificate: %w", err)
	}
	return &Authority{Certificate: certificate, key: key}, nil
}

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make private key: %w", err)
	}
	return key, nil
}

// keyID is method 1 of RFC 7093, section 2: the leftmost 160 bits of SHA-256.
func keyID(key *ecdsa.PublicKey) []byte {
	point, err := key.Bytes()
	if err != nil {
		return nil // only for a curve without such a form; ours is P-256
	}
	sum := sha256.Sum256(point)
	return sum[:20]
}

func subject(name, organization string) pkix.Name {
	n := pkix.Name{CommonName: name}
	if organization != "" {
		n.Organization = []string{organization}
	}
	return n
}
