package limit_test

import (
	"encoding/binary"
	"net/netip"
	"testing"
	"time"

	"signet/internal/limit"
)

var start = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

func taken(a *limit.Addresses, address string, now time.Time, tries int) (allowed int) {
	for range tries {
		if a.Allow(netip.MustParseAddr(address), now) {
			allowed++
		}
	}
	return allowed
}

func TestBudgetEndsAndFillsAgain(t *testing.T) {
	a := limit.PerMinute(60)
	if got := taken(a, "192.0.2.1", start, 100); got != 60 {
		t.Errorf("%d allowed at once, want 60", got)
	}
	if got := taken(a, "192.0.2.1", start.Add(10*time.Second), 100); got != 10 {
		t.Errorf("%d allowed after ten seconds, want 10", got)
	}
	if got := taken(a, "192.0.2.2", start, 100); got != 60 {
		t.Errorf("%d allowed to another address, want 60", got)
	}
}

func TestOneCustomerIsOneAddress(t *testing.T) {
	for name, pair := range map[string][2]string{
		"IPv6 of one /64":              {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"},
		"IPv4 and IPv4 in IPv6":        {"192.0.2.1", "::ffff:192.0.2.1"},
		"link-local of two interfaces": {"fe80::1%eth0", "fe80::1%eth1"},
	} {
		a := limit.PerMinute(10)
		taken(a, pair[0], start, 10)
		if got := taken(a, pair[1], start, 10); got != 0 {
			t.Errorf("%s: %d allowed to %s after %s took all", name, got, pair[1], pair[0])
		}
	}
	a := limit.PerMinute(10)
	taken(a, "2001:db8:1:2::1", start, 10)
	if got := taken(a, "2001:db8:1:3::1", start, 10); got != 10 {
		t.Errorf("%d allowed to another /64, want 10", got)
	}
}

func TestManyAddressesShareWhatIsLeft(t *testing.T) {
	a := limit.PerMinute(5)
	address := func(i int) netip.Addr {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(10<<24+i))
		return netip.AddrFrom4(b)
	}
	const places = 1 << 16
	for i := range places {
		a.Allow(address(i), start)
	}
	allowed := 0
	for i := range 1000 {
		if a.Allow(address(places+i), start) {
			allowed++
		}
	}
	if allowed != 5 {
		t.Errorf("%d of 1000 further addresses allowed, want the 5 of one budget", allowed)
	}
	if !a.Allow(address(places+1), start.Add(time.Hour)) {
		t.Error("a new address is refused although all others are long gone")
	}
}

func TestNoLimit(t *testing.T) {
	if got := taken(limit.PerMinute(0), "192.0.2.1", start, 1000); got != 1000 {
		t.Errorf("%d of 1000 allowed where there is no limit", got)
	}
}

func TestAddressThatIsNoneHasABudget(t *testing.T) {
	a := limit.PerMinute(3)
	allowed := 0
	for range 10 {
		if a.Allow(netip.Addr{}, start) {
			allowed++
		}
	}
	if allowed != 3 {
		t.Errorf("%d allowed, want 3", allowed)
	}
}
