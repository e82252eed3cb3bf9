package console

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"slices"
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
type readAuthorities func(iam.Provider) []iam.Certificate

func authorities(p iam.Provider) (all []iam.Certificate) {
	if p.Settings.Certificate == nil {
		return nil
	}
	parsed, err := cert.ParseBundle([]byte(p.Settings.Certificate.Anchors))
	if err != nil {
		return nil
	}
	for _, c := range parsed {
		f := cert.Read(c)
		all = append(all, iam.Certificate{
			Subject: f.Subject, CommonName: f.CommonName, Issuer: f.Issuer, IssuerName: f.IssuerName, Serial: f.Serial, NotBefore: f.NotBefore, NotAfter: f.NotAfter,
			KeyType: f.KeyType, SHA256: f.SHA256, SubjectKeyID: f.SubjectKeyID,
		})
	}
	return all
}

// authorityCard shows a CA.
func authorityCard(p *i18n.Printer, c iam.Certificate, now time.Time) web.Certificate {
	card := words.Certificate(p, c, now)
	if c.SubjectKeyID != "" {
		card.Facts = append(card.Facts, web.Fact{Term: p.T("console.methods.key_id"), Text: c.SubjectKeyID, Mono: true})
	}
	return card
}

// healthOf says whether people can sign in with the CAs, as far as their dates
// decide it. Pure.
func healthOf(p *i18n.Printer, all []iam.Certificate, now time.Time) web.Badge {
	var first *iam.Certificate // the one that ends first, or ended
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
