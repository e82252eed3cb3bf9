package store

import (
	"encoding/json"
	"fmt"
	"time"

	"signet/internal/iam"
)

// Setting reads the value stored under the key into v, and reports whether
// there is one.
func (tx *Tx) Setting(key string, v any) (bool, error) {
	stored, err := one(tx, "setting", text, `SELECT value_json FROM settings WHERE key = $1`, key)
	if iam.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := json.Unmarshal([]byte(stored), v); err != nil {
		return false, fmt.Errorf("read setting %s: %w", key, err)
	}
	return true, nil
}

// SetSetting stores a value under the key.
func (tx *Tx) SetSetting(key string, v any) error {
	return tx.insert("setting", `INSERT INTO settings (key, value_json, updated_at) VALUES ($1, $2, $3)
		ON CONFLICT (key) DO UPDATE SET value_json = excluded.value_json, updated_at = excluded.updated_at`, key, jsonText(v), micros(tx.now))
}

// settingsKey is where the settings of the installation are stored.
const settingsKey = "general"

// Settings returns what holds for the whole installation. Every page reads it,
// so it is remembered as the configuration is.
func (tx *Tx) Settings() (iam.Settings, error) {
	return recall(tx, &tx.db.cache.settings, settingsKey, func() (s iam.Settings, err error) {
		_, err = tx.Setting(settingsKey, &s)
		return s, err
	})
}

// SetSettings stores changed settings, provided that nobody changed the version
// that they were read at. Both engines let one of two at once read first.
func (tx *Tx) SetSettings(s iam.Settings) error {
	stored, err := tx.Settings()
	if err != nil {
		return err
	}
	if stored.Version != s.Version {
		return iam.Conflict("changed_meanwhile")
	}
	s.Version++
	return tx.SetSetting(settingsKey, s)
}

// CountTry counts one more try under the key and returns how many there have
// been since the window began, this one included, and when it ends.
func (tx *Tx) CountTry(key string, window time.Duration) (tries int64, resets time.Time, err error) {
	type tally struct {
		tries  int64
		resets time.Time
	}
	found, err := one(tx, "throttle", func(r row) (t tally, err error) {
		return t, r.Scan(&t.tries, stamp{&t.resets})
	}, `INSERT INTO throttles (key, tries, resets_at) VALUES ($1, 1, $2)
		ON CONFLICT (key) DO UPDATE SET
			tries = CASE WHEN throttles.resets_at <= $3 THEN 1 ELSE throttles.tries + 1 END,
			resets_at = CASE WHEN throttles.resets_at <= $3 THEN excluded.resets_at ELSE throttles.resets_at END
		RETURNING tries, resets_at`, key, micros(tx.now.Add(window)), micros(tx.now))
	return found.tries, found.resets, err
}

// TakeBackTry takes back one try that was counted under the key.
func (tx *Tx) TakeBackTry(key string) error {
	_, err := tx.exec(`UPDATE throttles SET tries = tries - 1 WHERE key = $1 AND tries > 0`, key)
	return err
}

// ForgetTries starts counting anew under the key.
func (tx *Tx) ForgetTries(key string) error {
	_, err := tx.exec(`DELETE FROM throttles WHERE key = $1`, key)
	return err
}
