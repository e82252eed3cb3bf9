package store_test

import (
	"testing"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

func grant(name string, user iam.UserID, app iam.AppID) iam.Grant {
	return iam.Grant{
		ID: iam.GrantID("grant-" + name), Session: "session-1", Identity: "identity-alice", User: user, App: app,
		Scopes: []string{"openid", "email"}, Offline: true, ACR: "phr", AMR: []string{"pop"}, AuthTime: at(-time.Minute), Nonce: "n-0S6", Locales: "fr-CA fr",
		CreatedAt: at(0), CodeHash: []byte("code-" + name), RedirectURI: "https://app.example/cb", Challenge: "E9Mel", CodeExpiresAt: at(time.Minute),
	}
}

func TestGrantOfACode(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		g := grant("1", "user-alice", "app-wiki")
		do(t, db, func(tx *store.Tx) error { return tx.InsertGrant(g) })
		byCode := func() store.Given {
			return read(t, db, func(tx *store.Tx) (store.Given, error) { return tx.GrantByCode(g.CodeHash) })
		}
		wantEqual(t, "GrantByCode", byCode(), store.Given{Grant: g, User: person("alice")})
		clock.Advance(time.Second)
		do(t, db, func(tx *store.Tx) error { return tx.SpendCode(g.ID) })
		g.CodeSpentAt = clock.Now()
		do(t, db, func(tx *store.Tx) error { return tx.EndGrant(g.ID, iam.EndReuse) })
		g.EndedAt, g.EndReason = clock.Now(), iam.EndReuse
		wantEqual(t, "GrantByCode when spent and ended", byCode(), store.Given{Grant: g, User: person("alice")})
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.GrantByCode([]byte("code-2"))
			return err
		}), iam.KindNotFound)
	})
}

func TestACodeIsSpentOnce(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		seed(t, db)
		g := grant("1", "user-alice", "app-wiki")
		do(t, db, func(tx *store.Tx) error { return tx.InsertGrant(g) })
		won, lost := race(20, func(int) error {
			return db.Update(t.Context(), func(tx *store.Tx) error { return tx.SpendCode(g.ID) })
		})
		if won != 1 || lost[string(iam.KindNotFound)] != 19 {
			t.Errorf("%d spent the code, the others got %v", won, lost)
		}
	})
}

func TestTokens(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		g := grant("1", "user-alice", "app-wiki")
		token := iam.Token{
			Hash: []byte("token"), Kind: iam.RefreshToken, Grant: g.ID, Scopes: []string{"openid"}, CreatedAt: at(0), ExpiresAt: at(time.Hour),
			Thumbprint: []byte("thumbprint"),
		}
		do(t, db, func(tx *store.Tx) error { return tx.InsertGrant(g) })
		do(t, db, func(tx *store.Tx) error { return tx.InsertToken(token) })
		// The code is no business of those who bring a token.
		held := g
		held.CodeHash, held.RedirectURI, held.Challenge, held.CodeExpiresAt = nil, "", "", time.Time{}
		wantEqual(t, "Token", read(t, db, func(tx *store.Tx) (store.Held, error) { return tx.Token(token.Hash) }),
			store.Held{Token: token, Given: store.Given{Grant: held, User: person("alice")}})
		clock.Advance(time.Second)
		won, lost := race(20, func(int) error {
			return db.Update(t.Context(), func(tx *store.Tx) error { return tx.SpendToken(token.Hash) })
		})
		if won != 1 || lost[string(iam.KindNotFound)] != 19 {
			t.Errorf("%d spent the token, the others got %v", won, lost)
		}
		token.SpentAt = clock.Now()
		wantEqual(t, "spent", read(t, db, func(tx *store.Tx) (store.Held, error) { return tx.Token(token.Hash) }).Token, token)
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Token([]byte("other"))
			return err
		}), iam.KindNotFound)
	})
}

func TestConsents(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		seed(t, db)
		do(t, db, func(tx *store.Tx) error { return tx.SetConsent("user-alice", "app-wiki", []string{"openid"}) })
		clock.Advance(time.Minute)
		do(t, db, func(tx *store.Tx) error { return tx.SetConsent("user-alice", "app-mail", []string{"openid"}) })
		clock.Advance(time.Minute)
		do(t, db, func(tx *store.Tx) error { return tx.SetConsent("user-alice", "app-wiki", []string{"openid", "email"}) })
		wiki := iam.Consent{User: "user-alice", App: "app-wiki", Scopes: []string{"openid", "email"}, CreatedAt: at(0), UpdatedAt: at(2 * time.Minute)}
		mail := iam.Consent{User: "user-alice", App: "app-mail", Scopes: []string{"openid"}, CreatedAt: at(time.Minute), UpdatedAt: at(time.Minute)}
		wantEqual(t, "Consents", read(t, db, func(tx *store.Tx) ([]iam.Consent, error) { return tx.Consents("user-alice") }), []iam.Consent{wiki, mail})
		wantEqual(t, "Consent", read(t, db, func(tx *store.Tx) (iam.Consent, error) { return tx.Consent("user-alice", "app-wiki") }), wiki)
		do(t, db, func(tx *store.Tx) error { return tx.DeleteConsent("user-alice", "app-wiki") })
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.DeleteConsent("user-alice", "app-wiki") }), iam.KindNotFound)
		wantKind(t, db.View(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Consent("user-alice", "app-wiki")
			return err
		}), iam.KindNotFound)
	})
}

func TestSigningKeys(t *testing.T) {
	clocked(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		old := iam.SigningKey{ID: "b", Algorithm: "ES256", Private: []byte{1, 0, 255}, Public: []byte{2}, CreatedAt: at(-time.Hour), ActiveFrom: at(0)}
		next := iam.SigningKey{ID: "a", Algorithm: "RS256", Private: []byte{3}, Public: []byte{4}, CreatedAt: at(0), ActiveFrom: at(time.Hour)}
		do(t, db, func(tx *store.Tx) error { return tx.InsertSigningKey(next) })
		do(t, db, func(tx *store.Tx) error { return tx.InsertSigningKey(old) })
		all := func() []iam.SigningKey {
			return read(t, db, func(tx *store.Tx) ([]iam.SigningKey, error) { return tx.SigningKeys() })
		}
		wantEqual(t, "SigningKeys", all(), []iam.SigningKey{old, next})
		clock.Advance(time.Hour)
		do(t, db, func(tx *store.Tx) error { return tx.RetireSigningKey("b", at(2*time.Hour)) })
		wantKind(t, db.Update(t.Context(), func(tx *store.Tx) error { return tx.RetireSigningKey("b", at(3*time.Hour)) }), iam.KindNotFound)
		old.RetiredAt, old.ExpiresAt = clock.Now(), at(2*time.Hour)
		do(t, db, func(tx *store.Tx) error { return tx.DeleteSigningKeys(at(2 * time.Hour)) })
		wantEqual(t, "SigningKeys when one is retired", all(), []iam.SigningKey{old, next})
		do(t, db, func(tx *store.Tx) error { return tx.DeleteSigningKeys(at(2*time.Hour + time.Second)) })
		wantEqual(t, "SigningKeys when it is forgotten", all(), []iam.SigningKey{next})
	})
}
