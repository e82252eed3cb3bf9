package e2e

import (
	"encoding/pem"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"signet/internal/cert/certtest"
)

// TestChangesAreTriedBeforeTheyHold: an administrator learns from the certificates
// that people showed who would win and lose by a change, saves nothing by asking,
// and can ask about one certificate why.
func TestChangesAreTriedBeforeTheyHold(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a, ca := d.party(t), d.clientCA(t)
	alice, q := d.newPerson(d.certificate("alice")), a.request()
	a.tokens(q, alice.signIn(a, q))
	card := ca.Issue(t, certtest.Spec{CN: "Bob at work", Emails: []string{"bob@example.org"}, Key: certtest.RSA2048})
	bob, q := d.newPerson(shown(card)), a.request()
	bob.open(q.url)
	bob.press("Sign in with mTLS")
	bob.sees("not linked")

	admin := d.administrator()
	method := d.Issuer + "/admin/methods/" + d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`)
	admin.open(method)
	changes := url.Values{
		"version": {admin.form("Save").values.Get("version")}, "name": {"mTLS"}, "linking": {"sign_in"}, "renewal": {"ask"}, "publicity": {"only_me"}, "public": {"on"},
		"mapping_source_0": {"san_email"}, "mapping_field_0": {"email"}, "mapping_domain_0": {"example.org"}, "names_accepted": {"on"}, "key_types": {"RSA"}, "replay": {"1"}, "replay_days": {"7"},
	}
	if err := admin.walk(http.MethodPost, method, changes); err != nil {
		t.Fatal(err)
	}
	admin.sees("These changes would make a difference. Nothing is saved yet.", "2 certificates were shown in the last 7 days",
		"Would no longer sign in", "Alice", "Would sign in from then on", "Bob at work", "E-mail address (alternative name) = confirmed e-mail address (only @example.org)")
	if kept := admin.form("Save").values; kept.Get("mapping_domain_0") != "example.org" {
		t.Errorf("the form that comes back lost what was typed: %v", kept)
	}
	if stored := d.query(t, `SELECT settings_json FROM providers WHERE type = 'certificate'`); strings.Contains(stored, "san_email") || strings.Contains(stored, "key_types") {
		t.Errorf("trying changes stored them: %s", stored)
	}
	admin.open(admin.linkTo("/certificate?sha256="))
	admin.sees("Try a certificate with mTLS", "Path to a trusted authority")

	// A change that is refused is not tried.
	changes.Set("names_accepted", "")
	if err := admin.walk(http.MethodPost, method, changes); err != nil {
		t.Fatal(err)
	}
	admin.sees("Please confirm this, or remove the rules")

	changes.Set("names_accepted", "on")
	changes.Del("replay")
	if err := admin.walk(http.MethodPost, method, changes); err != nil {
		t.Fatal(err)
	}
	// What was foretold happens.
	q = a.request()
	if _, id := a.tokens(q, d.newPerson(shown(card)).signIn(a, q)); id.Subject != d.query(t, `SELECT id FROM users WHERE login = 'bob'`) {
		t.Errorf("signed in %s, want bob", id.Subject)
	}
	again := d.newPerson(d.certificate("alice"))
	again.open(a.request().url)
	again.press("Sign in with mTLS")
	again.sees("too weak")
}

// TestCertificateIsExaminedFromAFile: an administrator asks what a login method
// makes of a certificate whose key somebody else has.
func TestCertificateIsExaminedFromAFile(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	page := d.Issuer + "/admin/methods/" + d.query(t, `SELECT id FROM providers WHERE type = 'certificate'`) + "/certificate"
	admin.open(page)
	examine := func(text string) {
		t.Helper()
		if err := admin.walk(http.MethodPost, page, url.Values{"text": {text}}); err != nil {
			t.Fatal(err)
		}
	}
	examine(string(d.file(d.user("alice").Certificate)))
	admin.sees("This certificate would sign in Alice", "The key of the certificate is linked", "one person", "acr", "phr", "Trusted", "Revocation: not asked")
	examine(string(d.file(d.user("bob").Certificate)))
	admin.sees("accepted, but nobody would be signed in", "It looks like the renewal of a linked certificate")
	examine(string(d.file(d.user("dave").Certificate)))
	admin.sees("This certificate would be refused.", "expired")
	stranger := certtest.SelfSigned(t, certtest.Spec{CN: "<b>stranger</b>"})
	examine(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: stranger.Cert.Raw})))
	admin.sees("This certificate would be refused.", "<b>stranger</b>")
	examine(string(d.file(d.user("alice").Key)))
	admin.sees("private key")
	examine("nothing of the kind")
	admin.sees("No certificate could be found")
	if n := d.query(t, `SELECT COUNT(*) FROM shown_certificates`); n != "0" {
		t.Errorf("%s certificates were kept that nobody showed", n)
	}
}
