package oidc

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/login"
	"signet/internal/session"
	"signet/internal/web"
)

// resume takes the result of a login, for the browser that began it, once, and
// brings it to the application: the code is issued in the transaction that takes
// the ticket.
func (room *Room) resume(w http.ResponseWriter, r *http.Request) {
	ctx, record := r.Context(), web.RecordOf(r.Context())
	id := iam.LoginID(r.PathValue("login"))
	record.Login = string(id)
	result, code, err := room.Login.Redeem(ctx, web.CallerOf(ctx), id, iam.Secret(r.URL.Query().Get("ticket")),
		func(result login.Result) (session.CodeRequest, error) {
			q, err := recall(result.Login)
			if err != nil {
				return session.CodeRequest{}, err
			}
			return q.code(result)
		})
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
