package login

import (
	"context"
	"crypto/subtle"
	"sync"
	"time"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/identity"
	"signet/internal/limit"
	"signet/internal/provider"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/trust"
)

// Service runs login transactions.
type Service struct {
	DB         *store.DB
	Log        *audit.Log
	Directory  *directory.Service
	Identities *identity.Service
	Sessions   *session.Service
	Trust      *trust.Service // judges what was shown before (Replay)
	// Strangers bounds how many logins and attempts people who have not signed in
	// begin, by their address: each is a row. Without bound where nil.
	Strangers *limit.Addresses
	// Code tells what authorization code a finished sign-in is worth, so that the
	// transaction that finishes it issues the code too. Where nil, codes are issued
	// by Redeem alone.
	Code CodeFor

	// replaying lets one Replay run at a time: each judges thousands of certificates
	// twice, and every administrator of an application can ask for any number.
	replaying sync.Mutex
	// ReplayTime is how long one takes at the most; replayTime where zero.
	ReplayTime time.Duration
}

// admit takes one from the budget of a stranger's address.
func (s *Service) admit(caller iam.Caller) error {
	if caller.User != "" || s.Strangers.Allow(caller.Address, s.DB.Now()) {
		return nil
	}
	return &iam.Error{Kind: iam.KindLimited, Cause: "too_many_sign_ins"}
}

// How long things wait for a person.
const (
	loginTTL   = time.Hour
	attemptTTL = 5 * time.Minute
	resumeTTL  = 2 * time.Minute
)

// Request is what a room begins a login with.
type Request struct {
	Purpose  iam.Purpose
	App      iam.AppID
	Provider iam.ProviderID // PurposeLink: the method to link; PurposeTest: the one to try out
	Ask      iam.Ask
	// Return is what the room wants back, opaque here. For Signet's own
	// application it is the local path to go on to.
	Return string
}

// Begin begins a login for the caller's browser. The caller must carry a
// browser secret: everything one-time in this login is bound to it.
func (s *Service) Begin(ctx context.Context, caller iam.Caller, r Request) (iam.Login, error) {
	if caller.Browser == "" {
		return iam.Login{}, iam.Forbidden("no_cookies")
	}
	if err := s.admit(caller); err != nil {
		return iam.Login{}, err
	}
	l := iam.Login{
		ID: iam.LoginID(iam.NewID()), Purpose: r.Purpose, App: r.App, Provider: r.Provider, Session: caller.Session,
		Browser: caller.Browser.Hash(), Ask: r.Ask, Return: r.Return,
	}
	if r.Purpose == iam.PurposeLink {
		if caller.User == "" {
			return iam.Login{}, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
		}
		l.User = caller.User
	}
	if r.Purpose == iam.PurposeTest {
		if err := s.mayTest(ctx, caller, r.Provider); err != nil {
			return iam.Login{}, err
		}
		l.User = caller.User
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		l.CreatedAt, l.ExpiresAt = tx.Now(), tx.Now().Add(loginTTL)
		return tx.InsertLogin(l)
	})
	return l, err
}

// of returns the login if it belongs to the caller's browser and, where it is
// to link something, to the caller's present session.
func of(tx *store.Tx, caller iam.Caller, id iam.LoginID) (iam.Login, error) {
	l, err := tx.Login(id)
	if err != nil {
		return iam.Login{}, err
	}
	if caller.Browser == "" || subtle.ConstantTimeCompare(l.Browser, caller.Browser.Hash()) != 1 {
		return iam.Login{}, iam.Forbidden("login_of_another_browser")
	}
	if l.Purpose != iam.PurposeSignIn && (caller.User == "" || caller.User != l.User) {
		return iam.Login{}, &iam.Error{Kind: iam.KindUnauthenticated, Cause: "sign_in_needed"}
	}
	return l, nil
}

// View is a login as its pages need it.
type View struct {
	Login iam.Login
	Step  Step
	App   iam.App
	// Offers are the methods of the widget, in order.
	Offers []iam.Offer
	// User is the person so far: proved in this login, or of the standing
	// session.
	User iam.User
	// Method is the method that Login.State.Refusal or Unlinked is about.
	Method iam.Provider
	// Look is how the sign-in form of the application looks.
	Look iam.Look
	// Tested is whose certificate was shown where a method is tried out.
	Tested iam.User
	// Missing is what the person must add before they may enter.
	Missing []iam.Provider
	// Renews is the identifier of which Login.State.Unlinked looks like the
	// renewal, and Holder its person; only in StepRenew.
	Renews iam.Identity
	Holder iam.User
	// Newcomer is the account that would be made; only in StepCreate.
	Newcomer iam.User
	// NoAddress says that the address on their certificate is none, and is left out.
	NoAddress bool
	// CertificateNeeded is true where the application accepts nothing else.
	CertificateNeeded bool
	// Registrable is true where a stranger may make an account in this login, and
	// Rules are those of its password.
	Registrable bool
	Rules       iam.Settings
	// Needed is what the application asks of the sign-in, in StepChoose and
	// StepRefusal; nil where it asks nothing. Offers are those that could give it, in
	// StepChoose.
	Needed *Needed
	// Raising is true where User is signed in, with less.
	Raising bool
}

// View returns the login of the caller's browser and its next step. A person who
// may not enter is turned away here, where the standing session would have done.
func (s *Service) View(ctx context.Context, caller iam.Caller, id iam.LoginID) (View, error) {
	v, err := s.view(ctx, caller, id)
	if err != nil || v.Step != StepBarred {
		return v, err
	}
	if _, err := s.change(ctx, caller, id, func(*store.Tx, *iam.Login) error { return nil }); err != nil {
		return View{}, err
	}
	return s.view(ctx, caller, id)
}

// First is the View of a login that the caller has just begun.
func (s *Service) First(ctx context.Context, caller iam.Caller, begun iam.Login) (v View, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		v, err = viewOf(tx, caller, begun)
		return err
	})
	if err != nil || v.Step != StepBarred {
		return v, err
	}
	return s.View(ctx, caller, begun.ID)
}

func (s *Service) view(ctx context.Context, caller iam.Caller, id iam.LoginID) (v View, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		l, err := of(tx, caller, id)
		if err != nil {
			return err
		}
		v, err = viewOf(tx, caller, l)
		return err
	})
	return v, err
}

func viewOf(tx *store.Tx, caller iam.Caller, l iam.Login) (View, error) {
	sit, err := situationOf(tx, caller, l)
	if err != nil {
		return View{}, err
	}
	v := View{Login: l, Step: Next(sit), App: sit.App, Offers: sit.Offers, Missing: sit.Missing, CertificateNeeded: sit.App.CertificateOnly}
	if sit.User != nil {
		v.User = *sit.User
	}
	if l.Purpose == iam.PurposeSignIn && (v.Step == StepChoose || v.Step == StepRefusal) {
		if needed, any := neededOf(sit); any {
			v.Needed, v.Raising = &needed, raising(sit)
		}
	}
	if v.Step == StepChoose && v.Needed != nil {
		v.Offers = suited(sit)
	}
	if v.Look, err = provider.Look(tx, sit.App); err != nil {
		return View{}, err
	}
	if v.Rules, err = tx.Settings(); err != nil {
		return View{}, err
	}
	v.Registrable = registrable(sit, v.Rules, v.Look)
	if t := l.State.Trial; t != nil && t.User != "" {
		if v.Tested, err = tx.User(t.User); err != nil && !iam.IsNotFound(err) {
			return View{}, err
		}
	}
	if v.Step == StepRenew {
		if v.Renews, err = tx.Identity(l.State.Renews); err != nil {
			return View{}, err
		}
		if v.Holder, err = tx.User(v.Renews.User); err != nil {
			return View{}, err
		}
	}
	if v.Step == StepCreate {
		if v.Newcomer, v.NoAddress, err = wouldBecome(tx, l); err != nil {
			return View{}, err
		}
	}
	method := l.Provider
	switch {
	case l.State.Refusal != nil && l.State.Refusal.Provider != "":
		method = l.State.Refusal.Provider
	case l.State.Unlinked != nil:
		method = l.State.Unlinked.Provider
	}
	if method != "" {
		if v.Method, err = tx.Provider(method); err != nil && !iam.IsNotFound(err) {
			return View{}, err
		}
	}
	return v, nil
}
