package e2e

import (
	"strings"
	"testing"

	"software.sslmate.com/src/go-pkcs12"

	"signet/e2e/browser"
)

// TestSignetIssuesCertificates walks an installation without any PKI (row S51): the
// administrator lets Signet make an authority with the login method, issues a .p12 to a
// person, who imports it into Chromium and signs in; and the person gets another one by
// herself in the profile.
func TestSignetIssuesCertificates(t *testing.T) {
	t.Parallel()
	for _, language := range []string{"fr", "en"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			e := serve(t)
			ada := e.visitor(t, language, "nobody")
			ada.setUpAndSignIn()
			say := ada.words.T

			// The form of the method: no file, one tick.
			ada.Navigate(e.issuer + "/admin/methods/new/mtls")
			ada.Click(say("issuing.new"), "checkbox")
			ada.Click(mission[language]["public"], "switch")
			ada.Click(say("console.methods.create"), "button")
			ada.WaitText(say("console.methods.created", "Name", "mTLS"))
			ada.switchOn("Signet")
			ada.Click(say("console.methods.configure_named", "Name", "mTLS"), "link")
			ada.WaitText("mTLS CA ")
			ada.Click(say("issuing.open"), "link")
			ada.on(say("issuing.title", "Name", "mTLS"))
			ada.Click(say("issuing.self"), "switch")
			ada.Fill(say("issuing.days"), "90")
			ada.Click(say("console.methods.save"), "button")
			ada.WaitText(say("issuing.rules_saved"))
			if _, pem := ada.Download(func() { ada.Click(say("issuing.download"), "link") }); !strings.Contains(string(pem), "BEGIN CERTIFICATE") {
				t.Errorf("the authority's certificate is %q", pem)
			}

			// A person, without a password, and her certificate.
			ada.Navigate(e.issuer + "/admin/users/new")
			ada.Fill(say("console.login"), "marie")
			browser.Eval[bool](ada.Page, `(document.querySelector("[name=name]").value = "Marie Curie", true)`)
			ada.Click(say("people.create"), "button")
			ada.WaitText(say("people.created", "Name", "Marie Curie"))
			ada.Click(say("people.to_user"), "link")
			ada.Click(say("issuing.issue_short"), "link")
			ada.on(say("issuing.issue_title", "Name", "Marie Curie"))
			ada.Click(say("issuing.issue"), "button")
			ada.WaitText(say("issuing.issued", "Name", "Marie Curie"))
			ada.FitsWidth()
			password := browser.Eval[string](ada.Page, `document.querySelector("#file-password").innerText.trim()`)
			name, file := ada.Download(func() { ada.Click(say("issuing.save", "File", "marie.p12"), "button") })
			if name != "marie.p12" {
				t.Errorf("the file is called %q", name)
			}
			ada.WaitFor(`!document.querySelector("form[aria-busy]")`) // a form is sent once, for a moment
			if again, _ := ada.Download(func() { ada.Click(say("issuing.save", "File", "marie.p12"), "button") }); again == "" {
				t.Error("the file cannot be saved again from the same page")
			}

			marie := e.visitor(t, language, "Marie Curie")
			marie.login = "marie"
			marie.b.Import(file, password)
			marie.Navigate(e.issuer + "/signin?to=/profile")
			marie.Click(say("signin.with", "Method", "mTLS"), "button")
			marie.on(say("profile.title"))
			marie.WaitText("Marie Curie")

			// Another one, which she gets by herself.
			marie.Navigate(e.issuer + "/profile")
			marie.Click(say("profile.add"), "link")
			marie.Click(say("issuing.add_own_button"), "link")
			marie.on(say("issuing.own_title"))
			marie.WaitText(marie.words.N("issuing.own_make", 90))
			marie.Click(say("issuing.own_issue"), "button")
			marie.WaitText(say("issuing.own_issued"))
			password = browser.Eval[string](marie.Page, `document.querySelector("#file-password").innerText.trim()`)
			_, file = marie.Download(func() { marie.Click(say("issuing.save", "File", "marie.p12"), "button") })
			if _, certificate, err := pkcs12.Decode(file, password); err != nil || certificate.Subject.CommonName != "Marie Curie" {
				t.Errorf("the second file: %v, %v", certificate, err)
			}
			marie.Click(say("profile.back"), "link")
			marie.on(say("profile.title"))
			if n := browser.Eval[int](marie.Page, `document.querySelectorAll("article").length`); n != 2 {
				t.Errorf("the profile shows %d certificates, want 2", n)
			}
			marie.Navigate(e.issuer + "/profile/events")
			marie.WaitText(say("event.certificate.issued"))

			// There are no lists of Signet's own authority: blocks withdraw.
			ada.Navigate(e.issuer + "/admin/settings/trust")
			ada.WaitText(say("console.trust.state.own"))
		})
	}
}
