package web

import "net/http"

// SendFile answers with a file to save. The name must be plain ASCII without quotes.
func SendFile(w http.ResponseWriter, name, contentType string, content []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(content) // a visitor who has left is no fault
}
