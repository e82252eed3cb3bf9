package store_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"signet/internal/store"
	"signet/internal/store/storetest"
)

// column is what both engines say of a column.
type column struct {
	kind    string // text, integer, bytes, boolean
	null    bool
	foreign string // table it points into
}

// schema reads table → column → what it is.
func schema(t *testing.T, db *store.DB) map[string]map[string]column {
	t.Helper()
	tables := map[string]map[string]column{}
	// One statement per engine: this is the one place that asks the catalogues.
	text := `SELECT m.name, c.name, LOWER(c.type), CASE WHEN c."notnull" = 1 THEN 'NO' ELSE 'YES' END, COALESCE(f."table", '')
		FROM sqlite_master m JOIN pragma_table_info(m.name) c LEFT JOIN pragma_foreign_key_list(m.name) f ON f."from" = c.name
		WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> 'goose_db_version'`
	if db.Engine() == store.PostgreSQL {
		text = `SELECT c.table_name, c.column_name, c.data_type, c.is_nullable, COALESCE((SELECT ccu.table_name
				FROM information_schema.key_column_usage k
				JOIN information_schema.table_constraints tc ON tc.constraint_name = k.constraint_name AND tc.constraint_type = 'FOREIGN KEY'
				JOIN information_schema.constraint_column_usage ccu ON ccu.constraint_name = tc.constraint_name
				WHERE k.table_name = c.table_name AND k.column_name = c.column_name), '')
			FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name <> 'goose_db_version'`
	}
	rows, err := db.Pool().Query(text)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	kinds := map[string]string{"bigint": "integer", "blob": "bytes", "bytea": "bytes"}
	for rows.Next() {
		var table, name, kind, null, foreign string
		if err := rows.Scan(&table, &name, &kind, &null, &foreign); err != nil {
			t.Fatal(err)
		}
		if same, ok := kinds[kind]; ok {
			kind = same
		}
		if tables[table] == nil {
			tables[table] = map[string]column{}
		}
		tables[table][name] = column{kind, null == "YES", foreign}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return tables
}

// proper are the columns whose values are checked; all others take a neutral
// value of their kind.
var proper = map[string]map[string]any{
	"organizations":       {"name": "x"},
	"users":               {"login": "x", "login_key": "x", "status": "active"},
	"memberships":         {"user_id": "user-alice", "level": "system"},
	"passwords":           {"user_id": "user-alice"},
	"applications":        {"name": "x", "type": "web", "signing_algorithm": "ES256"},
	"application_secrets": {"app_id": "app-wiki"},
	"providers":           {"level": "system", "name": "x", "publicity": "only_me"},
	"offers":              {"app_id": "app-wiki", "provider_id": "provider-health"},
	"identities":          {"user_id": "user-alice", "provider_id": "provider-health", "key": "x", "publicity": "only_me"},
	"sessions":            {"user_id": "user-alice"},
	"grants":              {"user_id": "user-alice", "app_id": "app-wiki"},
	"tokens":              {"kind": "access", "grant_id": "grant"},
	"consents":            {"user_id": "user-alice", "app_id": "app-wiki"},
	"events":              {"outcome": "done"},
	"revocation_lists":    {"provider_id": "provider-health", "source": "x"},
	"certificate_blocks":  {"kind": "key", "hash": "x"},
	"user_words":          {"user_id": "user-alice"},
	"withdrawals":         {"identity_id": "identity-alice"},
	"identity_names":      {"identity_id": "identity-alice"},
	"application_people":  {"user_id": "user-alice", "app_id": "app-wiki"},
	"pictures":            {"type": "image/png"},
	"widgets":             {"level": "system"},
	"invitations":         {"level": "organization", "role": "x"},
	"messages":            {"user_id": "user-alice", "recipient": "x", "state": "waiting"},
	"expiry_offers":       {"identity_id": "identity-alice"},
	"logout_deliveries":   {"app_id": "app-wiki"},
	"announced":           {"user_id": "user-alice", "provider_id": "provider-health"},
	"unlinked":            {"user_id": "user-alice", "provider_id": "provider-health"},
	"shown_certificates":  {"provider_id": "provider-health"},
	"issuing_authorities": {"provider_id": "provider-health"},
	"learned_responders":  {"provider_id": "provider-health"},
	"arrivals":            {"listener": "main", "kind": "certificate", "outcome": "ignored"},
}

// insertRow inserts a row of proper values and those given, and fails the test
// if it cannot.
func insertRow(t *testing.T, db *store.DB, table string, given map[string]any) {
	t.Helper()
	if err := tryRow(t.Context(), db, schema(t, db)[table], table, given); err != nil {
		t.Fatalf("insert into %s: %v", table, err)
	}
}

func tryRow(ctx context.Context, db *store.DB, columns map[string]column, table string, given map[string]any) error {
	var names, places []string
	var values []any
	for _, name := range slices.Sorted(maps.Keys(columns)) {
		var value any
		switch columns[name].kind {
		case "integer":
			value = int64(0)
		case "boolean":
			value = false
		case "bytes":
			value = []byte(fmt.Sprint(table, given["id"]))
		default:
			value = ""
			if strings.HasSuffix(name, "_json") {
				value = "null"
			}
		}
		if v, ok := proper[table][name]; ok {
			value = v
		}
		if v, ok := given[name]; ok {
			value = v
		}
		names, values = append(names, name), append(values, value)
		places = append(places, fmt.Sprintf("$%d", len(values)))
	}
	return db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO `+table+` (`+strings.Join(names, ", ")+`) VALUES (`+strings.Join(places, ", ")+`)`, values...)
		return err
	})
}

func TestBothEnginesHaveTheSameColumns(t *testing.T) {
	sqlite, postgres := schema(t, storetest.New(t)), schema(t, storetest.NewPostgreSQL(t))
	wantEqual(t, "tables", slices.Sorted(maps.Keys(postgres)), slices.Sorted(maps.Keys(sqlite)))
	for table := range sqlite {
		wantEqual(t, "columns of "+table, postgres[table], sqlite[table])
	}
	if len(sqlite) < 20 {
		t.Errorf("only %d tables were looked at", len(sqlite))
	}
}

func TestBothEnginesHaveTheSameIndexes(t *testing.T) {
	indexes := func(db *store.DB, text string) (names []string) {
		rows, err := db.Pool().Query(text)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		for rows.Next() {
			var name string
			if err := rows.Scan(&name); err != nil {
				t.Fatal(err)
			}
			names = append(names, name)
		}
		return names
	}
	sqlite := indexes(storetest.New(t), `SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name`)
	postgres := indexes(storetest.NewPostgreSQL(t), `SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = 'public' AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid) ORDER BY c.relname COLLATE "C"`)
	wantEqual(t, "indexes", postgres, sqlite)
}

func TestMigrationsAreTwins(t *testing.T) {
	names := func(engine store.Engine) (names []string) {
		files, err := fs.ReadDir(os.DirFS("migrations"), string(engine))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			names = append(names, f.Name())
		}
		return names
	}
	wantEqual(t, "names", names(store.PostgreSQL), names(store.SQLite))
}

// With NOT NULL, foreign keys, checks and unique constraints the database keeps
// what the code may forget. Each is tried to break.
func TestConstraintsHold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		insertRow(t, db, "grants", map[string]any{"id": "grant", "code_hash": []byte("taken")})
		tables := schema(t, db)
		refuse := func(t *testing.T, table string, given map[string]any, unique bool) {
			t.Helper()
			err := tryRow(t.Context(), db, tables[table], table, given)
			if err == nil {
				t.Errorf("%s took the row with %v", table, given)
			} else if store.IsUnique(err) != unique {
				t.Errorf("%s with %v: IsUnique(%v) = %v, want %v", table, given, err, !unique, unique)
			}
		}
		foreign := 0
		for table, columns := range tables {
			for name, c := range columns {
				if !c.null {
					refuse(t, table, map[string]any{name: nil}, false)
				}
				if c.foreign != "" {
					foreign++
					refuse(t, table, map[string]any{name: "nobody"}, false)
				}
			}
			// The same proper row cannot be broken by accident: it goes in.
			if err := tryRow(t.Context(), db, columns, table, map[string]any{}); err != nil {
				t.Errorf("%s refused a proper row: %v", table, err)
			}
		}
		if foreign < 13 {
			t.Errorf("only %d foreign keys were tried", foreign)
		}
		for table, checks := range map[string]map[string][]any{
			"organizations": {"name": {""}},
			"users":         {"login": {""}, "status": {"", "Active", "gone"}},
			"memberships":   {"level": {"", "root"}},
			"applications":  {"name": {""}, "type": {"", "daemon"}, "signing_algorithm": {"", "none", "HS256"}},
			"providers":     {"name": {""}, "level": {"", "root"}, "publicity": {"", "public"}},
			"identities":    {"key": {""}, "publicity": {"", "public"}},
			"tokens":        {"kind": {"", "id"}},
			"events":        {"outcome": {"", "failed"}},
			"pictures":      {"type": {"", "image/svg+xml", "text/html"}},
			"widgets":       {"level": {"", "root"}},
			"invitations":   {"level": {"", "system"}, "role": {""}},
			"messages":      {"recipient": {""}, "state": {"", "lost"}},
			"arrivals":      {"listener": {"", "metrics"}, "kind": {"", "cookie"}, "outcome": {"", "done"}},
		} {
			for name, values := range checks {
				for _, value := range values {
					refuse(t, table, map[string]any{name: value, "id": "new", "login_key": "new", "hash": []byte("new")}, false)
				}
			}
		}
		for table, second := range map[string]map[string]any{ // the proper row is in: this one differs but in what is unique
			"users":      {"id": "new"},
			"identities": {"id": "new", "user_id": "user-bob"},
			"attempts":   {"id": "new", "return_hash": []byte("new"), "ticket_hash": []byte("attempts<nil>")},
			"sessions":   {"id": "new", "token_hash": []byte("sessions<nil>")},
			"grants":     {"id": "new", "code_hash": []byte("taken")},
			"tokens":     {},
			"passwords":  {"hash": "new"},
			"consents":   {"scopes_json": "[]"},
			"offers":     {"position": 9},
			"settings":   {}, "throttles": {}, "one_time_links": {}, "signing_keys": {}, "events": {}, "logins": {}, "memberships": {},
			"messages": {}, "reminders": {}, "arrivals": {"count": 9}, "learned_responders": {"last_seen_at": 9},
			"issuing_authorities": {"ca": "new"}, "issued_certificates": {"sha256": "new"},
			"application_people": {"last_at": 9}, "pictures": {}, "widgets": {},
			"organizations": {"id": "new"}, "invitations": {"id": "new", "hash": []byte("invitations<nil>")},
			"providers": {}, "applications": {}, "application_secrets": {},
		} {
			refuse(t, table, second, true)
		}
		refuse(t, "attempts", map[string]any{"id": "new", "ticket_hash": []byte("new"), "return_hash": []byte("attempts<nil>")}, true)
	})
}

func TestWhatBelongsToAPersonGoesWithThem(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		seed(t, db)
		insertRow(t, db, "grants", map[string]any{"id": "grant"})
		tables := schema(t, db)
		for table, columns := range tables {
			if columns["user_id"].foreign != "" && table != "grants" {
				insertRow(t, db, table, map[string]any{"id": "x"})
			}
		}
		insertRow(t, db, "tokens", nil)
		do(t, db, func(tx *store.Tx) error {
			_, err := tx.Exec(`DELETE FROM users WHERE id = 'user-alice'`)
			return err
		})
		for table, columns := range tables {
			if columns["user_id"].foreign == "" && table != "tokens" {
				continue
			}
			var n int
			whose := ` WHERE user_id = 'user-alice'`
			if table == "tokens" {
				whose = ""
			}
			if err := db.Pool().QueryRow(`SELECT COUNT(*) FROM ` + table + whose).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d rows of a deleted person are left in %s, %v", n, table, err)
			}
		}
	})
}

func TestMigrateTwice(t *testing.T) {
	empty := map[string]func(t testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + t.TempDir() + "/new.db" },
		"postgres": storetest.PostgreSQLURL,
	}
	for name, url := range empty {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			db, err := store.Open(ctx, store.Options{URL: url(t)})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if err := db.CheckMigrated(ctx); !errors.Is(err, store.ErrPending) {
				t.Errorf("CheckMigrated before = %v, want ErrPending", err)
			}
			first, err := db.Migrate(ctx)
			if err != nil || len(first) == 0 {
				t.Fatalf("Migrate = %v, %v", first, err)
			}
			if again, err := db.Migrate(ctx); err != nil || len(again) != 0 {
				t.Errorf("Migrate again = %v, %v; want nothing to do", again, err)
			}
			if err := db.CheckMigrated(ctx); err != nil {
				t.Errorf("CheckMigrated after: %v", err)
			}
			states, err := db.Migrations(ctx)
			if err != nil || len(states) != len(first) {
				t.Fatalf("Migrations = %v, %v", states, err)
			}
			for i, s := range states {
				if !s.Applied || s.Name != first[i] || i > 0 && s.Version <= states[i-1].Version {
					t.Errorf("state %d is %+v", i, s)
				}
			}
		})
	}
}

func TestEightNodesMigrateAtOnce(t *testing.T) {
	for name, url := range map[string]func(t testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + t.TempDir() + "/new.db" },
		"postgres": storetest.PostgreSQLURL,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, where := t.Context(), url(t)
			won, lost := race(8, func(int) error {
				db, err := store.Open(ctx, store.Options{URL: where})
				if err != nil {
					return err
				}
				defer db.Close()
				if _, err := db.Migrate(ctx); err != nil {
					return err
				}
				return db.CheckMigrated(ctx)
			})
			if won != 8 {
				t.Errorf("%d of 8 started, the others: %v", won, lost)
			}
		})
	}
}
