// Package limit bounds what a stranger can make the program write down. Whoever
// has not signed in is known by an address only, so an address has a budget
// that fills again with time.
package limit

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// most is how many addresses are remembered at once, some 10 MB of them. An
// address that comes when all places are taken shares one budget with all
// others that do, so that many addresses cannot take the memory instead of the
// disk.
const most = 1 << 16

// Addresses is a budget for each address: a network of 64 bits for IPv6, since
// that is what one customer has. A nil Addresses allows everything.
type Addresses struct {
	perSecond rate.Limit
	burst     int

	mu     sync.Mutex
	known  map[netip.Prefix]*rate.Limiter
	others *rate.Limiter
	swept  time.Time
}

// PerMinute returns budgets of n a minute, of which all can be taken at once. It
// returns nil, which allows everything, where n is not positive.
func PerMinute(n int) *Addresses {
	if n <= 0 {
		return nil
	}
	a := &Addresses{perSecond: rate.Limit(float64(n) / 60), burst: n, known: make(map[netip.Prefix]*rate.Limiter)}
	a.others = a.limiter()
	return a
}

func (a *Addresses) limiter() *rate.Limiter { return rate.NewLimiter(a.perSecond, a.burst) }

// Allow takes one from the budget of the address at the time, and reports
// whether there was one. An address that is not valid, as behind a socket whose
// proxy names no client, is nobody's: all such requests share one budget.
func (a *Addresses) Allow(address netip.Addr, now time.Time) bool {
	if a == nil {
		return true
	}
	return a.of(Network(address), now).AllowN(now, 1)
}

// Left reports whether there is one in the budget of the address at the time, and
// takes none: for who cannot know yet whether it will be used.
func (a *Addresses) Left(address netip.Addr, now time.Time) bool {
	return a == nil || a.of(Network(address), now).TokensAt(now) >= 1
}

// Take takes one from the budget of the address, also one that has been taken since
// Left was asked: the budget makes up for it.
func (a *Addresses) Take(address netip.Addr, now time.Time) {
	if a != nil {
		a.of(Network(address), now).ReserveN(now, 1)
	}
}

func (a *Addresses) of(network netip.Prefix, now time.Time) *rate.Limiter {
	a.mu.Lock()
	defer a.mu.Unlock()
	if l, ok := a.known[network]; ok {
		return l
	}
	if len(a.known) >= most {
		a.forgetFull(now)
	}
	if len(a.known) >= most {
		return a.others
	}
	l := a.limiter()
	a.known[network] = l
	return l
}

// forgetFull drops the budgets that are full again: whoever they belong to
// begins with a full one anyway. It looks at most once a second, because it
// looks at all of them.
func (a *Addresses) forgetFull(now time.Time) {
	if now.Sub(a.swept) < time.Second {
		return
	}
	a.swept = now
	for network, l := range a.known {
		if l.TokensAt(now) >= float64(a.burst) {
			delete(a.known, network)
		}
	}
}

// Network returns what counts as one address: an IPv6 customer has a whole /64.
func Network(address netip.Addr) netip.Prefix {
	address = address.Unmap().WithZone("")
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	network, err := address.Prefix(bits)
	if err != nil {
		return netip.Prefix{} // not valid
	}
	return network
}
