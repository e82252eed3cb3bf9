package certificate

import (
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strings"

	"signet/internal/iam"
)

// attemptPath is where attempts take place; the ticket follows. The mission
// document puts everything that asks for a certificate under /api/mtls.
const attemptPath = "/api/mtls/attempt/"

// Hosts are the names of the certificate host as browsers reach them, in lower
// case, each with its port unless that is 443. Browsers remember by host which
// certificate was chosen, so that one host makes later sign-ins automatic and
// another host lets a person choose anew.
type Hosts struct {
	// Wildcard has one name for each attempt that wants a new one:
	// "*.cert.id.example.org:3443". Empty where DNS or certificates do not allow it.
	Wildcard string
	// Fixed is one name for everybody's first attempt: "id.example.org:3443". It
	// may be empty if there are others.
	Fixed string
	// Pool are further fixed names, for new attempts without a wildcard.
	Pool []string
}

// Choose chooses the host of an attempt, without port. Remembered is the host
// that served this browser well before, or "". Fresh asks for one where the
// browser will ask for a certificate again; ok is false where none is left, and
// then only closing the browser makes it ask.
func (h Hosts) Choose(remembered string, fresh bool) (host string, ok bool) {
	if !fresh {
		switch {
		case h.Match(remembered) && remembered == normal(remembered):
			return remembered, true
		case h.Fixed != "":
			return nameOf(h.Fixed), true
		}
	}
	if h.Wildcard != "" {
		// Not the ticket: this name is seen in DNS and in the handshake.
		return iam.NewID() + strings.TrimPrefix(nameOf(h.Wildcard), "*"), true
	}
	others := slices.DeleteFunc(slices.Clone(h.Pool), func(s string) bool { return nameOf(s) == normal(remembered) })
	switch {
	case len(others) > 0:
		return nameOf(others[rand.IntN(len(others))]), true //nolint:gosec // which of the public names it is is no secret
	case fresh && h.Fixed != "" && len(h.Pool) > 0 && nameOf(h.Fixed) != normal(remembered):
		return nameOf(h.Fixed), true // the last of the pool was used, this one was not
	case h.Fixed != "":
		return nameOf(h.Fixed), !fresh
	case len(h.Pool) > 0:
		return nameOf(h.Pool[0]), !fresh
	}
	return "", false
}

// List lists the hosts as they were configured, with their ports.
func (h Hosts) List() []string {
	var all []string
	for _, host := range append([]string{h.Fixed, h.Wildcard}, h.Pool...) {
		if host != "" {
			all = append(all, host)
		}
	}
	return all
}

// Narrow returns the hosts with the one that a login method has chosen and no
// other. Where it is not configured any more, all of them stay: the choice
// decides where a browser is asked, and nothing about who is believed.
func (h Hosts) Narrow(choice string) Hosts {
	switch {
	case choice == "" || !slices.Contains(h.List(), choice):
		return h
	case choice == h.Wildcard:
		return Hosts{Wildcard: choice}
	default:
		return Hosts{Fixed: choice}
	}
}

// CheckChoice refuses settings that name a certificate host which the operator
// has not configured: people are led to it, so that it is never free text (row
// S41).
func (h Hosts) CheckChoice(p iam.Provider) error {
	if s := p.Settings.Certificate; s != nil && s.Host != "" && !slices.Contains(h.List(), s.Host) {
		return iam.Invalid("host", "certificate_host_unknown")
	}
	return nil
}

// Match reports whether a name, with or without port, is one of ours. Case and a
// trailing dot mean nothing to DNS (RFC 4343; RFC 1034, section 3.1) and must not
// lead around a rule (CVE-2022-23632).
func (h Hosts) Match(host string) bool {
	_, ok := h.entry(host)
	return ok
}

// elsewhere reports whether a name of ours comes with another port than its own,
// so that the request was made to another site under the same name. Proxies may
// leave the port out.
func (h Hosts) elsewhere(host string) bool {
	entry, ours := h.entry(host)
	if _, port, err := net.SplitHostPort(host); err != nil || !ours || entry == "" {
		return false
	} else if _, own, err := net.SplitHostPort(entry); err == nil {
		return port != own
	} else {
		return port != "443"
	}
}

// wild reports whether the name is that of one attempt.
func (h Hosts) wild(host string) bool {
	entry, ok := h.entry(host)
	return ok && strings.HasPrefix(entry, "*")
}

// entry returns the configured host that a name belongs to.
func (h Hosts) entry(host string) (string, bool) {
	name := normal(host)
	if name == "" {
		return "", false
	}
	for _, fixed := range append([]string{h.Fixed}, h.Pool...) {
		if fixed != "" && name == nameOf(fixed) {
			return fixed, true
		}
	}
	if h.Wildcard == "" {
		return "", false
	}
	label, ok := strings.CutSuffix(name, strings.TrimPrefix(nameOf(h.Wildcard), "*"))
	return h.Wildcard, ok && isLabel(label)
}

// AttemptURL is where the attempt on a chosen host takes place. It is made of
// the settings and never of what a request says (CVE-2025-64101).
func (h Hosts) AttemptURL(host string, ticket iam.Secret) string {
	at := host
	if entry, ok := h.entry(host); ok {
		if _, port, err := net.SplitHostPort(entry); err == nil {
			at = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
	}
	return "https://" + at + attemptPath + url.PathEscape(string(ticket))
}

// Sources lists the hosts as sources of a Content-Security-Policy, for pages
// whose forms lead here.
func (h Hosts) Sources() []string {
	var sources []string
	for _, host := range append([]string{h.Wildcard, h.Fixed}, h.Pool...) {
		if host != "" {
			sources = append(sources, "https://"+host)
		}
	}
	return sources
}

// isLabel reports whether Choose could have made the label: 26 letters and
// digits of base32.
func isLabel(s string) bool {
	return len(s) == 26 && !strings.ContainsFunc(s, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '2' || c > '7') })
}

// nameOf returns a host without its port. An IPv6 address keeps its brackets.
func nameOf(host string) string {
	name, _, err := net.SplitHostPort(host)
	switch {
	case err != nil:
		return host
	case strings.Contains(name, ":"):
		return "[" + name + "]"
	}
	return name
}

// normal is the form in which names are compared: no port, lower case, no
// trailing dot.
func normal(host string) string {
	return strings.TrimSuffix(strings.ToLower(nameOf(host)), ".")
}
