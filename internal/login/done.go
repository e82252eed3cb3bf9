package login

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
)

// change lets fn change the login of the caller's browser and settles it, in
// one transaction.
func (s *Service) change(ctx context.Context, caller iam.Caller, id iam.LoginID, fn func(*store.Tx, *iam.Login) error) (out Outcome, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		l, err := of(tx, caller, id)
		if err != nil {
			return err
		}
		if err := fn(tx, &l); err != nil {
			return err
		}
		out, err = s.settle(tx, caller, l)
		return err
	})
	return out, err
}

// settle stores a changed login, or ends it where nothing is left to do.
func (s *Service) settle(tx *store.Tx, caller iam.Caller, l iam.Login) (Outcome, error) {
	sit, err := situationOf(tx, caller, l)
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Login: l, Step: Next(sit)}
	if out.Step == StepBarred {
		if err := s.bar(tx, caller, &l, sit); err != nil {
			return Outcome{}, err
		}
		out = Outcome{Login: l, Step: StepRefusal}
	}
	if out.Step == StepUnmet {
		return s.giveUp(tx, caller, l, whose(sit))
	}
	if out.Step == StepExpiring {
		if err := offerExpiry(tx, &l, sit); err != nil {
			return Outcome{}, err
		}
		out.Login = l
	}
	if out.Step != StepDone {
		return out, tx.UpdateLogin(l)
	}
	if l.Purpose == iam.PurposeLink {
		return out, tx.DeleteLogin(l.ID)
	}
	held, opened, err := s.enter(tx, caller, sit)
	if err != nil {
		return Outcome{}, err
	}
	out.Opened, out.User = opened, *sit.User
	if l.App.IsOwn() {
		return out, tx.DeleteLogin(l.ID)
	}
	r := sealed{Session: held.ID}
	if s.Code != nil {
		if out.Code, err = s.issue(tx, caller, Result{Login: l, User: *sit.User, Session: held}, s.Code); err != nil {
			return Outcome{}, err
		}
		r.Code = out.Code.Hash()
	}
	// The ticket stays good beside the code, for whoever does not get this answer
	// (Again).
	out.Ticket, err = seal(tx, l, r)
	return out, err
}

// enter gives the person the session of a finished sign-in: a new one where
// this login proved something, else the one that stood before.
func (s *Service) enter(tx *store.Tx, caller iam.Caller, sit Situation) (iam.Session, *session.Opened, error) {
	l := sit.Login
	e := iam.Event{Kind: iam.EventSignedIn, User: sit.User.ID, UserLogin: sit.User.Login, Actor: sit.User.ID, App: l.App, Org: sit.App.Org}
	if len(l.State.Proofs) == 0 {
		e.Session, e.Provider, e.Identity = sit.Session.ID, sit.Session.Provider, sit.Session.Identity
		e.Details = map[string]string{"by": "session"}
		return *sit.Session, nil, s.Log.Write(tx, caller, e)
	}
	// Of the standing session only what the caller still holds is replaced.
	holder := caller
	if sit.Session == nil || sit.Session.ID != caller.Session {
		holder.User, holder.Session = "", ""
	} else {
		holder.User = sit.Session.User
	}
	opened, err := s.Sessions.Open(tx, holder, sit.User.ID, l.App, l.State.Proofs)
	if err != nil {
		return iam.Session{}, nil, err
	}
	e.Session, e.Provider, e.Identity = opened.Session.ID, opened.Session.Provider, opened.Session.Identity
	for _, p := range l.State.Proofs {
		if p.ACR == iam.ACRForwarded {
			e.Details = map[string]string{"by": "certificate_headers"}
		}
		if p.RevocationUnknown != "" {
			if e.Details == nil {
				e.Details = map[string]string{}
			}
			e.Details["unknown"] = p.RevocationUnknown
		}
		if e.Attempt == "" || p.Certificate != nil {
			e.Attempt, e.Certificate = p.Attempt, p.Certificate
		}
	}
	return opened.Session, &opened, s.Log.Write(tx, caller, e)
}

// seal leaves the result of a login for whoever brings the ticket.
func seal(tx *store.Tx, l iam.Login, r sealed) (iam.Secret, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("seal login: %w", err)
	}
	ticket := iam.NewSecret()
	return ticket, tx.FinishLogin(l, ticket.Hash(), string(text), tx.Now().Add(resumeTTL))
}

// Again leads the browser of a finished login on a second time, as long as
// nobody has redeemed it: after a double click, or where the answer that led on
// was lost on the way. The ticket of that answer is void then. An application that
// has redeemed the code of that answer waits for no other: whoever comes back then
// would be told by it that they are not signed in.
func (s *Service) Again(ctx context.Context, caller iam.Caller, id iam.LoginID) (out Outcome, err error) {
	if caller.Browser == "" {
		return Outcome{}, iam.NotFound("login")
	}
	ticket := iam.NewSecret()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		finished, err := tx.RenewFinishedLogin(id, caller.Browser.Hash(), ticket.Hash())
		if err != nil {
			return err
		}
		var r sealed
		if err := json.Unmarshal([]byte(finished.Result), &r); err != nil {
			return fmt.Errorf("lead on again: %w", err)
		}
		if len(r.Code) > 0 {
			given, err := tx.GrantByCode(r.Code)
			if err != nil {
				return err
			}
			if !given.Grant.CodeSpentAt.IsZero() {
				return iam.NotFound("login")
			}
		}
		out = Outcome{Login: finished.Login, Step: StepDone, Ticket: ticket}
		return nil
	})
	return out, err
}

// Result is what came of a login, for the room that began it.
type Result struct {
	Login   iam.Login
	User    iam.User
	Session iam.Session
	// Denied is empty, or the error code of OAuth 2.0 to hand on.
	Denied string
}

// CodeFor tells what authorization code a result is worth. It only computes.
type CodeFor func(Result) (session.CodeRequest, error)

// Redeem takes the result of a login by its ticket, once, in the browser that
// began it, and issues the authorization code in the same transaction. A denied
// login has no code.
func (s *Service) Redeem(ctx context.Context, caller iam.Caller, id iam.LoginID, ticket iam.Secret, code CodeFor) (result Result, issued iam.Secret, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		finished, err := tx.TakeFinishedLogin(id, ticket.Hash(), caller.Browser.Hash())
		if err != nil {
			return err
		}
		var r sealed
		if err := json.Unmarshal([]byte(finished.Result), &r); err != nil {
			return fmt.Errorf("redeem login: %w", err)
		}
		result = Result{Login: finished.Login, Denied: r.Denied}
		if r.Denied != "" {
			return nil
		}
		if result.Session, err = tx.Session(r.Session); err != nil {
			return err
		}
		if !result.Session.EndedAt.IsZero() {
			return iam.NotFound("session") // ended between the last page and now
		}
		if result.User, err = tx.User(result.Session.User); err != nil {
			return err
		}
		out, err := s.keptOut(tx, caller, result)
		if err != nil || out {
			result.Denied = "access_denied"
			return err
		}
		issued, err = s.issue(tx, caller, result, code)
		return err
	})
	return result, issued, err
}

// keptOut reports whether the person of a finished login may no longer enter the
// application, and tells the event log: the ticket may have waited.
func (s *Service) keptOut(tx *store.Tx, caller iam.Caller, r Result) (bool, error) {
	sit := Situation{User: &r.User}
	var err error
	if sit.App, err = tx.App(r.Login.App); err != nil {
		return false, err
	}
	if err := sit.entry(tx); err != nil || barred(sit) == "" {
		return false, err
	}
	return true, s.recordRefusal(tx, caller, r.Login, iam.Refusal{Attempt: iam.NewAttemptID(), Cause: barred(sit)}, r.User.ID)
}

// whose tells who stands in a situation, if anybody does: a session may end at any
// moment.
func whose(sit Situation) iam.UserID {
	if sit.User == nil {
		return ""
	}
	return sit.User.ID
}

// Silent serves a request for which no page is needed: the standing session
// suffices, so the code is issued at once. Otherwise the step says what is
// missing, and nothing was changed.
func (s *Service) Silent(ctx context.Context, caller iam.Caller, r Request, code CodeFor) (result Result, issued iam.Secret, step Step, err error) {
	if caller.Session == "" {
		return Result{}, "", StepChoose, nil
	}
	l := iam.Login{Purpose: iam.PurposeSignIn, App: r.App, Session: caller.Session, Ask: r.Ask, Return: r.Return}
	look := func(tx *store.Tx) (Situation, error) {
		sit, err := situationOf(tx, caller, l)
		if err == nil {
			step = Next(sit)
		}
		return sit, err
	}
	if err := s.DB.View(ctx, func(tx *store.Tx) error {
		_, err := look(tx)
		return err
	}); err != nil || step != StepDone && step != StepUnmet && !(step == StepBarred && slices.Contains(r.Ask.Prompt, "none")) {
		return Result{}, "", step, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		sit, err := look(tx)
		if err == nil && step == StepBarred {
			return s.recordRefusal(tx, caller, l, iam.Refusal{Attempt: iam.NewAttemptID(), Cause: barred(sit)}, whose(sit))
		}
		if err == nil && step == StepUnmet {
			return s.recordUnmet(tx, caller, l, whose(sit))
		}
		if err != nil || step != StepDone {
			return err
		}
		held, _, err := s.enter(tx, caller, sit)
		if err != nil {
			return err
		}
		result = Result{Login: l, User: *sit.User, Session: held}
		issued, err = s.issue(tx, caller, result, code)
		return err
	})
	return result, issued, step, err
}

//i18n:keys error.* user_blocked

func (s *Service) issue(tx *store.Tx, caller iam.Caller, r Result, code CodeFor) (iam.Secret, error) {
	if r.User.Status != iam.UserActive {
		return "", iam.Forbidden(CauseUserBlocked)
	}
	request, err := code(r)
	if err != nil {
		return "", err
	}
	return s.Sessions.IssueCode(tx, caller, request)
}
