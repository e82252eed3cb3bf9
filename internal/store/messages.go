package store

import (
	"fmt"
	"strings"
	"time"

	"signet/internal/iam"
)

const messageColumns = `id, kind, COALESCE(user_id, ''), recipient, locale, subject, letter_json, secret, sealed, state, tries, fault, answer,
	created_at, waits_since, next_try_at, expires_at, done_at, lease`

func scanMessage(r row) (m iam.Message, err error) {
	return m, r.Scan(&m.ID, &m.Kind, &m.User, &m.To, &m.Locale, &m.Subject, fromJSON{&m.Letter}, &m.Secret, &m.Sealed, &m.State, &m.Tries, &m.Fault, &m.Answer,
		stamp{&m.CreatedAt}, stamp{&m.WaitsSince}, stamp{&m.NextTryAt}, stamp{&m.ExpiresAt}, stamp{&m.DoneAt}, &m.Lease)
}

// NewMessageID returns an id that sorts by the time of the transaction.
func (tx *Tx) NewMessageID() iam.MessageID {
	return iam.MessageID(fmt.Sprintf("%016x%s", tx.now.UnixMicro(), iam.NewID()[:12]))
}

// InsertMessage adds a message to the outbox.
func (tx *Tx) InsertMessage(m iam.Message) error {
	sealed := m.Sealed
	if sealed == nil {
		sealed = []byte{}
	}
	return tx.insert("message", `INSERT INTO messages (id, kind, user_id, recipient, locale, subject, letter_json, secret, sealed, state, tries, fault, answer,
			created_at, waits_since, next_try_at, expires_at, done_at, lease, leased_until)
		VALUES ($1, $2, NULLIF($3, ''), $4, $5, $6, $7, $8, $9, $10, 0, '', '', $11, $11, $11, $12, 0, '', 0)`,
		m.ID, m.Kind, string(m.User), m.To, m.Locale, m.Subject, jsonText(m.Letter), m.Secret, sealed, m.State, micros(tx.now), micros(m.ExpiresAt))
}

// Message returns the message with the id.
func (tx *Tx) Message(id iam.MessageID) (iam.Message, error) {
	return one(tx, "message", scanMessage, `SELECT `+messageColumns+` FROM messages WHERE id = $1`, id)
}

// Messages returns a page of the outbox, the newest first.
func (tx *Tx) Messages(f iam.MessageFilter) ([]iam.Message, error) {
	var where []string
	args := []any{f.Limit}
	if f.State != "" {
		args = append(args, f.State)
		where = append(where, fmt.Sprintf(`state = $%d`, len(args)))
	}
	if f.Before != "" {
		args = append(args, f.Before)
		where = append(where, fmt.Sprintf(`id < $%d`, len(args)))
	}
	text := `SELECT ` + messageColumns + ` FROM messages`
	if len(where) > 0 {
		text += ` WHERE ` + strings.Join(where, ` AND `)
	}
	return many(tx, "messages", scanMessage, text+` ORDER BY id DESC LIMIT $1`, args...)
}

// MessageCounts returns how many messages there are in each state.
func (tx *Tx) MessageCounts() (map[iam.MessageState]int64, error) {
	type tally struct {
		state iam.MessageState
		n     int64
	}
	rows, err := many(tx, "messages", func(r row) (t tally, err error) { return t, r.Scan(&t.state, &t.n) }, `SELECT state, COUNT(*) FROM messages GROUP BY state`)
	counts := map[iam.MessageState]int64{}
	for _, t := range rows {
		counts[t.state] = t.n
	}
	return counts, err
}

// MessageDue reports whether a message waits that nobody sends at the moment.
func (tx *Tx) MessageDue() (bool, error) {
	n, err := one(tx, "messages", count, `SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE state = 'waiting' AND next_try_at <= $1 AND leased_until <= $1 LIMIT 1) due`, micros(tx.now))
	return n > 0, err
}

// LeaseMessage takes the message that waits longest, for as long as said: of two
// nodes that ask at once one has it.
func (tx *Tx) LeaseMessage(lease string, until time.Time) (iam.Message, error) {
	return one(tx, "message", scanMessage, `UPDATE messages SET lease = $2, leased_until = $3, tries = tries + 1
		WHERE state = 'waiting' AND leased_until <= $1 AND id = (
			SELECT id FROM messages WHERE state = 'waiting' AND next_try_at <= $1 AND leased_until <= $1 ORDER BY next_try_at, id LIMIT 1)
		RETURNING `+messageColumns, micros(tx.now), lease, micros(until))
}

// FinishMessage says that a message was sent or given up. Only who holds the
// lease may. What was secret in it is forgotten.
func (tx *Tx) FinishMessage(m iam.Message, state iam.MessageState, fault, answer string) error {
	return tx.change("message", `UPDATE messages SET state = $3, fault = $4, answer = $5, done_at = $6, sealed = $7, lease = '', leased_until = 0
		WHERE id = $1 AND lease = $2 AND state = 'waiting'`, m.ID, m.Lease, state, fault, answer, micros(tx.now), []byte{})
}

// PostponeMessage says that a try failed and when the next one is.
func (tx *Tx) PostponeMessage(m iam.Message, fault, answer string, next time.Time) error {
	return tx.change("message", `UPDATE messages SET fault = $3, answer = $4, next_try_at = $5, lease = '', leased_until = 0
		WHERE id = $1 AND lease = $2 AND state = 'waiting'`, m.ID, m.Lease, fault, answer, micros(next))
}

// RetryMessage lets a message be sent at once. One that a node sends at the moment
// or that was sent is left alone.
func (tx *Tx) RetryMessage(id iam.MessageID) error {
	return tx.change("message", `UPDATE messages SET state = 'waiting', next_try_at = $2, waits_since = $2, done_at = 0, fault = '', answer = ''
		WHERE id = $1 AND state <> 'sent' AND leased_until <= $2`, id, micros(tx.now))
}

// ShelveMessages says of all that wait that they would have been sent: mail was
// switched off.
func (tx *Tx) ShelveMessages() error {
	if _, err := tx.exec(`UPDATE messages SET state = 'unsent', done_at = $1, sealed = $2, fault = '', answer = '' WHERE state = 'waiting' AND leased_until <= $1`, micros(tx.now), []byte{}); err != nil {
		return fmt.Errorf("shelve messages: %w", err)
	}
	return nil
}

// OldestMessage returns since when the message waits that waits longest; zero
// where none does.
func (tx *Tx) OldestMessage() (time.Time, error) {
	return one(tx, "message", func(r row) (t time.Time, err error) { return t, r.Scan(stamp{&t}) },
		`SELECT COALESCE(MIN(waits_since), 0) FROM messages WHERE state = 'waiting'`)
}

// DeleteMessages deletes what was over before the time, at most as many as said.
func (tx *Tx) DeleteMessages(before time.Time, most int) (int64, error) {
	n, err := tx.exec(`DELETE FROM messages WHERE id IN (SELECT id FROM messages WHERE state <> 'waiting' AND created_at < $1 AND done_at < $1 ORDER BY id LIMIT $2)`, micros(before), most)
	if err != nil {
		return 0, fmt.Errorf("delete messages: %w", err)
	}
	return n, nil
}

// ReplaceMessage deletes the message of a kind that this same transaction wrote to
// a person, in whose place it writes one that says more.
func (tx *Tx) ReplaceMessage(user iam.UserID, kind iam.MessageKind) error {
	if _, err := tx.exec(`DELETE FROM messages WHERE user_id = $1 AND kind = $2 AND created_at = $3 AND tries = 0`, user, kind, micros(tx.now)); err != nil {
		return fmt.Errorf("replace message: %w", err)
	}
	return nil
}
