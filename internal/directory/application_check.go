package directory

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"signet/internal/iam"
)

// Limits of what an administrator decides about an application.
const (
	MaxAppName    = 100
	MaxURIs       = 50
	MaxURILength  = 2000
	MinAccessTTL  = time.Minute
	MaxAccessTTL  = 24 * time.Hour
	MinRefreshTTL = time.Hour
	MaxRefreshTTL = 365 * 24 * time.Hour
)

// Faults returns every refusal in an error, so that a form can name each where
// it stands.
func Faults(err error) []*iam.Error {
	if several, ok := err.(interface{ Unwrap() []error }); ok { //nolint:errorlint // what wraps several is looked into below
		var all []*iam.Error
		for _, e := range several.Unwrap() {
			all = append(all, Faults(e)...)
		}
		return all
	}
	if e := iam.AsError(err); e != nil {
		return []*iam.Error{e}
	}
	return nil
}

// checkApp trims and checks what is typed about an application, and names all
// that is wrong with it at once.
func checkApp(a *iam.App) error {
	var faults []error
	refuse := func(field, cause string, params ...string) {
		e := iam.Invalid(field, cause)
		if len(params) == 2 {
			e.Params = map[string]string{params[0]: params[1]}
		}
		faults = append(faults, e)
	}
	a.Name = strings.TrimSpace(a.Name)
	switch {
	case a.Name == "":
		refuse("name", "name_missing")
	case utf8.RuneCountInString(a.Name) > MaxAppName:
		refuse("name", "too_long", "Max", fmt.Sprint(MaxAppName))
	case !utf8.ValidString(a.Name), strings.ContainsFunc(a.Name, func(r rune) bool { return unicode.Is(unicode.C, r) }):
		refuse("name", "invisible_characters")
	}
	switch a.Type {
	case iam.AppWeb, iam.AppNative, iam.AppSPA:
	default:
		refuse("type", "unknown_type")
	}
	if a.SigningAlgorithm != "ES256" && a.SigningAlgorithm != "RS256" {
		refuse("signing_algorithm", "unknown_algorithm")
	}
	if a.AccessTokenTTL < MinAccessTTL || a.AccessTokenTTL > MaxAccessTTL {
		refuse("access_token_ttl", "access_ttl_out_of_range")
	}
	if a.RefreshTokenTTL < MinRefreshTTL || a.RefreshTokenTTL > MaxRefreshTTL {
		refuse("refresh_token_ttl", "refresh_ttl_out_of_range")
	}
	if !a.CertificateOnly {
		a.Authorities = nil
	}
	switch a.MinStrength {
	case iam.StrengthUnknown, iam.StrengthKey, iam.StrengthCard:
	default:
		refuse("min_strength", "unknown_strength")
	}
	a.RedirectURIs, a.PostLogoutRedirectURIs = unique(a.RedirectURIs), unique(a.PostLogoutRedirectURIs)
	if len(a.RedirectURIs) == 0 {
		refuse("redirect_uris", "redirect_uris_missing")
	}
	for field, uris := range map[string][]string{"redirect_uris": a.RedirectURIs, "post_logout_redirect_uris": a.PostLogoutRedirectURIs} {
		if len(uris) > MaxURIs {
			refuse(field, "too_many_uris", "Max", fmt.Sprint(MaxURIs))
			continue
		}
		for _, uri := range uris {
			if cause := checkRedirectURI(uri, a.Type); cause != "" {
				refuse(field, cause, "URI", shortened(uri))
			}
		}
	}
	a.BackchannelLogoutURI = strings.TrimSpace(a.BackchannelLogoutURI)
	if cause := checkLogoutURI(a.BackchannelLogoutURI); cause != "" {
		refuse("backchannel_logout_uri", cause, "URI", shortened(a.BackchannelLogoutURI))
	}
	return errors.Join(faults...)
}

// checkLogoutURI says what is wrong with the address where an application is told
// of the end of sessions, or "". It is a redirect URI's rule without http, because
// Signet itself goes there with a token (OpenID Connect Back-Channel Logout 1.0,
// section 2.2). Which addresses it may reach is asked when it goes there: a name
// can mean another one by then.
func checkLogoutURI(uri string) (cause string) {
	if uri == "" {
		return ""
	}
	cause = checkRedirectURI(uri, iam.AppWeb)
	if cause == "" && !strings.HasPrefix(strings.ToLower(uri), "https:") {
		return "uri_not_https"
	}
	if cause == "uri_scheme" {
		return "uri_not_https"
	}
	return cause
}

func unique(uris []string) (all []string) {
	for _, uri := range uris {
		if !slices.Contains(all, uri) {
			all = append(all, uri)
		}
	}
	return all
}

// shortened keeps an absurdly long address readable in a sentence.
func shortened(uri string) string {
	if utf8.RuneCountInString(uri) > 200 {
		return string([]rune(uri)[:200]) + "…"
	}
	return uri
}

//i18n:keys error.* uri_malformed uri_fragment uri_scheme uri_not_https uri_wildcard uri_too_long uri_user redirect_uris_missing too_many_uris unknown_algorithm access_ttl_out_of_range refresh_ttl_out_of_range

// checkRedirectURI says what is wrong with a redirect URI, or "". It allows
// https, loopback http (RFC 8252, section 7.3) and, for native applications,
// private-use schemes with a dot (section 7.1). Fragments are forbidden by RFC
// 6749, section 3.1.2. A star would be compared as a star (RFC 9700, section
// 2.1), which is not what its writer expects.
func checkRedirectURI(uri string, kind iam.AppType) (cause string) {
	u, err := url.Parse(uri)
	switch {
	case len(uri) > MaxURILength:
		return "uri_too_long"
	case err != nil, u.Scheme == "", strings.ContainsFunc(uri, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.C, r) }), !utf8.ValidString(uri):
		return "uri_malformed"
	case strings.Contains(uri, "#"):
		return "uri_fragment"
	case u.User != nil:
		return "uri_user"
	case strings.Contains(u.Host, "*"):
		return "uri_wildcard"
	case u.Scheme == "https" && u.Hostname() != "":
		return ""
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return ""
	case kind == iam.AppNative && strings.Contains(u.Scheme, "."):
		return ""
	default:
		return "uri_scheme"
	}
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}
