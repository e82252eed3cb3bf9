package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// SQLite is driven here, below database/sql, whose care for slow networks
// (a goroutine for every transaction, a lock for every row, conversion of every
// value by reflection) costs more than SQLite itself takes to find a row.
// PostgreSQL and the migrations go through database/sql.

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
			"foreign_keys(1)", "cache_size(-16000)", "temp_store(MEMORY)", "wal_autocheckpoint(8000)",
			"journal_size_limit(67108864)", // what a long backup made the log grow by is given back
		}}
		for k, v := range extra {
			q[k] = append(q[k], v...)
		}
		return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
	}
	writing, reading := dsn(url.Values{"_txlock": {"immediate"}}), dsn(url.Values{"_pragma": {"query_only(1)"}})
	if db.sql, err = sql.Open("sqlite", writing); err != nil {
		return err
	}
	db.sql.SetMaxOpenConns(1)
	db.sql.SetConnMaxIdleTime(time.Minute) // for migrations, which are seldom
	db.engine, db.writer, db.readers = SQLite, newWriter(writing), newPool(reading, 2+2*runtime.GOMAXPROCS(0))
	return nil
}

// connection is one connection to SQLite with the statements that it has
// prepared. Texts are constants of this package, except for a few dozen ways to
// filter events, so that their number is bounded. Whoever took it out of its pool
// owns it.
type connection struct {
	driver.Conn
	statements map[string]statement
}

type statement interface {
	driver.StmtExecContext
	driver.StmtQueryContext
}

func openConnection(dsn string) (*connection, error) {
	conn, err := (&sqlite.Driver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	return &connection{conn, map[string]statement{}}, nil
}

func (c *connection) prepare(text string) (statement, error) {
	if s, ok := c.statements[text]; ok {
		return s, nil
	}
	prepared, err := c.Prepare(text)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(statement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("%T has no contexts", prepared), prepared.Close())
	}
	c.statements[text] = s
	return s, nil
}

func (c *connection) exec(ctx context.Context, text string, args []driver.NamedValue) (int64, error) {
	s, err := c.prepare(text)
	if err != nil {
		return 0, err
	}
	result, err := s.ExecContext(ctx, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// query runs a statement; done is called when its rows are closed.
func (c *connection) query(ctx context.Context, text string, args []driver.NamedValue, done func()) (*cursor, error) {
	s, err := c.prepare(text)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(ctx, args)
	if err != nil {
		return nil, err
	}
	return &cursor{rows: rows, values: make([]driver.Value, len(rows.Columns())), done: done}, nil
}

// end commits or rolls back. What it leaves is good for the next transaction.
func (c *connection) end(how string) error {
	_, err := c.exec(context.Background(), how, nil)
	return err
}

func (c *connection) close() error {
	var errs []error
	for _, s := range c.statements {
		if s, ok := s.(io.Closer); ok {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(append(errs, c.Close())...)
}

// pool holds connections to SQLite.
type pool struct {
	dsn    string
	slots  chan *connection // nil stands for one that is not open yet
	closed chan struct{}
	once   sync.Once
}

func newPool(dsn string, size int) *pool {
	p := &pool{dsn: dsn, slots: make(chan *connection, size), closed: make(chan struct{})}
	for range size {
		p.slots <- nil
	}
	return p
}

// take waits for a connection, which must be put back.
func (p *pool) take(ctx context.Context) (*connection, error) {
	var c *connection
	select {
	case <-p.closed:
		return nil, sql.ErrConnDone
	case <-ctx.Done():
		return nil, ctx.Err()
	case c = <-p.slots:
	}
	if c != nil {
		return c, nil
	}
	c, err := openConnection(p.dsn)
	if err != nil {
		p.slots <- nil
	}
	return c, err
}

// put gives a connection back, nil for one that is no longer good.
func (p *pool) put(c *connection) { p.slots <- c }

// close waits for what is under way and closes every connection.
func (p *pool) close() error {
	var errs []error
	p.once.Do(func() {
		close(p.closed)
		for range cap(p.slots) {
			if c := <-p.slots; c != nil {
				errs = append(errs, c.close())
			}
		}
	})
	return errors.Join(errs...)
}

// queryAny runs a query outside of a transaction. One row by its key is read on
// the connection that writes while nobody does: its cache of pages is warm, and
// the others must read anew what has changed since they last looked.
func (db *DB) queryAny(ctx context.Context, text string, args []driver.NamedValue, single bool) (rows, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var c *connection
	done := func() { db.readers.put(c) }
	single = single && byKey(text)
	if single {
		if c = db.writer.idle(); c != nil {
			done = db.writer.leave
		}
	}
	if c == nil {
		var err error
		if c, err = db.readers.take(ctx); err != nil {
			return nil, err
		}
	}
	if single {
		// It is over before anybody could interrupt it, which takes a goroutine.
		ctx = context.WithoutCancel(ctx)
	}
	found, err := c.query(ctx, text, args, done)
	if err != nil {
		done()
		return nil, err
	}
	return found, nil
}

// byKey reports whether a query reads and does not count: nothing else may run
// on the connection that writes, which would write, or keep others waiting.
func byKey(text string) bool {
	return strings.HasPrefix(text, "SELECT ") && !strings.HasPrefix(text, "SELECT COUNT")
}

// bound turns arguments into what SQLite keeps.
func bound(args []any) ([]driver.NamedValue, error) {
	values := make([]driver.NamedValue, len(args))
	for i, arg := range args {
		values[i].Ordinal = i + 1
		switch v := arg.(type) {
		case nil, int64, bool, []byte:
			values[i].Value = v
		case string:
			values[i].Value = storableText(v)
		case int:
			values[i].Value = int64(v)
		default:
			switch r := reflect.ValueOf(arg); r.Kind() {
			case reflect.String:
				values[i].Value = storableText(r.String())
			case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
				values[i].Value = r.Int()
			default:
				return nil, fmt.Errorf("argument %d: a %T cannot be stored", i+1, arg)
			}
		}
	}
	return values, nil
}

// cursor walks over the rows of a query to SQLite. It holds its connection
// until it is closed.
type cursor struct {
	rows    driver.Rows
	values  []driver.Value
	done    func() // where there is something to do after Close
	tx      *Tx    // of an update, which has to know what came of it
	changes bool   // every row is one that the statement changed
	over    bool
	err     error
}

// Next goes on to the next row and reports whether there is one.
func (c *cursor) Next() bool {
	if c.over {
		return false
	}
	err := c.rows.Next(c.values)
	if err == nil && c.changes {
		c.tx.wrote = true
	}
	if err != nil {
		c.over = true
		if !errors.Is(err, io.EOF) {
			c.err = err
			if c.tx != nil {
				_ = c.tx.noted(err)
			}
		}
	}
	return err == nil
}

// Err returns what ended the walk, where that was not the last row.
func (c *cursor) Err() error { return c.err }

// Close ends the walk. Closing again does nothing.
func (c *cursor) Close() error {
	if c.rows == nil {
		return nil
	}
	err := c.rows.Close()
	c.rows, c.over = nil, true
	if c.done != nil {
		c.done()
	}
	return err
}

// Scan copies the row to where dest points.
func (c *cursor) Scan(dest ...any) error {
	if len(dest) != len(c.values) {
		return fmt.Errorf("%d columns for %d destinations", len(c.values), len(dest))
	}
	for i, value := range c.values {
		if err := assign(dest[i], value); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func assign(dest any, value driver.Value) error {
	switch d := dest.(type) {
	case sql.Scanner:
		return d.Scan(value)
	case *string:
		if v, ok := value.(string); ok {
			*d = v
			return nil
		}
	case *int64:
		if v, ok := value.(int64); ok {
			*d = v
			return nil
		}
	case *int:
		if v, ok := value.(int64); ok {
			*d = int(v)
			return nil
		}
	case *bool:
		if v, ok := value.(int64); ok {
			*d = v != 0
			return nil
		}
	case *[]byte:
		switch v := value.(type) {
		case []byte: // the driver's copy, which is nobody else's
			*d = v
			return nil
		case string:
			*d = []byte(v)
			return nil
		case nil:
			*d = nil
			return nil
		}
	default: // the nouns of iam: ids, kinds, states
		if r := reflect.ValueOf(dest); r.Kind() == reflect.Pointer && r.Elem().Kind() == reflect.String {
			if v, ok := value.(string); ok {
				r.Elem().SetString(v)
				return nil
			}
		}
	}
	return fmt.Errorf("a %T does not fit into %T", value, dest)
}
