package web

import (
	"net/http"
	"net/url"
	"strconv"

	"signet/internal/iam"
)

const picturePrefix = "/pictures/"

// PicturePath is where a picture that an administrator brought is served.
func PicturePath(id iam.PictureID) string {
	if id == "" {
		return ""
	}
	return picturePrefix + url.PathEscape(string(id))
}

// ShowPicture answers with a picture. Its type is what Signet encoded it as, and
// never what somebody said of it; should a browser take it for a page all the
// same, the policy lets that page do nothing.
func ShowPicture(w http.ResponseWriter, r *http.Request, p iam.Picture) {
	h := w.Header()
	h.Set("Content-Type", p.Type)
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("ETag", `"`+string(p.ID)+`"`)
	if r.Header.Get("If-None-Match") == h.Get("ETag") {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(p.Content)))
	_, _ = w.Write(p.Content) // a client that left is no fault
}
