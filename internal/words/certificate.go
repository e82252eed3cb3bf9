package words

import (
	"strings"
	"time"

	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/web"
)

// Certificate is the card of a certificate, its state told by its dates alone.
func Certificate(p *i18n.Printer, c iam.Certificate, now time.Time) web.Certificate {
	state := web.CertificateState(c.NotBefore, c.NotAfter, now)
	if c.Described {
		state = "ok"
	}
	return web.Certificate{
		Name: c.Name(), Issuer: Issuer(c), From: c.NotBefore, Until: c.NotAfter,
		State: state,
		Facts: CertificateFacts(p, c),
	}
}

// Issuer is the shortest text by which people know the authority that issued
// the certificate: the common name in its distinguished name, or all of it.
func Issuer(c iam.Certificate) string {
	for _, part := range splitName(c.Issuer) {
		if name, ok := strings.CutPrefix(part, "CN="); ok && name != "" {
			return unescape(name)
		}
	}
	return c.Issuer
}

// CertificateFacts are the facts of a certificate that are compared with what
// another tool shows.
func CertificateFacts(p *i18n.Printer, c iam.Certificate) []web.Fact {
	var facts []web.Fact
	add := func(term, text string, mono bool) {
		if text != "" {
			facts = append(facts, web.Fact{Term: term, Text: text, Mono: mono})
		}
	}
	add(p.T("event.certificate.subject"), c.Subject, false)
	add(p.T("event.certificate.issuer"), c.Issuer, false)
	add(p.T("event.certificate.valid_from"), p.DateTime(c.NotBefore), false)
	add(p.T("event.certificate.valid_until"), p.DateTime(c.NotAfter), false)
	add(p.T("event.certificate.emails"), strings.Join(c.Emails, ", "), false)
	add(p.T("event.certificate.upns"), strings.Join(c.UPNs, ", "), false)
	add(p.T("event.certificate.serial"), c.Serial, true)
	add(p.T("event.certificate.sha256"), c.SHA256, true)
	if c.Described {
		add(p.T("event.certificate.sha1"), c.SHA1, true)
		add(p.T("event.certificate.known"), p.T("event.certificate.described"), false)
	}
	add(p.T("event.certificate.key"), c.KeyType, false)
	return facts
}

// splitName takes a distinguished name of RFC 4514 apart at the commas and plus
// signs that no backslash escapes (section 3).
func splitName(name string) []string {
	var parts []string
	start, escaped := 0, false
	for i, c := range name {
		switch {
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == ',' || c == '+':
			parts = append(parts, strings.TrimSpace(name[start:i]))
			start = i + 1
		}
	}
	return append(parts, strings.TrimSpace(name[start:]))
}

// unescape takes away the backslashes before special characters (RFC 4514,
// section 2.4). Hex pairs stay as they are: they are rare and for machines.
func unescape(value string) string {
	var b strings.Builder
	escaped := false
	for _, c := range value {
		if c == '\\' && !escaped {
			escaped = true
			continue
		}
		escaped = false
		b.WriteRune(c)
	}
	return b.String()
}
