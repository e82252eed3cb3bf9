package cert

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

// form is a kind of GeneralName, by its tag (RFC 5280, section 4.2.1.6).
type form uint8

const (
	formOther     form = 0
	formEmail     form = 1
	formDNS       form = 2
	formX400      form = 3
	formDirectory form = 4
	formEDI       form = 5
	formURI       form = 6
	formIP        form = 7
	formID        form = 8
)

func (f form) String() string {
	names := []string{"otherName", "rfc822Name", "dNSName", "x400Address", "directoryName", "ediPartyName", "uniformResourceIdentifier", "iPAddress", "registeredID"}
	if int(f) < len(names) {
		return names[f]
	}
	return fmt.Sprintf("form %d", uint8(f))
}

// generalName is a name of a certificate or the base of a subtree.
type generalName struct {
	form  form
	value []byte   // content of the GeneralName
	rdns  []string // of a directoryName, canonical
	text  string   // of rfc822Name, dNSName and uniformResourceIdentifier
}

// maxComparedText bounds the texts that are held to constraints: each is looked
// at once for every subtree.
const maxComparedText = 2048

// readGeneralNames reads names until the end.
func readGeneralNames(in cryptobyte.String) (all []generalName, ok bool) {
	for !in.Empty() {
		name, ok := readGeneralName(&in)
		if !ok {
			return nil, false
		}
		all = append(all, name)
	}
	return all, true
}

func readGeneralName(in *cryptobyte.String) (generalName, bool) {
	var value cryptobyte.String
	var tag asn1.Tag
	if !in.ReadAnyASN1(&value, &tag) || tag&0xc0 != 0x80 {
		return generalName{}, false
	}
	name := generalName{form: form(tag & 0x1f), value: value}
	switch name.form {
	case formDirectory: // explicitly tagged, because Name is a CHOICE
		rdns, ok := canonicalName(value)
		name.rdns = rdns
		return name, ok
	case formEmail, formDNS, formURI:
		name.text = string(value)
		return name, len(name.text) <= maxComparedText && isPlain(name.text)
	default:
		return name, name.form <= formID
	}
}

// subtrees are the name constraints of one CA.
type subtrees struct {
	permitted, excluded []generalName
}

// readSubtrees reads a nameConstraints extension (RFC 5280, section 4.2.1.10).
// Bounds of depth (minimum, maximum) are used by nobody and refused.
func readSubtrees(der []byte) (s subtrees, err error) {
	garbled := fmt.Errorf("nameConstraints cannot be read")
	outer := cryptobyte.String(der)
	var in, permitted, excluded cryptobyte.String
	var has [2]bool
	if !outer.ReadASN1(&in, asn1.SEQUENCE) || !outer.Empty() ||
		!in.ReadOptionalASN1(&permitted, &has[0], asn1.Tag(0).ContextSpecific().Constructed()) ||
		!in.ReadOptionalASN1(&excluded, &has[1], asn1.Tag(1).ContextSpecific().Constructed()) || !in.Empty() || !has[0] && !has[1] {
		return s, garbled
	}
	for into, list := range map[*[]generalName]cryptobyte.String{&s.permitted: permitted, &s.excluded: excluded} {
		for !list.Empty() {
			var subtree cryptobyte.String
			if !list.ReadASN1(&subtree, asn1.SEQUENCE) {
				return s, garbled
			}
			base, ok := readGeneralName(&subtree)
			if !ok || !base.isBase() {
				return s, garbled
			}
			var minimum int
			if !subtree.ReadOptionalASN1Integer(&minimum, asn1.Tag(0).ContextSpecific(), 0) || minimum != 0 || !subtree.Empty() {
				return s, fmt.Errorf("nameConstraints that bound the depth of a subtree are not understood")
			}
			*into = append(*into, base)
		}
	}
	return s, nil
}

// isBase reports whether the name can stand for a subtree.
func (n generalName) isBase() bool {
	if n.form == formIP {
		_, ok := network(n.value)
		return ok
	}
	return true
}

// namesOf returns every name that a certificate bears: its subject, the e-mail
// addresses in the subject, and subjectAltName. Section 4.2.1.10 asks to hold the
// addresses in the subject to the constraints where there is no subjectAltName;
// we always do, because login methods can read them.
func namesOf(c *x509.Certificate) (all []generalName, err error) {
	rdns, ok := canonicalName(c.RawSubject)
	if !ok {
		return nil, fmt.Errorf("its name cannot be read")
	}
	if len(rdns) > 0 {
		all = append(all, generalName{form: formDirectory, rdns: rdns})
		for _, address := range subjectEmails(c) {
			all = append(all, generalName{form: formEmail, text: address})
		}
	}
	if alt, ok := extension(c, oidSubjectAltName()); ok {
		outer := cryptobyte.String(alt.Value)
		var in cryptobyte.String
		if !outer.ReadASN1(&in, asn1.SEQUENCE) || !outer.Empty() {
			return nil, fmt.Errorf("subjectAltName cannot be read")
		}
		names, ok := readGeneralNames(in)
		if !ok {
			return nil, fmt.Errorf("subjectAltName cannot be read")
		}
		all = append(all, names...)
	}
	return all, nil
}

// subjectEmails are the emailAddress attributes of the subject.
func subjectEmails(c *x509.Certificate) (all []string) {
	for _, attribute := range c.Subject.Names {
		if text, ok := attribute.Value.(string); ok && attribute.Type.Equal([]int{1, 2, 840, 113549, 1, 9, 1}) {
			all = append(all, text)
		}
	}
	return all
}

// comparer counts the comparisons that may still be made: with thousands of names
// held to thousands of subtrees they would be millions (CVE-2026-27145).
// What was read of a certificate is kept for the paths that it stands in.
type comparer struct {
	left  int
	own   map[*x509.Certificate]bool
	names map[*x509.Certificate][]generalName
}

func newComparer() *comparer {
	return &comparer{left: maxComparisons}
}

func (k *comparer) selfIssued(c *x509.Certificate) bool {
	own, ok := k.own[c]
	if !ok {
		if k.own == nil {
			k.own = map[*x509.Certificate]bool{}
		}
		own = selfIssued(c)
		k.own[c] = own
	}
	return own
}

func (k *comparer) namesOf(c *x509.Certificate) (all []generalName, err error) {
	all, ok := k.names[c]
	if !ok {
		if all, err = namesOf(c); err != nil {
			return nil, err
		}
		if k.names == nil {
			k.names = map[*x509.Certificate][]generalName{}
		}
		k.names[c] = all
	}
	return all, nil
}

// maxComparisons is what Go's verifier allows itself too.
const maxComparisons = 250_000

// within says why a name is outside of what the CA may name, or nothing.
func (k *comparer) within(s subtrees, name generalName) string {
	if text := k.outOf(s, name); text != "" {
		return strings.TrimSpace(name.form.String()+" "+name.String()) + ": " + text
	}
	return ""
}

func (k *comparer) outOf(s subtrees, name generalName) string {
	for _, base := range s.excluded {
		if base.form != name.form {
			continue
		}
		in, text := k.in(base, name, true)
		switch {
		case text != "":
			return text
		case in:
			return "excluded by " + base.String()
		}
	}
	restricted := false
	for _, base := range s.permitted {
		if base.form != name.form {
			continue
		}
		restricted = true
		in, text := k.in(base, name, false)
		switch {
		case text != "":
			return text
		case in:
			return ""
		}
	}
	if restricted {
		return "outside of what is permitted"
	}
	return ""
}

// in reports whether a name is in a subtree of its form; the text says why that
// cannot be known. Wildcards stand for what they could become: one is excluded
// where any name that it covers is.
func (k *comparer) in(base, name generalName, excluding bool) (bool, string) {
	if k.left--; k.left < 0 {
		return false, "more names and subtrees than are compared"
	}
	switch name.form {
	case formDirectory:
		return len(name.rdns) >= len(base.rdns) && slices.Equal(name.rdns[:len(base.rdns)], base.rdns), ""
	case formDNS:
		return inDomain(base.text, name.text, excluding)
	case formEmail:
		return inMailbox(base.text, name.text)
	case formURI:
		return inURI(base.text, name.text)
	case formIP:
		return inNetwork(base.value, name.value)
	default:
		return false, "a constraint on names of this form is not understood"
	}
}

func (n generalName) String() string {
	switch n.form {
	case formEmail, formDNS, formURI:
		return fmt.Sprintf("%q", n.text)
	case formIP:
		if p, ok := network(n.value); ok {
			return p.String()
		}
		return net.IP(n.value).String()
	default:
		return "" // the name stands beside it, or is not for reading
	}
}

// inDomain: a name is in the subtree if labels can be put before the base. A base
// with a leading period, which section 4.2.1.10 does not know and CAs use, holds
// the names below it only.
func inDomain(base, name string, excluding bool) (bool, string) {
	labels := strings.TrimSuffix(strings.ToLower(name), ".")
	base = strings.ToLower(strings.TrimSuffix(base, "."))
	if labels == "" || strings.Contains(labels, "..") || labels[0] == '.' {
		return false, "not a domain name"
	}
	if base == "" {
		return true, ""
	}
	suffix := "." + strings.TrimPrefix(base, ".")
	if rest, wild := strings.CutPrefix(labels, "*."); wild && excluding {
		// "*.example.org" could be "a.example.org", which excludes.
		if below, ok := strings.CutSuffix(suffix, "."+rest); ok && strings.Count(below, ".") == 1 {
			return true, ""
		}
	}
	return strings.HasSuffix(labels, suffix) || base[0] != '.' && labels == base, ""
}

// inMailbox: the base is a mailbox, a host (all mailboxes on it), or a domain
// with a leading period (all hosts below it).
func inMailbox(base, name string) (bool, string) {
	at := strings.LastIndexByte(name, '@')
	if at <= 0 || at == len(name)-1 {
		return false, "not a mailbox"
	}
	local, host := name[:at], strings.ToLower(name[at+1:])
	if i := strings.LastIndexByte(base, '@'); i >= 0 {
		return base[:i] == local && strings.ToLower(base[i+1:]) == host, ""
	}
	return inHost(base, host), ""
}

// inURI: the base is a host or a domain with a leading period. A URI without a
// host name, or with an address, cannot be held to it.
func inURI(base, name string) (bool, string) {
	u, err := url.Parse(name)
	if err != nil || u.Hostname() == "" {
		return false, "a URI without a host name"
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return false, "a URI with an address in place of a host name"
	}
	return inHost(base, strings.ToLower(u.Hostname())), ""
}

func inHost(base, host string) bool {
	base = strings.ToLower(base)
	if base == "" {
		return true
	}
	if base[0] == '.' {
		return strings.HasSuffix(host, base) && len(host) > len(base)
	}
	return host == base
}

// inNetwork never takes an IPv4 address for an IPv6 one.
func inNetwork(base, name []byte) (bool, string) {
	prefix, ok := network(base)
	address, fine := netip.AddrFromSlice(name)
	if !ok || !fine {
		return false, "not an IP address"
	}
	return prefix.Contains(address), ""
}

// network reads an address and a mask, whose ones must stand together.
func network(value []byte) (netip.Prefix, bool) {
	if len(value) != 8 && len(value) != 32 {
		return netip.Prefix{}, false
	}
	half := len(value) / 2
	ones, bits := net.IPMask(value[half:]).Size()
	address, ok := netip.AddrFromSlice(value[:half])
	if !ok || bits == 0 {
		return netip.Prefix{}, false
	}
	return netip.PrefixFrom(address, ones), true
}

// equal reports whether two names are the same (for distribution points).
func (n generalName) equal(other generalName) bool {
	switch {
	case n.form != other.form:
		return false
	case n.form == formDirectory:
		return slices.Equal(n.rdns, other.rdns)
	default:
		return bytes.Equal(n.value, other.value)
	}
}
