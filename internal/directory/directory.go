// Package directory owns the people, organizations, applications and roles of
// an installation, and the rules about changing them. It hands identifiers of
// people to identity, and the ending of what people hold to session.
package directory

import (
	"context"

	"golang.org/x/sync/semaphore"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/notify"
	"signet/internal/session"
	"signet/internal/store"
)

// Service answers about the directory and changes it.
type Service struct {
	DB       *store.DB
	Log      *audit.Log
	Sessions *session.Service
	// KnowsLanguage reports whether pages exist in a language; all do where nil.
	KnowsLanguage func(tag string) bool
	// Authorities returns the CAs that a login method trusts, for applications that
	// demand certificates of some of them. It is trust's to know; where it is nil,
	// nothing can be demanded.
	Authorities func(iam.Provider) ([]iam.Authority, error)
	// CheckClientCertificate refuses what no application could prove itself by. It is
	// trust's to know; where it is nil, applications have secrets only.
	CheckClientCertificate func(*iam.ClientCertificate) error
	// Brand is what the installation calls itself where the settings do not say.
	Brand string
	// Mail takes the links that are sent; none is where nil.
	Mail *notify.Service

	// hashing bounds how many argon2id computations run at once: each takes tens
	// of megabytes, and anyone can ask for one by typing a password.
	hashing *semaphore.Weighted
}

// New returns a directory over the database.
func New(db *store.DB, log *audit.Log, sessions *session.Service) *Service {
	return &Service{DB: db, Log: log, Sessions: sessions, hashing: semaphore.NewWeighted(2)}
}

// Person returns the person with the id. It asks no permission: rooms call it
// for the person that a session, a login or a grant already names.
func (s *Service) Person(ctx context.Context, id iam.UserID) (user iam.User, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		user, err = tx.User(id)
		return err
	})
	return user, err
}

// App returns the application with the id. What it returns of an application is
// no secret: it stands in every authorization request.
func (s *Service) App(ctx context.Context, id iam.AppID) (app iam.App, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		app, err = tx.App(id)
		return err
	})
	return app, err
}

// AppSecrets returns the hashes of the secrets that authenticate the
// application now.
func (s *Service) AppSecrets(ctx context.Context, id iam.AppID) (secrets []iam.AppSecret, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		secrets, err = tx.AppSecrets(id)
		return err
	})
	return secrets, err
}
