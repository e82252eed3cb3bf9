package signin

import (
	"net/http"

	"signet/internal/web"
)

// signedOutPage says that the person is signed out.
type signedOutPage struct {
	Again string // path of a new sign-in
}

// signOut ends the caller's session.
func (room *Room) signOut(w http.ResponseWriter, r *http.Request) {
	if err := room.Sessions.SignOut(r.Context(), web.CallerOf(r.Context())); err != nil {
		web.Fail(w, r, err)
		return
	}
	web.ClearCookie(w, web.SessionCookie)
	http.Redirect(w, r, "/signed-out", http.StatusSeeOther)
}

func (room *Room) signedOut(w http.ResponseWriter, r *http.Request) {
	room.out.Show(w, r, http.StatusOK, web.View{TitleKey: "signin.signed_out_title", LeadKey: "signin.signed_out_lead"}, signedOutPage{Again: "/signin?to=/profile"})
}
