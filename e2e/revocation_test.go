package e2e

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// revoke makes a CRL of the demo's client CA that holds one certificate.
func (d *demo) revoke(t *testing.T, number int64, revoked ...*tls.Certificate) []byte {
	t.Helper()
	return d.list(t, number, nil, revoked...)
}

// list makes one with extensions.
func (d *demo) list(t *testing.T, number int64, extensions []pkix.Extension, revoked ...*tls.Certificate) []byte {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(filepath.Join(d.dir, d.ClientCA), filepath.Join(d.dir, d.ClientCAKey))
	if err != nil {
		t.Fatal(err)
	}
	ca, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	list := &x509.RevocationList{Number: big.NewInt(number), ThisUpdate: now.Add(-time.Minute), NextUpdate: now.Add(time.Hour), ExtraExtensions: extensions}
	for _, c := range revoked {
		leaf, err := x509.ParseCertificate(c.Certificate[0])
		if err != nil {
			t.Fatal(err)
		}
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, x509.RevocationListEntry{SerialNumber: leaf.SerialNumber, RevocationTime: now.Add(-time.Hour), ReasonCode: 1})
	}
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		t.Fatalf("the key of the CA is a %T", pair.PrivateKey)
	}
	ca.KeyUsage |= x509.KeyUsageCRLSign
	der, err := x509.CreateRevocationList(rand.Reader, list, ca, signer)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "X509 CRL", Bytes: der})
}

// upload sends a file as a form does, and follows.
func (p *person) upload(address string, content []byte) {
	p.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "ca.crl")
	if err != nil {
		p.t.Fatal(err)
	}
	_, _ = part.Write(content)
	_ = form.Close()
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, address, &body)
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	answer, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		p.t.Fatalf("the upload was answered %s", answer.Status)
	}
	p.open(p.page.url.Scheme + "://" + p.page.url.Host + answer.Header.Get("Location"))
}

// linkTo returns the address of a link of the page that holds a text.
func (p *person) linkTo(part string) string {
	p.t.Helper()
	for _, l := range p.page.links {
		if strings.Contains(l.url, part) {
			return l.url
		}
	}
	p.t.Fatalf("no link to %q on %s", part, p.page)
	return ""
}

// TestT12RevokedWhileSignedIn signs in, revokes the certificate by a list that an
// administrator brings, and resumes: the session, the tokens and the next sign-in
// are over, and the page says since when and why.
func TestT12RevokedWhileSignedIn(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	admin.open(d.Issuer + "/admin/settings/trust")
	admin.stands("Revocation")
	authority := admin.linkTo("/admin/settings/trust/")
	if strings.HasSuffix(authority, "/block") {
		t.Fatal("the first link is the one of blocks")
	}
	admin.open(authority)
	f := admin.form("Save")
	f.values.Set("mode", "required")
	admin.send(f)
	admin.sees("Nothing received")
	alice := d.newPerson(d.certificate("alice"))
	alice.open(d.Issuer + "/signin?to=/profile")
	alice.press("Sign in with mTLS")
	alice.stands("It cannot be checked whether this certificate was revoked")

	admin.open(authority)
	admin.upload(authority+"/upload", d.revoke(t, 1))
	admin.sees("Revoked certificates in it: 0")
	a := d.party(t, "profile", "offline_access")
	q := a.request()
	token, _ := a.tokens(q, alice.signIn(a, q))
	alice.stop = ""
	alice.open(d.Issuer + "/profile")
	alice.stands("Profile")

	admin.open(authority)
	admin.upload(authority+"/upload", d.revoke(t, 2, d.certificate("alice")))
	admin.sees("Revoked certificates in it: 1")
	alice.open(d.Issuer + "/profile")
	alice.stands("Sign in to Signet")
	alice.press("Sign in with mTLS")
	alice.stands("This certificate has been revoked")
	alice.sees("revoked it on", "its private key may be in wrong hands")
	if _, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(token)); err == nil {
		t.Error("her access token still works")
	}
	if _, err := a.config.TokenSource(a.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token(); !isError(err, "invalid_grant") {
		t.Errorf("her refresh token: %v", err)
	}
	admin.findsKind(t, "certificate.revoked", "alice")
}

// TestOwnCertificateBlocked: a person blocks their own certificate in the profile,
// and it is refused from then on, until an administrator undoes it.
func TestOwnCertificateBlocked(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	alice := d.newPerson(d.certificate("alice"))
	alice.open(d.Issuer + "/signin?to=/profile")
	alice.press("Sign in with mTLS")
	alice.stands("Profile")
	byPassword := d.newPerson(nil)
	byPassword.open(d.Issuer + "/signin?to=/profile")
	byPassword.password("alice", d.user("alice").Password, "Sign in")
	byPassword.stands("Profile")
	identifier := byPassword.linkTo("/remove")
	byPassword.open(strings.TrimSuffix(identifier, "/remove") + "/block")
	byPassword.stands("Block this certificate?")
	f := byPassword.form("Block")
	f.values.Set("kind", "key")
	byPassword.send(f)
	byPassword.sees("has been blocked")

	alice.open(d.Issuer + "/profile")
	alice.stands("Sign in to Signet")
	alice.press("Sign in with mTLS")
	alice.stands("This certificate is blocked here")
	byPassword.open(strings.TrimSuffix(identifier, "/remove"))
	byPassword.sees("Only an administrator can undo that")
	admin := d.administrator()
	admin.open(d.Issuer + "/admin/settings/trust")
	admin.open(admin.linkTo("/admin/settings/trust/blocks/"))
	admin.press("Undo")
	again := d.newPerson(d.certificate("alice"))
	again.open(d.Issuer + "/signin?to=/profile")
	again.press("Sign in with mTLS")
	again.stands("Profile")
}

// TestRevocationPolicies walks through what an administrator can choose for an
// authority (T34), and what each means for a certificate of which nothing is known
// and for a revoked one. The list that revokes is a delta beside its base.
func TestRevocationPolicies(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	admin := d.administrator()
	admin.open(d.Issuer + "/admin/settings/trust")
	authority := admin.linkTo("/admin/settings/trust/")
	choose := func(mode, days string) {
		t.Helper()
		admin.open(authority)
		f := admin.form("Save")
		f.values.Set("mode", mode)
		f.values.Set("max_days", days)
		admin.send(f)
	}
	signIn := func(when, heading string) {
		t.Helper()
		alice := d.newPerson(d.certificate("alice"))
		alice.open(d.Issuer + "/signin?to=/profile")
		alice.press("Sign in with mTLS")
		alice.stands(heading)
		if t.Failed() {
			t.Fatal(when)
		}
	}
	const unknown, revoked, in = "It cannot be checked whether this certificate was revoked", "This certificate has been revoked", "Profile"
	choose("required", "")
	signIn("required, nothing is known", unknown)
	choose("short_lived", "1")
	signIn("short-lived only, and it lives longer", unknown)
	choose("best_effort", "")
	signIn("best effort, nothing is known", in)
	delta := []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 27}, Critical: true, Value: []byte{2, 1, 1}}}
	admin.open(authority)
	admin.upload(authority+"/upload", d.list(t, 2, delta, d.certificate("alice")))
	signIn("best effort, changes to a list that is missing", in)
	admin.open(authority)
	admin.upload(authority+"/upload", d.revoke(t, 1))
	signIn("best effort, revoked", revoked)
	admin.open(d.Issuer + "/admin/settings/trust")
	admin.sees("changes only (delta)")
	choose("none", "")
	signIn("not checked, revoked", in)
	choose("required", "")
	signIn("required, revoked", revoked)
}
