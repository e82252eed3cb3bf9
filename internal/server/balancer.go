package server

import (
	"net"
	"net/netip"
	"slices"
	"time"

	"github.com/pires/go-proxyproto"
)

// behindBalancers returns a listener whose connections from these addresses
// begin by the PROXY protocol, version 1 or 2, and have the address that it
// names. They must begin so: if it were left to them, whoever comes through a
// balancer that does not write it could write it. From all others it is what any
// other nonsense before a handshake is.
func behindBalancers(l net.Listener, balancers []netip.Prefix) net.Listener {
	return &proxyproto.Listener{
		Listener: l, ReadHeaderTimeout: 5 * time.Second,
		ConnPolicy: func(c proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
			if at, ok := c.Upstream.(*net.TCPAddr); ok {
				peer := at.AddrPort().Addr().Unmap().WithZone("")
				if slices.ContainsFunc(balancers, func(p netip.Prefix) bool { return p.Contains(peer) }) {
					return proxyproto.REQUIRE, nil
				}
			}
			return proxyproto.SKIP, nil
		},
	}
}
