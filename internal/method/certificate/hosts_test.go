package certificate_test

import (
	"slices"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/method/certificate"
)

const label = "abcdefghijklmnopqrstuvwxyz"

func TestChooseHost(t *testing.T) {
	all := certificate.Hosts{Wildcard: "*.cert.id.localhost:3443", Fixed: "id.localhost:3443", Pool: []string{"c1.id.localhost:3443", "c2.id.localhost"}}
	wild := certificate.Hosts{Wildcard: all.Wildcard}
	both := certificate.Hosts{Wildcard: all.Wildcard, Fixed: all.Fixed}
	pool := certificate.Hosts{Pool: all.Pool}
	poolAndFixed := certificate.Hosts{Pool: []string{"c1.id.localhost:3443"}, Fixed: all.Fixed}
	fixed := certificate.Hosts{Fixed: all.Fixed}
	const aNewOne = "*"
	for name, c := range map[string]struct {
		hosts      certificate.Hosts
		remembered string
		fresh      bool
		want       []string // one of them
		ok         bool
	}{
		"the first visit":                                {both, "", false, []string{"id.localhost"}, true},
		"the first visit without a fixed name":           {wild, "", false, []string{aNewOne}, true},
		"the first visit to a pool":                      {pool, "", false, []string{"c1.id.localhost", "c2.id.localhost"}, true},
		"a label that served well":                       {both, label + ".cert.id.localhost", false, []string{label + ".cert.id.localhost"}, true},
		"a fixed name that served well":                  {both, "id.localhost", false, []string{"id.localhost"}, true},
		"a name of the pool that served well":            {all, "c2.id.localhost", false, []string{"c2.id.localhost"}, true},
		"a remembered name of somebody else":             {both, "evil.example", false, []string{"id.localhost"}, true},
		"a remembered label that Choose did not make":    {both, "admin.cert.id.localhost", false, []string{"id.localhost"}, true},
		"a remembered name below a label":                {both, "x." + label + ".cert.id.localhost", false, []string{"id.localhost"}, true},
		"a remembered name in capitals":                  {both, strings.ToUpper(label) + ".cert.id.localhost", false, []string{"id.localhost"}, true},
		"a remembered name with a trailing dot":          {both, label + ".cert.id.localhost.", false, []string{"id.localhost"}, true},
		"a remembered name with a port":                  {both, "id.localhost:3443", false, []string{"id.localhost"}, true},
		"the wildcard itself":                            {both, "*.cert.id.localhost", false, []string{"id.localhost"}, true},
		"another certificate, with a wildcard":           {all, "id.localhost", true, []string{aNewOne}, true},
		"another certificate, from a label":              {both, label + ".cert.id.localhost", true, []string{aNewOne}, true},
		"another certificate, from the pool":             {pool, "c1.id.localhost", true, []string{"c2.id.localhost"}, true},
		"another certificate, from the fixed name":       {poolAndFixed, "id.localhost", true, []string{"c1.id.localhost"}, true},
		"another certificate, from the pool's only name": {poolAndFixed, "c1.id.localhost", true, []string{"id.localhost"}, true},
		"another certificate, with one name only":        {fixed, "id.localhost", true, []string{"id.localhost"}, false},
		"another certificate, with one name, unknown":    {fixed, "", true, []string{"id.localhost"}, false},
		"another certificate, with a pool of one":        {certificate.Hosts{Pool: []string{"c1.id.localhost"}}, "c1.id.localhost", true, []string{"c1.id.localhost"}, false},
		"no name at all":                                 {certificate.Hosts{}, "", false, []string{""}, false},
	} {
		t.Run(name, func(t *testing.T) {
			for range 8 {
				got, ok := c.hosts.Choose(c.remembered, c.fresh)
				if ok != c.ok {
					t.Fatalf("Choose = %q, %v; want %v", got, ok, c.ok)
				}
				if before, found := strings.CutSuffix(got, ".cert.id.localhost"); found && c.want[0] == aNewOne {
					if len(before) != len(label) || got == c.remembered || !c.hosts.Match(got) {
						t.Fatalf("Choose = %q, which is no new name of ours", got)
					}
					continue
				}
				if !slices.Contains(c.want, got) {
					t.Fatalf("Choose = %q, want one of %q", got, c.want)
				}
			}
		})
	}
	first, _ := wild.Choose("", true)
	second, _ := wild.Choose("", true)
	if first == second {
		t.Error("two attempts got the same label")
	}
}

func TestMatchHost(t *testing.T) {
	hosts := certificate.Hosts{Wildcard: "*.cert.id.localhost:3443", Fixed: "id.localhost:3443", Pool: []string{"c1.id.localhost", "10.0.0.7:3443", "[::1]:3443"}}
	for host, want := range map[string]bool{
		"id.localhost": true, "id.localhost:3443": true, "id.localhost:1": true, "ID.Localhost": true, "id.localhost.": true, "id.localhost.:3443": true,
		label + ".cert.id.localhost": true, label + ".cert.id.localhost:3443": true, strings.ToUpper(label) + ".CERT.id.localhost": true,
		"c1.id.localhost": true, "10.0.0.7": true, "10.0.0.7:3443": true, "[::1]:3443": true, "[::1]": true,
		"": false, ".": false, "localhost": false, "cert.id.localhost": false, ".cert.id.localhost": false, "*.cert.id.localhost": false,
		"www.cert.id.localhost": false, "a." + label + ".cert.id.localhost": false, label + ".cert.id.localhost.evil.example": false,
		label + "xcert.id.localhost": false, "evilid.localhost": false, label[1:] + "0.cert.id.localhost": false, "id.localhost..": false, "id.localhost/": false,
		"10.0.0.8": false, "[::2]": false,
	} {
		if got := hosts.Match(host); got != want {
			t.Errorf("Match(%q) = %v, want %v", host, got, want)
		}
	}
	if (certificate.Hosts{}).Match("") {
		t.Error("no hosts match the empty name")
	}
}

func TestAttemptURL(t *testing.T) {
	hosts := certificate.Hosts{Wildcard: "*.cert.id.localhost:3443", Fixed: "id.localhost:3444", Pool: []string{"c1.id.localhost", "[::1]:3445"}}
	for host, want := range map[string]string{
		label + ".cert.id.localhost": "https://" + label + ".cert.id.localhost:3443/api/mtls/attempt/t%2Fx",
		"id.localhost":               "https://id.localhost:3444/api/mtls/attempt/t%2Fx",
		"c1.id.localhost":            "https://c1.id.localhost/api/mtls/attempt/t%2Fx",
		"[::1]":                      "https://[::1]:3445/api/mtls/attempt/t%2Fx",
	} {
		if got := hosts.AttemptURL(host, iam.Secret("t/x")); got != want {
			t.Errorf("AttemptURL(%q) = %q, want %q", host, got, want)
		}
	}
	if got, want := hosts.Sources(), []string{"https://*.cert.id.localhost:3443", "https://id.localhost:3444", "https://c1.id.localhost", "https://[::1]:3445"}; !slices.Equal(got, want) {
		t.Errorf("Sources = %q, want %q", got, want)
	}
}
