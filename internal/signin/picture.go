package signin

import (
	"net/http"

	"signet/internal/iam"
	"signet/internal/web"
)

// picture serves a logo or a cover that an administrator brought. Everybody who
// signs in sees them, so that nothing is asked.
func (room *Room) picture(w http.ResponseWriter, r *http.Request) {
	p, err := room.Providers.Picture(r.Context(), iam.PictureID(r.PathValue("picture")))
	if err != nil {
		web.Fail(w, r, err)
		return
	}
	web.ShowPicture(w, r, p)
}
