package console_test

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"signet/internal/cert/certtest"
	"signet/internal/iam"
)

var linkPattern = regexp.MustCompile(`https://id\.example/password/([A-Za-z0-9_-]+)`)

// secretIn is the secret of the one-time link on a page.
func secretIn(t *testing.T, w *httptest.ResponseRecorder) iam.Secret {
	t.Helper()
	found := linkPattern.FindStringSubmatch(w.Body.String())
	if found == nil {
		t.Fatalf("no link on the page: %d %s", w.Code, w.Body)
	}
	return iam.Secret(found[1])
}

func TestNewPersonChoosesAPasswordByALink(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	w := h.post("/admin/users/new", "login", "bob", "name", "Bob <b>", "email", "bob@example.org", "email_confirmed", "on")
	wantText(t, w, "Bob &lt;b&gt; has been created", "24 hours")
	if w.Header().Get("Cache-Control") != "no-store" {
		t.Error("the page with the link is cached")
	}
	secret := secretIn(t, w)
	bob, err := h.room.Directory.UserByLogin(t.Context(), program, "bob")
	h.must(err)
	if !bob.EmailVerified {
		t.Error("the address is not confirmed")
	}
	h.must(h.room.Directory.SetPasswordByLink(t.Context(), iam.Caller{}, secret, password))
	if _, err := h.room.Directory.Authenticate(t.Context(), iam.Caller{}, "bob@example.org", password); err != nil {
		t.Errorf("the password does not sign in: %v", err)
	}
	if err := h.room.Directory.SetPasswordByLink(t.Context(), iam.Caller{}, secret, "another password"); !iam.IsNotFound(err) {
		t.Errorf("the link works twice: %v", err)
	}
	taken := h.post("/admin/users/new", "login", "BOB", "name", "Other")
	wantStatus(t, taken, http.StatusUnprocessableEntity)
	wantText(t, taken, `value="BOB"`, `value="Other"`)
	for form, want := range map[string]string{"": "login", "a b": "login", strings.Repeat("x", 300): "login"} {
		w := h.post("/admin/users/new", "login", form)
		wantStatus(t, w, http.StatusUnprocessableEntity)
		wantText(t, w, `name="`+want+`"`, "field-error")
	}
}

func TestPasswordLinkIsOver(t *testing.T) {
	cases := map[string]func(h *house, bob iam.User){
		"expired": func(h *house, _ iam.User) { h.clock.Advance(25 * time.Hour) },
		"after a second one": func(h *house, bob iam.User) {
			_, err := h.room.Directory.MakePasswordLink(h.t.Context(), program, bob.ID)
			h.must(err)
		},
		"blocked": func(h *house, bob iam.User) { h.must(h.room.Directory.Block(h.t.Context(), program, bob.ID)) },
		"blocked and unblocked": func(h *house, bob iam.User) {
			h.must(h.room.Directory.Block(h.t.Context(), program, bob.ID))
			h.must(h.room.Directory.Unblock(h.t.Context(), program, bob.ID))
		},
		"deleted": func(h *house, bob iam.User) { h.must(h.room.Directory.Delete(h.t.Context(), program, bob.ID)) },
		"changed by then": func(h *house, bob iam.User) {
			h.must(h.room.Directory.SetPassword(h.t.Context(), program, bob.ID, "", "a newer password"))
		},
	}
	for name, before := range cases {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.signIn(h.person("admin", systemAdministrator), "")
			bob := h.person("bob")
			secret := secretIn(t, h.post("/admin/users/"+string(bob.ID)+"/password-link"))
			before(h, bob)
			if err := h.room.Directory.SetPasswordByLink(t.Context(), iam.Caller{}, secret, "another password"); !iam.IsNotFound(err) {
				t.Errorf("the link still works: %v", err)
			}
		})
	}
}

func TestResetEndsTheSessionsAlsoOfThisBrowser(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob")
	theirs := h.signIn(bob, "")
	h.signIn(h.person("admin", systemAdministrator), "")
	secret := secretIn(t, h.post("/admin/users/"+string(bob.ID)+"/password-link"))
	h.must(h.room.Directory.SetPasswordByLink(t.Context(), theirs, secret, "another password"))
	if sessions, err := h.room.Sessions.Mine(t.Context(), theirs); err != nil || len(sessions) != 0 {
		t.Errorf("sessions = %v, %v; want none", sessions, err)
	}
}

func TestOfTwoWhoHoldALinkOneSucceeds(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob")
	secret, err := h.room.Directory.MakePasswordLink(t.Context(), program, bob.ID)
	h.must(err)
	results := make(chan error, 4)
	for range 4 {
		go func() {
			results <- h.room.Directory.SetPasswordByLink(t.Context(), iam.Caller{}, secret, "another password")
		}()
	}
	won := 0
	for range 4 {
		if err := <-results; err == nil {
			won++
		} else if !iam.IsNotFound(err) {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d succeeded", won)
	}
}

func TestSecondEditorIsToldAndLosesNothing(t *testing.T) {
	h := newHouse(t)
	h.signIn(h.person("admin", systemAdministrator), "")
	bob := h.person("bob")
	path := "/admin/users/" + string(bob.ID) + "/edit"
	wantText(t, h.get(path), `name="version" value="1"`)
	wantText(t, h.follow(h.post(path, "version", "1", "login", "bob", "name", "Robert", "email", "bob@example.org")), "Robert has been saved.")
	late := h.post(path, "version", "1", "login", "bobby", "name", "Bobby")
	wantStatus(t, late, http.StatusConflict)
	wantText(t, late, "Somebody else has changed this user meanwhile", "Displayed name: Robert", `value="Bobby"`, `name="version" value="2"`)
	wantStatus(t, h.post(path, "login", "bobby", "name", "Bobby"), http.StatusConflict) // without a version nothing is overwritten
	wantText(t, h.follow(h.post(path, "version", "2", "login", "bobby", "name", "Bobby")), "Bobby has been saved.")
}

func TestRolesAreGivenAndTaken(t *testing.T) {
	h := newHouse(t)
	admin := h.person("admin", systemAdministrator)
	h.signIn(admin, "")
	bob := h.person("bob")
	org, err := h.room.Directory.CreateOrg(t.Context(), program, iam.Org{Name: "Acme", Handle: "acme"})
	h.must(err)
	path := "/admin/users/" + string(bob.ID) + "/roles"
	wantText(t, h.get(path), "System administrator", "Organization manager – Acme")
	for _, value := range []string{"", "role=king", "role=organization_manager", "role=system_administrator&org=" + string(org.ID), "role=organization_manager&org=nowhere", "%zz"} {
		if w := h.post(path, "role", value); w.Code == http.StatusSeeOther || w.Code == http.StatusInternalServerError {
			t.Errorf("role %q: %d", value, w.Code)
		}
	}
	wantText(t, h.follow(h.post(path, "role", "role=organization_manager&org="+string(org.ID))), "Bob is now: Organization manager.")
	wantText(t, h.follow(h.post(path, "role", "role=system_administrator")), "Take away: System administrator")
	wantText(t, h.get(path+"/take?role=system_administrator"), "Take a role from Bob?")
	wantText(t, h.follow(h.post(path+"/take", "value", "role=system_administrator")), "The role has been taken from Bob.")
	wantStatus(t, h.post(path+"/take", "value", "role=system_administrator"), http.StatusNotFound)

	own := "/admin/users/" + string(admin.ID)
	for _, what := range []string{"/roles/take", "/block", "/delete"} {
		w := h.post(own+what, "value", "role=system_administrator")
		wantStatus(t, w, http.StatusConflict)
		wantText(t, w, "This is the last administrator.")
	}
}

// S71: deletion ends everything at once, can be undone within the grace period,
// and is final after it.
func TestDeletedPersonIsRestoredOrRemoved(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob")
	card := h.link(bob, "card")
	theirs := h.signIn(bob, card.ID)
	h.signIn(h.person("admin", systemAdministrator), "")
	path := "/admin/users/" + string(bob.ID)
	wantText(t, h.get(path+"/delete"), "Delete Bob?", "30 days")
	wantText(t, h.follow(h.post(path+"/delete")), "Bob is deleted.", "This user is deleted", "Restore")
	if sessions, _ := h.room.Sessions.Mine(t.Context(), theirs); len(sessions) != 0 {
		t.Error("a deleted person is signed in")
	}
	wantStatus(t, h.post(path+"/block"), http.StatusConflict)
	w := h.post(path + "/unblock")
	if got, _ := h.room.Directory.Person(t.Context(), bob.ID); got.Status != iam.UserDeleted || w.Code == http.StatusInternalServerError {
		t.Errorf("unblocking restored: %s, %d", got.Status, w.Code)
	}
	wantText(t, h.follow(h.post(path+"/restore")), "Bob is restored.", "card")

	h.must(h.room.Directory.Block(t.Context(), program, bob.ID))
	h.must(h.room.Directory.Delete(t.Context(), program, bob.ID))
	wantText(t, h.follow(h.post(path+"/restore")), "This user is blocked") // deletion is no way around a block

	wantText(t, h.follow(h.post(path+"/delete")), "Bob is deleted.")
	h.clock.Advance(iam.DeletionGrace - time.Hour)
	h.must(h.room.Directory.Purge(t.Context()))
	wantStatus(t, h.get(path), http.StatusOK)
	h.clock.Advance(2 * time.Hour)
	h.must(h.room.Directory.Purge(t.Context()))
	wantStatus(t, h.get(path), http.StatusNotFound)
	if _, err := h.room.Directory.CreateUser(t.Context(), program, iam.User{Login: "bob"}, ""); err != nil {
		t.Errorf("the login is not free: %v", err)
	}
	wantText(t, h.get("/admin/events?kind=user.purged"), "User removed for good")
}

// TestGracePeriodIsASetting: the confirmation tells the days that hold, and who is
// deleted keeps the days that they were told.
func TestGracePeriodIsASetting(t *testing.T) {
	h := newHouse(t)
	bob, carol := h.person("bob"), h.person("carol")
	h.signIn(h.person("admin", systemAdministrator), "")
	days := func(n string) *httptest.ResponseRecorder {
		set, err := h.room.Directory.Settings(t.Context())
		h.must(err)
		return h.ask("POST", "/admin/settings/general", url.Values{"version": {fmt.Sprint(set.Version)}, "deletion_days": {n}})
	}
	for _, wrong := range []string{"0", "366", "-1", "x"} {
		wantStatus(t, days(wrong), http.StatusUnprocessableEntity)
	}
	wantText(t, h.follow(days("90")), "90 days")
	wantText(t, h.get("/admin/users/"+string(bob.ID)+"/delete"), "90 days")
	h.follow(h.post("/admin/users/" + string(bob.ID) + "/delete"))
	wantText(t, h.follow(days("1")), "1 day")
	h.follow(h.post("/admin/users/" + string(carol.ID) + "/delete"))
	h.clock.Advance(48 * time.Hour)
	h.must(h.room.Directory.Purge(t.Context()))
	if _, err := h.room.Directory.Person(t.Context(), carol.ID); !iam.IsNotFound(err) {
		t.Errorf("after the one day that she was told, carol is there: %v", err)
	}
	if _, err := h.room.Directory.Person(t.Context(), bob.ID); err != nil {
		t.Errorf("he was told 90 days: %v", err)
	}
}

func TestSessionsAreListedAndEndedOneByOne(t *testing.T) {
	h := newHouse(t)
	bob := h.person("bob")
	one, other := h.signIn(bob, ""), h.signIn(bob, "")
	h.signIn(h.person("admin", systemAdministrator), "")
	path := "/admin/users/" + string(bob.ID)
	wantText(t, h.get(path), "Firefox on Linux", "192.0.2.7", "By password")
	wantText(t, h.follow(h.post(path+"/sessions/"+string(one.Session)+"/end")), "A session of Bob has ended.")
	sessions, err := h.room.Sessions.Mine(t.Context(), other)
	if err != nil || len(sessions) != 1 || sessions[0].ID != other.Session {
		t.Errorf("sessions left: %+v, %v", sessions, err)
	}
	carol := h.person("carol")
	h.post("/admin/users/" + string(carol.ID) + "/sessions/" + string(other.Session) + "/end") // of another person
	if sessions, _ := h.room.Sessions.Mine(t.Context(), other); len(sessions) != 1 {
		t.Error("the session of one person was ended at the address of another")
	}
}

var keptPattern = regexp.MustCompile(`name="kept" value="([^"]+)"`)

// S63: an administrator adds an identifier by bringing the certificate; S59 and
// S60 hold for them, too.
func TestCertificateIsAddedByUpload(t *testing.T) {
	h := newHouse(t)
	ca, stranger := h.ca("Test CA"), h.ca("Stranger")
	method, err := h.room.Providers.Create(t.Context(), program, iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: "mTLS",
		Settings: iam.ProviderSettings{Certificate: &iam.CertificateSettings{Anchors: string(ca.PEM())}},
	})
	h.must(err)
	h.signIn(h.person("admin", systemAdministrator), "")
	bob, carol := h.person("bob"), h.person("carol")
	leaf := ca.Issue(t, certtest.Spec{CN: "Bob's card"})
	path := "/admin/users/" + string(bob.ID) + "/identifiers/add"
	wantText(t, h.get(path), "Add a certificate for Bob", "mTLS")

	for name, c := range map[string]struct {
		file []byte
		text string
	}{
		"nothing":          {nil, "Choose a file"},
		"no certificate":   {[]byte("hello"), "No certificate could be found"},
		"with its key":     {append(leaf.PEM(), leaf.KeyPEM(t)...), "private key"},
		"of a stranger":    {stranger.Issue(t, certtest.Spec{CN: "Eve"}).PEM(), "would be refused"},
		"a CA certificate": {ca.PEM(), "would be refused"},
	} {
		w := h.upload(path, c.file, "provider", string(method.ID))
		wantText(t, w, c.text)
		if keptPattern.MatchString(w.Body.String()) {
			t.Errorf("%s can be linked", name)
		}
	}
	for _, file := range [][]byte{leaf.PEM(), leaf.Cert.Raw} {
		w := h.upload(path, file, "provider", string(method.ID))
		wantText(t, w, "Bob&#39;s card", "Link this certificate to Bob")
		if identities, _ := h.room.Identities.Of(t.Context(), program, bob.ID); len(identities) != 0 {
			t.Fatal("linked without having been shown")
		}
	}
	kept := html.UnescapeString(keptPattern.FindStringSubmatch(h.upload(path, leaf.Cert.Raw, "provider", string(method.ID)).Body.String())[1])
	done := h.follow(h.upload(path, nil, "provider", string(method.ID), "kept", kept))
	wantText(t, done, "Bob&#39;s card is linked.")
	wantText(t, h.upload(path, nil, "provider", string(method.ID), "kept", kept), "linked to this person already")
	wantText(t, h.upload("/admin/users/"+string(carol.ID)+"/identifiers/add", nil, "provider", string(method.ID), "kept", kept), "linked to another user")

	identities, err := h.room.Identities.Of(t.Context(), program, bob.ID)
	h.must(err)
	id := "/admin/users/" + string(bob.ID) + "/identifiers/" + string(identities[0].ID)
	wantText(t, h.follow(h.post(id+"/publicity", "publicity", "everyone")), "has been saved")
	wantStatus(t, h.post(id+"/publicity", "publicity", "x"), http.StatusBadRequest)
	wantStatus(t, h.post("/admin/users/"+string(carol.ID)+"/identifiers/"+string(identities[0].ID)+"/publicity", "publicity", "everyone"), http.StatusNotFound)
}
