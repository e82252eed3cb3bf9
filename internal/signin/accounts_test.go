package signin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/seal"
	"signet/internal/signin"
	"signet/internal/web"
)

// widget is the room with passwords, and a browser that keeps cookies.
type widget struct {
	t       *testing.T
	handler http.Handler
	jar     map[string]string
	browser iam.Secret
	people  *directory.Service
}

const rightPassword = "correct horse battery"

func newWidget(t *testing.T) *widget {
	t.Helper()
	rooms, program := newRooms(t), iam.Program("test")
	if _, err := rooms.providers.EnsurePassword(t.Context(), program, "Password"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob"} {
		if _, err := rooms.people.CreateUser(t.Context(), program, iam.User{Login: name, Name: strings.ToUpper(name) + " <Doe>"}, rightPassword); err != nil {
			t.Fatal(err)
		}
	}
	box, err := seal.NewBox(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	w := &widget{t: t, jar: map[string]string{}, browser: iam.NewSecret(), people: rooms.people}
	w.handler = rooms.serve(&signin.Room{Providers: rooms.providers, Box: box}, func() iam.Caller { return iam.Caller{Browser: w.browser} })
	return w
}

func (w *widget) do(method, path string, pairs ...string) (int, string, string) {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name, value := range w.jar {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	for _, c := range rec.Result().Cookies() {
		if w.jar[c.Name] = c.Value; c.MaxAge < 0 {
			delete(w.jar, c.Name)
		}
	}
	return rec.Code, rec.Header().Get("Location"), rec.Body.String()
}

func (w *widget) begin() string {
	w.t.Helper()
	_, page, _ := w.do(http.MethodGet, "/signin")
	return page
}

func hidden(t *testing.T, body, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(body)
	if m == nil {
		t.Fatalf("there is no %s on the page: %s", name, body)
	}
	return m[1]
}

func (w *widget) signIn(name string) {
	w.t.Helper()
	page := w.begin()
	_, to, _ := w.do(http.MethodPost, page+"/identify", "login", name)
	_, _, body := w.do(http.MethodGet, to)
	if status, _, body := w.do(http.MethodPost, page+"/password", "provider", hidden(w.t, body, "provider"), "login", hidden(w.t, body, "login"), "password", rightPassword); status != http.StatusSeeOther {
		w.t.Fatalf("%s cannot sign in: %d %s", name, status, body)
	}
}

// TestPasswordComesSecond: the second page is the same for a name that exists and
// for one that does not, and the address tells nobody what was typed.
func TestPasswordComesSecond(t *testing.T) {
	w := newWidget(t)
	page := w.begin()
	_, _, first := w.do(http.MethodGet, page)
	if strings.Contains(first, `type="password"`) || !strings.Contains(first, `name="login"`) {
		t.Errorf("the first page: %s", first)
	}
	var seen []string
	for _, name := range []string{"alice", "nobody", "s3cret!typed here"} {
		status, to, _ := w.do(http.MethodPost, page+"/identify", "login", name)
		if status != http.StatusSeeOther || strings.Contains(to, name) || strings.Contains(to, url.QueryEscape(name)) {
			t.Errorf("%q leads to %d %s", name, status, to)
		}
		status, _, body := w.do(http.MethodGet, to)
		if status != http.StatusOK || !strings.Contains(body, `type="password"`) || !strings.Contains(body, name) {
			t.Errorf("the second page of %q: %d %s", name, status, body)
		}
		body = strings.NewReplacer(name, "NAME", url.QueryEscape(to), "TO").Replace(body)
		body = regexp.MustCompile(`\?as=[^"]*|data-initials="[^"]*"|avatar-\d`).ReplaceAllString(body, "")
		seen = append(seen, body)
	}
	if seen[0] != seen[1] || seen[1] != seen[2] {
		t.Errorf("the pages differ:\n%s\n%s\n%s", seen[0], seen[1], seen[2])
	}
	// Of another login, or made up, the address says nothing.
	_, to, _ := w.do(http.MethodPost, page+"/identify", "login", "alice")
	other := w.begin()
	for _, as := range []string{to[strings.Index(to, "?"):], "?as=AAAA", "?as=", "?as=%FF"} {
		if _, _, body := w.do(http.MethodGet, other+as); strings.Contains(body, `type="password"`) {
			t.Errorf("%s is believed", as)
		}
	}
	for _, name := range []string{"", strings.Repeat("é", 4000)} {
		status, to, _ := w.do(http.MethodPost, page+"/identify", "login", name)
		if again, _, _ := w.do(http.MethodGet, to); status != http.StatusSeeOther || again != http.StatusOK {
			t.Errorf("%d characters: %d, then %d", len(name), status, again)
		}
	}
}

// Browsers keep no cookie of more than 4096 bytes: where names are long there are
// fewer on the list, and not the list of before.
func TestAccountsWithLongNamesFitTheCookie(t *testing.T) {
	w := newWidget(t)
	for n := range 5 {
		name := strings.Repeat("漢", 90) + strconv.Itoa(n)
		if _, err := w.people.CreateUser(t.Context(), iam.Program("test"), iam.User{Login: name, Name: strings.Repeat("<&>", 60)}, rightPassword); err != nil {
			t.Fatal(err)
		}
		w.signIn(name)
		kept := w.jar["__Host-signet-accounts"]
		if len(kept) > 4000 {
			t.Errorf("%d accounts take %d bytes", n+1, len(kept))
		}
		delete(w.jar, "__Host-"+string(web.SessionCookie))
		if _, _, body := w.do(http.MethodGet, w.begin()); !strings.Contains(body, name) {
			t.Errorf("who signed in last is not on the list: %s", body)
		}
	}
}

// TestAccountsOfABrowser: who signed in here can choose themselves, be forgotten,
// and still has to prove it.
func TestAccountsOfABrowser(t *testing.T) {
	w := newWidget(t)
	w.signIn("alice")
	w.signIn("bob")
	delete(w.jar, "__Host-"+string(web.SessionCookie))
	page := w.begin()
	_, _, body := w.do(http.MethodGet, page)
	for _, want := range []string{"BOB &lt;Doe&gt;", "ALICE &lt;Doe&gt;", "Forget BOB", `name="login"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the widget lacks %q: %s", want, body)
		}
	}
	if strings.Index(body, "BOB") > strings.Index(body, "ALICE") {
		t.Error("the last one stands last")
	}
	_, to, _ := w.do(http.MethodPost, page+"/account", "account", "1")
	_, _, body = w.do(http.MethodGet, to)
	if !strings.Contains(body, "ALICE &lt;Doe&gt;") || !strings.Contains(body, `type="password"`) {
		t.Errorf("alice, chosen: %s", body)
	}
	for _, wrong := range []string{"9", "-1", "x", ""} {
		if status, to, _ := w.do(http.MethodPost, page+"/account", "account", wrong); status != http.StatusSeeOther || to != page {
			t.Errorf("account %q: %d %s", wrong, status, to)
		}
	}

	// Nobody reads or writes the list but us.
	name := "__Host-signet-accounts"
	kept := w.jar[name]
	if strings.Contains(kept, "alice") || strings.Contains(kept, "YWxpY2") {
		t.Errorf("the cookie tells: %s", kept)
	}
	for _, forged := range []string{kept[:len(kept)-2] + "AA", "", "W3sibCI6Im1hbGxvcnkifV0"} {
		w.jar[name] = forged
		if _, _, body := w.do(http.MethodGet, page); strings.Contains(body, "BOB") || strings.Contains(body, "mallory") {
			t.Errorf("the cookie %q is believed", forged)
		}
	}
	w.jar[name] = kept
	w.do(http.MethodPost, page+"/forget", "account", "0")
	if _, _, body := w.do(http.MethodGet, page); strings.Contains(body, "BOB") || !strings.Contains(body, "ALICE") {
		t.Errorf("bob is not forgotten: %s", body)
	}
	w.do(http.MethodPost, page+"/forget", "account", "0")
	if _, left := w.jar[name]; left {
		t.Error("an empty list leaves a cookie")
	}
}
