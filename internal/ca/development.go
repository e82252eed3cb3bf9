package ca

import (
	"path/filepath"
	"slices"
	"time"
)

// Development is an authority for the TLS of servers where nobody has given
// any, kept in a folder: development-ca.pem and the certificates that it issued.
// It can issue for its hosts only.
type Development struct {
	*Authority
	dir string
	now time.Time
}

// How long what a development CA signs lasts: less than the 398 days that
// browsers bear (CA/Browser Forum Baseline Requirements, section 6.3.2), and
// renewed at a start in its last month.
const (
	developmentLife = 10 * 365 * 24 * time.Hour
	serverLife      = 397 * 24 * time.Hour
	renewBefore     = 30 * 24 * time.Hour
)

// OpenDevelopment opens the development CA of a folder. One that was made for
// other hosts, or ends within a month, is replaced.
func OpenDevelopment(dir, name string, hosts []string, now time.Time) (*Development, error) {
	file := func(name string) string { return filepath.Join(dir, name) }
	o := Options{Name: name, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(developmentLife), Hosts: hosts}
	a, err := LoadOrNew(file("development-ca.pem"), file("development-ca-key.pem"), o)
	if err != nil {
		return nil, err
	}
	if !a.Covers(hosts) || !lasts(a.Certificate.NotAfter, now) {
		if a, err = New(o); err != nil {
			return nil, err
		}
		if err := a.Save(file("development-ca.pem"), file("development-ca-key.pem")); err != nil {
			return nil, err
		}
	}
	return &Development{a, dir, now}, nil
}

// File is the file of the CA's certificate, for people to trust.
func (d *Development) File() string { return filepath.Join(d.dir, "development-ca.pem") }

// Server returns the certificate called so for the hosts. It is the same at
// every start while it lasts: a browser that was told to accept it despite an
// unknown CA remembers the certificate and not the name.
func (d *Development) Server(name string, hosts []string) (*Leaf, error) {
	certificate, key := filepath.Join(d.dir, name+".pem"), filepath.Join(d.dir, name+"-key.pem")
	if l, err := LoadLeaf(certificate, key); err == nil && d.issued(l, hosts) {
		return l, nil
	}
	l, err := d.IssueServer(hosts, d.now.Add(-time.Hour), d.now.Add(serverLife))
	if err != nil {
		return nil, err
	}
	return l, l.Save(certificate, key)
}

func (d *Development) issued(l *Leaf, hosts []string) bool {
	names := slices.Clone(l.Certificate.DNSNames)
	for _, ip := range l.Certificate.IPAddresses {
		names = append(names, ip.String())
	}
	same := len(names) == len(hosts)
	for _, h := range hosts {
		same = same && slices.Contains(names, h)
	}
	return same && lasts(l.Certificate.NotAfter, d.now) && l.Certificate.CheckSignatureFrom(d.Certificate) == nil
}

func lasts(notAfter, now time.Time) bool { return notAfter.After(now.Add(renewBefore)) }
