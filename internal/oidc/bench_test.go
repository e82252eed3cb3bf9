package oidc_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"signet/internal/web"
)

// BenchmarkToken is what an application costs after a person has signed in:
// authorize with a session, token, userinfo; without TLS.
func BenchmarkToken(b *testing.B) {
	h := newHouse(b)
	person := h.signedIn()
	cookie := "__Host-" + string(web.SessionCookie) + "=" + person.cookie(web.SessionCookie) + "; __Host-" + string(web.BrowserCookie) + "=" + strings.Repeat("x", 52)
	handler := h.server.Config.Handler
	target := authorize(with(proper(), "scope", "openid profile email"))
	serve := func(method, target, body string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(b.Context(), method, target, strings.NewReader(body))
		for i := 0; i < len(headers); i += 2 {
			r.Header.Set(headers[i], headers[i+1])
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	var code, access string
	steps := []struct {
		name string
		do   func()
	}{
		{"authorize", func() {
			a := answer{Response: serve(http.MethodGet, target, "", "Cookie", cookie).Result()}
			_, q := a.to()
			code = q.Get("code")
		}},
		{"token", func() {
			w := serve(http.MethodPost, "/oidc/token", redemption(code).Encode(), "Content-Type", "application/x-www-form-urlencoded",
				"Authorization", basic("wiki", string(h.secrets["wiki"])))
			a := answer{body: w.Body.String(), Response: &http.Response{Request: &http.Request{}}}
			_, rest, _ := strings.Cut(a.body, `"access_token":"`)
			access, _, _ = strings.Cut(rest, `"`)
		}},
		{"userinfo", func() {
			if w := serve(http.MethodGet, "/oidc/userinfo", "", "Authorization", "Bearer "+access); w.Code != http.StatusOK {
				b.Fatal(w.Body.String())
			}
		}},
	}
	for i, step := range steps {
		b.Run(step.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				for _, earlier := range steps[:i] {
					earlier.do()
				}
				b.StartTimer()
				step.do()
			}
		})
	}
}
