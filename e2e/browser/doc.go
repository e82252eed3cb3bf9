// Package browser drives a headless Chromium that holds a person's certificates,
// for tests that walk through Signet as people do. Elements are found by what a
// screen reader says of them, and every method waits until what it needs is
// there: a test has no selectors and no sleeps.
//
//	b := browser.Start(t, browser.Options{ServerCA: pem, Language: "fr"})
//	b.ImportFile("alice.p12", "password")
//	b.Choose(browser.Choice{CommonName: "alice"}) // what a person clicks in the picker
//
//	p := b.Page()
//	p.Navigate("https://app.localhost:8444/")
//	p.Click("Sign in", "button")          // waits for the page that this loads
//	p.Click("Certificate")                // part of a name does where it is the only one
//	p.WaitURL("https://app.localhost:8444/callback")
//	p.WaitText("alice")
//	p.Fill("Password", "s3cret")          // by label
//	p.Press("Enter")
//	p.Screenshot("consent.png", browser.Look{Width: 390, Dark: true})
//
// What a console says (errors, exceptions, what the Content-Security-Policy
// stopped) fails the test, unless Allow expects it. The status of a page itself
// counts as no error. A test that fails prints the page; where
// SIGNET_TEST_PICTURES names a folder, it leaves a picture there.
//
// # Certificates
//
// Each browser has an NSS database of its own, which trusts Options.ServerCA.
// Import and Choose work while it runs: another certificate is chosen by another
// Choose. As everywhere, a browser asks once for a host: "use another certificate"
// works only on another host name. Three things to know:
//
//   - Without any certificate that the server's list of CAs accepts, Chromium
//     presents none, as a person without one does. To show "no certificate", use
//     a browser that has none.
//   - With one, but without a matching Choice, it opens a picker that nobody sees,
//     and the page hangs until the time-out.
//   - A certificate of another CA is not offered by the browser where the server
//     names its CAs. To see such a refusal, the server must name none, or the test
//     must speak TLS itself.
//
// Names below localhost lead to loopback in Chromium by itself.
//
// # How it is isolated
//
// Policies exist only in /etc/chromium, for the whole machine. The browser
// therefore runs in a mount namespace of its own, where a folder of the test
// stands in for that one; this takes root, or a kernel that lets users make
// namespaces. It has no sandbox, since it opens only what the test serves.
package browser
