package oidc

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/text/language"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/signing"
)

// configuration is what the library's type says of a provider, and what it has
// no field for.
type configuration struct {
	protocol.DiscoveryConfiguration
	// ISS is RFC 9207, section 3.
	ISS bool `json:"authorization_response_iss_parameter_supported"`
	// Prompts is Initiating User Registration via OpenID Connect 1.0, section 4.1.
	Prompts []string `json:"prompt_values_supported"`
	// Aliases are where applications with certificates go (RFC 8705, section 5).
	Aliases *aliases `json:"mtls_endpoint_aliases,omitempty"`
	// Bound is RFC 8705, section 3.3.
	Bound bool `json:"tls_client_certificate_bound_access_tokens,omitempty"`
}

type aliases struct {
	Token         string `json:"token_endpoint"`
	Introspection string `json:"introspection_endpoint"`
	Revocation    string `json:"revocation_endpoint"`
	UserInfo      string `json:"userinfo_endpoint"`
}

// discovery returns the provider's description of itself (OpenID Connect
// Discovery 1.0, section 3). It names what works and nothing else.
func discovery(issuer, clients string, acr, prompts []string) []byte {
	confidential := []protocol.AuthMethod{protocol.AuthMethodBasic, protocol.AuthMethodPost}
	var other *aliases
	if clients != "" {
		confidential = append(confidential, authTLS)
		other = &aliases{Token: clients + "/oidc/token", Introspection: clients + "/oidc/introspect", Revocation: clients + "/oidc/revoke", UserInfo: clients + "/oidc/userinfo"}
	}
	all := append(slices.Clone(confidential), protocol.AuthMethodNone)
	text, err := json.Marshal(configuration{
		ISS: true, Prompts: prompts, Aliases: other, Bound: other != nil,
		DiscoveryConfiguration: protocol.DiscoveryConfiguration{
			Issuer:                issuer,
			AuthorizationEndpoint: issuer + "/oidc/authorize",
			TokenEndpoint:         issuer + "/oidc/token",
			UserinfoEndpoint:      issuer + "/oidc/userinfo",
			IntrospectionEndpoint: issuer + "/oidc/introspect",
			RevocationEndpoint:    issuer + "/oidc/revoke",
			EndSessionEndpoint:    issuer + "/oidc/logout",
			JwksURI:               issuer + "/oidc/keys",

			ScopesSupported:            scopes(),
			ResponseTypesSupported:     []string{string(protocol.ResponseTypeCode)},
			ResponseModesSupported:     []string{modeQuery, modeFormPost},
			GrantTypesSupported:        []protocol.GrantType{protocol.GrantTypeCode, protocol.GrantTypeRefreshToken},
			ACRValuesSupported:         acr,
			BackChannelLogoutSupported: true, BackChannelLogoutSessionSupported: true,
			SubjectTypesSupported:            []string{"public"},
			IDTokenSigningAlgValuesSupported: signing.Algorithms(),
			ClaimsParameterSupported:         true, // for acr and sub
			ClaimTypesSupported:              []string{"normal"},
			ClaimsSupported: []string{
				"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "sid", "at_hash",
				"name", "given_name", "family_name", "preferred_username", "locale", "updated_at", "email", "email_verified",
				"identifiers", "certificate",
			},
			CodeChallengeMethodsSupported:             []protocol.CodeChallengeMethod{protocol.CodeChallengeMethodS256},
			TokenEndpointAuthMethodsSupported:         all,
			RevocationEndpointAuthMethodsSupported:    all,
			IntrospectionEndpointAuthMethodsSupported: confidential,
			UILocalesSupported:                        protocol.Locales{language.English, language.French},
		},
	})
	if err != nil { // constants only
		panic(fmt.Errorf("oidc: marshal discovery: %w", err))
	}
	return text
}

// published is how long others may keep discovery and keys. A key is published
// a day before it signs.
const published = "public, max-age=300"

func (room *Room) configuration(w http.ResponseWriter, r *http.Request) {
	acr := iam.ACRValues()
	if room.ACRValues != nil {
		var err error
		if acr, err = room.ACRValues(r.Context()); err != nil {
			room.fail(w, r, err)
			return
		}
	}
	set, err := room.Directory.Settings(r.Context())
	if err != nil {
		room.fail(w, r, err)
		return
	}
	known := prompts()
	if !set.Registration {
		known = slices.DeleteFunc(known, func(prompt string) bool { return prompt == login.PromptCreate })
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", published)
	_, _ = w.Write(discovery(room.Issuer, room.ClientOrigin, acr, known)) // a client that left is no fault
}

func (room *Room) keys(w http.ResponseWriter, r *http.Request) {
	set, err := room.Keys.JWKS(r.Context())
	if err != nil {
		room.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", published)
	_, _ = w.Write(set)
}
