package e2e

import (
	"testing"

	"golang.org/x/oauth2"
)

// TestBlockedPersonIsOutAtOnce blocks alice from the command line while the
// server runs (row S70): whatever she holds ends in that moment.
func TestBlockedPersonIsOutAtOnce(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t, "profile", "offline_access")
	alice := d.newPerson(d.certificate("alice"))
	q := a.request()
	token, _ := a.tokens(q, alice.signIn(a, q))
	waiting := a.request()
	code := alice.signIn(a, waiting)
	alice.stop = ""
	alice.open(d.Issuer + "/profile")
	alice.stands("Profile")

	d.signet("", "user", "block", "alice")
	alice.open(d.Issuer + "/profile")
	alice.stands("Sign in to Signet")
	alice.press("Sign in with mTLS")
	alice.stands("Your account is blocked")
	if _, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(token)); err == nil {
		t.Error("her access token still works")
	}
	if _, err := a.config.TokenSource(a.ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token(); !isError(err, "invalid_grant") {
		t.Errorf("her refresh token: %v", err)
	}
	if _, err := a.config.Exchange(a.ctx, code, oauth2.VerifierOption(waiting.verifier)); !isError(err, "invalid_grant") {
		t.Errorf("a code that was waiting: %v", err)
	}
	byPassword := d.newPerson(nil)
	byPassword.open(d.Issuer + "/signin")
	byPassword.password("alice", d.user("alice").Password, "Sign in")
	byPassword.open(d.Issuer + "/profile")
	byPassword.stands("Sign in to Signet")
	admin := d.administrator()
	admin.findsKind(t, "user.blocked", "alice")

	d.signet("", "user", "unblock", "alice")
	again := a.request()
	alice.signIn(a, again)
}
