package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"signet/internal/i18n"
)

const (
	// langCookie keeps the language that a person chose in this browser.
	langCookie CookieName = "signet-lang"
	// langNowCookie says that the choice was made minutes ago, on purpose: it
	// then wins over what the application asked for with ui_locales, or the
	// switch on the sign-in page would seem broken.
	langNowCookie CookieName = "signet-lang-now"
)

const (
	langLife    = 365 * 24 * time.Hour
	langNowLife = 10 * time.Minute
)

// Language returns the printer for the request: a choice made just now, the
// extra preferences (ui_locales), the choice kept in the browser, the person's
// account (Record.Locale), the Accept-Language header, the default of the
// installation, English.
func Language(r *http.Request, extra ...string) *i18n.Printer {
	record := RecordOf(r.Context())
	if record.explicit != nil {
		return record.explicit
	}
	if record.pages == nil {
		return nil // prints keys in brackets; only a handler outside Harden comes here
	}
	return record.pages.language(r, record, extra)
}

func (p *Pages) language(r *http.Request, record *Record, extra []string) *i18n.Printer {
	if record.explicit != nil {
		return record.explicit
	}
	if tag := Cookie(r, langNowCookie); tag != "" {
		if printer, ok := p.catalogues.In(tag); ok {
			return printer
		}
	}
	preferences := make([]string, 0, 8)
	preferences = append(preferences, extra...)
	preferences = append(preferences, record.Locales, Cookie(r, langCookie), record.Locale, r.Header.Get("Accept-Language"))
	return p.catalogues.PrinterOr(p.generalNow(r.Context()).Language, preferences...)
}

// switchLanguage keeps a person's choice and leads back to where they were.
func (p *Pages) switchLanguage(w http.ResponseWriter, r *http.Request) {
	tag := r.PostFormValue("lang")
	if _, ok := p.catalogues.In(tag); ok {
		SetCookie(w, langCookie, tag, langLife)
		SetCookie(w, langNowCookie, tag, langNowLife)
	}
	http.Redirect(w, r, LocalPath(r.PostFormValue("back")), http.StatusSeeOther)
}

// LocalPath returns the path and query of an address on this site, and "/" for
// everything that a browser could read as another site (an open redirect).
func LocalPath(address string) string {
	if !strings.HasPrefix(address, "/") || strings.HasPrefix(address, "//") ||
		strings.ContainsFunc(address, func(c rune) bool { return c < ' ' || c == '\\' || c == 0x7f }) {
		return "/"
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.HasPrefix(u.Path, "//") {
		return "/"
	}
	return u.RequestURI()
}

// backPath is where a switch of language leads back to: this page, or, where
// this page answers a form, the page that the form stood on.
func backPath(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return LocalPath(r.URL.RequestURI())
	}
	referer, err := url.Parse(r.Referer())
	if err != nil || referer.Host != r.Host {
		return "/"
	}
	return LocalPath(referer.RequestURI())
}
