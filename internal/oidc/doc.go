// Package oidc is the OpenID provider: what applications speak to. It owns the
// protocol (parameters, errors, claims) and no rule beyond it: who a person is
// and what they agreed to is decided by login, what is given out and when it
// ends by session, which keys sign by signing.
//
//	/.well-known/openid-configuration  discovery.go
//	/oidc/authorize                    authorize.go, request.go  → login, 303 to the widget
//	/oidc/resume/{login}               resume.go                 ← the widget, with a ticket
//	/oidc/token                        token.go, client.go, idtoken.go
//	/oidc/userinfo                     userinfo.go
//	/oidc/introspect, /oidc/revoke     introspect.go, revoke.go
//	/oidc/keys                         discovery.go
//	/oidc/logout                       logout.go
//
// The types and error values are those of github.com/zitadel/oidc/v3/pkg/oidc;
// nothing else of ours may import it. The routing layer of that library
// (op.RegisterServer) is not used, because it stands in the way of rules that
// this package keeps: it merges the query with the body, so that a secret in an
// address would authenticate; takes the first of two parameters with one name;
// cannot put iss into error redirects (RFC 9207); knows no form_post page, no
// error page in a person's language and no WWW-Authenticate; reflects every
// origin by default; and starts a trace span on every request of the hot path.
//
// What it decides where the specifications leave a choice:
//   - The scope openid is required, and scopes that are not known are left out
//     (OpenID Connect Core, section 3.1.2.1).
//   - Claims about the person are given at the userinfo endpoint only; the claims
//     parameter is not supported. ID tokens say who, when and how.
//   - An authenticated application may introspect its own tokens; about others
//     it learns that they are not active.
//   - An application that brings another's token to the revocation endpoint is
//     refused (RFC 7009, section 2.1); an unknown token is as good as revoked.
//   - Error descriptions are for developers, in English; people read pages from
//     the catalogues.
package oidc
