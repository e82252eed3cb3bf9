package e2e

import (
	"testing"

	"signet/e2e/browser"
)

// TestAdaptedFormInABrowser: what an administrator chose reaches the sign-in form
// under the policy that allows nothing inline, in both looks and on a telephone;
// accounts are remembered there and can be forgotten.
func TestAdaptedFormInABrowser(t *testing.T) {
	t.Parallel()
	e := serve(t)
	v := e.visitor(t, "en", "nobody")
	v.setUpAndSignIn()
	v.Navigate(e.issuer + "/admin/settings")
	v.Click("Adapt the sign-in form", "link")
	v.on("Sign-in form")
	v.Fill("Title", "Welcome to APP_NAME")
	v.WaitFor(`document.querySelector(".widget-preview .widget-title").innerText === "Welcome to Signet"`) // while it is typed
	v.Fill("Colour of buttons and links", "#ffe600")
	v.Fill("Text above the form", `<p>Use your <strong>card</strong>.</p><script>document.title = "broken"</script>`)
	v.b.Allow("422")
	v.Click("Save", "button")
	v.WaitText("This colour reaches 1.")
	v.Fill("Colour of buttons and links", "#8a1c4a")
	v.Fill("Links at the foot", "Privacy https://privacy.example/")
	v.Click("Save", "button")
	v.WaitText("The sign-in form has been saved.")

	v.signOut()
	v.Navigate(e.issuer + "/signin?to=/profile")
	v.on("Welcome to Signet") // 390 pixels wide, and fits
	v.WaitText("Use your card.")
	v.WaitText("Privacy")
	ground := `getComputedStyle(document.querySelector(".button-primary")).backgroundColor`
	for look, want := range map[browser.Look]string{{}: "rgb(138, 28, 74)"} {
		v.View(look)
		v.WaitFor(ground + ` === "` + want + `"`)
	}
	v.View(browser.Look{Dark: true})
	v.WaitFor(ground + ` !== "rgb(138, 28, 74)"`) // a lighter tone
	v.View(browser.Look{})

	// The account of this browser leads to its password; forgotten, it is gone.
	v.Click("Ada Lovelace ada", "button")
	v.WaitFor(`document.querySelector("[name=password]")`)
	v.WaitText("Ada Lovelace")
	v.Click("Change", "link")
	v.WaitText("or with another account")
	v.Click("Forget Ada Lovelace on this browser", "button")
	v.WaitGone("Ada Lovelace")
	v.Fill("Login or e-mail", "nobody at all")
	v.Press("Enter")
	v.WaitFor(`document.querySelector("[name=password]")`) // says nothing of who exists
}
