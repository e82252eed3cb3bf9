package trust

import (
	"signet/internal/cert"
	"signet/internal/iam"
)

// Issuer is a CA that a login method knows, by its key. Two certificates of one key
// are one CA, and two CAs of one name are two (RFC 5280, section 4.1.2.4, trusts
// the name; nothing here does).
type Issuer struct {
	Name    string // for people
	Subject string
	SPKI    string // SHA-256 of its key, lower-case hex
}

// Issuers returns the CAs of a login method, trusted ones and those between, each
// key once.
func Issuers(p iam.Provider) (all []Issuer, err error) {
	b, err := readBundles(p)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for _, c := range append(b.anchors[:len(b.anchors):len(b.anchors)], b.intermediates...) {
		f := cert.Read(c)
		if seen[f.SPKI] {
			continue
		}
		seen[f.SPKI] = true
		name := f.CommonName
		if name == "" {
			name = f.Subject
		}
		all = append(all, Issuer{Name: name, Subject: f.Subject, SPKI: f.SPKI})
	}
	return all, nil
}
