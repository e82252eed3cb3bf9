package server

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"signet/internal/console"
	"signet/internal/i18n"
	"signet/internal/iam"
	"signet/internal/oidc"
	"signet/internal/profile"
	"signet/internal/signin"
	"signet/internal/tryout"
	"signet/internal/web"
)

// exhibitor is a room that shows its pages with sample data.
type exhibitor interface {
	Define()
	Gallery() []web.Specimen
}

// Gallery returns a handler that shows every page of every room in every state,
// without a store behind it.
func Gallery() (http.Handler, error) {
	catalogues, err := i18n.Load()
	if err != nil {
		return nil, fmt.Errorf("load catalogues: %w", err)
	}
	pages := web.NewPages(catalogues, web.Brand{}, time.Now)
	var specimens []web.Specimen
	for _, room := range []exhibitor{
		&signin.Room{
			Pages: pages, ChooseHost: func(context.Context, iam.ProviderID, string, bool) (string, bool) { return "sample.cert.example", true },
			AttemptURL: func(string, iam.Secret) string { return "/" },
		},
		&oidc.Room{Pages: pages, Now: time.Now},
		&profile.Room{Pages: pages, Languages: catalogues.Languages(), Now: time.Now},
		&tryout.Room{Pages: pages, Now: time.Now},
		&console.Room{Pages: pages, Languages: catalogues.Languages(), Now: time.Now},
	} {
		room.Define()
		specimens = append(specimens, room.Gallery()...)
	}
	return web.Gallery(pages, specimens), nil
}
