package directory_test

import (
	"net/netip"
	"testing"

	"signet/internal/audit"
	"signet/internal/directory"
	"signet/internal/iam"
	"signet/internal/session"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// house is a directory on a store of its own.
type house struct {
	t         *testing.T
	db        *store.DB
	clock     *storetest.Clock
	log       *audit.Log
	sessions  *session.Service
	directory *directory.Service
}

var program = iam.Program("test")

func newHouse(t *testing.T, options ...storetest.Option) *house {
	t.Helper()
	clock := new(storetest.Clock)
	h := &house{t: t, clock: clock, db: storetest.New(t, append([]storetest.Option{storetest.On(clock)}, options...)...)}
	h.log = &audit.Log{DB: h.db}
	h.sessions = &session.Service{DB: h.db, Log: h.log}
	h.directory = directory.New(h.db, h.log, h.sessions)
	return h
}

func (h *house) person(login string) iam.User {
	h.t.Helper()
	u, err := h.directory.CreateUser(h.t.Context(), program, iam.User{Login: login}, "")
	must(h.t, err)
	return u
}

// administrator is the caller of somebody who administers the system.
func (h *house) administrator(login string) iam.Caller {
	h.t.Helper()
	m := iam.Membership{User: h.person(login).ID, Scope: iam.System(), Role: iam.RoleSystemAdministrator}
	must(h.t, h.directory.Give(h.t.Context(), program, m))
	return iam.Caller{User: m.User, Memberships: []iam.Membership{m}, Address: netip.MustParseAddr("192.0.2.1")}
}

// session opens a session of the person and returns its secret.
func (h *house) session(user iam.UserID) (s session.Opened) {
	h.t.Helper()
	must(h.t, h.db.Update(h.t.Context(), func(tx *store.Tx) (err error) {
		s, err = h.sessions.Open(tx, iam.Caller{}, user, iam.SignetApp, []iam.Proof{{Type: iam.ProviderPassword, At: tx.Now(), ACR: iam.ACRPassword}})
		return err
	}))
	return s
}

func (h *house) alive(s session.Opened) bool {
	h.t.Helper()
	_, _, _, err := h.sessions.Of(h.t.Context(), s.Secret)
	if err != nil && !iam.IsNotFound(err) {
		h.t.Fatal(err)
	}
	return err == nil
}

func (h *house) events(kind iam.EventKind) []iam.Event {
	h.t.Helper()
	events, err := h.log.All(h.t.Context(), program, iam.System(), iam.EventFilter{Kind: kind})
	must(h.t, err)
	return events
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCause(t *testing.T, err error, cause string) {
	t.Helper()
	refused := iam.AsError(err)
	if refused == nil || refused.Cause != cause {
		t.Errorf("error %v, want cause %s", err, cause)
	}
}
