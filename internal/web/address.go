package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// AddressHeader is the header in which proxies tell the client's address. It is
// chosen and not found out: a proxy that writes one lets the others pass, with
// whatever the client wrote there (CVE-2025-64101).
type AddressHeader string

// The headers. The zero value is XForwardedFor.
const (
	XForwardedFor AddressHeader = "x-forwarded-for"
	Forwarded     AddressHeader = "forwarded" // RFC 7239
	XRealIP       AddressHeader = "x-real-ip" // of the last proxy only
)

// ForwardingHeaders are the headers by which proxies tell where a request came
// from and how. Of them one is read at the most.
func ForwardingHeaders() []string {
	return []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"}
}

// Name returns the name of the header.
func (h AddressHeader) Name() string {
	switch h {
	case Forwarded:
		return "Forwarded"
	case XRealIP:
		return "X-Real-IP"
	default:
		return "X-Forwarded-For"
	}
}

// Readable reports whether the last hop of the header names an address.
func (h AddressHeader) Readable(r *http.Request) bool {
	text, cut := h.text(r)
	hop, _, _ := cut(text)
	_, err := netip.ParseAddr(strings.TrimSpace(hop))
	return err == nil
}

// ClientAddress returns the address that a request comes from by
// X-Forwarded-For; see AddressHeader.Client.
func ClientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	return XForwardedFor.Client(r, trusted)
}

// Client returns the address that a request comes from. The header counts only
// when the connection itself comes from a trusted proxy, and then from the
// right: each trusted hop vouches for the one before it, and the first hop that
// is not trusted is the client. Whatever stands further left was written by the
// client and proves nothing.
func (h AddressHeader) Client(r *http.Request, trusted []netip.Prefix) netip.Addr {
	client := peerAddress(r.RemoteAddr)
	if !contains(trusted, client) {
		return client
	}
	text, cut := h.text(r)
	for more := true; more; {
		var hop string
		hop, text, more = cut(text)
		address, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break // what a trusted hop could not name is not believed
		}
		if client = address.Unmap().WithZone(""); h == XRealIP || !contains(trusted, client) {
			break
		}
	}
	return client
}

// text returns what the header says, and how its last hop is cut off.
func (h AddressHeader) text(r *http.Request) (string, func(string) (string, string, bool)) {
	sent := r.Header.Values(h.Name())
	switch {
	case h == Forwarded:
		return strings.Join(sent, ","), lastForwarded
	case h != XRealIP:
		return strings.Join(sent, ","), lastOf
	case len(sent) == 1 && !strings.Contains(sent[0], ","):
		return sent[0], lastOf
	default:
		return "", lastOf
	}
}

// lastOf cuts the last member off a list.
func lastOf(list string) (last, rest string, more bool) {
	if i := strings.LastIndexByte(list, ','); i >= 0 {
		return list[i+1:], list[:i], true
	}
	return list, "", false
}

// lastForwarded cuts the last element off a Forwarded header and returns the
// address of its "for" (RFC 7239, section 4), or a text that is none. It reads
// from the right, so that a quote that the client left open swallows nothing.
func lastForwarded(list string) (node, rest string, more bool) {
	start, quoted := 0, false
	for i := len(list) - 1; i >= 0 && start == 0; i-- {
		switch {
		case list[i] == '"':
			quoted = !quoted
		case list[i] == ',' && !quoted:
			start = i + 1
		}
	}
	if start > 0 {
		rest, more = list[:start-1], true
	}
	found := false
	for pair := range strings.SplitSeq(list[start:], ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if !strings.EqualFold(name, "for") {
			continue
		}
		if found {
			return "", rest, more
		}
		node, found = value, true
	}
	if inner, ok := strings.CutPrefix(node, `"`); ok {
		if node, ok = strings.CutSuffix(inner, `"`); !ok {
			return "", rest, more
		}
	}
	// With or without a port; IPv6 in brackets (section 6).
	if at, err := netip.ParseAddrPort(node); err == nil {
		return at.Addr().String(), rest, more
	}
	return strings.TrimSuffix(strings.TrimPrefix(node, "["), "]"), rest, more
}

// peerAddress reads the address of a connection. A Unix socket has none.
func peerAddress(remote string) netip.Addr {
	if at, err := netip.ParseAddrPort(remote); err == nil {
		return at.Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

func contains(prefixes []netip.Prefix, address netip.Addr) bool {
	for _, prefix := range prefixes {
		if prefix.Contains(address) {
			return true
		}
	}
	return false
}
