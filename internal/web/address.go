package web

import (
	"net/http"
	"net/netip"
	"strings"
)

// ClientAddress returns the address that a request comes from. Headers count
// only when the connection itself comes from a trusted proxy, and then from
// the right: each trusted hop vouches for the one before it, and the first hop
// that is not trusted is the client. Whatever stands further left was written
// by the client and proves nothing.
func ClientAddress(r *http.Request, trusted []netip.Prefix) netip.Addr {
	peer := peerAddress(r.RemoteAddr)
	if !contains(trusted, peer) {
		return peer
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	client := peer
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break // what a trusted hop could not name is not believed
		}
		client = hop.Unmap().WithZone("")
		if !contains(trusted, client) {
			return client
		}
	}
	return client
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
