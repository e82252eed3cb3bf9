package console

import (
	"context"

	"signet/internal/iam"
	"signet/internal/words"
)

// names finds the names of applications, methods and people for one page, each
// once. The first error is kept; a thing that no longer exists is none.
type names struct {
	ctx     context.Context
	room    *Room
	apps    map[iam.AppID]string
	methods map[iam.ProviderID]iam.Provider
	logins  map[iam.UserID]string
	orgs    map[iam.OrgID]string
	err     error
}

func (room *Room) names(ctx context.Context) *names {
	return &names{ctx: ctx, room: room, apps: map[iam.AppID]string{}, methods: map[iam.ProviderID]iam.Provider{}, logins: map[iam.UserID]string{}, orgs: map[iam.OrgID]string{}}
}

// known returns the name of an id, asking for it once.
func known[ID ~string, T any](n *names, cache map[ID]T, id ID, ask func() (T, error)) T {
	if name, cached := cache[id]; cached || id == "" {
		return name
	}
	name, err := ask()
	if err != nil && !iam.IsNotFound(err) && n.err == nil {
		n.err = err
	}
	cache[id] = name
	return name
}

func (n *names) app(id iam.AppID) string {
	return known(n, n.apps, id, func() (string, error) {
		app, err := n.room.Directory.App(n.ctx, id)
		return app.Name, err
	})
}

func (n *names) method(id iam.ProviderID) string { return n.provider(id).Name }

func (n *names) provider(id iam.ProviderID) iam.Provider {
	return known(n, n.methods, id, func() (iam.Provider, error) {
		return n.room.Providers.Provider(n.ctx, id)
	})
}

func (n *names) login(id iam.UserID) string {
	return known(n, n.logins, id, func() (string, error) {
		user, err := n.room.Directory.Person(n.ctx, id)
		return user.Login, err
	})
}

func (n *names) org(id iam.OrgID) string {
	return known(n, n.orgs, id, func() (string, error) {
		app, err := n.room.Directory.OrgClient(n.ctx, string(id)) // called as it is
		return app.Name, err
	})
}

func (n *names) words() words.Names {
	return words.Names{App: n.app, Method: n.provider, Login: n.login}
}
