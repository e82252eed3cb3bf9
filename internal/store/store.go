// Package store keeps the rows of Signet in SQLite or PostgreSQL. It knows
// nouns and SQL, not rules: who may change a row, and which event tells of it,
// is decided by the rule rooms that call it.
//
// There is one SQL text for both engines ($1, $2, …), one file per noun. Times
// are integers: microseconds since 1970, UTC, 0 for "never". What is taken once
// is taken by one statement (UPDATE … WHERE spent_at = 0), so that two
// nodes cannot both have it.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
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
	engine  Engine
	sql     *sql.DB // PostgreSQL: everything; SQLite: migrations
	writer  *writer // SQLite: one connection, because SQLite has one writer
	readers *pool   // SQLite: connections that cannot write
	now     func() time.Time
	log     *slog.Logger
	cache   cache
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
		if err = db.reach(ctx); !errors.As(err, &s) || s.Code()&0xff != sqlite3.SQLITE_BUSY {
			return err
		}
		time.Sleep(rand.N(time.Millisecond << min(try, 8)))
	}
	return err
}

func (db *DB) reach(ctx context.Context) error {
	if db.engine == PostgreSQL {
		return db.sql.PingContext(ctx)
	}
	if _, err := db.writer.enter(true); err != nil {
		return err
	}
	defer db.writer.leave()
	return db.writer.open()
}

func (db *DB) openPostgreSQL(dsn string) error {
	pool, err := sql.Open("pgx", dsn)
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(4 * runtime.GOMAXPROCS(0))
	pool.SetMaxIdleConns(4 * runtime.GOMAXPROCS(0))
	pool.SetConnMaxIdleTime(5 * time.Minute)
	db.engine, db.sql = PostgreSQL, pool
	return nil
}

// Engine returns which engine the database is.
func (db *DB) Engine() Engine { return db.engine }

// Now returns the time of the store's clock, as rows keep it.
func (db *DB) Now() time.Time { return db.now().UTC().Truncate(time.Microsecond) }

// Ping reports whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	err := db.View(ctx, func(tx *Tx) error {
		_, err := one(tx, "answer", count, `SELECT 1`)
		return err
	})
	if err != nil {
		return fmt.Errorf("ping store: %w", err)
	}
	return nil
}

// Close closes the database, after what is under way.
func (db *DB) Close() error {
	err := db.sql.Close()
	if db.engine == SQLite {
		err = errors.Join(db.readers.close(), db.writer.close(), err)
	}
	return err
}

// Update runs fn in one transaction and commits it unless fn returns an error.
// A transaction that lost against another one is run again, so fn must have no
// effect outside of it but by tx.Afterwards. All of it happens at one time, tx.Now.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	// Many, because of twenty that want one row nineteen lose the first round.
	const tries = 20
	var err error
	fresh := false
	for try := range tries {
		err = db.updateOnce(ctx, fn, fresh)
		if errors.Is(err, errStale) {
			fresh = true
			err = db.updateOnce(ctx, fn, fresh)
		}
		if err == nil || !isRetryable(err) || ctx.Err() != nil {
			return err
		}
		db.log.DebugContext(ctx, "transaction lost, trying again", "try", try+1, "error", err)
		// The random pause grows to 64 ms and keeps the losers from meeting again.
		time.Sleep(rand.N(time.Millisecond << min(try, 6)))
	}
	return err
}

func (db *DB) updateOnce(ctx context.Context, fn func(*Tx) error, fresh bool) error {
	// The transaction outlives a browser that has gone away: half a sign-in is
	// rolled back by an error, never by an impatient click.
	ctx = context.WithoutCancel(ctx)
	if db.engine == SQLite {
		return db.updateSQLite(ctx, fn, fresh)
	}
	// Rules read, decide and write: a sign-in that finds the person active and a
	// block that finds no session yet must not both commit. SQLite has one writer;
	// PostgreSQL has to be asked, and makes the loser try again.
	generation := db.cache.now()
	sqlTx, err := db.sql.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable})
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	tx := &Tx{ctx: ctx, db: db, sql: sqlTx, now: db.Now(), fresh: fresh, generation: generation}
	defer tx.over()
	defer func() { _ = sqlTx.Rollback() }() // does nothing after a commit
	if err := fn(tx); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return tx.ended(nil)
}

// View runs fn to read. Each query sees the newest committed rows; what must
// agree with each other is read by one query or in Update.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	return fn(&Tx{ctx: ctx, db: db, now: db.Now()})
}

// Look is View for a few rows by their keys. On SQLite it reads between the updates,
// or as one of those that are committed together: there the pages are at hand that
// every other connection would have to read anew after each commit. fn may be run
// twice.
func (db *DB) Look(ctx context.Context, fn func(*Tx) error) error {
	if db.engine == SQLite {
		ok, err := db.writer.look(&Tx{ctx: context.WithoutCancel(ctx), db: db}, fn)
		if ok {
			return err
		}
	}
	return db.View(ctx, fn)
}

// Tx reads and writes rows, inside a transaction (Update) or without (View).
type Tx struct {
	ctx  context.Context // of the one call to Update or View that made it
	db   *DB
	sql  *sql.Tx     // Update on PostgreSQL
	lite *connection // Update on SQLite
	now  time.Time

	events     int      // how many it has written
	afterwards []func() // what is to be done when it is committed

	looks  bool  // it only reads
	wrote  bool  // it has changed something
	broken error // an error after which it may be no transaction any more

	recalled   bool   // something was read from the cache
	configures bool   // it changes the configuration
	fresh      bool   // nothing may be read from the cache
	generation uint64 // of the cache when it began, on PostgreSQL
}

// Afterwards has fn run when the transaction is committed, before Update answers:
// for what no database undoes, such as a line in the program's log.
func (tx *Tx) Afterwards(fn func()) { tx.afterwards = append(tx.afterwards, fn) }

// ended runs what waits for the commit, where err says that there was one.
func (tx *Tx) ended(err error) error {
	if err == nil {
		for _, fn := range tx.afterwards {
			fn()
		}
	}
	return err
}

// over ends what the transaction said to the cache.
func (tx *Tx) over() {
	if tx.configures {
		tx.db.cache.end()
	}
}

// Now is the one time at which the transaction happens.
func (tx *Tx) Now() time.Time { return tx.now }

// rows are what a query found.
type rows interface {
	row
	Next() bool
	Err() error
	Close() error
}

// query runs a query; single says that one row is wanted.
func (tx *Tx) query(single bool, text string, args ...any) (rows, error) {
	reads := strings.HasPrefix(text, "SELECT ")
	if tx.looks && !reads {
		return nil, errReadOnly
	}
	if tx.sql != nil || tx.lite != nil {
		if err := tx.configure(text); err != nil { // RETURNING
			return nil, err
		}
	}
	if tx.db.engine == PostgreSQL {
		if tx.sql != nil {
			return tx.sql.QueryContext(tx.ctx, text, storable(args)...)
		}
		return tx.db.sql.QueryContext(tx.ctx, text, storable(args)...)
	}
	values, err := bound(args)
	if err != nil {
		return nil, err
	}
	if tx.lite == nil {
		return tx.db.queryAny(tx.ctx, text, values, single)
	}
	found, err := tx.lite.query(tx.ctx, text, values, nil)
	if err != nil {
		return nil, tx.noted(err)
	}
	found.tx, found.changes = tx, !reads // RETURNING
	return found, nil
}

// noted notes an error that may have ended the transaction.
func (tx *Tx) noted(err error) error {
	if tx.broken == nil && breaks(err) {
		tx.broken = err
	}
	return err
}

var errReadOnly = errors.New("write outside of a transaction")

// exec runs a statement and returns how many rows it touched.
func (tx *Tx) exec(text string, args ...any) (int64, error) {
	if tx.sql == nil && tx.lite == nil || tx.looks {
		return 0, errReadOnly
	}
	if err := tx.configure(text); err != nil {
		return 0, err
	}
	if tx.sql != nil {
		result, err := tx.sql.ExecContext(tx.ctx, text, storable(args)...)
		if err != nil {
			return 0, err
		}
		return result.RowsAffected()
	}
	values, err := bound(args)
	if err != nil {
		return 0, err
	}
	touched, err := tx.lite.exec(tx.ctx, text, values)
	tx.wrote = tx.wrote || touched > 0
	return touched, tx.noted(err)
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
