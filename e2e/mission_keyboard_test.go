package e2e

import (
	"fmt"
	"testing"

	"signet/e2e/browser"
	"signet/internal/cert/certtest"
)

// TestMissionByKeyboard walks the mission document at the level of the system
// without a mouse, in French: from the link in the log to a sign-in with a
// certificate. Addresses are typed where a person would type one; everything else
// is reached with the tabulator.
func TestMissionByKeyboard(t *testing.T) {
	t.Parallel()
	e, say := serve(t), mission["fr"]
	ca := certtest.NewCA(t, certtest.CASpec{Name: "Walk CA"})
	v := e.visitor(t, "fr", "Ada Lovelace")
	v.b.Import(p12(t, ca, "Ada Lovelace"), "secret")
	words := v.words.T

	v.Navigate(e.setUp)
	v.on(words("console.setup_title"))
	v.keyIn(words("console.login"), "ada")
	v.keyIn(words("console.name"), "Ada Lovelace")
	v.keyIn(words("console.password"), "correct horse battery")
	v.keyIn(words("console.password_again"), "correct horse battery")
	v.Press("Enter")
	v.WaitURL(e.issuer + "/signin/")
	v.Press("ada") // the field has the focus
	v.Press("Enter")
	v.WaitFor(`document.activeElement?.name === "password"`)
	v.Press("correct horse battery")
	v.Press("Enter")
	v.on(say["profile"])

	// Étape 2.
	v.keyOn(words("web.account"))
	v.keyOn(say["admin"])
	v.keyOn(say["settings"])
	v.on(say["settings"])
	v.keyOn(say["configure"])
	v.on(say["methods"])
	v.keyOn(say["create"])
	v.keyOn("mTLS")
	v.WaitURL(e.issuer + "/admin/methods/new/mtls")
	v.keyIn(words("console.methods.add_text"), string(ca.PEM()))
	v.keyTo(words("console.trust.mode.required"))
	v.Press(" ")
	for range 3 { // to the last of four
		v.Press("ArrowDown")
	}
	v.keyTo(say["public"])
	v.Press(" ")
	v.keyOn(say["create"])
	v.on(say["methods"])
	v.WaitText(words("console.methods.created", "Name", "mTLS"))

	// Étape 3.
	v.keyTo(words("console.methods.switch_named", "Name", "mTLS"))
	v.Press(" ")
	v.WaitText(words("console.methods.switched_on", "Name", "mTLS", "App", "Signet"))
	// The focus is where it was, although the page is a new one (row S48).
	v.WaitFor(`document.activeElement?.type === "checkbox" && document.activeElement.checked`)
	for _, step := range []string{"up", "down", "to_others", "to_main"} {
		v.keyOn(words("console.methods."+step, "Name", "mTLS"))
		v.WaitFor(`document.readyState === "complete" && document.activeElement?.closest("[data-method]")?.querySelector("strong").textContent === "mTLS"`)
	}

	// The person.
	v.Navigate(e.issuer + "/profile")
	v.on(say["profile"])
	v.keyOn(say["add"])
	v.keyOn(words("profile.add_named", "Name", "mTLS"))
	v.on(words("signin.confirm_title"))
	v.keyOn(words("signin.confirm"))
	v.WaitText(words("profile.linked", "Name", "Ada Lovelace"))
	v.keyOn(words("web.account"))
	v.keyOn(words("web.sign_out"))
	v.on(words("signin.signed_out_title"))
	v.Navigate(e.issuer + "/signin?to=/profile")
	v.keyOn(words("signin.with", "Method", "mTLS"))
	v.on(say["profile"])
	v.WaitText("Ada Lovelace")
}

// keyOn presses Enter on what says this.
func (v *visitor) keyOn(name string) {
	v.t.Helper()
	v.keyTo(name)
	v.Press("Enter")
}

// keyIn types the text, or pastes it where it has lines, into the field of that
// label.
func (v *visitor) keyIn(label, text string) {
	v.t.Helper()
	v.keyTo(label)
	browser.Eval[bool](v.Page, fmt.Sprintf(`(document.execCommand("insertText", false, %q), true)`, text))
}
