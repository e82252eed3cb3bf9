package web

import (
	"net/http"
	"slices"
)

// OfWindow reports whether a request could come from a window that goes
// somewhere, as far as the browser says (Fetch Metadata Request Headers, section
// 2.1), and not from a picture, a frame or a script of some page. Such a request
// brings none of our cookies from another site, but the address of whoever looks at
// that page, and so could take what strangers there may begin (limit).
func OfWindow(r *http.Request) bool {
	return !slices.ContainsFunc(r.Header.Values("Sec-Fetch-Dest"), func(dest string) bool { return dest != "document" })
}
