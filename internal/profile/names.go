package profile

import (
	"context"

	"signet/internal/iam"
	"signet/internal/words"
)

// names finds the names of applications and methods for one page, each once.
// The first error is kept: a page without its names is a fault, and a thing
// that no longer exists is not.
type names struct {
	ctx     context.Context
	room    *Room
	apps    map[iam.AppID]string
	methods map[iam.ProviderID]iam.Provider
	err     error
}

func (room *Room) names(ctx context.Context) *names {
	return &names{ctx: ctx, room: room, apps: map[iam.AppID]string{}, methods: map[iam.ProviderID]iam.Provider{}}
}

func (n *names) app(id iam.AppID) string {
	if name, known := n.apps[id]; known || id == "" {
		return name
	}
	app, err := n.room.Directory.App(n.ctx, id)
	n.keep(err)
	n.apps[id] = app.Name
	return app.Name
}

func (n *names) method(id iam.ProviderID) string { return n.provider(id).Name }

func (n *names) provider(id iam.ProviderID) iam.Provider {
	if p, known := n.methods[id]; known || id == "" {
		return p
	}
	p, err := n.room.Providers.Provider(n.ctx, id)
	n.keep(err)
	n.methods[id] = p
	return p
}

func (n *names) keep(err error) {
	if err != nil && !iam.IsNotFound(err) && n.err == nil {
		n.err = err
	}
}

// words are the names for a person's own log: who else did something stays
// unnamed.
func (n *names) words() words.Names { return words.Names{App: n.app, Method: n.provider} }
