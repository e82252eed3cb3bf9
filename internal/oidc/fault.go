package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	protocol "github.com/zitadel/oidc/v3/pkg/oidc"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/session"
	"signet/internal/web"
)

// Errors of specifications that the library has no value for.
func errConsentRequired() *protocol.Error { return &protocol.Error{ErrorType: "consent_required"} }
func errUnmetAuthenticationRequirements() *protocol.Error {
	return (&protocol.Error{ErrorType: login.DeniedUnmet}).WithDescription("no login method of this application gives the authentication that is required")
}
func errUnsupportedResponseType() *protocol.Error {
	return &protocol.Error{ErrorType: "unsupported_response_type"}
}
func errRequestURINotSupported() *protocol.Error {
	return &protocol.Error{ErrorType: "request_uri_not_supported"}
}
func errRegistrationNotSupported() *protocol.Error {
	return &protocol.Error{ErrorType: "registration_not_supported"}
}
func errInvalidToken() *protocol.Error {
	return (&protocol.Error{ErrorType: "invalid_token"}).WithDescription("the access token is unknown, expired or revoked")
}
func errBoundToken() *protocol.Error {
	return (&protocol.Error{ErrorType: "invalid_token"}).WithDescription("the access token is good only with the certificate that it was asked for with, at the userinfo_endpoint of mtls_endpoint_aliases")
}
func errInsufficientScope() *protocol.Error {
	return (&protocol.Error{ErrorType: "insufficient_scope"}).WithDescription("the access token lacks the scope openid")
}

// faultOf turns an error into one of the protocol. A refusal by the session
// room is invalid_grant, whatever it was: telling a thief whether a code was
// spent, late or another's would help nobody else.
func faultOf(err error) *protocol.Error {
	var fault *protocol.Error
	if errors.As(err, &fault) {
		return fault
	}
	if refused := iam.AsError(err); refused != nil && refused.Kind == iam.KindInvalid {
		if refused.Cause == string(session.CauseScope) {
			return protocol.ErrInvalidScope().WithDescription("more scope than was given").WithParent(err)
		}
		return protocol.ErrInvalidGrant().WithDescription("the code or token is unknown, expired, used or not meant for this request").WithParent(err)
	}
	return protocol.ErrServerError().WithDescription("the server could not answer").WithParent(err)
}

// statusOf is the one place where an error of the protocol becomes a status
// (RFC 6749, section 5.2; RFC 6750, section 3.1).
func statusOf(fault *protocol.Error) int {
	switch fault.ErrorType {
	case protocol.InvalidClient, "invalid_token":
		return http.StatusUnauthorized
	case "insufficient_scope":
		return http.StatusForbidden
	case protocol.ServerError:
		return http.StatusInternalServerError
	default:
		return http.StatusBadRequest
	}
}

// fail answers an application with an error, once, as JSON. What lies below goes
// to the log only.
func (room *Room) fail(w http.ResponseWriter, r *http.Request, err error) {
	fault := room.note(r, err)
	switch fault.ErrorType {
	case protocol.InvalidClient:
		w.Header().Set("WWW-Authenticate", `Basic realm="`+room.Issuer+`"`)
	case "invalid_token", "insufficient_scope":
		w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="%s", error="%s", error_description="%s"`, room.Issuer, fault.ErrorType, fault.Description))
	}
	answer(w, statusOf(fault), fault)
}

// note puts an error into the record of the request.
func (room *Room) note(r *http.Request, err error) *protocol.Error {
	fault := faultOf(err)
	record := web.RecordOf(r.Context())
	record.Outcome, record.Cause = "refused", string(fault.ErrorType)
	if refused := iam.AsError(err); refused != nil {
		record.Cause += ": " + refused.Cause
	}
	if fault.ErrorType == protocol.ServerError && !errors.Is(err, context.Canceled) {
		record.Outcome, record.Err = "error", err
	}
	return fault
}

// answer sends JSON that nobody may keep (RFC 6749, section 5.1).
func answer(w http.ResponseWriter, status int, value any) {
	text, err := json.Marshal(value)
	if err != nil { // our own types always marshal
		panic(fmt.Errorf("oidc: marshal %T: %w", value, err))
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(text) // a client that left is no fault
}
