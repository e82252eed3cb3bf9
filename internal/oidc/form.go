package oidc

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"
)

// Caps on what a stranger may send. State and hints are the longest that real
// applications use.
const (
	maxBody       = 64 << 10
	maxParameters = 64
	maxValue      = 2048
)

// longValue returns the cap of the parameters that may be longer.
func longValue(name string) int {
	switch name {
	case "id_token_hint":
		return 8 << 10
	case "state":
		return 4 << 10
	default:
		return maxValue
	}
}

// parameters are the parameters of a request, each at most once.
type parameters map[string]string

// parametersOf reads parameters. One that is sent twice is an error, because
// whoever checks the first may be followed by someone who uses the second; one
// without a value counts as not sent (RFC 6749, section 3.1). It returns what
// could be read even where it returns an error, so that the error can find its
// way to a trusted redirect URI: of a doubled parameter nothing is returned.
func parametersOf(values url.Values) (parameters, *protocol.Error) {
	p := make(parameters, len(values))
	if len(values) > maxParameters {
		return p, protocol.ErrInvalidRequest().WithDescription("too many parameters")
	}
	var wrong *protocol.Error
	for name, all := range values {
		switch {
		case len(all) > 1 && name == "resource": // RFC 8707, section 2, allows several; it is not supported
		case len(all) > 1:
			wrong = protocol.ErrInvalidRequest().WithDescription("a parameter is included more than once: %s", printable(name))
		case len(all[0]) > longValue(name):
			wrong = protocol.ErrInvalidRequest().WithDescription("a parameter is too long: %s", printable(name))
		case all[0] != "":
			p[name] = all[0]
		}
	}
	return p, wrong
}

// printable shortens a name to what an error description may contain (RFC 6749,
// section 4.1.2.1).
func printable(name string) string {
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' {
			return '?'
		}
		return c
	}, name)
	return name[:min(len(name), 40)]
}

// body reads the parameters of a form in the body. The query is not looked at:
// credentials must not stand in an address (RFC 6749, section 2.3.1).
func body(w http.ResponseWriter, r *http.Request) (parameters, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if err := r.ParseForm(); err != nil {
		return nil, protocol.ErrInvalidRequest().WithDescription("the body is not a form").WithParent(fmt.Errorf("parse form: %w", err))
	}
	p, wrong := parametersOf(r.PostForm)
	if wrong != nil {
		return nil, wrong
	}
	return p, nil
}

// words splits a space-separated list (RFC 6749, section 3.3).
func words(list string) []string { return strings.Fields(list) }
