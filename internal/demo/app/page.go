package app

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"signet/internal/i18n"
)

//go:embed page static
var files embed.FS

// pages draws the pages in every language.
type pages struct {
	catalogues *i18n.Catalogues
	byLanguage map[string]*template.Template
}

func newPages(c *i18n.Catalogues) (*pages, error) {
	p := &pages{catalogues: c, byLanguage: map[string]*template.Template{}}
	for _, language := range c.Languages() {
		printer, _ := c.In(language.Tag)
		t, err := template.New("").Funcs(template.FuncMap{"t": printer.T}).ParseFS(files, "page/*.html")
		if err != nil {
			return nil, fmt.Errorf("read pages: %w", err)
		}
		p.byLanguage[language.Tag] = t
	}
	return p, nil
}

func (p *pages) printer(r *http.Request) *i18n.Printer {
	return p.catalogues.Printer(r.Header.Get("Accept-Language"))
}

// static serves the style and the pictures.
func (p *pages) static() http.Handler {
	sub, err := fs.Sub(files, "static")
	if err != nil {
		panic(fmt.Errorf("demo application: %w", err)) // only for a malformed constant
	}
	return http.StripPrefix("/static/", http.FileServerFS(sub))
}

// frame is what every page has.
type frame struct {
	Lang    string
	Title   string
	Issuer  string
	Account string // name of the person who is signed in
	Data    any
}

// show draws a page whole before it sends a byte.
func (a *App) show(w http.ResponseWriter, r *http.Request, status int, name string, f frame) {
	printer := a.pages.printer(r)
	f.Lang, f.Issuer = printer.Lang(), a.options.Issuer
	var b bytes.Buffer
	if err := a.pages.byLanguage[f.Lang].ExecuteTemplate(&b, name, f); err != nil {
		http.Error(w, "500 Internal Server Error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language, Cookie")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that left is no fault
}

// start is the page for a person who is not signed in.
type start struct {
	Tries     []tryRow
	SignedOut bool
}

type tryRow struct {
	Try
	Text string
}

// account is the page for one who is.
type account struct {
	Name     string
	Initial  string
	How      string // with what
	HowText  string
	ByPhr    bool
	Facts    []fact
	IDToken  []fact
	UserInfo []fact
	Profile  string // where Signet shows the person's own pages
}

type fact struct{ Name, Value string }

// problem is the page for what went wrong. Code and Text are Signet's or the
// library's own words, for whoever connects an application.
type problem struct{ Cause, Code, Text string }

type problemPage struct {
	problem
	Sentence string
}

func (a *App) home(w http.ResponseWriter, r *http.Request) {
	if s, ok := a.memory.session(cookie(r, sessionCookie)); ok {
		data := a.accountOf(a.pages.printer(r), s)
		a.show(w, r, http.StatusOK, "account.html", frame{Title: data.Name, Account: data.Name, Data: data})
		return
	}
	a.start(w, r, false)
}

func (a *App) signedOut(w http.ResponseWriter, r *http.Request) {
	if _, ok := a.memory.session(cookie(r, sessionCookie)); ok {
		http.Redirect(w, r, "/", http.StatusSeeOther) // a link that somebody else made
		return
	}
	a.start(w, r, true)
}

//i18n:keys demo.try.* works unlinked blocked expired

func (a *App) start(w http.ResponseWriter, r *http.Request, signedOut bool) {
	printer := a.pages.printer(r)
	data := start{SignedOut: signedOut}
	for _, t := range a.options.Tries {
		data.Tries = append(data.Tries, tryRow{t, printer.T("demo.try."+t.Outcome, "Login", t.Login)})
	}
	a.show(w, r, http.StatusOK, "start.html", frame{Title: printer.T("demo.name"), Data: data})
}

//i18n:keys demo.problem.* state issuer denied refused not_found

func (a *App) fail(w http.ResponseWriter, r *http.Request, status int, p problem) {
	printer := a.pages.printer(r)
	a.show(w, r, status, "problem.html", frame{Title: printer.T("demo.problem"), Data: problemPage{p, printer.T("demo.problem." + p.Cause)}})
}

func (a *App) accountOf(p *i18n.Printer, s session) account {
	text := func(claims map[string]any, name string) string {
		value, _ := claims[name].(string)
		return value
	}
	name := cmp.Or(text(s.userInfo, "name"), text(s.userInfo, "preferred_username"), text(s.claims, "sub"))
	data := account{Name: name, Initial: initial(name), Profile: a.options.Issuer + "/profile", ByPhr: text(s.claims, "acr") == "phr"}
	data.How, data.HowText = p.T("demo.how.other"), p.T("demo.how.other_text")
	switch {
	case data.ByPhr:
		data.How, data.HowText = p.T("demo.how.certificate"), p.T("demo.how.certificate_text")
	case slices.Contains(list(s.claims["amr"]), "pwd"):
		data.How, data.HowText = p.T("demo.how.password"), p.T("demo.how.password_text")
	}
	data.Facts = []fact{
		{p.T("demo.fact.login"), text(s.userInfo, "preferred_username")},
		{p.T("demo.fact.email"), text(s.userInfo, "email")},
		{p.T("demo.fact.since"), moment(p, s.claims["auth_time"])},
		{p.T("demo.fact.acr"), text(s.claims, "acr")},
		{p.T("demo.fact.amr"), strings.Join(list(s.claims["amr"]), ", ")},
	}
	data.IDToken, data.UserInfo = facts(p, s.claims), facts(p, s.userInfo)
	return data
}

// facts lists claims by name, times in words beside their number.
func facts(p *i18n.Printer, claims map[string]any) []fact {
	var all []fact
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		value := fmt.Sprint(claims[name])
		switch v := claims[name].(type) {
		case []any:
			value = strings.Join(list(v), ", ")
		case float64:
			value = fmt.Sprintf("%.0f", v)
			if at := moment(p, v); at != "" && slices.Contains([]string{"auth_time", "exp", "iat", "nbf", "updated_at"}, name) {
				value += " · " + at
			}
		}
		all = append(all, fact{name, value})
	}
	return all
}

func moment(p *i18n.Printer, seconds any) string {
	v, ok := seconds.(float64)
	if !ok || v <= 0 {
		return ""
	}
	return p.In(time.Local).DateTime(time.Unix(int64(v), 0)) // the demo runs where it is read
}

func list(value any) []string {
	elements, _ := value.([]any)
	texts := make([]string, len(elements))
	for i, e := range elements {
		texts[i] = fmt.Sprint(e)
	}
	return texts
}

func initial(name string) string {
	for _, c := range name {
		return strings.ToUpper(string(c))
	}
	return "?"
}
