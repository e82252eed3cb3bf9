package oidc

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/session"
)

// scopes are those that mean something here.
func scopes() []string {
	return []string{protocol.ScopeOpenID, protocol.ScopeProfile, protocol.ScopeEmail, protocol.ScopeOfflineAccess, session.ScopeCertificate}
}

// prompts are the values of prompt that mean something here. Where nobody can make
// an account, login.PromptCreate is let through and means nothing: an application
// cannot know whether that is open in its form.
func prompts() []string {
	return []string{protocol.PromptNone, protocol.PromptLogin, protocol.PromptConsent, protocol.PromptSelectAccount, login.PromptCreate}
}

// request is an authorization request that was checked.
type request struct {
	to            destination
	challenge     string
	nonce         string
	claimsLocales string
	ask           iam.Ask
	hint          string // id_token_hint, not yet verified
}

// silent reports whether no page may be shown.
func (q request) silent() bool { return slices.Contains(q.ask.Prompt, protocol.PromptNone) }

// destinationOf finds out where answers to a request may go. It decides nothing
// else: until this is known, an error has nowhere to go but to the person.
func destinationOf(app iam.App, p parameters) (destination, *iam.Error) {
	uri := p["redirect_uri"]
	if uri == "" {
		return destination{}, iam.Invalid("redirect_uri", "redirect_uri_missing")
	}
	if !registered(app, uri) {
		return destination{}, &iam.Error{
			Kind: iam.KindInvalid, Field: "redirect_uri", Cause: "redirect_uri_unknown", Params: map[string]string{"App": app.Name},
		}
	}
	to := destination{uri: uri, mode: modeQuery, state: p["state"]}
	if p["response_mode"] == modeFormPost && postable(uri) {
		to.mode = modeFormPost
	}
	return to, nil
}

// postable reports whether a form can be posted to the URI.
func postable(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http")
}

// requestOf checks an authorization request whose destination is trusted
// (OpenID Connect Core, section 3.1.2.2).
func requestOf(app iam.App, to destination, p parameters) (request, *protocol.Error) {
	q := request{to: to, challenge: p["code_challenge"], nonce: p["nonce"], claimsLocales: p["claims_locales"], hint: p["id_token_hint"]}
	q.ask = iam.Ask{LoginHint: p["login_hint"], UILocales: p["ui_locales"], ACRValues: words(p["acr_values"]), Host: hostOf(to.uri)}
	for _, check := range []func() *protocol.Error{
		func() *protocol.Error { return unsupported(p) },
		func() *protocol.Error { return checkResponse(to, p) },
		func() *protocol.Error { return checkChallenge(app, p) },
		func() (wrong *protocol.Error) { q.ask.Scopes, wrong = scopesOf(app, p); return },
		func() (wrong *protocol.Error) { q.ask.Prompt, wrong = promptOf(p); return },
		func() (wrong *protocol.Error) { q.ask.MaxAge, wrong = maxAgeOf(p); return },
		func() *protocol.Error { return claimsInto(&q.ask, p) },
	} {
		if wrong := check(); wrong != nil {
			return q, wrong
		}
	}
	return q, nil
}

// unsupported refuses what must not be ignored (OpenID Connect Core, sections
// 3.1.2.6, 6.1, 6.2 and 7.2.1).
func unsupported(p parameters) *protocol.Error {
	switch {
	case p["request"] != "":
		return protocol.ErrRequestNotSupported().WithDescription("request objects are not supported")
	case p["request_uri"] != "":
		return errRequestURINotSupported().WithDescription("request_uri is not supported")
	case p["registration"] != "":
		return errRegistrationNotSupported().WithDescription("registration is not supported")
	default:
		return nil
	}
}

func checkResponse(to destination, p parameters) *protocol.Error {
	switch {
	case p["response_type"] == "":
		return protocol.ErrInvalidRequest().WithDescription("response_type is missing")
	case p["response_type"] != string(protocol.ResponseTypeCode):
		return errUnsupportedResponseType().WithDescription("the only response_type is code")
	case p["response_mode"] != "" && p["response_mode"] != to.mode:
		return protocol.ErrInvalidRequest().WithDescription("response_mode is not possible: query, or form_post to an http address")
	default:
		return nil
	}
}

// checkChallenge demands PKCE of applications that have no secret, and S256 of
// all that use it: plain protects nobody who can read the request (RFC 7636,
// section 7.2; RFC 9700, section 2.1.1).
func checkChallenge(app iam.App, p parameters) *protocol.Error {
	challenge, method := p["code_challenge"], p["code_challenge_method"]
	switch {
	case challenge == "" && method != "":
		return protocol.ErrInvalidRequest().WithDescription("code_challenge is missing")
	case challenge == "" && app.Public():
		return protocol.ErrInvalidRequest().WithDescription("code_challenge is missing: public clients must use PKCE")
	case challenge == "":
		return nil
	case method != string(protocol.CodeChallengeMethodS256): // none means plain: RFC 7636, section 4.3
		return protocol.ErrInvalidRequest().WithDescription("code_challenge_method must be S256")
	case len(challenge) != 43 || !unreserved(challenge):
		return protocol.ErrInvalidRequest().WithDescription("code_challenge is not the base64url of a SHA-256 hash")
	default:
		return nil
	}
}

// isVerifier reports whether the text can be a verifier (RFC 7636, section 4.1).
func isVerifier(s string) bool { return len(s) >= 43 && len(s) <= 128 && unreserved(s) }

// unreserved is the alphabet of RFC 3986, section 2.3.
func unreserved(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.ContainsRune("-._~", c))
	})
}

// scopesOf returns the scopes that are known, each once. That of certificates is
// known to applications only that may have them.
func scopesOf(app iam.App, p parameters) (known []string, _ *protocol.Error) {
	for _, scope := range words(p["scope"]) {
		if scope == session.ScopeCertificate && !app.CertificateClaims {
			continue
		}
		if slices.Contains(scopes(), scope) && !slices.Contains(known, scope) {
			known = append(known, scope)
		}
	}
	if !slices.Contains(known, protocol.ScopeOpenID) {
		return nil, protocol.ErrInvalidScope().WithDescription("the scope openid is missing")
	}
	return known, nil
}

func promptOf(p parameters) ([]string, *protocol.Error) {
	wanted := words(p["prompt"])
	for _, prompt := range wanted {
		if !slices.Contains(prompts(), prompt) {
			return nil, protocol.ErrInvalidRequest().WithDescription("prompt has a value that is not supported")
		}
	}
	if len(wanted) > 1 && slices.Contains(wanted, protocol.PromptNone) {
		return nil, protocol.ErrInvalidRequest().WithDescription("prompt=none goes with no other value")
	}
	return wanted, nil
}

func maxAgeOf(p parameters) (*int64, *protocol.Error) {
	if p["max_age"] == "" {
		return nil, nil
	}
	// Ten digits of seconds are three centuries; more would overflow a duration.
	seconds, err := strconv.ParseUint(p["max_age"], 10, 33)
	if err != nil {
		return nil, protocol.ErrInvalidRequest().WithDescription("max_age is not a number of seconds")
	}
	age := int64(seconds)
	return &age, nil
}

// hostOf is the part of a redirect URI that tells people who gets the answer; of
// a private-use scheme it is the scheme (RFC 8252, section 7.1).
func hostOf(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil:
		return ""
	case u.Host == "":
		return u.Scheme
	}
	return u.Host
}
