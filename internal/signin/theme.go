package signin

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/web"
)

// theme serves the colours and the cover of an application's sign-in form.
func (room *Room) theme(w http.ResponseWriter, r *http.Request) {
	look, err := room.Providers.LookOf(r.Context(), iam.AppID(r.PathValue("app")))
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	web.ShowTheme(w, r, look)
}
