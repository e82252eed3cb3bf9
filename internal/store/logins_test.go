package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func transaction(name string) iam.Login {
	maxAge := int64(0)
	return iam.Login{
		ID: iam.LoginID("login-" + name), Purpose: iam.PurposeSignIn, App: "app-wiki", Provider: "provider-health", Session: "session-0",
		Browser: []byte("browser"), Step: 1, Ask: iam.Ask{Prompt: []string{"login"}, MaxAge: &maxAge, Scopes: []string{"openid"}},
		Return: `{"state":"é"}`, State: iam.LoginState{Refusal: &iam.Refusal{Attempt: "a-1", Cause: "expired", Certificate: certificate("alice"), At: at(0)}},
		CreatedAt: at(0), ExpiresAt: at(time.Hour),
	}
}

func attempt(name string) iam.Attempt {
	return iam.Attempt{
		ID: iam.AttemptID("attempt-" + name), Login: "login-1", Step: 3, Provider: "provider-health", Browser: []byte("browser"),
		Host: name + ".cert.example", TicketHash: []byte("ticket-" + name), CreatedAt: at(0), ExpiresAt: at(5 * time.Minute),
	}
}

func TestLoginMovesOnStepByStep(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		l := transaction("1")
		do(t, db, func(tx *store.Tx) error { return tx.InsertLogin(l) })
		get := func() (iam.Login, error) {
			return take(t, db, func(tx *store.Tx) (iam.Login, error) { return tx.Login(l.ID) })
		}
		got, err := get()
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "Login", got, l)

		stale := l
		l.User, l.State = "user-alice", iam.LoginState{Proofs: []iam.Proof{{Type: iam.ProviderPassword, At: at(0), ACR: iam.ACRPassword, AMR: []string{"pwd"}}}}
		do(t, db, func(tx *store.Tx) error { return tx.UpdateLogin(l) })
		l.Step = 2
		got, _ = get()
		wantEqual(t, "Login after a step", got, l)

		stale.User = "user-bob"
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateLogin(stale) }), iam.KindConflict)
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.FinishLogin(stale, []byte("r"), `{}`, clock.Now().Add(time.Minute))
		}), iam.KindConflict)
		got, _ = get()
		wantEqual(t, "Login after a stale step", got, l)

		clock.Set(l.ExpiresAt)
		_, err = get()
		wantKind(t, err, iam.KindNotFound)
		do(t, db, func(tx *store.Tx) error { return tx.DeleteLogin(l.ID) })
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteLogin(l.ID) }), iam.KindNotFound)
	})
}

func TestLoginsOfUserEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		proved, finished, others, nobodys := transaction("proved"), transaction("finished"), transaction("others"), transaction("nobodys")
		proved.User, finished.User, others.User, nobodys.User = "user-alice", "user-alice", "user-bob", ""
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertLogin(proved), tx.InsertLogin(finished), tx.InsertLogin(others), tx.InsertLogin(nobodys),
				tx.FinishLogin(finished, []byte("r"), `{}`, at(time.Hour)))
		})
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.DeleteLoginsOfUser("user-alice"), tx.DeleteLoginsOfUser(""))
		})
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Login(proved.ID); return err }), iam.KindNotFound)
		for _, l := range []iam.Login{others, nobodys} {
			wantEqual(t, "login that stays", read(t, db, func(tx *store.Tx) (iam.Login, error) { return tx.Login(l.ID) }).User, l.User)
		}
		// What is finished has a session, which is asked when it is taken.
		do(t, db, func(tx *store.Tx) error {
			_, err := tx.TakeFinishedLogin(finished.ID, []byte("r"), finished.Browser)
			return err
		})
	})
}

func TestLoginsOfIdentityEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		shown, others := transaction("shown"), transaction("others")
		shown.State = iam.LoginState{Proofs: []iam.Proof{{Type: iam.ProviderCertificate, Identity: "identity-1", At: at(0)}}}
		others.State = iam.LoginState{Proofs: []iam.Proof{{Type: iam.ProviderCertificate, Identity: "identity-12", At: at(0)}}}
		do(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertLogin(shown), tx.InsertLogin(others)) })
		do(t, db, func(tx *store.Tx) error { return tx.DeleteLoginsOfIdentity("identity-1") })
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Login(shown.ID); return err }), iam.KindNotFound)
		wantEqual(t, "login that stays", read(t, db, func(tx *store.Tx) (iam.Login, error) { return tx.Login(others.ID) }).ID, others.ID)
	})
}

func TestFinishedLoginIsTakenOnceByItsBrowser(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		l := transaction("1")
		do(t, db, func(tx *store.Tx) error { return tx.InsertLogin(l) })
		ticket := []byte("resume")
		l.User = "user-alice"
		do(t, db, func(tx *store.Tx) error { return tx.FinishLogin(l, ticket, `{"code":"x"}`, at(time.Minute)) })
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error { _, err := tx.Login(l.ID); return err }), iam.KindNotFound)
		l.Step = 2
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.UpdateLogin(l) }), iam.KindConflict)
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.FinishLogin(l, []byte("again"), `{}`, at(time.Minute))
		}), iam.KindConflict)

		bring := func(id iam.LoginID, ticket, browser []byte) (store.FinishedLogin, error) {
			return take(t, db, func(tx *store.Tx) (store.FinishedLogin, error) { return tx.TakeFinishedLogin(id, ticket, browser) })
		}
		for name, try := range map[string]func() (store.FinishedLogin, error){
			"another browser": func() (store.FinishedLogin, error) { return bring(l.ID, ticket, []byte("other")) },
			"another ticket":  func() (store.FinishedLogin, error) { return bring(l.ID, []byte("other"), l.Browser) },
			"no ticket":       func() (store.FinishedLogin, error) { return bring(l.ID, nil, l.Browser) },
			"another login":   func() (store.FinishedLogin, error) { return bring("login-2", ticket, l.Browser) },
			"too late": func() (store.FinishedLogin, error) {
				clock.Advance(time.Minute)
				defer clock.Advance(-time.Minute)
				return bring(l.ID, ticket, l.Browser)
			},
		} {
			if _, err := try(); iam.KindOf(err) != iam.KindNotFound {
				t.Errorf("%s: %v, want not found", name, err)
			}
		}
		l.ExpiresAt, l.State = at(time.Minute), iam.LoginState{} // what was gathered is not kept
		got, err := bring(l.ID, ticket, l.Browser)
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "TakeFinishedLogin", got, store.FinishedLogin{Login: l, Result: `{"code":"x"}`})
		_, err = bring(l.ID, ticket, l.Browser)
		wantKind(t, err, iam.KindNotFound)
	})
}

func TestLoginWithoutTicketIsNotTaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := transaction("1")
		l.ExpiresAt = time.Now().Add(time.Hour)
		do(t, db, func(tx *store.Tx) error { return tx.InsertLogin(l) })
		_, err := take(t, db, func(tx *store.Tx) (store.FinishedLogin, error) { return tx.TakeFinishedLogin(l.ID, nil, l.Browser) })
		wantKind(t, err, iam.KindNotFound)
	})
}

func TestAttemptWalksFromTicketToReturn(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		a := attempt("x")
		other := attempt("y")
		do(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertAttempt(a), tx.InsertAttempt(other)) })
		byTicket := func() iam.Attempt {
			return read(t, db, func(tx *store.Tx) (iam.Attempt, error) { return tx.AttemptByTicket(a.TicketHash) })
		}
		wantEqual(t, "AttemptByTicket", byTicket(), a)

		clock.Advance(time.Second)
		evidence := &iam.Evidence{Type: iam.ProviderCertificate, Provider: a.Provider, At: clock.Now(), ACR: "phr", AMR: []string{"pop"}, Key: "k", Certificate: certificate("alice")}
		judge := func(ret string, e *iam.Evidence, r *iam.Refusal) error {
			return db.Update(t.Context(), func(tx *store.Tx) error { return tx.JudgeAttempt(a.TicketHash, []byte(ret), e, r) })
		}
		spend := func(ret, browser string) (iam.Attempt, error) {
			return take(t, db, func(tx *store.Tx) (iam.Attempt, error) { return tx.TakeAttempt([]byte(ret), []byte(browser)) })
		}
		if _, err := spend("return", "browser"); iam.KindOf(err) != iam.KindNotFound {
			t.Errorf("an attempt was spent before it was judged: %v", err)
		}
		if err := judge("return", evidence, nil); err != nil {
			t.Fatal(err)
		}
		wantKind(t, judge("return-2", nil, &iam.Refusal{Cause: "late"}), iam.KindNotFound)
		a.ReturnHash, a.Evidence, a.JudgedAt = []byte("return"), evidence, clock.Now()
		wantEqual(t, "judged", byTicket(), a)
		wantEqual(t, "AttemptByReturn", read(t, db, func(tx *store.Tx) (iam.Attempt, error) { return tx.AttemptByReturn(a.ReturnHash) }), a)

		clock.Advance(time.Second)
		for _, wrong := range [][2]string{{"return", "other browser"}, {"return", ""}, {"ticket-x", "browser"}, {"", "browser"}} {
			if _, err := spend(wrong[0], wrong[1]); iam.KindOf(err) != iam.KindNotFound {
				t.Errorf("an attempt was spent by %q: %v", wrong, err)
			}
		}
		got, err := spend("return", "browser")
		a.SpentAt = clock.Now()
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "TakeAttempt", got, a)
		_, err = spend("return", "browser")
		wantKind(t, err, iam.KindNotFound)
	})
}

func TestRefusedAttemptKeepsItsCause(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		a := attempt("x")
		refusal := &iam.Refusal{Attempt: a.ID, Cause: "expired", Params: map[string]string{"Since": "2020"}, At: clock.Now()}
		do(t, db, func(tx *store.Tx) error { return tx.InsertAttempt(a) })
		do(t, db, func(tx *store.Tx) error { return tx.JudgeAttempt(a.TicketHash, []byte("return"), nil, refusal) })
		a.ReturnHash, a.Refusal, a.JudgedAt, a.SpentAt = []byte("return"), refusal, clock.Now(), clock.Now()
		got, err := take(t, db, func(tx *store.Tx) (iam.Attempt, error) { return tx.TakeAttempt(a.ReturnHash, a.Browser) })
		if err != nil {
			t.Fatal(err)
		}
		wantEqual(t, "TakeAttempt", got, a)
	})
}

func TestAttemptExpires(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		a, b := attempt("x"), attempt("y")
		do(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertAttempt(a), tx.InsertAttempt(b)) })
		do(t, db, func(tx *store.Tx) error { return tx.JudgeAttempt(b.TicketHash, []byte("return"), nil, nil) })
		clock.Set(a.ExpiresAt)
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.JudgeAttempt(a.TicketHash, []byte("late"), nil, nil) }), iam.KindNotFound)
		_, err := take(t, db, func(tx *store.Tx) (iam.Attempt, error) { return tx.TakeAttempt([]byte("return"), b.Browser) })
		wantKind(t, err, iam.KindNotFound)
	})
}

func TestProviderOfHost(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		old, newer := attempt("x"), attempt("y")
		newer.Host, newer.Provider, newer.CreatedAt = old.Host, "provider-work", at(time.Second)
		do(t, db, func(tx *store.Tx) error { return errors.Join(tx.InsertAttempt(newer), tx.InsertAttempt(old)) })
		look := func(host string) (iam.ProviderID, error) {
			return take(t, db, func(tx *store.Tx) (iam.ProviderID, error) { return tx.ProviderOfHost(host) })
		}
		if id, err := look(old.Host); err != nil || id != "provider-work" {
			t.Errorf("ProviderOfHost = %q, %v; want that of the newest attempt", id, err)
		}
		_, err := look("z.cert.example")
		wantKind(t, err, iam.KindNotFound)
		clock.Set(old.ExpiresAt)
		_, err = look(old.Host)
		wantKind(t, err, iam.KindNotFound)
	})
}

func TestOneOfTwentyTakesWhatIsTakenOnce(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		l, a, judged := transaction("1"), attempt("x"), attempt("y")
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(
				tx.InsertLogin(l), tx.InsertLogin(transaction("2")), tx.InsertAttempt(a), tx.InsertAttempt(judged),
				tx.InsertOneTimeLink([]byte("link"), "setup", "user-alice", at(time.Hour)),
			)
		})
		do(t, db, func(tx *store.Tx) error {
			return errors.Join(
				tx.FinishLogin(l, []byte("resume"), `{}`, at(time.Hour)),
				tx.JudgeAttempt(judged.TicketHash, []byte("return"), nil, nil),
			)
		})
		for name, one := range map[string]struct {
			take func(tx *store.Tx, i int) error
			kind iam.Kind // what the others get
		}{
			"JudgeAttempt": {func(tx *store.Tx, i int) error {
				return tx.JudgeAttempt(a.TicketHash, []byte{byte(i)}, nil, nil)
			}, iam.KindNotFound},
			"TakeAttempt": {func(tx *store.Tx, _ int) error {
				_, err := tx.TakeAttempt([]byte("return"), judged.Browser)
				return err
			}, iam.KindNotFound},
			"TakeFinishedLogin": {func(tx *store.Tx, _ int) error {
				_, err := tx.TakeFinishedLogin(l.ID, []byte("resume"), l.Browser)
				return err
			}, iam.KindNotFound},
			"TakeOneTimeLink": {func(tx *store.Tx, _ int) error { _, err := tx.TakeOneTimeLink([]byte("link"), "setup"); return err }, iam.KindNotFound},
			"UpdateLogin":     {func(tx *store.Tx, _ int) error { return tx.UpdateLogin(transaction("2")) }, iam.KindConflict},
			"UpdateProvider":  {func(tx *store.Tx, _ int) error { return tx.UpdateProvider(method("health")) }, iam.KindConflict},
		} {
			won, lost := race(20, func(i int) error {
				return db.Update(t.Context(), func(tx *store.Tx) error {
					// Another write in the same transaction: what the loser did with it
					// must be gone with it.
					if _, _, err := tx.CountTry(name, time.Hour); err != nil {
						return err
					}
					return one.take(tx, i)
				})
			})
			if won != 1 || lost[string(one.kind)] != 19 {
				t.Errorf("%s: %d won and the others lost by %v; want 1 and 19 times %q", name, won, lost, one.kind)
			}
			do(t, db, func(tx *store.Tx) error {
				if n, _, err := tx.CountTry(name, time.Hour); err != nil || n != 2 {
					t.Errorf("%s: %d writes stayed, %v; want the winner's only", name, n-1, err)
				}
				return nil
			})
		}
		got := read(t, db, func(tx *store.Tx) (iam.Attempt, error) { return tx.AttemptByTicket(a.TicketHash) })
		if len(got.ReturnHash) != 1 || bytes.Equal(got.ReturnHash, []byte("return")) {
			t.Errorf("the return ticket is %q, want the winner's", got.ReturnHash)
		}
	})
}

func TestFinishedLoginHasOneTicketAtATime(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		l := iam.Login{ID: "l-1", Browser: []byte("browser"), ExpiresAt: clock.Now().Add(time.Hour)}
		renew := func(browser, ticket string) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.RenewFinishedLogin(l.ID, []byte(browser), []byte(ticket))
				return err
			})
		}
		do(t, db, func(tx *store.Tx) error { return tx.InsertLogin(l) })
		wantKind(t, renew("browser", "early"), iam.KindNotFound)
		do(t, db, func(tx *store.Tx) error {
			return tx.FinishLogin(l, []byte("first"), `{}`, clock.Now().Add(time.Minute))
		})
		wantKind(t, renew("another", "stolen"), iam.KindNotFound)
		if err := renew("browser", "second"); err != nil {
			t.Fatal(err)
		}
		take := func(ticket string) error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				_, err := tx.TakeFinishedLogin(l.ID, []byte(ticket), []byte("browser"))
				return err
			})
		}
		wantKind(t, take("first"), iam.KindNotFound)
		clock.Advance(2 * time.Minute)
		wantKind(t, renew("browser", "late"), iam.KindNotFound)
		clock.Advance(-2 * time.Minute)
		if err := take("second"); err != nil {
			t.Fatal(err)
		}
		wantKind(t, renew("browser", "third"), iam.KindNotFound)
	})
}

func TestSweepDeletesWhatIsOver(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		now := clock.Now()
		day, month := 24*time.Hour, 30*24*time.Hour
		ago := func(d time.Duration) int64 { return now.Add(-d).UnixMicro() }
		type life map[string]any
		rows := map[string]map[string]life{ // table → name of the row → columns; "gone" is what must be swept
			"logins":         {"gone": {"expires_at": ago(1)}, "kept": {"expires_at": ago(-1)}},
			"attempts":       {"gone": {"expires_at": ago(day + 1)}, "kept": {"expires_at": ago(day - time.Minute)}},
			"throttles":      {"gone": {"resets_at": ago(time.Second)}, "kept": {"resets_at": ago(-time.Second)}},
			"one_time_links": {"gone": {"expires_at": ago(time.Second)}, "kept": {"expires_at": ago(-time.Second)}},
			"sessions":       {"gone": {"expires_at": ago(month + time.Second)}, "kept": {"expires_at": ago(month - time.Second)}},
			"grants": {
				"gone":  {"code_expires_at": ago(day + time.Second)},
				"kept":  {"code_expires_at": ago(day - time.Second)}, // a replayed code is still seen
				"keeps": {"code_expires_at": ago(month)},             // tokens live on it
			},
		}
		keys := map[string]string{"throttles": "key", "one_time_links": "hash"}
		for table, byName := range rows {
			for name, columns := range byName {
				key := keys[table]
				if key == "" {
					key = "id"
				}
				columns[key] = name
				if table == "one_time_links" {
					columns[key] = []byte(name)
				}
				if table == "logins" { // microseconds are what is stored, so one of them counts
					columns["expires_at"] = now.Add(map[string]time.Duration{"gone": -time.Microsecond, "kept": 0}[name]).UnixMicro()
				}
				insertRow(t, db, table, columns)
			}
		}
		insertRow(t, db, "tokens", map[string]any{"hash": []byte("kept"), "grant_id": "keeps", "kind": "refresh", "expires_at": ago(day - time.Second), "spent_at": ago(day)})
		insertRow(t, db, "tokens", map[string]any{"hash": []byte("gone"), "grant_id": "keeps", "kind": "refresh", "expires_at": ago(day + time.Second)})
		insertRow(t, db, "tokens", map[string]any{"hash": []byte("gone too"), "grant_id": "kept", "kind": "access", "expires_at": ago(day + time.Second)})

		for range 2 {
			sweep(t, db)
		}
		for table, byName := range rows {
			key := keys[table]
			if key == "" {
				key = "id"
			}
			for name := range byName {
				var arg any = name
				if table == "one_time_links" {
					arg = []byte(name)
				}
				var n int
				if err := db.Pool().QueryRow(`SELECT COUNT(*) FROM `+table+` WHERE `+key+` = $1`, arg).Scan(&n); err != nil {
					t.Fatal(err)
				}
				if want := map[bool]int{true: 0, false: 1}[name == "gone"]; n != want {
					t.Errorf("%s has %d rows %q after the sweep, want %d", table, n, name, want)
				}
			}
		}
		var tokens int
		if err := db.Pool().QueryRow(`SELECT COUNT(*) FROM tokens`).Scan(&tokens); err != nil || tokens != 1 {
			t.Errorf("%d tokens are left, %v; want 1", tokens, err)
		}
	})
}

// Each kind is deleted by itself: nobody waits for all of them, and what was done
// before a fault stays done.
func TestSweepGoesKindByKind(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		do(t, db, begins("over"))
		clock.Advance(2 * time.Hour)
		do(t, db, func(tx *store.Tx) error {
			_, err := tx.Exec("DROP TABLE shown_certificates")
			return err
		})
		if db.Sweep(t.Context()) == nil {
			t.Error("a sweep of a table that is not there went well")
		}
		clock.Advance(-2 * time.Hour)
		wantEqual(t, "logins left", len(logins(t, db, "over")), 0)
	})
}
