package store

import (
	"fmt"
	"strings"
	"time"

	"signet/internal/iam"
)

const announcedColumns = `id, provider_id, user_id, kind, issuer, issuer_name, value, shown, created_at, created_by`

func scanAnnounced(r row) (a iam.Announced, err error) {
	return a, r.Scan(&a.ID, &a.Provider, &a.User, &a.Kind, &a.Issuer, &a.IssuerName, &a.Value, &a.Shown, stamp{&a.CreatedAt}, &a.CreatedBy)
}

// InsertAnnounced announces a certificate, and reports false where the value is
// announced already, for whomever: the unique constraint decides.
func (tx *Tx) InsertAnnounced(a iam.Announced) (bool, error) {
	n, err := tx.exec(`INSERT INTO announced (`+announcedColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (provider_id, kind, issuer, value) DO NOTHING`,
		a.ID, a.Provider, a.User, a.Kind, a.Issuer, a.IssuerName, a.Value, a.Shown, micros(a.CreatedAt), a.CreatedBy)
	if err != nil {
		return false, fmt.Errorf("insert announced: %w", err)
	}
	return n == 1, nil
}

// AnnouncedWith returns what was announced in a login method with one of the
// values, given by kind, issuer and value.
func (tx *Tx) AnnouncedWith(provider iam.ProviderID, values []iam.Announced) ([]iam.Announced, error) {
	if len(values) == 0 {
		return nil, nil
	}
	args, places := []any{provider}, make([]string, 0, len(values))
	for _, v := range values {
		n := len(args)
		places = append(places, fmt.Sprintf("(kind = $%d AND issuer = $%d AND value = $%d)", n+1, n+2, n+3))
		args = append(args, v.Kind, v.Issuer, v.Value)
	}
	return few(tx, "announced", scanAnnounced,
		`SELECT `+announcedColumns+` FROM announced WHERE provider_id = $1 AND (`+strings.Join(places, " OR ")+`)`, args...)
}

// AnnouncedFor returns what was announced for a person and still waits, oldest first.
func (tx *Tx) AnnouncedFor(user iam.UserID) ([]iam.Announced, error) {
	return few(tx, "announced", scanAnnounced, `SELECT `+announcedColumns+` FROM announced WHERE user_id = $1 ORDER BY created_at, id`, user)
}

// AnnouncedIn returns a page of what waits in a login method, in the order of ids,
// after the given one.
func (tx *Tx) AnnouncedIn(provider iam.ProviderID, after string, limit int) ([]iam.Announced, error) {
	return many(tx, "announced", scanAnnounced, `SELECT `+announcedColumns+` FROM announced WHERE provider_id = $1 AND id > $2 ORDER BY id LIMIT $3`,
		provider, after, limit)
}

// AnnouncedKinds returns of which kinds something waits in a login method.
func (tx *Tx) AnnouncedKinds(provider iam.ProviderID) ([]iam.AnnouncedKind, error) {
	return few(tx, "announced", func(r row) (k iam.AnnouncedKind, err error) { return k, r.Scan(&k) },
		`SELECT DISTINCT kind FROM announced WHERE provider_id = $1`, provider)
}

// TakeAnnounced ends what was announced, and reports false where it is gone
// already.
func (tx *Tx) TakeAnnounced(id string) (bool, error) {
	n, err := tx.exec(`DELETE FROM announced WHERE id = $1`, id)
	if err != nil {
		return false, fmt.Errorf("take announced: %w", err)
	}
	return n == 1, nil
}

// UnlinkedAt reports whether what was shown was an identifier of the person and was
// taken off them, and when that was last; zero where it is not known any more.
func (tx *Tx) UnlinkedAt(provider iam.ProviderID, e iam.Evidence, user iam.UserID) (at time.Time, was bool, err error) {
	known := e.KnownBy()
	all, err := few(tx, "unlinked", func(r row) (t time.Time, err error) { return t, r.Scan(stamp{&t}) },
		`SELECT at FROM unlinked WHERE provider_id = $1 AND key IN ($2, $3, $4) AND user_id = $5 ORDER BY at DESC LIMIT 1`, provider, known[0], known[1], known[2], user)
	if err != nil || len(all) == 0 {
		return time.Time{}, false, err
	}
	return all[0], true, nil
}
