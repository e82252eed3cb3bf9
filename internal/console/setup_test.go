package console_test

import (
	"net/http"
	"testing"
	"time"

	"signet/internal/iam"
)

func (h *house) setupLink() string {
	h.t.Helper()
	secret, err := h.room.Directory.MakeSetupLink(h.t.Context(), program)
	h.must(err)
	return "/setup/" + string(secret)
}

func TestSetUp(t *testing.T) {
	h := newHouse(t)
	link := h.setupLink()
	wantText(t, h.get(link), "Welcome", `action="`+link+`"`)
	w := h.post(link, "login", "ada", "name", "Ada", "email", "ada@example.org", "password", password, "again", password)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/signin?to=/profile" {
		t.Fatalf("answer = %d to %q: %s", w.Code, w.Header().Get("Location"), w.Body)
	}
	ada, err := h.room.Directory.Authenticate(t.Context(), iam.Caller{}, "ada", password)
	h.must(err)
	roles, err := h.room.Directory.Roles(t.Context(), program, ada.ID)
	h.must(err)
	if len(roles) != 1 || roles[0].Role != iam.RoleSystemAdministrator || roles[0].Scope != iam.System() {
		t.Errorf("roles = %+v", roles)
	}
	// A link works once.
	wantStatus(t, h.get(link), http.StatusGone)
	again := h.post(link, "login", "eve", "password", password, "again", password)
	wantStatus(t, again, http.StatusGone)
	wantText(t, again, "This link no longer works", "signet user setup-link")
	if _, err := h.room.Directory.Authenticate(t.Context(), iam.Caller{}, "eve", password); err == nil {
		t.Error("a spent link made another administrator")
	}
}

func TestSetUpRefused(t *testing.T) {
	h := newHouse(t)
	h.person("taken")
	link := h.setupLink()
	for name, c := range map[string]struct{ login, email, password, again, says string }{
		"no login":         {"", "", password, password, "A login is needed."},
		"login with space": {"ada l", "", password, password, "A login has no spaces."},
		"login taken":      {"taken", "", password, password, "The login taken is taken."},
		"bad address":      {"ada", "ada at home", password, password, "This is not an e-mail address."},
		"short password":   {"ada", "", "short", "short", "At least 8 characters are needed."},
		"passwords differ": {"ada", "", password, password + "!", "The two passwords differ."},
	} {
		t.Run(name, func(t *testing.T) {
			w := h.post(link, "login", c.login, "name", "Kept Name", "email", c.email, "password", c.password, "again", c.again)
			wantStatus(t, w, http.StatusUnprocessableEntity)
			wantText(t, w, c.says, "Kept Name", `aria-invalid="true"`)
			lacksText(t, w, c.password)
		})
	}
	// None of it spent the link.
	wantStatus(t, h.get(link), http.StatusOK)
}

func TestSetupLinkThatIsNone(t *testing.T) {
	h := newHouse(t)
	h.setupLink()
	for _, link := range []string{"/setup/x", "/setup/" + string(iam.NewSecret())} {
		wantStatus(t, h.get(link), http.StatusGone)
		// An unknown link does not learn what the form wants.
		w := h.post(link, "login", "", "password", "short", "again", "differs")
		wantStatus(t, w, http.StatusGone)
		lacksText(t, w, "A login is needed", "differ")
	}
	late := h.setupLink()
	h.clock.Advance(61 * time.Minute)
	wantStatus(t, h.get(late), http.StatusGone)
	wantStatus(t, h.post(late, "login", "ada", "password", password, "again", password), http.StatusGone)
}
