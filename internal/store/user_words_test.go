package store_test

import (
	"fmt"
	"strings"
	"testing"

	"signet/internal/iam"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

// populate makes n people by SQL: Person 0 to n-1, of 97 families.
func populate(t testing.TB, db *store.DB, n int) {
	t.Helper()
	numbers := fmt.Sprintf(`WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < %d)`, n-1)
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for _, text := range []string{
			`INSERT INTO users (id, login, login_key, name, name_key, given_name, family_name, email, email_key, email_verified, locale, status, status_at, created_at, updated_at)
				` + numbers + ` SELECT 'u' || n, 'user' || n, 'user' || n, 'Person', 'person', '', 'Family' || (n % 97), '', '', FALSE, '', 'active', 0, 0, 0 FROM numbers`,
			`INSERT INTO user_words (user_id, word) ` + numbers + ` SELECT 'u' || n, 'user' || n FROM numbers`,
			`INSERT INTO user_words (user_id, word) ` + numbers + ` SELECT 'u' || n, 'person' FROM numbers`,
			`INSERT INTO user_words (user_id, word) ` + numbers + ` SELECT 'u' || n, 'family' || (n % 97) FROM numbers`,
		} {
			if _, err := tx.Exec(text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool().ExecContext(t.Context(), `ANALYZE`); err != nil {
		t.Fatal(err)
	}
}

// No page of people and no search reads all of them.
func TestUsersAreFoundByIndexes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		populate(t, db, 20_000)
		for _, search := range []string{"", "user1234", "family13", "person", "person family9", "family13 user133"} {
			var plan string
			var found []iam.User
			after := "user8999"
			if strings.Contains(search, "user1") {
				after = ""
			}
			err := db.View(t.Context(), func(tx *store.Tx) (err error) {
				if plan, err = tx.UsersPlan(search, after, 50); err != nil {
					return err
				}
				found, err = tx.Users(search, after, 50)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(found) == 0 || len(found) > 50 {
				t.Errorf("%q: %d people", search, len(found))
			}
			for _, line := range strings.Split(plan, "\n") {
				full := strings.Contains(line, "Seq Scan") || strings.HasPrefix(line, "SCAN") && !strings.Contains(line, "INDEX") && !strings.Contains(line, "found")
				if full {
					t.Errorf("%q reads whole tables:\n%s", search, plan)
				}
			}
		}
	})
}

func BenchmarkUsersOfManyThousands(b *testing.B) {
	for _, engine := range []struct {
		name string
		open func(testing.TB, ...storetest.Option) *store.DB
	}{{"sqlite", storetest.New}, {"postgres", storetest.NewPostgreSQL}} {
		b.Run(engine.name, func(b *testing.B) {
			db := engine.open(b)
			populate(b, db, 100_000)
			for _, search := range []string{"", "user12345", "family13", "person", "person family13 user9"} {
				b.Run("search="+search, func(b *testing.B) {
					for b.Loop() {
						if err := db.View(b.Context(), func(tx *store.Tx) error {
							_, err := tx.Users(search, "user50", 50)
							return err
						}); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}
