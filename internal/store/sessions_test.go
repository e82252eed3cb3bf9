package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func session(name string, user iam.UserID) iam.Session {
	return iam.Session{
		ID: iam.SessionID("session-" + name), TokenHash: []byte("token-" + name), User: user, Provider: "provider-health", Identity: "identity-alice", App: "app-wiki",
		ACR: "phr", AMR: []string{"pop"}, AuthTime: at(-time.Minute), CreatedAt: at(0), LastSeenAt: at(0), ExpiresAt: at(time.Hour),
		Address: "192.0.2.1", UserAgent: "Browser \xff\x00 of a stranger",
	}
}

// stored is the session as it comes back: what no text may contain is replaced.
func stored(s iam.Session) iam.Session {
	s.UserAgent = "Browser \uFFFD\uFFFD of a stranger"
	return s
}

func TestSessionLives(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		s := session("1", "user-alice")
		do(t, db, func(tx *store.Tx) error { return tx.InsertSession(s) })
		byToken := func() (iam.Session, error) {
			return take(t, db, func(tx *store.Tx) (iam.Session, error) { return tx.SessionByToken(s.TokenHash) })
		}
		got, err := byToken()
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "SessionByToken", got, stored(s))
		clock.Advance(time.Minute)
		do(t, db, func(tx *store.Tx) error { return tx.TouchSession(s.ID) })
		s.LastSeenAt = clock.Now()
		wantEqual(t, "Session", read(t, db, func(tx *store.Tx) (iam.Session, error) { return tx.Session(s.ID) }), stored(s))
		wantEqual(t, "Sessions", read(t, db, func(tx *store.Tx) ([]iam.Session, error) { return tx.Sessions("user-alice") }), []iam.Session{stored(s)})

		clock.Set(s.ExpiresAt)
		_, err = byToken()
		wantKind(t, err, iam.KindNotFound)
		wantEqual(t, "Sessions after their time", read(t, db, func(tx *store.Tx) ([]iam.Session, error) { return tx.Sessions("user-alice") }), []iam.Session(nil))
		wantEqual(t, "Session", read(t, db, func(tx *store.Tx) (iam.Session, error) { return tx.Session(s.ID) }), stored(s))
	})
}

func TestSessionsEnd(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		one, two, three, bobs := session("1", "user-alice"), session("2", "user-alice"), session("3", "user-alice"), session("4", "user-bob")
		three.Identity, bobs.Identity = "", ""
		over := session("5", "user-alice")
		over.ExpiresAt = at(0)
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertSession(one), tx.InsertSession(two), tx.InsertSession(three), tx.InsertSession(bobs), tx.InsertSession(over))
		})
		clock.Advance(time.Second)
		end := func(s iam.Session, reason iam.EndReason) iam.Session {
			s.EndedAt, s.EndReason = clock.Now(), reason
			return stored(s)
		}
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.EndSession("user-bob", one.ID, iam.EndByPerson) }), iam.KindNotFound)
		do(t, db, func(tx *store.Tx) error { return tx.EndSession("user-alice", one.ID, iam.EndSignOut) })
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.EndSession("user-alice", one.ID, iam.EndByPerson) }), iam.KindNotFound)
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.TouchSession(one.ID) }), iam.KindNotFound)
		wantEqual(t, "ended", read(t, db, func(tx *store.Tx) (iam.Session, error) { return tx.Session(one.ID) }), end(one, iam.EndSignOut))
		_, err := take(t, db, func(tx *store.Tx) (iam.Session, error) { return tx.SessionByToken(one.TokenHash) })
		wantKind(t, err, iam.KindNotFound)

		ended, err := take(t, db, func(tx *store.Tx) ([]iam.Session, error) {
			return tx.EndSessionsOfIdentity("identity-alice", iam.EndIdentityRemoved)
		})
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "EndSessionsOfIdentity", ended, []iam.Session{end(two, iam.EndIdentityRemoved)})

		clock.Advance(time.Second)
		more := session("6", "user-alice")
		do(t, db, func(tx *store.Tx) error { return tx.InsertSession(more) })
		ended, err = take(t, db, func(tx *store.Tx) ([]iam.Session, error) {
			return tx.EndSessionsOfUser("user-alice", more.ID, iam.EndPasswordChanged)
		})
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "EndSessionsOfUser but one", ended, []iam.Session{end(three, iam.EndPasswordChanged)})
		ended, err = take(t, db, func(tx *store.Tx) ([]iam.Session, error) {
			return tx.EndSessionsOfUser("user-alice", "", iam.EndBlocked)
		})
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "EndSessionsOfUser", ended, []iam.Session{end(more, iam.EndBlocked)})
		wantEqual(t, "bob's sessions", read(t, db, func(tx *store.Tx) ([]iam.Session, error) { return tx.Sessions("user-bob") }), []iam.Session{stored(bobs)})
	})
}

func TestGrantsEnd(t *testing.T) {
	grants := map[string]map[string]any{
		"online":   {"user_id": "user-alice", "app_id": "app-wiki", "session_id": "s-1", "identity_id": "i-1"},
		"offline":  {"user_id": "user-alice", "app_id": "app-wiki", "session_id": "s-1", "identity_id": "i-1", "offline": true},
		"other":    {"user_id": "user-alice", "app_id": "app-mail", "session_id": "s-2", "identity_id": "i-2"},
		"bob":      {"user_id": "user-bob", "app_id": "app-wiki", "session_id": "s-3", "identity_id": "i-3"},
		"no-sess":  {"user_id": "user-alice", "app_id": "app-mail", "session_id": "", "identity_id": ""},
		"was-over": {"user_id": "user-alice", "app_id": "app-wiki", "session_id": "s-1", "identity_id": "i-1", "ended_at": int64(1), "end_reason": "revoked"},
	}
	cases := map[string]struct {
		end  func(tx *store.Tx) error
		want []string
	}{
		"of a session":           {func(tx *store.Tx) error { return tx.EndGrantsOfSession("s-1", false, iam.EndSignOut) }, []string{"online"}},
		"of a session, all":      {func(tx *store.Tx) error { return tx.EndGrantsOfSession("s-1", true, iam.EndSignOut) }, []string{"offline", "online"}},
		"of an identity":         {func(tx *store.Tx) error { return tx.EndGrantsOfIdentity("i-2", iam.EndSignOut) }, []string{"other"}},
		"of a user":              {func(tx *store.Tx) error { return tx.EndGrantsOfUser("user-alice", "", iam.EndSignOut) }, []string{"no-sess", "offline", "online", "other"}},
		"of a user, but session": {func(tx *store.Tx) error { return tx.EndGrantsOfUser("user-alice", "s-1", iam.EndSignOut) }, []string{"no-sess", "other"}},
		"of a user in an app":    {func(tx *store.Tx) error { return tx.EndGrantsOfUserApp("user-alice", "app-mail", iam.EndSignOut) }, []string{"no-sess", "other"}},
		"of an app":              {func(tx *store.Tx) error { return tx.EndGrantsOfApp("app-mail", iam.EndSignOut) }, []string{"no-sess", "other"}},
		"one":                    {func(tx *store.Tx) error { return tx.EndGrant("bob", iam.EndSignOut) }, []string{"bob"}},
		"one that was over":      {func(tx *store.Tx) error { return tx.EndGrant("was-over", iam.EndSignOut) }, nil},
	}
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		for id, columns := range grants {
			columns["id"], columns["code_hash"] = id, []byte(id)
			insertRow(t, db, "grants", columns)
		}
		for name, c := range cases {
			do(t, db, c.end)
			wantEqual(t, name, endedGrants(t, db, clock.Now()), c.want)
			do(t, db, func(tx *store.Tx) error {
				_, err := tx.Exec(`UPDATE grants SET ended_at = 0, end_reason = '' WHERE id <> 'was-over'`)
				return err
			})
		}
	})
}

// endedGrants are the grants that were ended then by signing out.
func endedGrants(t *testing.T, db *store.DB, then time.Time) []string {
	t.Helper()
	rows, err := db.Pool().Query(`SELECT id FROM grants WHERE ended_at = $1 AND end_reason = 'signed_out'`, then.UnixMicro())
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var ids []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}
