package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"signet/internal/doctor"
	"signet/internal/iam"
	"signet/internal/method/certificate"
)

// Installation is what a doctor examines.
func (s *Server) Installation() doctor.Installation {
	p := s.options.Proxy
	return doctor.Installation{
		Issuer: s.options.Issuer, Hosts: s.options.Certificates, DB: s.DB, Trust: s.Trust, Mail: s.Mail, Now: s.options.Now,
		Proxy: doctor.Proxy{
			On: p.Listen != "", AddressOnly: p.Listen != "" && p.Secret == "" && len(p.Pins) == 0 && !p.onSocket(), Form: p.Form,
		},
		Arrivals: s.arrivals,
	}
}

// seen tells a doctor, once, which of the certificate headers that it forged
// reached the proxy listener, or that its request reached the certificate host. Everything else goes on to next.
func (s *Server) seen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ticket, ok := strings.CutPrefix(r.URL.Path, doctor.SeenPath)
		if !ok || ticket == "" {
			next.ServeHTTP(w, r)
			return
		}
		switch good, err := doctor.TakeTicket(r.Context(), s.DB, iam.Secret(ticket)); {
		case err != nil:
			s.options.Log.ErrorContext(r.Context(), "take the ticket of an examination", "error", err)
			http.Error(w, "500 Internal Server Error", http.StatusInternalServerError)
		case !good:
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(doctor.Seen{Headers: certificate.Told(r.Header)}) // who left reads nothing
		}
	})
}

// examine is what the console shows.
func (s *Server) examine(ctx context.Context) []iam.Finding {
	return s.Installation().Examine(context.WithoutCancel(ctx))
}

// arrived is what the console shows of the headers that came to all nodes.
func (s *Server) arrived(ctx context.Context) ([]iam.Arrival, error) {
	return s.Installation().Headers(ctx)
}
