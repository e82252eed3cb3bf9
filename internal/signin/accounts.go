package signin

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/web"
)

// Accounts that signed in with this browser are remembered in a cookie, so that
// people choose themselves with one press. It is sealed: nobody else can read
// whose computer it is, and nobody can put accounts there. It opens nothing: who
// chooses an account still has to prove it.

const (
	accountsCookie web.CookieName = "signet-accounts"
	accountsPlace                 = "accounts of a browser"
	accountsLife                  = 180 * 24 * time.Hour
	maxAccounts                   = 5
	maxAccountName                = 100 // characters that are kept of a name
	// maxAccountsCookie is less than the 4096 bytes beyond which browsers keep no
	// cookie (RFC 6265bis, section 5.6), its name among them.
	maxAccountsCookie = 4000
)

// account is one that signed in here.
type account struct {
	ID       iam.UserID       `json:"u"`
	Login    string           `json:"l"`
	Name     string           `json:"n"`
	Type     iam.ProviderType `json:"t"` // how, the last time
	Provider iam.ProviderID   `json:"p,omitempty"`
	// Host is the certificate host on which the browser shows the account's
	// certificate without asking; empty where it shows somebody else's there by now.
	Host string `json:"h,omitempty"`
}

// accountRow is an account as the widget shows it.
type accountRow struct {
	Index  int
	Person web.Person
	Icon   string
}

func (room *Room) accounts(r *http.Request) (all []account) {
	sealed, err := base64.RawURLEncoding.DecodeString(web.Cookie(r, accountsCookie))
	if err != nil || len(sealed) == 0 || room.Box == nil {
		return nil
	}
	text, err := room.Box.Open(sealed, accountsPlace)
	if err != nil || json.Unmarshal(text, &all) != nil {
		return nil // of another master key, or never ours
	}
	return all[:min(len(all), maxAccounts)]
}

func (room *Room) keepAccounts(w http.ResponseWriter, all []account) {
	if len(all) == 0 {
		web.ClearCookie(w, accountsCookie)
		return
	}
	all = all[:min(len(all), maxAccounts)]
	for {
		text, err := json.Marshal(all)
		if err != nil {
			return // strings always marshal
		}
		sealed := base64.RawURLEncoding.EncodeToString(room.Box.Seal(text, accountsPlace))
		if len(sealed) <= maxAccountsCookie || len(all) == 1 {
			web.SetCookie(w, accountsCookie, sealed, accountsLife)
			return
		}
		all = all[:len(all)-1] // names are long
	}
}

// rememberAccount puts whoever has just signed in at the head of the list.
func (room *Room) rememberAccount(w http.ResponseWriter, r *http.Request, out login.Outcome) {
	if room.Box == nil || out.User.Login == "" {
		return
	}
	a := account{ID: out.User.ID, Login: out.User.Login, Name: shortened(out.User.DisplayName())}
	for _, p := range out.Login.State.Proofs {
		if a.Type != iam.ProviderCertificate {
			a.Type, a.Provider = p.Type, p.Provider
		}
	}
	if a.Type == iam.ProviderCertificate {
		a.Host = cmp.Or(out.Attempt.Host, strings.TrimPrefix(web.Cookie(r, certificateHostCookie), wornHost))
	}
	others := slices.DeleteFunc(room.accounts(r), func(other account) bool { return other.Login == a.Login })
	for i := range others {
		if others[i].Host == a.Host {
			others[i].Host = ""
		}
	}
	room.keepAccounts(w, append([]account{a}, others...))
}

func shortened(name string) string {
	if runes := []rune(name); len(runes) > maxAccountName {
		return string(runes[:maxAccountName-1]) + "…"
	}
	return name
}

// rowsOf are the accounts that could sign in with the widget.
func rowsOf(all []account, v login.View) (rows []accountRow) {
	for i, a := range all {
		row := accountRow{Index: i, Person: web.Person{Name: a.Name, Detail: a.Login}, Icon: "certificate"}
		if !offers(v, a) {
			if !offersPassword(v) {
				continue
			}
			row.Icon = "password"
		}
		rows = append(rows, row)
	}
	return rows
}

// offers reports whether the widget has the certificate method of an account.
func offers(v login.View, a account) bool {
	return a.Type == iam.ProviderCertificate && slices.ContainsFunc(v.Offers, func(o iam.Offer) bool { return o.Provider.ID == a.Provider })
}

func offersPassword(v login.View) bool {
	return (!v.CertificateNeeded || v.Login.State.Unlinked != nil) &&
		slices.ContainsFunc(v.Offers, func(o iam.Offer) bool { return o.Provider.Type == iam.ProviderPassword })
}

// chooseAccount goes on with an account of the list: to the certificate host, or
// to its password.
func (room *Room) chooseAccount(w http.ResponseWriter, r *http.Request) {
	v, err := room.view(r)
	if err != nil {
		room.lost(w, r, err)
		return
	}
	all := room.accounts(r)
	i, err := strconv.Atoi(r.PostFormValue("account"))
	if err != nil || i < 0 || i >= len(all) {
		http.Redirect(w, r, pathOf(v.Login.ID), http.StatusSeeOther) // forgotten in another tab
		return
	}
	if a := all[i]; offers(v, a) {
		// On the host of another account the browser would show the other's certificate
		// without asking, and sign in somebody else than was chosen.
		_, left := room.ChooseHost(r.Context(), a.Provider, a.Host, true)
		room.startAttemptOn(w, r, v.Login.ID, a.Provider, a.Host, a.Host == "" && left, a.ID)
		return
	}
	http.Redirect(w, r, room.namedPath(v.Login.ID, all[i].Login), http.StatusSeeOther)
}

// forgetAccount takes an account off the list of this browser, and with it the
// host on which the browser would go on showing the account's certificate without
// asking.
func (room *Room) forgetAccount(w http.ResponseWriter, r *http.Request) {
	all := room.accounts(r)
	if i, err := strconv.Atoi(r.PostFormValue("account")); err == nil && i >= 0 && i < len(all) {
		if host := web.Cookie(r, certificateHostCookie); all[i].Type == iam.ProviderCertificate && host != "" && !strings.HasPrefix(host, wornHost) {
			web.SetCookie(w, certificateHostCookie, wornHost+host, certificateHostLife)
		}
		room.keepAccounts(w, slices.Delete(all, i, i+1))
	}
	http.Redirect(w, r, pathOf(iam.LoginID(r.PathValue("login"))), http.StatusSeeOther)
}

// identify takes the login, which is asked for first. Whether there is such a
// person is neither looked up nor told: the next page is the same for every
// name.
func (room *Room) identify(w http.ResponseWriter, r *http.Request) {
	id, name := iam.LoginID(r.PathValue("login")), r.PostFormValue("login")
	if name == "" {
		http.Redirect(w, r, pathOf(id), http.StatusSeeOther)
		return
	}
	http.Redirect(w, r, room.namedPath(id, name), http.StatusSeeOther)
}

// maxTypedName bounds what is carried of a typed login, in characters: logins and
// e-mail addresses have fewer.
const maxTypedName = 256

// namedPath is the address of the second step. The login is sealed in it, because
// addresses stay in histories and logs, and people type passwords into that
// field.
func (room *Room) namedPath(id iam.LoginID, name string) string {
	if utf8.RuneCountInString(name) > maxTypedName {
		name = string([]rune(name)[:maxTypedName])
	}
	return pathOf(id) + "?as=" + url.QueryEscape(base64.RawURLEncoding.EncodeToString(room.Box.Seal([]byte(name), namePlace(id))))
}

// named returns the login that the address holds; empty where it holds none.
func (room *Room) named(r *http.Request, id iam.LoginID) string {
	sealed, err := base64.RawURLEncoding.DecodeString(r.URL.Query().Get("as"))
	if err != nil || len(sealed) == 0 || room.Box == nil {
		return ""
	}
	name, err := room.Box.Open(sealed, namePlace(id))
	if err != nil {
		return ""
	}
	return string(name)
}

func namePlace(id iam.LoginID) string { return "typed login of " + string(id) }
