package doctor

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/store"
)

// A proxy that passes on what a client says of a certificate lets anybody sign in
// as anybody. Whether it does is tried: a forged certificate is sent to the main
// site, at a path that only the proxy listener and the certificate host answer,
// and these say which headers arrived. They say so once, to whoever holds the
// ticket. A main site that leads to the certificate host itself is found that way
// without a proxy listener, too: no certificate is asked for on its connections.

// ticketPurpose is the purpose of such a ticket among one-time links.
const ticketPurpose = "doctor"

// SeenPath is where the proxy listener tells what arrived; the ticket follows.
const SeenPath = "/api/mtls/doctor/"

// Seen is what arrived.
type Seen struct {
	Headers []string `json:"headers"` // names of headers that speak of certificates
}

// proxy looks how a proxy is believed, and whether it deserves that.
func (i Installation) proxy(ctx context.Context) []iam.Finding {
	switch tried := i.forgery(ctx); {
	case !i.Proxy.On && (len(tried) == 0 || tried[0].Level == iam.FindingOK):
		return nil // there may be no proxy at all
	case !i.Proxy.On:
		return tried
	case i.Proxy.AddressOnly:
		return append([]iam.Finding{finding(iam.FindingWarning, "proxy", "address_only", "")}, tried...)
	default:
		return append([]iam.Finding{ok("proxy", "")}, tried...)
	}
}

// forgery sends forged headers to the main site.
func (i Installation) forgery(ctx context.Context) (found []iam.Finding) {
	u, err := url.Parse(i.Issuer)
	if err != nil {
		return found
	}
	ticket := iam.NewSecret()
	err = i.DB.Update(ctx, func(tx *store.Tx) error {
		return tx.InsertOneTimeLink(ticket.Hash(), ticketPurpose, "", tx.Now().Add(time.Minute))
	})
	if err != nil {
		return found // the database is a finding of its own
	}
	response, err := i.get(ctx, u.Host, SeenPath+string(ticket), certificate.Forged())
	if err != nil {
		return found // said already: nobody answers there
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return append(found, ok("forgery", u.Host))
	}
	var s Seen
	text, err := io.ReadAll(response.Body)
	switch {
	case err != nil || json.Unmarshal(text, &s) != nil:
		return append(found, ok("forgery", u.Host)) // somebody else answers there
	case len(s.Headers) > 0:
		return append(found, finding(iam.FindingError, "forgery", "passed", u.Host, "Header", s.Headers[0]))
	default:
		return append(found, finding(iam.FindingWarning, "forgery", "reachable", u.Host))
	}
}

// Tries reports whether a request is a forgery of our own: its path holds a
// ticket that is still good. It is neither counted nor logged as one of others.
func Tries(ctx context.Context, db *store.DB, path string) bool {
	ticket, ok := strings.CutPrefix(path, SeenPath)
	if !ok || ticket == "" {
		return false
	}
	return db.View(ctx, func(tx *store.Tx) error {
		_, err := tx.OneTimeLink(iam.Secret(ticket).Hash(), ticketPurpose)
		return err
	}) == nil
}

// TakeTicket spends a ticket and reports whether it was good.
func TakeTicket(ctx context.Context, db *store.DB, ticket iam.Secret) (bool, error) {
	// Looked at first: strangers can ask, and reading costs less than writing.
	err := db.View(ctx, func(tx *store.Tx) error {
		_, err := tx.OneTimeLink(ticket.Hash(), ticketPurpose)
		return err
	})
	if iam.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.TakeOneTimeLink(ticket.Hash(), ticketPurpose)
		return err
	})
	if iam.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}
