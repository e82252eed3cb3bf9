package console

import (
	"bytes"
	"cmp"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strconv"
	"strings"
	"time"

	"signet/internal/cert"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
	"signet/internal/words"
)

// readAuthorities returns the CAs that a login method trusts; none where they
// cannot be read. The gallery has another one.
type readAuthorities func(iam.Provider) []authority

// authority is a CA as its card tells of it.
type authority struct {
	iam.Certificate
	// PathLen is how many CAs may stand below it; -1 where it says nothing.
	PathLen int
	RSABits int // of its key; 0 where it is of another kind
}

func authorities(p iam.Provider) (all []authority) {
	if p.Settings.Certificate == nil {
		return nil
	}
	parsed, err := cert.ParseBundle([]byte(p.Settings.Certificate.Anchors))
	if err != nil {
		return nil
	}
	for _, c := range parsed {
		f := cert.Read(c)
		a := authority{PathLen: -1, Certificate: iam.Certificate{
			Subject: f.Subject, CommonName: f.CommonName, Issuer: f.Issuer, IssuerName: f.IssuerName, Serial: f.Serial, NotBefore: f.NotBefore, NotAfter: f.NotAfter,
			KeyType: f.KeyType, SHA256: f.SHA256, SPKI: f.SPKI, SubjectKeyID: f.SubjectKeyID,
		}}
		// MaxPathLen is 0 both for "none" and for "nothing said" (package x509).
		if c.MaxPathLen > 0 || c.MaxPathLenZero {
			a.PathLen = c.MaxPathLen
		}
		if key, ok := c.PublicKey.(*rsa.PublicKey); ok {
			a.RSABits = key.N.BitLen()
		}
		all = append(all, a)
	}
	return all
}

// enduringRSABits is the size from which an RSA key of a CA is not called weak:
// 2048 bits are good until 2030 (NIST SP 800-57 Part 1 Rev. 5, table 4), and CAs
// live longer.
const enduringRSABits = 3072

// warningsOf says what an administrator should know about the CAs of a method,
// although they can be used. Pure.
func warningsOf(p *i18n.Printer, all []authority, now time.Time) (items []string) {
	for i, a := range all {
		name := a.Name()
		switch web.CertificateState(a.NotBefore, a.NotAfter, now) {
		case "expired":
			items = append(items, p.T("console.methods.warn_expired", "Name", name, "Date", p.Date(a.NotAfter)))
		case "near":
			items = append(items, p.T("console.methods.warn_near", "Name", name, "Date", p.Date(a.NotAfter)))
		case "early":
			items = append(items, p.T("console.methods.warn_early", "Name", name, "Date", p.Date(a.NotBefore)))
		}
		if a.RSABits > 0 && a.RSABits < enduringRSABits {
			items = append(items, p.T("console.methods.warn_weak", "Name", name, "Bits", strconv.Itoa(a.RSABits)))
		}
		for _, other := range all[:i] {
			if a.SPKI != "" && a.SPKI == other.SPKI && a.Subject == other.Subject {
				items = append(items, p.T("console.methods.warn_same_key", "Name", name))
				break
			}
		}
	}
	return items
}

// authorityCard shows a CA.
func authorityCard(p *i18n.Printer, a authority, now time.Time) web.Certificate {
	c := a.Certificate
	card := words.Certificate(p, c, now)
	below := p.T("console.methods.path_any")
	if a.PathLen >= 0 {
		below = p.N("console.methods.path_length", a.PathLen)
	}
	card.Facts = append(card.Facts, web.Fact{Term: p.T("console.methods.path"), Text: below})
	if c.SubjectKeyID != "" {
		card.Facts = append(card.Facts, web.Fact{Term: p.T("console.methods.key_id"), Text: c.SubjectKeyID, Mono: true})
	}
	return card
}

// healthOf says whether people can sign in with the CAs, as far as their dates
// decide it. Pure.
func healthOf(p *i18n.Printer, all []authority, now time.Time) web.Badge {
	var first *authority // the one that ends first, or ended
	valid := 0
	for i, c := range all {
		if state := web.CertificateState(c.NotBefore, c.NotAfter, now); state == "ok" || state == "near" {
			valid++
		}
		if first == nil || c.NotAfter.Before(first.NotAfter) {
			first = &all[i]
		}
	}
	switch {
	case first == nil:
		return web.Badge{Kind: "danger", Icon: "x-circle", Label: p.T("console.methods.health_none")}
	case valid == 0:
		return web.Badge{Kind: "danger", Icon: "x-circle", Label: p.T("console.methods.health_over")}
	}
	dated := func(key string) string { return p.T(key, "Date", p.Date(first.NotAfter)) }
	switch web.CertificateState(first.NotBefore, first.NotAfter, now) {
	case "expired":
		return web.Badge{Kind: "warning", Icon: "alert", Label: dated("console.methods.health_part")}
	case "near":
		return web.Badge{Kind: "warning", Icon: "clock", Label: dated("console.methods.health_near")}
	}
	return web.Badge{Kind: "success", Icon: "check", Label: p.T("console.methods.health_ok", "Date", p.Date(first.NotAfter))}
}

// anchorsOf is the PEM of the stored CAs without those that were removed, and of
// what was brought. What cannot be read stands for itself: the rule refuses it
// and says why, and nothing changes. Each CA stands once.
func anchorsOf(stored string, remove []string, brought ...[]byte) string {
	var all []*x509.Certificate
	for i, data := range append([][]byte{[]byte(stored)}, brought...) {
		if len(bytes.TrimSpace(data)) == 0 {
			continue
		}
		parsed, err := cert.ParseBundle(data)
		if err != nil {
			return string(data)
		}
		for _, c := range parsed {
			if i > 0 || !slices.Contains(remove, cert.Read(c).SHA256) {
				all = append(all, c)
			}
		}
	}
	return pemOf(all)
}

// broughtTwice names the CAs that were brought although the method has them.
func broughtTwice(stored string, remove []string, brought ...[]byte) (names []string) {
	seen := map[string]bool{}
	for i, data := range append([][]byte{[]byte(stored)}, brought...) {
		parsed, err := cert.ParseBundle(data)
		if err != nil {
			continue
		}
		for _, c := range parsed {
			f := cert.Read(c)
			if i > 0 && seen[f.SHA256] {
				names = append(names, cmp.Or(f.CommonName, f.Subject))
			}
			seen[f.SHA256] = i > 0 || !slices.Contains(remove, f.SHA256)
		}
	}
	return names
}

func pemOf(all []*x509.Certificate) string {
	var b strings.Builder
	written := map[string]bool{}
	for _, c := range all {
		if !written[string(c.Raw)] {
			written[string(c.Raw)] = true
			b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
		}
	}
	return b.String()
}
