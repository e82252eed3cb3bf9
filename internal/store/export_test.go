package store

import (
	"database/sql"
	"strings"
)

// Exec runs raw SQL, for tests that try to break what the schema promises and
// for rows that only other rooms' functions would write.
func (tx *Tx) Exec(text string, args ...any) (int64, error) { return tx.exec(text, args...) }

// Pool is the pool that migrates, for tests that look at the schema itself.
func (db *DB) Pool() *sql.DB { return db.sql }

// UsersPlan is how the engine would run a search of people.
func (tx *Tx) UsersPlan(search, after string, limit int) (string, error) {
	query, args, err := tx.usersQuery(strings.Fields(foldKey(search)), after, limit)
	if err != nil {
		return "", err
	}
	explain := "EXPLAIN "
	if tx.db.engine == SQLite {
		explain = "EXPLAIN QUERY PLAN "
	}
	lines, err := many(tx, "plan", func(r row) (line string, err error) {
		if tx.db.engine == PostgreSQL {
			return line, r.Scan(&line)
		}
		var id, parent, unused int64
		return line, r.Scan(&id, &parent, &unused, &line)
	}, explain+query, args...)
	return strings.Join(lines, "\n"), err
}

// InLine is how many wait for the connection that writes to SQLite.
func (db *DB) InLine() int {
	db.writer.mu.Lock()
	defer db.writer.mu.Unlock()
	return len(db.writer.queue)
}
