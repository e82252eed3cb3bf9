package server

import (
	"context"
	"net/http"
	"net/netip"
	"os"
	"slices"

	"signet/internal/doctor"
	"signet/internal/iam"
	"signet/internal/method/certificate"
	"signet/internal/web"
)

// nodeName is how this node is told from others that share the database.
func nodeName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "localhost"
	}
	return name
}

// listensAt is the address of a listener, as it is set.
func (s *Server) listensAt(l iam.ArrivalListener) string {
	switch l {
	case iam.ListenerProxy:
		return s.options.Proxy.Listen
	case iam.ListenerClients:
		return s.options.ClientListen
	case iam.ListenerCertificate:
		return s.options.CertificateListen
	default:
		return s.options.Listen
	}
}

// note counts headers that came to a listener, where there are any.
func (s *Server) note(l iam.ArrivalListener, peer string, kind iam.ArrivalKind, names []string, outcome iam.ArrivalOutcome, cause iam.ArrivalCause) {
	if len(names) > 0 {
		s.arrivals.Note(l, s.listensAt(l), peer, kind, names, outcome, cause)
	}
}

// public wraps the handler of a listener that the public reaches, where nobody
// may send certificate headers.
func (s *Server) public(l iam.ArrivalListener, next http.Handler) http.Handler {
	return s.watched(l, iam.ArrivalIgnored, iam.ArrivalPublic, next)
}

// watched takes certificate headers off what comes from somebody who may not
// send them, counts and logs them.
func (s *Server) watched(l iam.ArrivalListener, outcome iam.ArrivalOutcome, cause iam.ArrivalCause, next http.Handler) http.Handler {
	guarded, ownTry := s.watch.Handler(next), s.watch.Strip(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if doctor.Tries(r.Context(), s.DB, r.URL.Path) {
			ownTry.ServeHTTP(w, r)
			return
		}
		s.note(l, r.RemoteAddr, iam.ArrivalCertificate, certificate.Arrived(r.Header), outcome, cause)
		forwarding := arrivedForwarding(r.Header)
		switch {
		case len(forwarding) == 0:
		case l == iam.ListenerMain:
			at := web.ClientAddress(r, nil)
			s.noteForwarding(l, r, forwarding, slices.ContainsFunc(s.options.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(at) }))
		case l == iam.ListenerCertificate, l == iam.ListenerClients:
			s.note(l, r.RemoteAddr, iam.ArrivalForwarding, forwarding, iam.ArrivalIgnored, iam.ArrivalOwnTLS)
		default:
			s.note(l, r.RemoteAddr, iam.ArrivalForwarding, forwarding, outcome, cause)
		}
		guarded.ServeHTTP(w, r)
	})
}

// attemptNote is where the judgement of an attempt leaves what it made of the
// headers.
type attemptNote struct {
	outcome iam.ArrivalOutcome
	cause   iam.ArrivalCause
}

type attemptNoteKey struct{}

// arrivedAtAttempt is told what was made of the headers of an attempt.
func arrivedAtAttempt(r *http.Request, outcome iam.ArrivalOutcome, cause iam.ArrivalCause) {
	if n, ok := r.Context().Value(attemptNoteKey{}).(*attemptNote); ok {
		n.outcome, n.cause = outcome, cause
	}
}

// noting serves a request of the proxy, which may send what it likes, and counts
// its headers. Unread is why nobody read those of certificates, unless somebody
// did. What stands behind learns the client's address and not the proxy's.
func (s *Server) noting(unread iam.ArrivalCause, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if doctor.Tries(r.Context(), s.DB, r.URL.Path) {
			next.ServeHTTP(w, s.fromClient(r))
			return
		}
		names := certificate.Arrived(r.Header)
		s.noteForwarding(iam.ListenerProxy, r, arrivedForwarding(r.Header), true)
		found := &attemptNote{iam.ArrivalIgnored, unread}
		next.ServeHTTP(w, s.fromClient(r).WithContext(context.WithValue(r.Context(), attemptNoteKey{}, found)))
		if len(names) > 0 || found.cause == iam.ArrivalMissing {
			s.arrivals.Note(iam.ListenerProxy, s.listensAt(iam.ListenerProxy), r.RemoteAddr, iam.ArrivalCertificate, names, found.outcome, found.cause)
		}
	})
}

// arrivedForwarding returns the names of the headers by which proxies tell where
// a request came from.
func arrivedForwarding(header http.Header) (names []string) {
	for _, name := range web.ForwardingHeaders() {
		if len(header.Values(name)) > 0 {
			names = append(names, name)
		}
	}
	return names
}

// noteForwarding counts headers of the client's address as web reads them: of a
// peer that is believed, the one that is set.
func (s *Server) noteForwarding(l iam.ArrivalListener, r *http.Request, names []string, believed bool) {
	if !believed {
		s.note(l, r.RemoteAddr, iam.ArrivalForwarding, names, iam.ArrivalIgnored, iam.ArrivalUntrusted)
		return
	}
	chosen := s.options.AddressHeader.Name()
	var others []string
	for _, name := range names {
		switch {
		case name != chosen:
			others = append(others, name)
		case s.options.AddressHeader.Readable(r):
			s.note(l, r.RemoteAddr, iam.ArrivalForwarding, []string{name}, iam.ArrivalAccepted, iam.ArrivalChosen)
		default:
			s.note(l, r.RemoteAddr, iam.ArrivalForwarding, []string{name}, iam.ArrivalIgnored, iam.ArrivalUnread)
		}
	}
	s.note(l, r.RemoteAddr, iam.ArrivalForwarding, others, iam.ArrivalIgnored, iam.ArrivalOther)
}
