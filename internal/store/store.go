// Package store keeps the rows of Signet in SQLite or PostgreSQL. It knows
// nouns and SQL, not rules: who may change a row, and which event tells of it,
// is decided by the rule rooms that call it.
//
// There is one SQL text for both engines ($1, $2, …), one file per noun. Times
// are integers: microseconds since 1970, UTC, 0 for "never". What is taken once
// is taken by one statement (UPDATE … WHERE spent_at = 0 RETURNING), so that two
// nodes cannot both have it.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the PostgreSQL driver, "pgx"
	"modernc.org/sqlite"               // the SQLite driver, "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Engine names a database engine.
type Engine string

// The engines. PostgreSQL stands for everything that speaks its protocol and
// dialect, such as CockroachDB and YugabyteDB.
const (
	SQLite     Engine = "sqlite"
	PostgreSQL Engine = "postgres"
)

// Options say how to open a database.
type Options struct {
	// URL is "postgres://…", or "sqlite:" followed by the path of a file.
	URL string
	// Synchronous is SQLite's level of that name: NORMAL (the default), FULL or
	// EXTRA. See docs/decisions/0003-sqlite-durability.md.
	Synchronous string
	// Now is the clock of transactions; time.Now by default.
	Now func() time.Time
	// Log receives what goes wrong behind the scenes; slog.Default by default.
	Log *slog.Logger
}

// DB is an open database. It is safe for concurrent use.
type DB struct {
	engine Engine
	write  *sql.DB // SQLite: one connection, because SQLite has one writer
	read   *sql.DB // SQLite: a pool that cannot write; PostgreSQL: the same as write
	now    func() time.Time
	log    *slog.Logger

	// statements caches prepared statements of SQLite by pool and text; pgx
	// keeps its own per connection. Texts are constants of this package, so that
	// the cache is bounded.
	statements sync.Map // statementKey → *sql.Stmt
}

type statementKey struct {
	pool *sql.DB
	text string
}

// Open opens the database that the options name. It does not migrate.
func Open(ctx context.Context, o Options) (*DB, error) {
	db := &DB{now: o.Now, log: o.Log}
	if db.now == nil {
		db.now = time.Now
	}
	if db.log == nil {
		db.log = slog.Default()
	}
	var err error
	switch {
	case strings.HasPrefix(o.URL, "postgres://"), strings.HasPrefix(o.URL, "postgresql://"):
		err = db.openPostgreSQL(o.URL)
	case strings.HasPrefix(o.URL, "sqlite:"):
		err = db.openSQLite(strings.TrimPrefix(o.URL, "sqlite:"), o.Synchronous)
	default:
		return nil, fmt.Errorf("open store: the database URL must begin with sqlite: or postgres://")
	}
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := db.connect(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open store: %w", err)
	}
	return db, nil
}

// connect makes the first connection. Two programs that open a new SQLite file
// at once both want to turn its write-ahead log on, and SQLite lets one of them
// fail at once, whatever busy_timeout says.
func (db *DB) connect(ctx context.Context) error {
	var err error
	for try := range 20 {
		var s *sqlite.Error
		if err = db.write.PingContext(ctx); !errors.As(err, &s) || s.Code()&0xff != sqlite3.SQLITE_BUSY {
			return err
		}
		time.Sleep(rand.N(time.Millisecond << min(try, 8)))
	}
	return err
}

func (db *DB) openPostgreSQL(dsn string) error {
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(4 * runtime.GOMAXPROCS(0))
	pool.SetMaxIdleConns(4 * runtime.GOMAXPROCS(0))
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db.engine, db.write, db.read = PostgreSQL, pool, pool
	return nil
}

func (db *DB) openSQLite(path, synchronous string) error {
	switch synchronous {
	case "":
		synchronous = "NORMAL"
	case "NORMAL", "FULL", "EXTRA":
	default:
		return fmt.Errorf("sqlite synchronous level %q: allowed are NORMAL, FULL and EXTRA", synchronous)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	// SQLite gives its log the permissions of the database: who signs in where is
	// nobody else's business on this machine.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	dsn := func(extra url.Values) string {
		q := url.Values{"_pragma": {
			"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(" + synchronous + ")",
			"foreign_keys(1)", "cache_size(-16000)", "temp_store(MEMORY)",
		}}
		for k, v := range extra {
			q[k] = append(q[k], v...)
		}
		return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
	}
	// Immediate transactions take the write lock at once: a transaction that
	// first reads and then finds another writer before it could not go on.
	if db.write, err = sql.Open("sqlite", dsn(url.Values{"_txlock": {"immediate"}})); err != nil {
		return err
	}
	db.write.SetMaxOpenConns(1)
	if db.read, err = sql.Open("sqlite", dsn(url.Values{"_pragma": {"query_only(1)"}})); err != nil {
		return err
	}
	db.read.SetMaxOpenConns(2 + 2*runtime.GOMAXPROCS(0))
	db.read.SetMaxIdleConns(2 + 2*runtime.GOMAXPROCS(0))
	db.engine = SQLite
	return nil
}

// Engine returns which engine the database is.
func (db *DB) Engine() Engine { return db.engine }

// Now returns the time of the store's clock, as rows keep it.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.read.PingContext(ctx); err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	return nil
}

// Close closes the database.
func (db *DB) Close() error {
	err := db.write.Close()
	if db.read != nil && db.read != db.write {
		err = errors.Join(db.read.Close(), err)
	}
	return err
}

// Update runs fn in one transaction and commits it unless fn returns an error.
// A transaction that lost against another one is run again, so fn must have no
// effect outside of it. All of it happens at one time, tx.Now.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	// Many, because of twenty that want one row nineteen lose the first round.
	const tries = 20
	var err error
	for try := range tries {
		if err = db.updateOnce(ctx, fn); err == nil || !isRetryable(err) || ctx.Err() != nil {
			return err
		}
		db.log.DebugContext(ctx, "transaction lost, trying again", "try", try+1, "error", err)
		// The random pause grows to 64 ms and keeps the losers from meeting again.
		time.Sleep(rand.N(time.Millisecond << min(try, 6)))
	}
	return err
}

func (db *DB) updateOnce(ctx context.Context, fn func(*Tx) error) error {
	// The transaction outlives a browser that has gone away: half a sign-in is
	// rolled back by an error, never by an impatient click.
	ctx = context.WithoutCancel(ctx)
	// Rules read, decide and write: a sign-in that finds the person active and a
	// block that finds no session yet must not both commit. SQLite has one writer;
	// PostgreSQL has to be asked, and makes the loser try again.
	var options *sql.TxOptions
	if db.engine == PostgreSQL {
		options = &sql.TxOptions{Isolation: sql.LevelSerializable}
	}
	sqlTx, err := db.write.BeginTx(ctx, options)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer func() { _ = sqlTx.Rollback() }() // does nothing after a commit
	tx := &Tx{ctx: ctx, db: db, pool: db.write, sql: sqlTx, now: db.Now()}
	if err := fn(tx); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	for _, text := range tx.missed {
		if _, err := db.prepare(ctx, db.write, text); err != nil {
			db.log.DebugContext(ctx, "statement not prepared", "error", err)
		}
	}
	return nil
}

// View runs fn to read. Each query sees the newest committed rows; what must
// agree with each other is read by one query or in Update.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	return fn(&Tx{ctx: ctx, db: db, pool: db.read, now: db.Now()})
}

// Tx reads and writes rows, inside a transaction (Update) or without (View).
type Tx struct {
	ctx  context.Context // of the one call to Update or View that made it
	db   *DB
	pool *sql.DB
	sql  *sql.Tx // nil in View
	now  time.Time

	missed []string // texts to prepare after the transaction
	events int      // how many it has written
}

// Now is the one time at which the transaction happens.
func (tx *Tx) Now() time.Time { return tx.now }

// prepared returns the cached statement for the text, or nil where there is
// none. A text that is missing in a transaction is prepared after it: SQLite's
// writer is one connection, which the transaction holds.
func (tx *Tx) prepared(text string) (*sql.Stmt, error) {
	if tx.db.engine != SQLite {
		return nil, nil
	}
	if found, ok := tx.db.statements.Load(statementKey{tx.pool, text}); ok {
		return found.(*sql.Stmt), nil
	}
	if tx.sql != nil {
		tx.missed = append(tx.missed, text)
		return nil, nil
	}
	return tx.db.prepare(tx.ctx, tx.pool, text)
}

// prepare puts the statement for the text into the cache.
func (db *DB) prepare(ctx context.Context, pool *sql.DB, text string) (*sql.Stmt, error) {
	stmt, err := pool.PrepareContext(ctx, text)
	if err != nil {
		return nil, err
	}
	if other, loaded := db.statements.LoadOrStore(statementKey{pool, text}, stmt); loaded {
		_ = stmt.Close()
		return other.(*sql.Stmt), nil
	}
	return stmt, nil
}

func (tx *Tx) query(text string, args ...any) (*sql.Rows, error) {
	args = storable(args)
	stmt, err := tx.prepared(text)
	switch {
	case err != nil:
		return nil, err
	case stmt == nil && tx.sql == nil:
		return tx.pool.QueryContext(tx.ctx, text, args...)
	case stmt == nil:
		return tx.sql.QueryContext(tx.ctx, text, args...)
	case tx.sql == nil:
		return stmt.QueryContext(tx.ctx, args...)
	default:
		return tx.sql.StmtContext(tx.ctx, stmt).QueryContext(tx.ctx, args...)
	}
}

// exec runs a statement and returns how many rows it touched.
func (tx *Tx) exec(text string, args ...any) (int64, error) {
	if tx.sql == nil {
		return 0, errors.New("write outside of a transaction")
	}
	args = storable(args)
	stmt, err := tx.prepared(text)
	if err != nil {
		return 0, err
	}
	var result sql.Result
	if stmt == nil {
		result, err = tx.sql.ExecContext(tx.ctx, text, args...)
	} else {
		result, err = tx.sql.StmtContext(tx.ctx, stmt).ExecContext(tx.ctx, args...)
	}
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// IsUnique reports whether err says that a unique constraint was broken.
func IsUnique(err error) bool {
	var s *sqlite.Error
	if errors.As(err, &s) {
		return s.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || s.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	var p *pgconn.PgError
	return errors.As(err, &p) && p.Code == "23505" // unique_violation
}

// isRetryable reports whether the transaction lost a race and may win the next:
// serialization_failure (also CockroachDB's way to ask for a retry) and
// deadlock_detected.
func isRetryable(err error) bool {
	var p *pgconn.PgError
	return errors.As(err, &p) && (p.Code == "40001" || p.Code == "40P01")
}
