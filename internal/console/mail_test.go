package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

// useMail points the settings at a server that nobody is.
func (h *house) useMail() {
	h.t.Helper()
	w := h.post("/admin/settings/mail", "version", "0", "server", "localhost", "port", "1", "tls", "plain", "from", "signet@example.org")
	wantStatus(h.t, w, http.StatusSeeOther)
}

func TestMailIsSetUpAndTested(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	wantText(t, h.get("/admin/settings"), "No mail server is set up", `href="/admin/settings/mail"`)
	lacksText(t, h.get("/admin/settings/mail"), "/admin/settings/mail/test")

	// A refused form comes back filled, without the password.
	w := h.post("/admin/settings/mail", "version", "0", "server", "mail.example.org", "tls", "plain", "from", "<b>", "user", "signet", "password", "s3cret word")
	wantStatus(t, w, http.StatusUnprocessableEntity)
	wantText(t, w, `value="mail.example.org"`, `value="&lt;b&gt;"`)
	lacksText(t, w, "s3cret word")

	h.useMail()
	page := h.get("/admin/settings/mail")
	wantText(t, page, `value="localhost"`, "The connection to the mail server is not encrypted", "admin@example.org")
	w = h.post("/admin/settings/mail/test")
	wantStatus(t, w, http.StatusOK)
	wantText(t, w, "The test message was not sent", "The server cannot be reached")

	wantStatus(t, h.post("/admin/settings/mail", "version", "0", "server", "localhost", "port", "1", "tls", "plain", "from", "other@example.org"), http.StatusConflict)
}

func TestOutboxShowsNoSecret(t *testing.T) {
	h := newHouse(t)
	admin, bob := h.person("admin", systemAdministrator), h.person("bob")
	h.signIn(admin, "")
	lacksText(t, h.post("/admin/users/"+string(bob.ID)+"/password-link"), "Send to bob@example.org") // nothing could send it
	h.useMail()
	lacksText(t, h.post("/admin/users/"+string(bob.ID)+"/password-link"), "Send to bob@example.org") // whose it is nobody knows
	bob.EmailVerified, bob.Version = true, 0
	h.must(h.room.Directory.EditUser(t.Context(), program, bob))
	w := h.post("/admin/users/" + string(bob.ID) + "/password-link")
	wantText(t, w, "Send to bob@example.org")
	secret := regexp.MustCompile(`name="secret" value="([a-z0-9]+)"`).FindStringSubmatch(w.Body.String())
	if secret == nil {
		t.Fatal("the form has no secret")
	}
	// Another person's address does not get it.
	w = h.post("/admin/users/"+string(admin.ID)+"/password-link/mail", "secret", secret[1])
	wantText(t, h.follow(w), "This link no longer works")
	w = h.post("/admin/users/"+string(bob.ID)+"/password-link/mail", "secret", secret[1])
	wantText(t, h.follow(w), "The link is on its way to bob@example.org")
	w = h.post("/admin/users/"+string(bob.ID)+"/password-link/mail", "secret", secret[1])
	wantText(t, h.follow(w), "This link has been sent already")

	list := h.get("/admin/settings/outbox")
	wantText(t, list, "bob@example.org", "Password link", "Waiting")
	message := regexp.MustCompile(`/admin/settings/outbox/[0-9a-z]+`).FindString(list.Body.String())
	page := h.get(message)
	wantText(t, page, "[a link that only the recipient sees]", "The link in this message is a secret")
	lacksText(t, page, secret[1])
	lacksText(t, list, secret[1])
	wantText(t, h.get("/admin/settings/outbox?state=failed"), "No message in this state")
	wantText(t, h.follow(h.post(message+"/retry")), "The message will be sent at once")
	wantStatus(t, h.get("/admin/settings/outbox/nothing"), http.StatusNotFound)
}

func TestInvitationIsMailedFromItsPlaceOnly(t *testing.T) {
	h := newHouse(t)
	h.org("acme")
	h.org("other")
	h.signIn(h.person("admin", systemAdministrator), "")
	h.useMail()
	w := h.post("/organizations/acme/members/invite", "role", "member")
	lacksText(t, w, "/invite/mail") // for nobody in particular
	w = h.post("/organizations/acme/members/invite", "email", "carol@example.org", "role", "member")
	wantText(t, w, "Send to carol@example.org")
	secret := regexp.MustCompile(`name="secret" value="([a-z0-9]+)"`).FindStringSubmatch(w.Body.String())[1]
	wantText(t, h.follow(h.post("/organizations/other/members/invite/mail", "secret", secret)), "This invitation no longer works")
	wantText(t, h.follow(h.post("/organizations/acme/members/invite/mail", "secret", secret)), "The link is on its way to carol@example.org")
}

func TestExpiringCertificatesAreListed(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	wantText(t, h.get("/admin/settings/certificates"), "No certificate expires in this time")
	bob := h.person("bob")
	identity := h.link(bob, "=Bob's card")
	h.must(h.db.Update(t.Context(), func(tx *store.Tx) error {
		c := *identity.Certificate
		c.NotAfter = h.clock.Now().Add(20 * 24 * time.Hour)
		return tx.UseIdentity(identity.ID, iam.SignetApp, &c)
	}))
	wantText(t, h.get("/admin/settings/certificates"), "bob@example.org", "Bob&#39;s card")
	wantText(t, h.get("/admin/settings/certificates?days=7"), "No certificate expires in this time")
	for _, days := range []string{"0", "-3", "100000"} {
		if w := h.get("/admin/settings/certificates?days=" + days); w.Code < 400 || w.Code >= 500 {
			t.Errorf("within %s days: %d", days, w.Code)
		}
	}
	csv := h.get("/admin/settings/certificates.csv?days=30")
	wantStatus(t, csv, http.StatusOK)
	if lines := strings.Split(strings.TrimSpace(csv.Body.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[1], "bob@example.org") {
		t.Errorf("the file: %q", lines)
	}
}
