package store

import (
	"fmt"
	"strings"
	"time"

	"signet/internal/iam"
)

const eventColumns = `id, at, kind, outcome, cause, actor_id, user_id, user_login, app_id, org_id, provider_id, identity_id, session_id, attempt_id,
	request_id, address, user_agent, certificate_json, details_json`

func scanEvent(r row) (e iam.Event, err error) {
	return e, r.Scan(&e.ID, stamp{&e.At}, &e.Kind, &e.Outcome, &e.Cause, &e.Actor, &e.User, &e.UserLogin, &e.App, &e.Org, &e.Provider, &e.Identity,
		&e.Session, &e.Attempt, &e.Request, &e.Address, &e.UserAgent, fromJSON{&e.Certificate}, fromJSON{&e.Details})
}

// InsertEvent adds a line to the event log. Its id sorts by the time of the
// transaction, and within it in the order of writing.
func (tx *Tx) InsertEvent(e iam.Event) error {
	tx.events++
	id := fmt.Sprintf("%016x%04x%s", tx.now.UnixMicro(), tx.events, iam.NewID()[:8])
	return tx.insert("event", `INSERT INTO events (`+eventColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)`,
		id, micros(tx.now), e.Kind, e.Outcome, e.Cause, e.Actor, e.User, e.UserLogin, e.App, e.Org, e.Provider, e.Identity,
		e.Session, e.Attempt, e.Request, e.Address, e.UserAgent, jsonText(e.Certificate), jsonText(e.Details))
}

// Event returns the event with the id.
func (tx *Tx) Event(id string) (iam.Event, error) {
	return one(tx, "event", scanEvent, `SELECT `+eventColumns+` FROM events WHERE id = $1`, id)
}

// DeleteEvents deletes the oldest events that happened before the time, at most
// as many as said, and returns how many it deleted. Ids sort by time, so that
// the oldest are at one end of the table.
func (tx *Tx) DeleteEvents(before time.Time, most int) (int64, error) {
	deleted, err := tx.exec(`DELETE FROM events WHERE id IN (SELECT id FROM events WHERE id < $1 ORDER BY id LIMIT $2)`,
		fmt.Sprintf("%016x", before.UnixMicro()), most)
	if err != nil {
		return 0, fmt.Errorf("delete events: %w", err)
	}
	return deleted, nil
}

// Events returns a page of events, newest first.
func (tx *Tx) Events(f iam.EventFilter) ([]iam.Event, error) {
	var where []string
	var args []any
	add := func(condition string, value any) {
		args = append(args, value)
		where = append(where, strings.ReplaceAll(condition, "?", fmt.Sprintf("$%d", len(args))))
	}
	if f.User != "" {
		add(`(user_id = ? OR actor_id = ?)`, f.User)
	}
	if f.Login != "" {
		add(`LOWER(user_login) = LOWER(?)`, f.Login)
	}
	if f.App != "" {
		add(`app_id = ?`, f.App)
	}
	if f.Org != "" {
		add(`org_id = ? AND org_id <> ''`, f.Org)
	}
	if f.Kind != "" {
		add(`kind = ?`, f.Kind)
	}
	if f.Outcome != "" {
		add(`outcome = ?`, f.Outcome)
	}
	if f.Attempt != "" {
		add(`attempt_id = ? AND attempt_id <> ''`, f.Attempt)
	}
	if !f.From.IsZero() {
		add(`at >= ?`, micros(f.From))
	}
	if !f.Until.IsZero() {
		add(`at < ?`, micros(f.Until))
	}
	if f.Before != "" {
		add(`id < ?`, f.Before)
	}
	text := `SELECT ` + eventColumns + ` FROM events`
	if len(where) > 0 {
		text += ` WHERE ` + strings.Join(where, ` AND `)
	}
	args = append(args, f.Limit)
	return many(tx, "events", scanEvent, text+fmt.Sprintf(` ORDER BY id DESC LIMIT $%d`, len(args)), args...)
}
