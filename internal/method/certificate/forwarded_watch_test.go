package certificate

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"signet/internal/iam"
)

// TestT06NothingBehindSeesThem (CVE-2025-64484): whatever spelling a header of a
// certificate has, nothing behind a listener where nobody may send it can read it.
func TestT06NothingBehindSeesThem(t *testing.T) {
	told := 0
	watch := &Watch{Log: slog.New(slog.DiscardHandler), Now: time.Now, Record: func(context.Context, iam.Caller, iam.Event) error {
		told++
		return nil
	}}
	var behind http.Header
	next := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { behind = r.Header })
	for name, handler := range map[string]http.Handler{"watched": watch.Handler(next), "stripped": watch.Strip(next)} {
		for _, header := range append(HeaderNames(), SecretHeader) {
			for _, spelt := range []string{
				header, strings.ToLower(header), strings.ToUpper(header), strings.ReplaceAll(header, "-", "_"), strings.ToUpper(strings.ReplaceAll(header, "-", "_")),
				strings.Replace(header, "-", "_", 1), http.CanonicalHeaderKey(strings.ToLower(strings.ReplaceAll(header, "-", "_"))),
			} {
				r := httptest.NewRequest(http.MethodGet, "/", nil)
				r.Header = http.Header{"Accept": {"text/html"}, "Accept-Language": {"fr"}, "X": {"y"}, spelt: {"SUCCESS", "SUCCESS"}}
				handler.ServeHTTP(httptest.NewRecorder(), r)
				if len(behind) != 3 || behind.Get("Accept") != "text/html" || behind.Get("X") != "y" {
					t.Errorf("%s: of %s is left: %v", name, spelt, behind)
				}
			}
		}
	}
	if told != 1 { // once for many
		t.Errorf("told %d times", told)
	}
}
