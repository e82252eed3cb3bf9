package provider

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/microcosm-cc/bluemonday"

	"signet/internal/iam"
	"signet/internal/store"
)

// AppName is the placeholder of a title for the name of the application.
const AppName = "APP_NAME"

// Limits of what stands in a sign-in form, in characters and pieces.
const (
	MaxTitleLength  = 120
	MaxTextLength   = 4000
	MaxFooterLength = 255
	MaxLabelLength  = 60
	MaxLinks        = 5
	MaxLogos        = 4
)

// Appearance returns how the sign-in form looks as far as the scope decides it,
// for whoever may change it.
func (s *Service) Appearance(ctx context.Context, caller iam.Caller, in iam.Scope) (a iam.Appearance, err error) {
	if err := caller.Require(iam.ViewProviders, in); err != nil {
		return a, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		a, err = tx.Appearance(in)
		return err
	})
	return a, err
}

// SetAppearance stores how the sign-in form looks at a scope. Of two who change
// the same version the second is told (cause changed_meanwhile).
func (s *Service) SetAppearance(ctx context.Context, caller iam.Caller, in iam.Scope, a iam.Appearance) error {
	if err := s.Log.Denied(ctx, caller, iam.SwitchProviders, in); err != nil {
		return err
	}
	if err := checkAppearance(&a); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		for _, id := range append([]iam.PictureID{a.Logo, a.Cover}, a.Logos...) {
			if err := knownPicture(tx, id); err != nil {
				return err
			}
		}
		if err := tx.SetAppearance(in, a); err != nil {
			return err
		}
		return s.Log.Write(tx, caller, iam.Event{Kind: iam.EventWidgetChanged, Org: in.Org, App: in.App})
	})
}

// checkAppearance refuses what cannot be shown, and sanitises HTML.
func checkAppearance(a *iam.Appearance) error {
	for _, text := range []struct {
		field, text string
		limit       int
	}{{"title", a.Title, MaxTitleLength}, {"footer", a.Footer, MaxFooterLength}, {"inside", a.Inside, MaxTextLength}, {"below", a.Below, MaxTextLength}} {
		if utf8.RuneCountInString(text.text) > text.limit {
			e := iam.Invalid(text.field, "too_long")
			e.Params = map[string]string{"Max": strconv.Itoa(text.limit)}
			return e
		}
	}
	switch {
	case hidden(a.Title):
		return iam.Invalid("title", "invisible_characters")
	case hidden(a.Footer):
		return iam.Invalid("footer", "invisible_characters")
	}
	a.Accent, a.Ground = strings.ToLower(a.Accent), strings.ToLower(a.Ground)
	if err := checkAccent(a.Accent); err != nil {
		return err
	}
	if _, ok := parseColour(a.Ground); a.Ground != "" && !ok {
		return iam.Invalid("ground", "colour_malformed")
	}
	switch a.CoverMode {
	case iam.CoverNone, iam.CoverDefault, iam.CoverEnforced:
	default:
		return iam.Invalid("cover_mode", "unknown_cover_mode")
	}
	switch a.SignUp {
	case iam.SignUpInherited, iam.SignUpShown, iam.SignUpHidden:
	default:
		return iam.Invalid("sign_up", "unknown_sign_up_mode")
	}
	if len(a.Links) > MaxLinks || len(a.Logos) > MaxLogos {
		return iam.Invalid("links", "too_many")
	}
	for _, l := range a.Links {
		u, err := url.Parse(l.URL)
		// javascript: and data: are links too, and what follows them runs as ours.
		if err != nil || u.Scheme != "https" && u.Scheme != "mailto" || u.Scheme == "https" && u.Host == "" {
			return iam.Invalid("links", "link_malformed")
		}
		if n := utf8.RuneCountInString(l.Label); n == 0 || n > MaxLabelLength {
			return iam.Invalid("links", "link_label")
		}
		if hidden(l.Label) || hidden(l.URL) {
			return iam.Invalid("links", "invisible_characters")
		}
	}
	a.Inside, a.Below = sanitised(a.Inside), sanitised(a.Below)
	return nil
}

// sanitised leaves text and a few elements of HTML: nothing that loads, runs,
// styles or looks like a part of the form. The form asks for passwords, so that
// even administrators of one application must not draw one of their own into it.
func sanitised(html string) string {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "strong", "b", "em", "i", "ul", "ol", "li", "code", "small")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "mailto")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return strings.TrimSpace(p.Sanitize(html))
}

// LookOf returns how the sign-in form of an application looks.
func (s *Service) LookOf(ctx context.Context, id iam.AppID) (look iam.Look, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		app, err := tx.App(id)
		if err != nil {
			return err
		}
		look, err = Look(tx, app)
		return err
	})
	return look, err
}

// Look returns how the sign-in form of an application looks.
func Look(tx *store.Tx, app iam.App) (iam.Look, error) {
	name := app.Name
	app, err := Formed(tx, app) // a test application shows the form of another
	if err != nil {
		return iam.Look{}, err
	}
	scopes := []iam.Scope{iam.System()}
	if app.Org != "" {
		scopes = append(scopes, iam.Organization(app.Org))
	}
	if !app.IsOwn() { // the form of Signet itself, or of an organization, is the one of its scope
		scopes = append(scopes, app.Scope())
	}
	var all []iam.Appearance
	for _, in := range scopes {
		a, err := tx.Appearance(in)
		if err != nil {
			return iam.Look{}, err
		}
		all = append(all, a)
	}
	return resolve(name, all), nil
}

// resolve asks the scopes from the widest to the narrowest: what a narrower one
// says stands, but for a cover that a wider one enforces. Pure.
func resolve(app string, scopes []iam.Appearance) (look iam.Look) {
	enforced := false
	for n, a := range scopes {
		if a.Title != "" {
			look.Title = strings.ReplaceAll(a.Title, AppName, app)
		}
		if a.Logo != "" {
			look.Logo = a.Logo
		}
		if a.Accent != "" {
			look.Accent = toneOf(a.Accent)
		}
		if c, ok := parseColour(a.Ground); ok {
			look.Ground, look.GroundInk = a.Ground, ink(c)
		}
		last := n == len(scopes)-1
		switch {
		case enforced:
		case a.CoverMode == iam.CoverNone && !last:
			// Its own form may have a cover; those below get nothing from it.
		case a.Cover != "":
			look.Cover = a.Cover
			enforced = a.CoverMode == iam.CoverEnforced
		}
		if a.Inside != "" {
			look.Inside = a.Inside
		}
		if a.Below != "" {
			look.Below = a.Below
		}
		if a.Footer != "" || len(a.Links) > 0 {
			look.Footer, look.Links = a.Footer, a.Links
		}
		if len(a.Logos) > 0 {
			look.Logos = a.Logos
		}
		if a.SignUp != iam.SignUpInherited {
			look.HideSignUp = a.SignUp == iam.SignUpHidden
		}
	}
	return look
}
