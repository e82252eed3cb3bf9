package oidc

import (
	"context"
	"sync"
	"time"

	"signet/internal/iam"
)

// clients remembers applications and the hashes of their secrets for a moment:
// every step of a sign-in asks for them, and they hardly ever change. What has
// just been added works at once, because whoever does not find it in what is
// remembered looks again (fresh); what was taken away works on for clientsAfter.
type clients struct {
	mu   sync.Mutex
	byID map[iam.AppID]client // of applications that exist, so that strangers cannot fill it
}

type client struct {
	app     iam.App
	secrets []iam.AppSecret
	read    time.Time
}

// clientsAfter is how long an application is remembered. Together with the
// second for which the store remembers rows, what was taken away on another node
// works on for two seconds at the most.
const clientsAfter = time.Second

// client returns an application, or a not-found error.
func (room *Room) client(ctx context.Context, id iam.AppID, fresh bool) (client, error) {
	now := room.Now()
	room.clients.mu.Lock()
	known, ok := room.clients.byID[id]
	room.clients.mu.Unlock()
	if age := now.Sub(known.read); ok && !fresh && age >= 0 && age < clientsAfter {
		return known, nil
	}
	app, err := room.Directory.App(ctx, id)
	if err != nil {
		return client{}, err
	}
	found := client{app: app, read: now}
	if !app.Public() {
		if found.secrets, err = room.Directory.AppSecrets(ctx, id); err != nil {
			return client{}, err
		}
	}
	room.clients.mu.Lock()
	defer room.clients.mu.Unlock()
	if room.clients.byID == nil {
		room.clients.byID = map[iam.AppID]client{}
	}
	room.clients.byID[id] = found
	return found, nil
}
