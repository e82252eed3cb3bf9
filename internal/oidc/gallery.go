package oidc

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/web"
)

// Gallery returns the room's pages in every state.
func (room *Room) Gallery() []web.Specimen {
	const long = "The Regional Coordination of Hospital Pharmacies and Laboratories, Northern Department"
	confirm := func(f farewell) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			view, page := confirmationOf(f)
			room.confirm.Show(w, r, http.StatusOK, view, page)
		}
	}
	signedOut := func(page signedOutPage) http.HandlerFunc {
		page.Again = "/signin"
		return func(w http.ResponseWriter, r *http.Request) {
			room.signedOut.Show(w, r, http.StatusOK, signedOutView(""), page)
		}
	}
	return []web.Specimen{
		{Room: "oidc", Page: "logout", State: "empty", Show: confirm(farewell{})},
		{Room: "oidc", Page: "logout", State: "full", Show: confirm(farewell{app: iam.App{Name: "Wiki"}})},
		{Room: "oidc", Page: "logout", State: "long names", Show: confirm(farewell{app: iam.App{Name: long}})},
		{Room: "oidc", Page: "signed-out", State: "empty", Show: signedOut(signedOutPage{})},
		{Room: "oidc", Page: "signed-out", State: "full", Show: signedOut(signedOutPage{App: "Wiki", Back: "https://wiki.example/"})},
		{Room: "oidc", Page: "signed-out", State: "long names", Show: signedOut(signedOutPage{App: long, Back: "https://wiki.example/"})},
		{Room: "oidc", Page: "form-post", State: "without scripts", Show: func(w http.ResponseWriter, r *http.Request) {
			room.formPost.Show(w, r, http.StatusOK, web.View{TitleKey: "oidc.form_post_title", LeadKey: "oidc.form_post_lead"}, formPostPage{Action: "https://wiki.example/", Fields: []field{{"code", "…"}}})
		}},
	}
}
