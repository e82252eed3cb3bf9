package e2e

import (
	"cmp"
	"crypto/tls"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"signet/internal/cert/certtest"
)

// TestUnfitCertificateIsRefusedWithItsCause shows what a browser may not even
// offer: each certificate comes over TLS as it is, and the page must say what
// was sent, why it is refused, and what to do, in both languages, under a number
// that an administrator finds in the event log.
func TestUnfitCertificateIsRefusedWithItsCause(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t)
	ca := d.clientCA(t)
	admin := d.administrator()
	deep := ca
	for _, name := range []string{"First", "Second", "Third", "Fourth"} {
		deep = deep.Sub(t, certtest.CASpec{Name: name})
	}
	own := "Signet demo client CA"
	for name, c := range map[string]struct {
		certificate *tls.Certificate
		subject     string // as the page names it; empty: it names none
		issuer      string
		en, fr      words3
		logged      string
	}{
		"no certificate": {nil, "", "",
			words3{"No certificate was sent", "Your browser sent no certificate.", "Try again"},
			words3{"Aucun certificat n’a été envoyé", "Votre navigateur n’a envoyé aucun certificat.", "Réessayer"},
			"No certificate was sent"},
		"expired": {d.certificate("dave"), "Dave Okafor", own,
			words3{"This certificate has expired", "It was valid until", "Use another certificate"},
			words3{"Ce certificat a expiré", "Il était valable jusqu’au", "Utiliser un autre certificat"},
			"The certificate has expired"},
		"not yet valid": {shown(ca.Issue(t, certtest.Spec{CN: "Tomorrow"}, certtest.NotYetValid)), "Tomorrow", own,
			words3{"This certificate is not valid yet", "It is valid from", "Use another certificate"},
			words3{"Ce certificat n’est pas encore valable", "Il est valable à partir du", "Utiliser un autre certificat"},
			"The certificate is not valid yet"},
		"unknown issuer": {shown(certtest.NewCA(t, certtest.CASpec{Name: "Elsewhere CA"}).Issue(t, certtest.Spec{CN: "Stranger"})), "Stranger", "Elsewhere CA",
			words3{"This certificate’s issuer is not accepted", "It was issued by Elsewhere CA, an authority that mTLS does not trust.", "Use another certificate"},
			words3{"L’émetteur de ce certificat n’est pas accepté", "Il a été émis par Elsewhere CA, une autorité à laquelle mTLS ne fait pas confiance.", "Utiliser un autre certificat"},
			"The issuer is not accepted"},
		"forged signature": {shown(ca.Issue(t, certtest.Spec{CN: "Forged"}, certtest.BadSignature)), "Forged", own,
			words3{"This certificate’s signature is not genuine", "that authority did not sign it.", "Use another certificate"},
			words3{"La signature de ce certificat n’est pas authentique", "celle-ci ne l’a pas signé.", "Utiliser un autre certificat"},
			"The authority has not signed it"},
		"wrong purpose": {shown(ca.Issue(t, certtest.Spec{CN: "Web server"}, certtest.WrongPurpose)), "Web server", own,
			words3{"This certificate is not made for signing in", "It was issued for another purpose", "Use another certificate"},
			words3{"Ce certificat n’est pas fait pour se connecter", "Il a été émis pour un autre usage", "Utiliser un autre certificat"},
			"The certificate is not made for signing in"},
		"too weak": {shown(ca.Issue(t, certtest.Spec{CN: "Weak"}, certtest.WeakRSA)), "Weak", own,
			words3{"This certificate is too weak", "no longer gives enough protection", "Use another certificate"},
			words3{"Ce certificat est trop faible", "n’offre plus une protection suffisante", "Utiliser un autre certificat"},
			"Key or signature too weak"},
		"chain too deep": {shown(deep.Issue(t, certtest.Spec{CN: "Deep"})), "Deep", "Fourth",
			words3{"Too many authorities stand above this certificate", "longer than mTLS allows", "Use another certificate"},
			words3{"Trop d’autorités au-dessus de ce certificat", "plus longue que mTLS ne le permet", "Utiliser un autre certificat"},
			"The chain is too long"},
		"not linked": {d.certificate("bob"), "Bob Keller", own,
			words3{"This certificate is not linked to anyone yet", "It is valid, but mTLS does not know whose it is.", "Sign in another way and link it"},
			words3{"Ce certificat n’est encore lié à personne", "Il est valable, mais mTLS ne sait pas à qui il est.", "Se connecter autrement et le lier"},
			"The certificate is linked to nobody"},
		"person blocked": {d.certificate("carol"), "Carol Lindqvist", own,
			words3{"Your account is blocked", "an administrator has blocked the account", "Use another certificate"},
			words3{"Votre compte est bloqué", "un administrateur a bloqué le compte", "Utiliser un autre certificat"},
			"The user is blocked"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, in := range []struct {
				language, method, issuedBy string
				words                      words3
			}{{"en", "Sign in with mTLS", "Issued by ", c.en}, {"fr", "Se connecter avec mTLS", "Délivré par ", c.fr}} {
				p := d.newPerson(c.certificate)
				p.t = t
				// The French page is asked for by the application, of a browser that
				// prefers English.
				p.open(a.request(oauth2.SetAuthURLParam("ui_locales", in.language)).url)
				p.press(in.method)
				p.stands(in.words.title)
				p.sees(in.words.why)
				if p.page.lang != in.language {
					t.Errorf("the page is in %q, not in %q", p.page.lang, in.language)
				}
				if c.subject != "" {
					p.sees(c.subject, in.issuedBy+c.issuer)
				}
				if !p.can(in.words.next) {
					t.Errorf("there is no button %q:\n%s", in.words.next, p.page)
				}
				if got := strings.TrimPrefix(p.page.url.String(), d.Issuer+"/signin/"); p.page.status != 200 || strings.Contains(got, "/") {
					t.Errorf("%d at %s", p.page.status, p.page.url)
				}
				admin.finds(t, p.page.attempt, c.logged, c.subject)
				// No session came of it.
				p.open(d.Issuer + "/profile")
				p.stands("Sign in to Signet")
			}
		})
	}
}

// words3 are what a person must read: the title, why, and a button.
type words3 struct{ title, why, next string }

// finds looks an attempt up in the event log.
func (p *person) finds(t *testing.T, attempt string, texts ...string) {
	t.Helper()
	if attempt == "" {
		t.Fatal("there is no number of the attempt on the page")
	}
	p.open(p.d.Issuer + "/admin/events?attempt=" + url.QueryEscape(attempt))
	p.stands("Event log")
	for _, text := range append(texts, cmp.Or(p.d.from, "127.0.0.1")) {
		// Not in the filters above the table.
		if _, table, _ := strings.Cut(p.page.text, "\nClear\n"); !strings.Contains(table, text) {
			t.Errorf("the event log says nothing of %q under the attempt %s:\n%s", text, attempt, p.page)
		}
	}
}
