package e2e

import (
	"sync"
	"testing"

	"golang.org/x/oauth2"

	"signet/internal/cert/certtest"
)

// TestKilledServerKeepsWhatItAnswered kills the program in the middle of its
// work, without warning, and starts it again on the same data: whatever it had
// answered holds, and whatever was spent stays spent.
func TestKilledServerKeepsWhatItAnswered(t *testing.T) {
	t.Parallel()
	d := startDemo(t)
	a := d.party(t, "profile")
	alice := d.newPerson(d.certificate("alice"))
	alice.signIn(a, a.request())
	waiting := a.request()
	waitingCode := alice.signIn(a, waiting)
	alice.open(d.Issuer + "/profile")
	second := shown(d.clientCA(t).Issue(t, certtest.Spec{CN: "Alice Martin, new card"}))
	alice.link(second)
	bob := d.newPerson(d.certificate("bob")) // is in the middle of a sign-in
	bob.open(a.request().url)
	bob.press("Sign in with mTLS")
	bob.stands("This certificate is not linked to anyone yet")

	// Work goes on until the program is gone.
	type exchange struct {
		request request
		code    string
		token   *oauth2.Token
	}
	done := make(chan exchange)
	var workers sync.WaitGroup
	for range 3 {
		worker := d.newPerson(d.certificate("alice"))
		worker.signIn(a, a.request())
		workers.Go(func() {
			for {
				e := exchange{request: a.request()}
				if worker.walk("GET", e.request.url, nil) != nil || worker.stopped == nil {
					return
				}
				e.code = worker.stopped.Query().Get("code")
				var err error
				if e.token, err = a.config.Exchange(a.ctx, e.code, oauth2.VerifierOption(e.request.verifier)); err != nil {
					return
				}
				done <- e
			}
		})
	}
	go func() {
		workers.Wait()
		close(done)
	}()
	var answered []exchange
	for e := range done {
		if answered = append(answered, e); len(answered) == 30 {
			d.kill()
		}
	}
	d.restart()

	if len(answered) < 30 {
		t.Fatalf("only %d exchanges were answered", len(answered))
	}
	for i, e := range answered {
		if info, err := a.provider.UserInfo(a.ctx, oauth2.StaticTokenSource(e.token)); err != nil || info.Subject == "" {
			t.Errorf("access token %d of %d is lost: %v", i+1, len(answered), err)
		}
		if _, err := a.config.Exchange(a.ctx, e.code, oauth2.VerifierOption(e.request.verifier)); !isError(err, "invalid_grant") {
			t.Errorf("code %d of %d works again: %v", i+1, len(answered), err)
		}
	}
	if _, id := a.tokens(waiting, waitingCode); id.Subject == "" {
		t.Error("the code that was not spent yet says nobody")
	}
	if _, err := a.config.Exchange(a.ctx, waitingCode, oauth2.VerifierOption(waiting.verifier)); !isError(err, "invalid_grant") {
		t.Errorf("and works twice: %v", err)
	}
	silent := a.request(oauth2.SetAuthURLParam("prompt", "none"))
	alice.stop = d.Client.RedirectURI
	alice.open(silent.url)
	a.answered(silent, alice.stopped) // her session lives
	anew := a.request()
	d.newPerson(second).signIn(a, anew) // what she linked is linked
	bob.press("Sign in another way and link it")
	bob.password("bob", d.user("bob").Password, "Sign in")
	bob.stands("Link this certificate?")
}
