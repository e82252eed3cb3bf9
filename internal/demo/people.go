package demo

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"time"

	"signet/internal/cert"
	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/provider"
	"signet/internal/trust"
)

// Rooms are the rooms of a Signet that the demo fills.
type Rooms struct {
	Directory  *directory.Service
	Providers  *provider.Service
	Identities *identity.Service
}

// MethodName is the name of the certificate method in the demo. It is the same
// in every language.
const MethodName = "mTLS"

// Client is the application of the demo as Signet knows it.
type Client struct {
	ID          iam.AppID
	Secret      string
	RedirectURI string
}

// Fill makes what a demo needs and is missing: the certificate method, the
// application and the people. What people have changed since stays changed.
// linked tells who has a linked certificate now.
func (f *Folder) Fill(ctx context.Context, r Rooms, appURL string) (client Client, linked map[string]bool, err error) {
	caller := iam.Program("demo")
	method, err := f.method(ctx, r, caller)
	if err != nil {
		return Client{}, nil, fmt.Errorf("make demo method: %w", err)
	}
	if client, err = f.application(ctx, r, caller, method, appURL); err != nil {
		return Client{}, nil, fmt.Errorf("make demo application: %w", err)
	}
	linked = map[string]bool{}
	for _, p := range Cast() {
		if linked[p.Login], err = f.person(ctx, r, caller, method, p); err != nil {
			return Client{}, nil, fmt.Errorf("make demo person %s: %w", p.Login, err)
		}
	}
	return client, linked, nil
}

// method finds or makes the login method that believes the demo's client CA.
func (f *Folder) method(ctx context.Context, r Rooms, caller iam.Caller) (iam.Provider, error) {
	anchors := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: f.Clients.Certificate.Raw}))
	all, err := r.Providers.All(ctx, caller)
	if err != nil {
		return iam.Provider{}, err
	}
	is := func(p iam.Provider) bool {
		return p.Type == iam.ProviderCertificate && p.Scope.Level == iam.LevelSystem && p.Settings.Certificate != nil
	}
	if i := slices.IndexFunc(all, is); i >= 0 {
		p := all[i]
		if p.Settings.Certificate.Anchors == anchors {
			return p, nil
		}
		p.Settings.Certificate.Anchors = anchors // the folder has another CA than the database
		p.Settings.Certificate.Creation = nil    // nobody has agreed to accounts for its people
		*p.Settings.Certificate = trust.Choose(*p.Settings.Certificate, iam.RevocationNone)
		return p, r.Providers.Change(ctx, caller, p)
	}
	// The demo's own CA revokes nothing.
	settings := trust.Choose(iam.CertificateSettings{Anchors: anchors, LinkAtSignIn: true}, iam.RevocationNone)
	p, err := r.Providers.Create(ctx, caller, iam.Provider{
		Scope: iam.System(), Type: iam.ProviderCertificate, Name: MethodName, Public: true, Publicity: iam.PublicityOnlyMe,
		Settings: iam.ProviderSettings{Certificate: &settings},
	})
	if err != nil {
		return iam.Provider{}, err
	}
	return p, r.Providers.Switch(ctx, caller, iam.SignetApp, p.ID, true)
}

// application finds or makes the application. Its id holds the port, because
// its addresses do, and an application is known by these.
func (f *Folder) application(ctx context.Context, r Rooms, caller iam.Caller, method iam.Provider, appURL string) (Client, error) {
	c := Client{ID: iam.AppID("demo" + portOf(appURL)), RedirectURI: appURL + "/callback"}
	_, err := r.Directory.App(ctx, c.ID)
	switch {
	case err == nil && f.state.ClientSecrets[string(c.ID)] != "":
		c.Secret = f.state.ClientSecrets[string(c.ID)]
		return c, nil
	case err == nil: // made, but the secret was not written down any more
		secret, err := r.Directory.RotateAppSecret(ctx, caller, c.ID, 0)
		c.Secret = string(secret)
		return f.keep(c, err)
	case !iam.IsNotFound(err):
		return Client{}, err
	}
	_, secret, err := r.Directory.CreateApp(ctx, caller, iam.App{
		ID: c.ID, Name: "Demo application", Type: iam.AppWeb, RedirectURIs: []string{c.RedirectURI}, PostLogoutRedirectURIs: []string{appURL + "/signed-out"},
		BackchannelLogoutURI: appURL + "/backchannel-logout",
	})
	if err != nil {
		return Client{}, err
	}
	c.Secret = string(secret)
	password, err := r.Providers.EnsurePassword(ctx, caller, "Password")
	if err != nil {
		return Client{}, err
	}
	for _, id := range []iam.ProviderID{method.ID, password.ID} {
		if err := r.Providers.Switch(ctx, caller, c.ID, id, true); err != nil {
			return Client{}, err
		}
	}
	return f.keep(c, nil)
}

func (f *Folder) keep(c Client, err error) (Client, error) {
	if err != nil {
		return Client{}, err
	}
	f.state.ClientSecrets[string(c.ID)] = c.Secret
	return c, f.saveState()
}

// person finds or makes a person, and links a certificate that is new to them.
func (f *Folder) person(ctx context.Context, r Rooms, caller iam.Caller, method iam.Provider, p Person) (linked bool, err error) {
	user, err := r.Directory.UserByLogin(ctx, caller, p.Login)
	isNew := iam.IsNotFound(err)
	switch {
	case isNew:
		if user, err = r.Directory.CreateUser(ctx, caller, p.User, f.Password(p.Login)); err != nil {
			return false, err
		}
	case err != nil:
		return false, err
	case f.newPasswords[p.Login]: // the old one was lost with its file
		if err := r.Directory.SetPassword(ctx, caller, user.ID, "", f.Password(p.Login)); err != nil {
			return false, err
		}
	}
	if isNew && p.Admin {
		if err := r.Directory.Give(ctx, caller, iam.Membership{User: user.ID, Scope: iam.System(), Role: iam.RoleSystemAdministrator}); err != nil {
			return false, err
		}
	}
	if p.Linked && (isNew || f.Fresh[p.Login]) {
		if err := f.link(ctx, r, caller, method, p, user.ID); err != nil {
			return false, err
		}
		delete(f.Fresh, p.Login)
	}
	if isNew && p.Blocked {
		if err := r.Directory.Block(ctx, caller, user.ID); err != nil {
			return false, err
		}
	}
	identities, err := r.Identities.Of(ctx, caller, user.ID)
	return len(identities) > 0, err
}

// link links a certificate as the certificate host would have judged it on its
// first day: dave's was accepted once.
func (f *Folder) link(ctx context.Context, r Rooms, caller iam.Caller, method iam.Provider, p Person, user iam.UserID) error {
	leaf := f.Leaves[p.Login]
	at := leaf.Certificate.NotBefore.Add(time.Minute)
	verdict := cert.Judge(cert.Policy{Anchors: []*x509.Certificate{f.Clients.Certificate}}, leaf.Chain(f.Clients), at, nil)
	if !verdict.Accepted() {
		return fmt.Errorf("judge certificate: %s", verdict.Cause)
	}
	_, err := r.Identities.Add(ctx, caller, user, method, iam.Evidence{
		Type: iam.ProviderCertificate, Provider: method.ID, At: at, ACR: iam.ACRPhishingResistant, AMR: []string{iam.AMRProofOfPossession},
		Key: string(verdict.Key), Certificate: trust.Kept(verdict),
	})
	return err
}
