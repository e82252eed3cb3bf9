package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"

	"signet/internal/i18n"
)

// noticeCookie carries one sentence over the redirect that follows a POST. It
// holds a key of the catalogue and never words, so that whoever writes it can
// only choose among our own sentences.
const noticeCookie CookieName = "signet-notice"

const noticeLife = time.Minute

type notice struct {
	Kind  string   `json:"k"`
	Key   string   `json:"t"`
	Pairs []string `json:"p,omitempty"`
}

// Notify makes the next page say what happened: Notify(w, "success",
// "profile.identifier_removed", "Name", name) before the redirect.
func Notify(w http.ResponseWriter, kind, key string, pairs ...string) {
	text, err := json.Marshal(notice{Kind: kind, Key: key, Pairs: pairs})
	if err != nil {
		return // strings always marshal
	}
	SetCookie(w, noticeCookie, base64.RawURLEncoding.EncodeToString(text), noticeLife)
}

// takeNotice returns the banner that the request before asked for, once.
func (p *Pages) takeNotice(w http.ResponseWriter, r *http.Request, printer *i18n.Printer) *Banner {
	value := Cookie(r, noticeCookie)
	if value == "" {
		return nil
	}
	ClearCookie(w, noticeCookie)
	text, err := base64.RawURLEncoding.DecodeString(value)
	var n notice
	if err != nil || json.Unmarshal(text, &n) != nil || !printer.Has(n.Key) {
		return nil
	}
	pairs := make([]any, len(n.Pairs))
	for i, pair := range n.Pairs {
		pairs[i] = pair
	}
	kind := "info"
	switch n.Kind {
	case "success", "warning", "danger":
		kind = n.Kind
	}
	return &Banner{Kind: kind, Title: printer.T(n.Key, pairs...)}
}
