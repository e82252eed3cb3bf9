package store

import (
	"fmt"
	"time"

	"signet/internal/iam"
)

const listColumns = `provider_id, authority, source, learned, certificate, data_hash, number, kind, this_update, next_update, entries, fetched_at, tried_at, next_try_at, failures, fault, fault_detail`

func scanList(r row) (l iam.RevocationList, err error) {
	err = r.Scan(&l.Provider, &l.Authority, &l.Source, &l.Learned, &l.Certificate, &l.DataHash, &l.Number, &l.Kind, stamp{&l.ThisUpdate}, stamp{&l.NextUpdate},
		&l.Entries, stamp{&l.FetchedAt}, stamp{&l.TriedAt}, stamp{&l.NextTryAt}, &l.Failures, &l.Fault, &l.FaultDetail)
	if len(l.DataHash) == 0 {
		l.DataHash = nil
	}
	return l, err
}

// RevocationLists returns every source of lists.
func (tx *Tx) RevocationLists() ([]iam.RevocationList, error) {
	return many(tx, "revocation lists", scanList, `SELECT `+listColumns+` FROM revocation_lists ORDER BY provider_id, authority, source`)
}

// RevocationListsOf returns the sources of lists of a login method.
func (tx *Tx) RevocationListsOf(provider iam.ProviderID) ([]iam.RevocationList, error) {
	return many(tx, "revocation lists", scanList, `SELECT `+listColumns+` FROM revocation_lists WHERE provider_id = $1 ORDER BY authority, source`, provider)
}

// RevocationList returns one source of lists.
func (tx *Tx) RevocationList(provider iam.ProviderID, authority, source string) (iam.RevocationList, error) {
	return one(tx, "revocation_list", scanList, `SELECT `+listColumns+` FROM revocation_lists WHERE provider_id = $1 AND authority = $2 AND source = $3`,
		provider, authority, source)
}

// DueRevocationLists returns the sources whose time to be asked has come.
func (tx *Tx) DueRevocationLists() ([]iam.RevocationList, error) {
	return many(tx, "revocation lists", scanList, `SELECT `+listColumns+` FROM revocation_lists WHERE next_try_at > 0 AND next_try_at <= $1
		ORDER BY next_try_at LIMIT 100`, micros(tx.now))
}

// AddRevocationList adds a source without a list, and reports false where there
// is one already.
func (tx *Tx) AddRevocationList(l iam.RevocationList) (bool, error) {
	n, err := tx.exec(`INSERT INTO revocation_lists (`+listColumns+`) VALUES ($1, $2, $3, $4, $5, $6, '', '', 0, 0, 0, 0, 0, $7, 0, '', '')
		ON CONFLICT (provider_id, authority, source) DO NOTHING`, l.Provider, l.Authority, l.Source, l.Learned, l.Certificate, []byte{}, micros(l.NextTryAt))
	if err != nil {
		return false, fmt.Errorf("add revocation list: %w", err)
	}
	return n == 1, nil
}

// ClaimRevocationList moves the next try of a source on, unless somebody else
// did so since it was read: of several nodes one fetches.
func (tx *Tx) ClaimRevocationList(l iam.RevocationList, until time.Time) (bool, error) {
	n, err := tx.exec(`UPDATE revocation_lists SET next_try_at = $5, tried_at = $6 WHERE provider_id = $1 AND authority = $2 AND source = $3 AND next_try_at = $4`,
		l.Provider, l.Authority, l.Source, micros(l.NextTryAt), micros(until), micros(tx.now))
	if err != nil {
		return false, fmt.Errorf("claim revocation list: %w", err)
	}
	return n == 1, nil
}

// KeepRevocationList stores a new good list of a source.
func (tx *Tx) KeepRevocationList(l iam.RevocationList, data []byte) error {
	if err := tx.insert("revocation data", `INSERT INTO revocation_data (hash, data) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING`, l.DataHash, data); err != nil {
		return err
	}
	return tx.change("revocation_list", `UPDATE revocation_lists SET certificate = $4, data_hash = $5, number = $6, this_update = $7, next_update = $8, entries = $9,
		fetched_at = $10, next_try_at = $11, kind = $12, failures = 0, fault = '', fault_detail = '' WHERE provider_id = $1 AND authority = $2 AND source = $3`,
		l.Provider, l.Authority, l.Source, l.Certificate, l.DataHash, l.Number, micros(l.ThisUpdate), micros(l.NextUpdate), l.Entries,
		micros(tx.now), micros(l.NextTryAt), l.Kind)
}

// FailRevocationList remembers why a source gave nothing, and when to ask again.
// The last good list stays.
func (tx *Tx) FailRevocationList(l iam.RevocationList) error {
	return tx.change("revocation_list", `UPDATE revocation_lists SET failures = failures + 1, fault = $4, fault_detail = $5, next_try_at = $6
		WHERE provider_id = $1 AND authority = $2 AND source = $3`, l.Provider, l.Authority, l.Source, l.Fault, l.FaultDetail, micros(l.NextTryAt))
}

// DeleteRevocationList forgets a source.
func (tx *Tx) DeleteRevocationList(provider iam.ProviderID, authority, source string) error {
	return tx.change("revocation_list", `DELETE FROM revocation_lists WHERE provider_id = $1 AND authority = $2 AND source = $3`, provider, authority, source)
}

// RevocationData returns a list by its hash.
func (tx *Tx) RevocationData(hash []byte) ([]byte, error) {
	return one(tx, "revocation_data", blob, `SELECT data FROM revocation_data WHERE hash = $1`, hash)
}

// SweepRevocationData deletes lists that no source has any more.
func (tx *Tx) SweepRevocationData() error {
	if _, err := tx.exec(`DELETE FROM revocation_data WHERE NOT EXISTS (SELECT 1 FROM revocation_lists l WHERE l.data_hash = revocation_data.hash)`); err != nil {
		return fmt.Errorf("sweep revocation data: %w", err)
	}
	return nil
}

// OCSPAnswer returns the last answer about a certificate that is not over, and
// when it came.
func (tx *Tx) OCSPAnswer(authority, serial string) ([]byte, time.Time, error) {
	type kept struct {
		answer []byte
		at     time.Time
	}
	k, err := one(tx, "ocsp_answer", func(r row) (k kept, err error) { return k, r.Scan(&k.answer, stamp{&k.at}) },
		`SELECT answer, fetched_at FROM ocsp_answers WHERE authority = $1 AND serial = $2 AND next_update >= $3`, authority, serial, micros(tx.now))
	return k.answer, k.at, err
}

// KeepOCSPAnswer stores an answer in the place of the last one.
func (tx *Tx) KeepOCSPAnswer(authority, serial string, answer []byte, nextUpdate time.Time) error {
	return tx.insert("OCSP answer", `INSERT INTO ocsp_answers (authority, serial, answer, next_update, fetched_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (authority, serial) DO UPDATE SET answer = excluded.answer, next_update = excluded.next_update, fetched_at = excluded.fetched_at`,
		authority, serial, answer, micros(nextUpdate), micros(tx.now))
}

// KeepResponder remembers that a certificate named a responder, unless the login
// method knows so many others.
func (tx *Tx) KeepResponder(r iam.LearnedResponder, most int) error {
	return tx.insert("learned responder", `INSERT INTO learned_responders (provider_id, authority, address, certificate, last_seen_at)
		SELECT $1, $2, $3, $4, CAST($5 AS BIGINT) WHERE (SELECT COUNT(*) FROM learned_responders WHERE provider_id = $1 AND NOT (authority = $2 AND address = $3)) < $6
		ON CONFLICT (provider_id, authority, address) DO UPDATE SET certificate = excluded.certificate, last_seen_at = excluded.last_seen_at`,
		string(r.Provider), r.Authority, r.Address, r.Certificate, micros(r.LastSeenAt), most)
}

// LearnedResponders returns the responders that certificates of a login method
// named since the time, the last ones first.
func (tx *Tx) LearnedResponders(method iam.ProviderID, since time.Time, limit int) ([]iam.LearnedResponder, error) {
	return many(tx, "learned responders", func(r row) (l iam.LearnedResponder, err error) {
		return l, r.Scan(&l.Provider, &l.Authority, &l.Address, &l.Certificate, stamp{&l.LastSeenAt})
	}, `SELECT provider_id, authority, address, certificate, last_seen_at FROM learned_responders
		WHERE provider_id = $1 AND last_seen_at >= $2 ORDER BY last_seen_at DESC, authority, address LIMIT $3`, method, micros(since), limit)
}

// KeepWithdrawal remembers that the certificate of an identifier was revoked,
// and reports whether that is new.
func (tx *Tx) KeepWithdrawal(w iam.Withdrawal) (bool, error) {
	n, err := tx.exec(`INSERT INTO withdrawals (identity_id, sha256, revoked_at, reason, source, noticed_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (identity_id) DO UPDATE SET sha256 = excluded.sha256, revoked_at = excluded.revoked_at, reason = excluded.reason, source = excluded.source,
			noticed_at = excluded.noticed_at WHERE withdrawals.sha256 <> excluded.sha256`,
		w.Identity, w.SHA256, micros(w.RevokedAt), w.Reason, w.Source, micros(tx.now))
	if err != nil {
		return false, fmt.Errorf("keep withdrawal: %w", err)
	}
	return n == 1, nil
}

// DeleteWithdrawal says that the certificate of an identifier is good again, or
// that it has another one.
func (tx *Tx) DeleteWithdrawal(id iam.IdentityID) error {
	if _, err := tx.exec(`DELETE FROM withdrawals WHERE identity_id = $1`, id); err != nil {
		return fmt.Errorf("delete withdrawal: %w", err)
	}
	return nil
}

// Withdrawals returns which of a person's identifiers were revoked.
func (tx *Tx) Withdrawals(user iam.UserID) ([]iam.Withdrawal, error) {
	return many(tx, "withdrawals", func(r row) (w iam.Withdrawal, err error) {
		return w, r.Scan(&w.Identity, &w.SHA256, stamp{&w.RevokedAt}, &w.Reason, &w.Source, stamp{&w.NoticedAt})
	}, `SELECT w.identity_id, w.sha256, w.revoked_at, w.reason, w.source, w.noticed_at FROM withdrawals w JOIN identities i ON i.id = w.identity_id
		WHERE i.user_id = $1 ORDER BY w.identity_id`, user)
}

// blob scans bytes.
func blob(r row) (b []byte, err error) { return b, r.Scan(&b) }
