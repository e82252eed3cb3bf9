package oidc

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/session"
	"signet/internal/web"
)

// CodeFor tells what authorization code a login that was begun by an
// authorization request is worth.
func CodeFor(result login.Result) (session.CodeRequest, error) {
	q, err := recall(result.Login)
	if err != nil {
		return session.CodeRequest{}, err
	}
	return q.code(result)
}

// HandOver brings the code of a finished login to the application: from the page
// on which the person did what was left to do.
func (room *Room) HandOver(w http.ResponseWriter, r *http.Request, l iam.Login, code iam.Secret) {
	q, err := recall(l)
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	room.accept(w, r, q.to, code)
}

// resume takes the result of a login, for the browser that began it, once, and
// brings it to the application: a refusal, or a code for whoever did not get the
// answer that bore it. The code is issued in the transaction that takes the
// ticket.
func (room *Room) resume(w http.ResponseWriter, r *http.Request) {
	ctx, record := r.Context(), web.RecordOf(r.Context())
	id := iam.LoginID(r.PathValue("login"))
	record.Login = string(id)
	result, code, err := room.Login.Redeem(ctx, web.CallerOf(ctx), id, iam.Secret(r.URL.Query().Get("ticket")), CodeFor)
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	record.App, record.User = string(result.Login.App), string(result.User.ID)
	q, err := recall(result.Login)
	switch {
	case err != nil:
		web.Fail(w, r, err)
	case result.Denied != "":
		room.refuse(w, r, q.to, denied(result.Denied))
	default:
		room.accept(w, r, q.to, code)
	}
}
