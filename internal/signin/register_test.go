package signin_test

import (
	"net/http"
	"strings"
	"testing"

	"signet/internal/iam"
)

func (w *widget) openRegistration(t *testing.T, change func(*iam.Settings)) {
	t.Helper()
	set, err := w.people.Settings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	set.Registration = true
	change(&set)
	if err := w.people.ChangeSettings(t.Context(), iam.Program("test"), set); err != nil {
		t.Fatal(err)
	}
}

func TestCreateAccountIsWhereItIsOpen(t *testing.T) {
	w := newWidget(t)
	page := w.begin()
	if _, _, body := w.do(http.MethodGet, page); strings.Contains(body, page+"/register") {
		t.Error("offered where registration is closed")
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		status, _, body := w.do(method, page+"/register", "login", "eve", "password", "a few words to remember", "again", "a few words to remember")
		if status != http.StatusForbidden || !strings.Contains(body, "No accounts are created here") || !strings.Contains(body, `href="`+page+`"`) {
			t.Errorf("%s where it is closed: %d %s", method, status, body)
		}
	}
	w.openRegistration(t, func(*iam.Settings) {})
	if _, _, body := w.do(http.MethodGet, page); !strings.Contains(body, page+"/register") {
		t.Errorf("not offered where registration is open: %s", body)
	}
}

// TestFormOfAnAccountLosesNothing: what was typed comes back with the error at its
// field, but for passwords, and a person who is done goes on.
func TestFormOfAnAccountLosesNothing(t *testing.T) {
	w := newWidget(t)
	w.openRegistration(t, func(s *iam.Settings) { s.PasswordLength, s.PasswordKinds = 12, 2 })
	page := w.begin()
	_, _, body := w.do(http.MethodGet, page+"/register")
	if !strings.Contains(body, "At least 12 characters") || !strings.Contains(body, "at least two kinds") {
		t.Errorf("the rules of passwords are not told: %s", body)
	}
	send := func(login, password, again string) (int, string, string) {
		return w.do(http.MethodPost, page+"/register", "login", login, "name", `<b>Eve</b>`, "email", "eve@example.org", "password", password, "again", again)
	}
	for _, c := range []struct{ what, login, password, again, told string }{
		{"no login", "", "Words to remember", "Words to remember", "eve@example.org"},
		{"taken", "alice", "Words to remember", "Words to remember", "The login alice is taken."},
		{"short", "eve", "Short", "Short", "12 characters"},
		{"plain", "eve", "wordstoremember", "wordstoremember", "at least 2 kinds"},
		{"differ", "eve", "Words to remember", "Words to forget", "The two passwords differ."},
		{"name of 300 characters", strings.Repeat("e", 300), "Words to remember", "Words to remember", "100"},
	} {
		status, _, body := send(c.login, c.password, c.again)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, c.told) || !strings.Contains(body, "&lt;b&gt;Eve&lt;/b&gt;") || !strings.Contains(body, "eve@example.org") {
			t.Errorf("%s: %d %s", c.what, status, body)
		}
		if strings.Contains(body, c.password) {
			t.Errorf("%s: the password comes back", c.what)
		}
	}
	status, to, body := send("eve", "Words to remember", "Words to remember")
	if status != http.StatusSeeOther || to != "/profile" {
		t.Fatalf("account: %d to %q %s", status, to, body)
	}
	if w.jar["__Host-signet-session"] == "" {
		t.Errorf("no session: %v", w.jar)
	}
}
