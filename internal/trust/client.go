package trust

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/iam"
	"signet/internal/store"
)

// CauseClientName is the refusal of an application whose certificate is good and says
// another name.
const CauseClientName = "client_name_differs"

// maxClientName is how long a name may be that an application is known by.
const maxClientName = 1000

// CheckClientCertificate refuses what no application could prove itself by, and brings
// the name into the form that is compared.
func CheckClientCertificate(c *iam.ClientCertificate, now time.Time) error {
	anchors, err := cert.ParseBundle([]byte(c.Anchors))
	switch {
	case errors.Is(err, cert.ErrBundlePrivateKey):
		return iam.Invalid("anchors", "anchors_private_key")
	case errors.Is(err, cert.ErrBundleEmpty), err == nil && len(anchors) == 0:
		return iam.Invalid("anchors", "anchors_missing")
	case err != nil:
		return below(iam.Invalid("anchors", "anchors_garbled"), err)
	}
	for _, a := range anchors {
		if err := checkAnchor(a, now); err != nil {
			return err
		}
	}
	c.Value = strings.TrimSpace(c.Value)
	if c.Value == "" {
		return iam.Invalid("value", "client_name_missing")
	}
	if len(c.Value) > maxClientName {
		return iam.Invalid("value", "client_name_malformed")
	}
	good := false
	switch c.Name {
	case iam.ClientSubject:
		_, err := cert.ParseName(c.Value)
		good = err == nil
	case iam.ClientDNS:
		c.Value = strings.ToLower(c.Value)
		good = !strings.ContainsAny(c.Value, "* /:@\\") && strings.Trim(c.Value, ".") == c.Value
	case iam.ClientURI:
		u, err := url.Parse(c.Value)
		if good = err == nil && u.Scheme != ""; good {
			c.Value = u.String() // as that of a certificate is read
		}
	case iam.ClientIP:
		a, err := netip.ParseAddr(c.Value)
		if good = err == nil && a.Zone() == ""; good {
			c.Value = a.Unmap().String()
		}
	case iam.ClientEmail:
		good = strings.Count(c.Value, "@") == 1 && !strings.ContainsAny(c.Value, " <>,")
	default:
		return iam.Invalid("name", "client_name_unknown")
	}
	if !good {
		return iam.Invalid("value", "client_name_malformed")
	}
	return nil
}

// ProveClient judges what an application has shown in the handshake: by its own CAs,
// the name that it is known by, and what is blocked here. The cause is empty where it
// has proved who it is. Nothing is asked about revocation: what is lost is blocked.
func (s *Service) ProveClient(ctx context.Context, c iam.ClientCertificate, presented []*x509.Certificate, now time.Time) (cause string, err error) {
	if len(presented) == 0 {
		return string(cert.CauseNoCertificate), nil
	}
	anchors, err := s.anchorsOf(c)
	if err != nil {
		return "", err // never an empty set, behind which others would count
	}
	verdict := cert.Judge(cert.Policy{Anchors: anchors, Known: &s.paths}, presented, now, nil)
	if !verdict.Accepted() {
		return string(verdict.Cause), nil
	}
	if !bearsName(c, verdict.Chain[0]) {
		return CauseClientName, nil
	}
	blocked := false
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		_, blocked, err = Blocked(tx, Kept(verdict))
		return err
	})
	if blocked {
		return "certificate_blocked", err
	}
	return "", err
}

// anchorsOf reads the CAs of an application once: whoever knows its id can have them asked
// for, and there can be a thousand.
func (s *Service) anchorsOf(c iam.ClientCertificate) ([]*x509.Certificate, error) {
	s.mu.Lock()
	known, ok := s.clients[c.Anchors]
	s.mu.Unlock()
	if ok {
		return known, nil
	}
	anchors, err := cert.ParseBundle([]byte(c.Anchors))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clients == nil || len(s.clients) >= maxCachedClients {
		s.clients = map[string][]*x509.Certificate{}
	}
	s.clients[c.Anchors] = anchors
	return anchors, nil
}

// maxCachedClients is of how many applications the CAs are kept as read.
const maxCachedClients = 128

// bearsName reports whether the certificate says the name that the application is known
// by (RFC 8705, section 2.1.2). Pure.
func bearsName(c iam.ClientCertificate, leaf *x509.Certificate) bool {
	switch c.Name {
	case iam.ClientSubject:
		name, err := cert.ParseName(c.Value)
		return err == nil && cert.SameName(name, leaf.RawSubject)
	case iam.ClientDNS:
		return slices.ContainsFunc(leaf.DNSNames, func(n string) bool { return strings.EqualFold(n, c.Value) })
	case iam.ClientURI:
		return slices.ContainsFunc(leaf.URIs, func(u *url.URL) bool { return u.String() == c.Value })
	case iam.ClientIP:
		wanted, err := netip.ParseAddr(c.Value)
		return err == nil && slices.ContainsFunc(leaf.IPAddresses, func(ip net.IP) bool {
			// An IPv4 address in sixteen bytes is an IPv6 one, to which constraints on IPv4
			// addresses say nothing (RFC 5280, section 4.2.1.10).
			a, ok := netip.AddrFromSlice(ip)
			return ok && a == wanted
		})
	case iam.ClientEmail:
		return slices.ContainsFunc(leaf.EmailAddresses, func(e string) bool { return sameAddress(e, c.Value) })
	default:
		return false
	}
}

// sameAddress compares e-mail addresses: the host part without regard to case (RFC 5280,
// section 7.5).
func sameAddress(a, b string) bool {
	localA, hostA, okA := strings.Cut(a, "@")
	localB, hostB, okB := strings.Cut(b, "@")
	return okA && okB && localA == localB && strings.EqualFold(hostA, hostB)
}
