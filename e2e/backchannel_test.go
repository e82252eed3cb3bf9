package e2e

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

// signsInToApp signs somebody in to the demo application by the browser.
func (d *demo) signsInToApp(login string) *person {
	d.t.Helper()
	p := d.newPerson(d.certificate(login))
	p.open(d.AppURL + "/sign-in")
	if login == "dave" { // whose certificate has expired
		p.password(login, d.user(login).Password, "Sign in")
	} else {
		p.press("Sign in with mTLS")
	}
	if p.can("Allow") {
		p.press("Allow")
	}
	if !p.can("Sign out") {
		d.t.Fatalf("not signed in to the application:\n%s", p.page)
	}
	return p
}

// isOut waits until the application has signed somebody out. Their browser does
// nothing but look.
func (p *person) isOut() {
	p.t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); ; {
		p.open(p.d.AppURL + "/")
		if !p.can("Sign out") {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			p.t.Fatalf("the application was told nothing:\n%s", p.d.stderr)
		}
	}
}

// TestApplicationIsToldThatASessionEnded: back-channel logout to a relying party
// over TLS, which verifies the token through go-oidc. What an administrator does
// to a certificate or a person signs them out of the application at once; another
// person stays; and what a killed server had still to tell, the next one tells.
func TestApplicationIsToldThatASessionEnded(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	ofApp := d.Issuer + "/applications/" + url.PathEscape(d.Client.ID)
	admin.open(ofApp)
	admin.sees("/backchannel-logout", "No session that gave this application tokens has ended")
	dave := d.signsInToApp("dave")

	alice := d.signsInToApp("alice")
	d.signet("", "user", "block", "alice")
	alice.isOut()
	d.signet("", "user", "unblock", "alice")
	admin.open(ofApp)
	admin.sees("Delivered", "the user was blocked")

	admin.open(d.Issuer + "/admin/settings/trust")
	authority := admin.linkTo("/admin/settings/trust/")
	if strings.HasSuffix(authority, "/block") {
		t.Fatal("the first link is the one of blocks")
	}
	admin.open(authority)
	f := admin.form("Save")
	f.values.Set("mode", "required")
	admin.send(f)
	admin.upload(authority+"/upload", d.revoke(t, 1))
	alice = d.signsInToApp("alice")
	admin.open(authority)
	admin.upload(authority+"/upload", d.revoke(t, 2, d.certificate("alice")))
	alice.isOut()
	admin.open(ofApp)
	admin.sees("the certificate that opened it was revoked")

	dave.open(d.AppURL + "/")
	if !dave.can("Sign out") {
		t.Error("another person was signed out, too")
	}

	d.kill()
	d.signet("", "user", "block", "dave") // it writes down what is to be told, and tells nobody
	d.restart()
	admin = d.administrator()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(time.Minute); ; {
		admin.open(ofApp)
		if strings.Count(admin.page.text, "Delivered") == 3 {
			break
		}
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("after the restart nobody was told:\n%s", admin.page)
		}
	}
}
