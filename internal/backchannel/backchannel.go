// Package backchannel tells applications that a session has ended (OpenID
// Connect Back-Channel Logout 1.0).
//
//	the session ends   →  a row for each application that got tokens from it,
//	                      in the same transaction (store, called by session)
//	Deliver, each node →  takes a row, signs a logout token, posts it
//	answered           →  delivered
//	not answered       →  later again, for a day; then given up, with an event
//
// Whoever ends a session waits for no application, and a server that is killed
// forgets none: what was taken and not finished is taken again. An application
// may thus be told twice, never not at all.
package backchannel

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/signing"
	"signet/internal/store"
)

const (
	// firstRetry and lastRetry bound the pause after a failure.
	firstRetry = 5 * time.Second
	lastRetry  = time.Hour
	// giveUpAfter is how long an application is tried: a night, and somebody who
	// comes in the morning.
	giveUpAfter = 24 * time.Hour
	// claimed is how long a node has for one try before another may try.
	claimed = time.Minute
	// tokenLife is short, as section 2.4 recommends: every try makes a new token.
	tokenLife = 2 * time.Minute
	// batch is how many are looked at in one round, atOnce how many are posted
	// beside each other, share how many of these at most for one application: one that
	// answers late delays a round by what two waits are.
	batch, atOnce, share = 64, 8, 16
	// maxFault is how much of a failure is kept.
	maxFault = 300
	// shown is how many deliveries an administrator sees.
	shown = 10
)

// Service delivers.
type Service struct {
	DB   *store.DB
	Log  *audit.Log
	Keys *signing.Ring
	// Issuer is what the tokens say about who made them.
	Issuer string
	// Post posts a form to an application, within limits and to no address that it
	// must not reach.
	Post func(ctx context.Context, address string, form url.Values) error
}

func program() iam.Caller { return iam.Program("back-channel logout") }

// Deliver tells the applications whose time has come. It is called again and
// again, on every node, and does nothing where nothing waits.
func (s *Service) Deliver(ctx context.Context) error {
	var due []iam.LogoutDelivery
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		due, err = tx.DueLogouts(batch, share)
		return err
	})
	if err != nil {
		return err
	}
	var group errgroup.Group
	group.SetLimit(atOnce)
	for _, d := range due {
		group.Go(func() error { return s.deliver(ctx, d) })
	}
	return group.Wait()
}

// deliver makes one try.
func (s *Service) deliver(ctx context.Context, d iam.LogoutDelivery) error {
	var app iam.App
	mine := false
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if app, err = tx.App(d.App); err != nil {
			return err
		}
		mine, err = tx.ClaimLogout(d, tx.Now().Add(claimed))
		return err
	})
	if iam.IsNotFound(err) || err == nil && !mine {
		return nil // the application is gone, or another node was faster
	}
	if err != nil {
		return err
	}
	d.Tries++
	fault, err := s.try(ctx, app, d)
	if err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error { return s.settle(tx, app, d, fault) })
	if iam.IsNotFound(err) {
		return nil // the application was deleted meanwhile
	}
	return err
}

// try posts a token and returns what was wrong, or "".
func (s *Service) try(ctx context.Context, app iam.App, d iam.LogoutDelivery) (fault string, err error) {
	if app.BackchannelLogoutURI == "" {
		return "the application has no such address any more", nil
	}
	token, err := s.sign(ctx, app, d)
	switch {
	case err != nil && ctx.Err() != nil:
		return "", ctx.Err() // we stop; the claim runs out
	case err != nil:
		// A failure like any other: keys that cannot be read are no better in a minute,
		// and what is never given up is tried for ever.
		return shortened(err.Error()), nil
	}
	// Section 2.5.
	if err := s.Post(ctx, app.BackchannelLogoutURI, url.Values{"logout_token": {token}}); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err() // we stop; the claim runs out
		}
		return shortened(err.Error()), nil
	}
	return "", nil
}

// sign makes a token for one try.
func (s *Service) sign(ctx context.Context, app iam.App, d iam.LogoutDelivery) (string, error) {
	key, err := s.Keys.Key(ctx, app.SigningAlgorithm)
	if err != nil {
		return "", fmt.Errorf("sign logout token: %w", err)
	}
	token, err := key.SignLogout(claimsOf(s.Issuer, d, s.DB.Now()))
	if err != nil {
		return "", fmt.Errorf("sign logout token: %w", err)
	}
	return token, nil
}

// logoutToken is section 2.4. It has no nonce, so that it is no ID token.
type logoutToken struct {
	Issuer   string              `json:"iss"`
	Subject  string              `json:"sub"`
	Audience string              `json:"aud"`
	IssuedAt int64               `json:"iat"`
	Expires  int64               `json:"exp"`
	ID       string              `json:"jti"`
	Session  string              `json:"sid"`
	Events   map[string]struct{} `json:"events"`
}

// claimsOf returns the claims of a logout token. The id is new for each try: an
// application that took the last one and whose answer was lost must not take this
// one for a replay.
func claimsOf(issuer string, d iam.LogoutDelivery, now time.Time) []byte {
	claims, err := json.Marshal(logoutToken{
		Issuer: issuer, Subject: string(d.User), Audience: string(d.App), IssuedAt: now.Unix(), Expires: now.Add(tokenLife).Unix(), ID: iam.NewID(),
		Session: string(d.Session), Events: map[string]struct{}{"http://schemas.openid.net/event/backchannel-logout": {}},
	})
	if err != nil { // our own type always marshals
		panic(fmt.Errorf("backchannel: marshal logout token: %w", err))
	}
	return claims
}

// settle keeps what came of a try.
func (s *Service) settle(tx *store.Tx, app iam.App, d iam.LogoutDelivery, fault string) error {
	switch next, again := nextTry(d, app, tx.Now(), rand.Float64()); {
	case fault == "":
		return tx.FinishLogout(d, iam.LogoutDelivered, "")
	case again:
		return tx.PostponeLogout(d, next, fault)
	default:
		if err := tx.FinishLogout(d, iam.LogoutGivenUp, fault); err != nil {
			return err
		}
		return s.Log.Write(tx, program(), iam.Event{
			Kind: iam.EventLogoutGivenUp, Outcome: iam.OutcomeRefused, App: app.ID, Org: app.Org, User: d.User, Session: d.Session,
			Details: map[string]string{"reason": string(d.Reason), "tries": strconv.FormatInt(d.Tries, 10), "detail": fault},
		})
	}
}

// nextTry decides when a delivery that failed is tried again, and whether: the
// pause doubles, and is shorter by a random quarter, so that not everything that
// waits comes at once to a server that has just risen. Pure.
func nextTry(d iam.LogoutDelivery, app iam.App, now time.Time, random float64) (time.Time, bool) {
	wait := min(firstRetry<<min(max(d.Tries-1, 0), 12), lastRetry)
	next := now.Add(wait - time.Duration(random*float64(wait)/4))
	return next, app.BackchannelLogoutURI != "" && next.Before(d.CreatedAt.Add(giveUpAfter))
}

func shortened(text string) string {
	if runes := []rune(text); len(runes) > maxFault {
		return string(runes[:maxFault]) + "…"
	}
	return text
}

// Last returns the last deliveries to an application, for those who see it.
func (s *Service) Last(ctx context.Context, caller iam.Caller, app iam.App) (all []iam.LogoutDelivery, err error) {
	if err := caller.Require(iam.ViewApplications, app.Scope()); err != nil {
		return nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		all, err = tx.LogoutsOfApp(app.ID, shown)
		return err
	})
	return all, err
}
