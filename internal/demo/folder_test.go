package demo

import (
	"crypto/tls"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"signet/internal/ca"
)

func day() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func openFolder(t *testing.T, dir string, now time.Time) *Folder {
	t.Helper()
	f, err := OpenFolder(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFolderIsTheSameAtTheSecondStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "demo")
	first := openFolder(t, dir, day())
	if len(first.Fresh) != 4 {
		t.Errorf("the first start issued %d certificates, want 4", len(first.Fresh))
	}
	second := openFolder(t, dir, day().AddDate(0, 6, 0))
	if len(second.Fresh) != 0 {
		t.Errorf("the second start issued certificates of %v", second.Fresh)
	}
	if !second.Clients.Certificate.Equal(first.Clients.Certificate) || !second.Server.Certificate.Equal(first.Server.Certificate) {
		t.Error("the second start has other CAs")
	}
	for _, p := range Cast() {
		if first.Password(p.Login) == "" || first.Password(p.Login) != second.Password(p.Login) {
			t.Errorf("the password of %s changed", p.Login)
		}
	}
	if first.Password("alice") == openFolder(t, t.TempDir(), day()).Password("alice") {
		t.Error("another folder has the same password")
	}
}

func TestFolderRenews(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
		now   time.Time
		fresh string
	}{
		{"two years later", func(*testing.T, string) {}, day().AddDate(2, 0, 0), "alice bob carol"},
		{"a lost .p12", func(t *testing.T, dir string) { remove(t, dir, "bob.p12") }, day(), "bob"},
		{"a lost key", func(t *testing.T, dir string) { remove(t, dir, "dave-key.pem") }, day(), "dave"},
		{"a lost CA", func(t *testing.T, dir string) { remove(t, dir, "client-ca.pem") }, day(), "alice bob carol dave"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			openFolder(t, dir, day())
			c.spoil(t, dir)
			fresh := slices.Sorted(maps.Keys(openFolder(t, dir, c.now).Fresh))
			if got := strings.Join(fresh, " "); got != c.fresh {
				t.Errorf("issued anew: %q, want %q", got, c.fresh)
			}
		})
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

func TestCertificatesOfTheCast(t *testing.T) {
	f := openFolder(t, t.TempDir(), day())
	for _, p := range Cast() {
		l := f.Leaves[p.Login]
		if p.Admin {
			if l != nil {
				t.Error("the administrator has a certificate")
			}
			continue
		}
		if expired := l.Certificate.NotAfter.Before(day()); expired != p.Expired {
			t.Errorf("%s: expired is %v", p.Login, expired)
		}
		if l.Certificate.NotBefore.Before(f.Clients.Certificate.NotBefore) {
			t.Errorf("%s: the certificate is older than its CA", p.Login)
		}
	}
}

func TestDescription(t *testing.T) {
	f := openFolder(t, t.TempDir(), day())
	d := f.Describe(PlacesOn(8443, 3443, 8444, 3080), Client{"demo", "geheim", "https://app.localhost:8444/callback"}, map[string]bool{"alice": true})
	if err := f.Announce(d); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(f.Dir, DescriptionFile))
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	// The names are a contract with other programs.
	want := "admin app_url certificate_host certificate_host_fixed client client_ca client_ca_key issuer proxy_listener server_ca users"
	if got := strings.Join(slices.Sorted(maps.Keys(raw)), " "); got != want {
		t.Errorf("names %q, want %q", got, want)
	}
	user := raw["users"].([]any)[0].(map[string]any)
	want = "certificate key linked login p12 p12_password password"
	if got := strings.Join(slices.Sorted(maps.Keys(user)), " "); got != want {
		t.Errorf("names of a user %q, want %q", got, want)
	}
	if raw["certificate_host"] != "https://*.cert.id.localhost:3443" || raw["certificate_host_fixed"] != "https://id.localhost:3443" || raw["issuer"] != "https://id.localhost:8443" {
		t.Errorf("addresses %v %v %v", raw["certificate_host"], raw["certificate_host_fixed"], raw["issuer"])
	}

	file := func(name string) string {
		if filepath.IsAbs(name) {
			t.Errorf("%s is not relative to the folder", name)
		}
		return filepath.Join(f.Dir, name)
	}
	if _, err := ca.Load(file(d.ClientCA), file(d.ClientCAKey)); err != nil {
		t.Errorf("the client CA: %v", err)
	}
	if _, err := os.Stat(file(d.ServerCA)); err != nil {
		t.Errorf("the server CA: %v", err)
	}
	for _, u := range d.Users {
		if _, err := tls.LoadX509KeyPair(file(u.Certificate), file(u.Key)); err != nil {
			t.Errorf("the certificate of %s: %v", u.Login, err)
		}
		if _, err := os.Stat(file(u.P12)); err != nil || u.Password == "" {
			t.Errorf("%s: %v", u.Login, err)
		}
	}
	for range 2 {
		if err := f.Withdraw(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(f.Dir, DescriptionFile)); err == nil {
		t.Error("the description is still there")
	}
}

func TestStory(t *testing.T) {
	f := openFolder(t, t.TempDir(), day())
	places := PlacesOn(8443, 3443, 8444, 3080)
	running := Running{Places: places, Description: f.Describe(places, Client{}, map[string]bool{"alice": true})}
	tell := func(trusted bool) string {
		var b strings.Builder
		if err := f.Tell(&b, running, trusted); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	story := tell(false)
	for _, part := range []string{places.App, filepath.Join(f.Dir, "alice.p12"), P12Password, "bob.p12", f.Password("bob"), f.Password("admin"), "--trust"} {
		if !strings.Contains(story, part) {
			t.Errorf("the story does not say %q:\n%s", part, story)
		}
	}
	if lines := strings.Count(story, "\n"); lines > 20 {
		t.Errorf("the story has %d lines", lines)
	}
	if strings.Contains(tell(true), "--untrust") {
		t.Error("a browser that trusts the demo is told how to trust it")
	}
}
