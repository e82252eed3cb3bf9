package store

import "database/sql"

// Exec runs raw SQL, for tests that try to break what the schema promises and
// for rows that only other rooms' functions would write.
func (tx *Tx) Exec(text string, args ...any) (int64, error) { return tx.exec(text, args...) }

// Pool is the pool that migrates, for tests that look at the schema itself.
func (db *DB) Pool() *sql.DB { return db.sql }
