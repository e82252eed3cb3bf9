package oidc

import (
	"encoding/json"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
)

// claimsRequest is what is understood of the claims parameter (OpenID Connect
// Core, section 5.5). Others than these are given as the scopes say: section
// 5.5.1 allows it, but for these two.
type claimsRequest struct {
	IDToken struct {
		ACR *claimRequest `json:"acr"`
		Sub *claimRequest `json:"sub"`
	} `json:"id_token"`
}

type claimRequest struct {
	Essential bool     `json:"essential"`
	Value     string   `json:"value"`
	Values    []string `json:"values"`
}

func (c *claimRequest) all() []string {
	if c == nil {
		return nil
	}
	if c.Value != "" {
		return append([]string{c.Value}, c.Values...)
	}
	return c.Values
}

// claimsInto puts the claims parameter into what is asked of the sign-in. An
// essential acr must be met or refused (section 5.5.1.1), and an answer is about
// the person that sub names or is none (section 3.1.2.2).
func claimsInto(ask *iam.Ask, p parameters) *protocol.Error {
	if p["claims"] == "" {
		return nil
	}
	var c claimsRequest
	if err := json.Unmarshal([]byte(p["claims"]), &c); err != nil {
		return protocol.ErrInvalidRequest().WithDescription("claims is not an object of section 5.5")
	}
	if wanted := c.IDToken.ACR.all(); len(wanted) > 0 {
		ask.ACRValues, ask.ACREssential = wanted, c.IDToken.ACR.Essential
	}
	if c.IDToken.Sub != nil {
		ask.Subject = iam.UserID(c.IDToken.Sub.Value)
	}
	return nil
}
