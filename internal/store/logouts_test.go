package store_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func TestLogoutDeliveries(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		due := func() []iam.LogoutDelivery {
			return read(t, db, func(tx *store.Tx) ([]iam.LogoutDelivery, error) { return tx.DueLogouts(10, 10) })
		}
		app := read(t, db, func(tx *store.Tx) (iam.App, error) { return tx.App("app-wiki") })
		g := grant("1", "user-alice", "app-wiki")
		do(t, db, func(tx *store.Tx) error { return tx.InsertGrant(g) })
		do(t, db, func(tx *store.Tx) error { return tx.QueueLogouts(g.Session, iam.EndSignOut) })
		app.BackchannelLogoutURI = "https://wiki.example/out"
		do(t, db, func(tx *store.Tx) error { return tx.UpdateApp(app) })
		wantEqual(t, "App", read(t, db, func(tx *store.Tx) (iam.App, error) { return tx.App("app-wiki") }).BackchannelLogoutURI, app.BackchannelLogoutURI)
		do(t, db, func(tx *store.Tx) error { return tx.QueueLogouts(g.Session, iam.EndSignOut) })
		if all := due(); len(all) != 0 {
			t.Errorf("queued without an address or without tokens: %+v", all)
		}
		do(t, db, func(tx *store.Tx) error { return tx.SpendCode(g.ID) })
		do(t, db, func(tx *store.Tx) error {
			if err := tx.QueueLogouts(g.Session, iam.EndSignOut); err != nil {
				return err
			}
			return tx.SkipLogout(g.App, g.Session)
		})
		if all := due(); len(all) != 0 {
			t.Errorf("taken back, and still there: %+v", all)
		}
		do(t, db, func(tx *store.Tx) error {
			if err := tx.EndGrantsOfUser(g.User, "", iam.EndBlocked); err != nil {
				return err
			}
			return tx.QueueLogouts(g.Session, iam.EndBlocked) // the same end
		})
		want := iam.LogoutDelivery{App: g.App, Session: g.Session, User: g.User, Reason: iam.EndBlocked, CreatedAt: clock.Now(), NextTryAt: clock.Now()}
		wantEqual(t, "DueLogouts", due(), []iam.LogoutDelivery{want})

		until := at(time.Minute)
		won, _ := race(10, func(int) error {
			mine, err := take(t, db, func(tx *store.Tx) (bool, error) { return tx.ClaimLogout(want, until) })
			if err == nil && !mine {
				err = iam.NotFound("claim")
			}
			return err
		})
		if won != 1 || len(due()) != 0 {
			t.Errorf("%d took it, due %v", won, due())
		}
		do(t, db, func(tx *store.Tx) error { return tx.PostponeLogout(want, at(time.Hour), "503") })
		clock.Advance(time.Hour)
		want.Tries, want.NextTryAt, want.Fault = 1, at(time.Hour), "503"
		wantEqual(t, "postponed", due(), []iam.LogoutDelivery{want})
		do(t, db, func(tx *store.Tx) error { return tx.FinishLogout(want, iam.LogoutDelivered, "") })
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.FinishLogout(want, iam.LogoutGivenUp, "") }), iam.KindNotFound)
		want.Outcome, want.FinishedAt, want.Fault = iam.LogoutDelivered, clock.Now(), ""
		wantEqual(t, "LogoutsOfApp", read(t, db, func(tx *store.Tx) ([]iam.LogoutDelivery, error) { return tx.LogoutsOfApp(g.App, 10) }), []iam.LogoutDelivery{want})
		clock.Advance(31 * 24 * time.Hour)
		sweep(t, db)
		if all := read(t, db, func(tx *store.Tx) ([]iam.LogoutDelivery, error) { return tx.LogoutsOfApp(g.App, 10) }); len(all) != 0 {
			t.Errorf("after a month: %+v", all)
		}
	})
}

// An application that is down is asked once, not once for each session.
func TestFailedLogoutHoldsBackTheOthersOfItsApplication(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		seed(t, db)
		for _, id := range []iam.AppID{"app-wiki", "app-mail"} {
			app := read(t, db, func(tx *store.Tx) (iam.App, error) { return tx.App(id) })
			app.BackchannelLogoutURI = "https://" + string(id) + ".example/out"
			do(t, db, func(tx *store.Tx) error { return tx.UpdateApp(app) })
		}
		for i, app := range []iam.AppID{"app-wiki", "app-wiki", "app-mail"} {
			g := grant(string(rune('1'+i)), "user-alice", app)
			g.Session = iam.SessionID("session-" + string(rune('1'+i)))
			do(t, db, func(tx *store.Tx) error { return tx.InsertGrant(g) })
			do(t, db, func(tx *store.Tx) error { return tx.SpendCode(g.ID) })
		}
		do(t, db, func(tx *store.Tx) error { return tx.EndGrantsOfUser("user-alice", "", iam.EndBlocked) })
		due := read(t, db, func(tx *store.Tx) ([]iam.LogoutDelivery, error) { return tx.DueLogouts(10, 10) })
		if len(due) != 3 {
			t.Fatalf("due %+v", due)
		}
		for _, d := range due {
			if d.App == "app-wiki" {
				do(t, db, func(tx *store.Tx) error { return tx.PostponeLogout(d, at(time.Hour), "503") })
				break
			}
		}
		due = read(t, db, func(tx *store.Tx) ([]iam.LogoutDelivery, error) { return tx.DueLogouts(10, 10) })
		if len(due) != 1 || due[0].App != "app-mail" {
			t.Errorf("due %+v", due)
		}
	})
}

// One that has many waiting, and takes its time over each, does not fill the round.
func TestLogoutsOfOneApplicationHoldUpNoOther(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		queue := func(id iam.AppID, session string) {
			t.Helper()
			app := read(t, db, func(tx *store.Tx) (iam.App, error) { return tx.App(id) })
			app.BackchannelLogoutURI = "https://app.example/out"
			g := grant(string(id)+session, "user-alice", id)
			g.Session = iam.SessionID(session)
			do(t, db, func(tx *store.Tx) error { return tx.UpdateApp(app) })
			do(t, db, func(tx *store.Tx) error { return tx.InsertGrant(g) })
			do(t, db, func(tx *store.Tx) error { return tx.SpendCode(g.ID) })
			do(t, db, func(tx *store.Tx) error { return tx.QueueLogouts(g.Session, iam.EndSignOut) })
		}
		for _, session := range []string{"a", "b", "c", "d"} {
			queue("app-wiki", session)
		}
		clock.Advance(time.Second)
		queue("app-mail", "e")
		var apps []iam.AppID
		for _, d := range read(t, db, func(tx *store.Tx) ([]iam.LogoutDelivery, error) { return tx.DueLogouts(4, 2) }) {
			apps = append(apps, d.App)
		}
		wantEqual(t, "DueLogouts", apps, []iam.AppID{"app-wiki", "app-mail", "app-wiki"})
	})
}
