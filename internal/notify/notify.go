// Package notify owns what Signet writes to people by mail: the settings of the
// mail server, the outbox, and what is worth a message.
//
//	an event, or a link that somebody asks to be mailed
//	  → a message in the outbox, in the same transaction     (told.go, letter.go)
//	  → one node leases it, one at a time                    (deliver.go)
//	  → SMTP over TLS                                        (smtp.go, mime.go)
//	  → sent · tried again later · given up, with an event
//
// A message is never sent twice knowingly: only who holds its lease says that it
// was sent, and the lease outlives every try. Where a server takes a message and
// the connection breaks before it says so, nobody knows; the next try bears the
// same Message-ID (RFC 5322, section 3.6.4), by which mailboxes find doubles.
//
// Without a mail server nothing is sent, nothing fails, and the outbox shows what
// would have been.
package notify

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	"net"
	"strings"
	"sync"
	"time"

	"signet/internal/audit"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/seal"
	"signet/internal/store"
	"signet/internal/trust"
)

// Service writes, sends and shows messages.
type Service struct {
	DB    *store.DB
	Log   *audit.Log
	Box   *seal.Box
	Trust *trust.Service
	// Catalogues hold the words of the messages.
	Catalogues *i18n.Catalogues
	// Issuer is the address of the main site, and Brand what the installation calls
	// itself where the settings do not say.
	Issuer string
	Brand  string
	// Roots are the CAs of mail servers where the settings name none; those of the
	// operating system where nil.
	Roots *x509.CertPool
	// Dial opens the connection to a mail server; a net.Dialer where nil.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Patience is how long a mail server may take to be ready, and again to take a
	// message; sendTimeout where zero.
	Patience time.Duration

	pause pause
}

// pause is how long nothing is tried after the mail server itself failed: a
// thousand messages must not knock a thousand times.
type pause struct {
	mu    sync.Mutex
	until time.Time // under mu
}

func (p *pause) over(now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !now.Before(p.until)
}

func (p *pause) set(until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = until
}

// Times.
const (
	// GiveUpAfter is how long a message is tried.
	GiveUpAfter = 3 * 24 * time.Hour
	// DefaultKeepDays and MaxKeepDays bound how long the outbox keeps messages.
	DefaultKeepDays = 30
	MaxKeepDays     = 365

	// sendTimeout bounds one try, and leaseTime a lease: it outlives the try by far,
	// so that no second node begins while the first may still be sending.
	sendTimeout = 2 * time.Minute
	leaseTime   = 10 * time.Minute
	pauseTime   = 30 * time.Second

	firstPause = time.Minute
	maxPause   = 4 * time.Hour
)

// program is who acts where Signet does by itself.
func program() iam.Caller { return iam.Program("mail") }

// brand is what the installation calls itself.
func (s *Service) brand(tx *store.Tx) (string, error) {
	set, err := tx.Settings()
	switch {
	case err != nil:
		return "", err
	case set.Name != "":
		return set.Name, nil
	case s.Brand != "":
		return s.Brand, nil
	default:
		return "Signet", nil
	}
}

// newLease is a name that no other node gives.
func newLease() string { return strings.ToLower(rand.Text()) }
