package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite has one writer, and a commit costs it as much as the rows: every page
// that a transaction touched goes to the log, and at the level FULL to the disk.
// Transactions that come while another one is under way are therefore committed
// together. Each still runs alone and after the other, none is answered before the
// commit that all of them share, and one that fails takes nobody with it: all of
// the same commit are run again, each by itself.

// most bounds how many transactions are committed together, and so how many have
// to be run again where one of them fails.
const most = 32

// writer is the one connection that writes, and the queue of those who want it.
// Whoever holds it owns the connection and the commit that is open on it.
type writer struct {
	dsn string

	mu     sync.Mutex
	held   bool
	closed bool
	conn   *connection // nil where none is open; of the holder while held
	queue  []*waiting
	left   sync.Cond // the holder has gone and nobody waits
}

// waiting is somebody in the queue.
type waiting struct {
	alone bool         // wants a commit of its own
	turn  chan *commit // closed where it does not come
}

// commit is what several transactions share.
type commit struct {
	members int
	done    chan struct{}
	err     error // what came of it; after done
}

// errAgain says that the commit was given up because of somebody else in it.
var errAgain = errors.New("another transaction of the same commit failed")

// errLocked says that somebody before waited in vain for another program's lock.
var errLocked = errors.New("another program keeps the database locked")

func newWriter(dsn string) *writer {
	w := &writer{dsn: dsn}
	w.left.L = &w.mu
	return w
}

// enter waits until the caller holds the writer. The commit that it joins is nil
// where it has to begin one. Nothing interrupts the wait: those before are never
// long, and an update outlives whoever asked for it.
func (w *writer) enter(alone bool) (*commit, error) {
	me, err := w.line(alone)
	if me == nil {
		return nil, err
	}
	c, ok := <-me.turn
	if !ok {
		return nil, errLocked
	}
	return c, nil
}

// line lets the caller hold the writer, where it returns nil, or puts it into the
// queue.
func (w *writer) line(alone bool) (*waiting, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, sql.ErrConnDone
	}
	if !w.held {
		w.held = true
		return nil, nil
	}
	me := &waiting{alone: alone, turn: make(chan *commit, 1)}
	w.queue = append(w.queue, me)
	return me, nil
}

// enterSoon is enter for who can do without: it reports false where the turn does
// not come before late.
func (w *writer) enterSoon(late <-chan time.Time) (c *commit, ok bool) {
	me, err := w.line(false)
	if me == nil {
		return nil, err == nil
	}
	select {
	case c, ok = <-me.turn:
		return c, ok
	case <-late:
	}
	w.mu.Lock()
	i := slices.Index(w.queue, me)
	if i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
	}
	w.mu.Unlock()
	if i >= 0 {
		return nil, false
	}
	c, ok = <-me.turn // it has come meanwhile
	return c, ok
}

// handOver gives the writer to the next in the queue, who joins the commit, and
// reports whether there was one who can.
func (w *writer) handOver(c *commit) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c.members >= most || len(w.queue) == 0 || w.queue[0].alone {
		return false
	}
	w.next(c)
	return true
}

// passOn is handOver. Where nobody waits it lets run whoever is about to come: on
// a machine that has nothing to do this takes no time, and on a busy one there is
// always somebody.
func (w *writer) passOn(c *commit) bool {
	if w.handOver(c) {
		return true
	}
	runtime.Gosched()
	return w.handOver(c)
}

// leave gives the writer to the next, or to nobody.
func (w *writer) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) > 0 {
		w.next(nil)
		return
	}
	w.held = false
	w.left.Broadcast()
}

// giveUp is leave for who could not begin. Where another program holds the lock all
// who wait hear so at once: they would wait as long for the same, one after the other.
func (w *writer) giveUp(err error) {
	var s *sqlite.Error
	if errors.As(err, &s) && s.Code()&0xff == sqlite3.SQLITE_BUSY {
		w.mu.Lock()
		for _, waits := range w.queue {
			close(waits.turn)
		}
		w.queue = nil
		w.mu.Unlock()
	}
	w.leave()
}

// next wakes the first of the queue. The caller holds mu.
func (w *writer) next(c *commit) {
	w.queue[0].turn <- c
	w.queue[0] = nil
	w.queue = w.queue[1:]
}

// idle lets the caller hold an open connection that nobody uses, to read on it, or
// returns nil.
func (w *writer) idle() *connection {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.held || w.closed || w.conn == nil {
		return nil
	}
	w.held = true
	return w.conn
}

// open opens the connection where there is none. The caller holds the writer.
func (w *writer) open() (err error) {
	if w.conn == nil {
		w.conn, err = openConnection(w.dsn)
	}
	return err
}

// drop closes a connection of which nobody knows how it stands.
func (w *writer) drop() {
	_ = w.conn.close()
	w.conn = nil
}

// close waits for what is under way and closes the connection.
func (w *writer) close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for w.held {
		w.left.Wait()
	}
	if w.conn == nil {
		return nil
	}
	err := w.conn.close()
	w.conn = nil
	return err
}

// updateSQLite runs fn in a transaction that takes the write lock at once: one
// that first reads and then finds another writer before it could not go on.
func (db *DB) updateSQLite(ctx context.Context, fn func(*Tx) error, fresh bool) error {
	err := db.writer.update(ctx, db, fn, fresh, false)
	if errors.Is(err, errAgain) {
		err = db.writer.update(ctx, db, fn, fresh, true)
	}
	return err
}

func (w *writer) update(ctx context.Context, db *DB, fn func(*Tx) error, fresh, alone bool) error {
	c, err := w.enter(alone)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	if c == nil {
		if err := w.begin(); err != nil {
			w.giveUp(err)
			return fmt.Errorf("begin transaction: %w", err)
		}
		c = &commit{done: make(chan struct{})}
	}
	tx := &Tx{ctx: ctx, db: db, lite: w.conn, fresh: fresh, now: db.Now()} // waiting may have taken long
	refused, err := w.run(tx, c, fn)
	if err != nil {
		return err
	}
	c.members++
	// What changes the configuration is committed at once, and the cache told.
	if !alone && !tx.configures && w.passOn(c) {
		<-c.done
		return tx.ended(cmp.Or(c.err, refused))
	}
	err = w.commit()
	tx.over() // before another transaction can begin
	c.end(err)
	w.leave()
	return tx.ended(cmp.Or(err, refused))
}

// run runs fn as the newest part of the commit. Where it refuses and has changed
// nothing, the commit goes on, and the refusal holds if the commit does: it may be
// because of what stands before it. Where it fails otherwise, or panics, everything
// in the commit is undone. Why it failed may have been undone with it: its error
// counts only where nothing stood before it.
func (w *writer) run(tx *Tx, c *commit, fn func(*Tx) error) (refused, err error) {
	undo := true
	defer func() {
		if undo {
			w.rollback()
			tx.over() // before another transaction can begin
			c.end(errAgain)
			w.leave()
		}
	}()
	err = fn(tx)
	if err == nil {
		err = tx.broken
	}
	switch {
	case err == nil || !tx.wrote && tx.broken == nil:
		undo = false
		return err, nil
	case c.members > 0:
		return nil, errAgain
	default:
		return nil, err
	}
}

// patience is how long a reader waits for the writer's warm cache of pages before
// it goes to a connection of its own.
const patience = 30 * time.Millisecond

// look runs fn, which reads a few rows by their keys, on the connection that
// writes. It reports false where that would take long, or came to nothing.
func (w *writer) look(tx *Tx, fn func(*Tx) error) (ok bool, err error) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	c, ok := w.enterSoon(timer.C)
	if !ok {
		return false, nil
	}
	if w.open() != nil {
		w.leave()
		return false, nil
	}
	tx.lite, tx.looks, tx.now = w.conn, true, tx.db.Now()
	if c == nil {
		defer w.leave() // also where fn panics
		return true, fn(tx)
	}
	refused, err := w.run(tx, c, fn)
	if err != nil {
		return false, nil
	}
	c.members++
	if !w.passOn(c) {
		c.end(w.commit())
		w.leave()
	}
	select {
	case <-c.done:
		return c.err == nil, refused
	case <-timer.C:
		return false, nil
	}
}

func (w *writer) begin() error {
	if err := w.open(); err != nil {
		return err
	}
	return w.conn.end("BEGIN IMMEDIATE")
}

func (w *writer) commit() error {
	if err := w.conn.end("COMMIT"); err != nil {
		w.rollback()
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

func (w *writer) rollback() {
	if w.conn.end("ROLLBACK") != nil {
		w.drop() // SQLite may have rolled back by itself, or not: start afresh
	}
}

// end tells everybody in the commit what came of it.
func (c *commit) end(err error) {
	c.err = err
	close(c.done)
}

// breaks reports whether an error of a statement may have ended the transaction:
// a full disk does, a broken constraint undoes its statement and nothing else. What
// would be written afterwards would not be part of any transaction.
func breaks(err error) bool {
	var s *sqlite.Error
	return errors.As(err, &s) && s.Code()&0xff != sqlite3.SQLITE_CONSTRAINT
}
