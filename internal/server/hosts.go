package server

import (
	"context"
	"strings"
	"sync"
	"time"

	"signet/internal/console"
	"signet/internal/iam"
	"signet/internal/method/certificate"
)

// chooseHost chooses the certificate host of an attempt with a login method,
// among those that the method may use.
func (s *Server) chooseHost(ctx context.Context, method iam.ProviderID, remembered string, fresh bool) (string, bool) {
	hosts := s.options.Certificates
	if p, err := s.Providers.Provider(ctx, method); err == nil && p.Settings.Certificate != nil {
		hosts = hosts.Narrow(p.Settings.Certificate.Host)
	}
	return hosts.Choose(remembered, fresh)
}

// hostChoices lists the certificate hosts that a method can choose from.
func hostChoices(hosts certificate.Hosts) (all []console.HostChoice) {
	for _, host := range hosts.List() {
		all = append(all, console.HostChoice{Host: host, Fresh: strings.HasPrefix(host, "*")})
	}
	return all
}

// hostWatchLife is how long what is known of the certificate hosts holds: pages
// that are loaded in a row must not each knock there.
const hostWatchLife = 5 * time.Second

// hostWatch asks how the certificate hosts do, when somebody wants to know.
type hostWatch struct {
	hosts certificate.Hosts
	now   func() time.Time

	mu    sync.Mutex
	at    time.Time           // under mu
	known []console.HostState // under mu
}

func (w *hostWatch) states(ctx context.Context) []console.HostState {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.now()
	if age := now.Sub(w.at); w.known != nil && age >= 0 && age < hostWatchLife {
		return w.known
	}
	// A person who leaves the page must not make the hosts look broken to others.
	found := w.hosts.Probe(context.WithoutCancel(ctx), now)
	w.at, w.known = now, []console.HostState{}
	for _, host := range w.hosts.List() {
		w.known = append(w.known, console.HostState{Host: host, Fault: string(found[host])})
	}
	return w.known
}
