package signing

import (
	"cmp"
	"context"
	"crypto"
	"fmt"
	"time"

	"signet/internal/iam"
	"signet/internal/store"
)

const (
	defaultEvery = 90 * 24 * time.Hour
	defaultAhead = 24 * time.Hour
	defaultKeep  = 48 * time.Hour
)

// Rotate makes the keys that are missing or soon will be, retires those that
// another one has followed, and forgets those of long ago. It is called at the
// start and every hour; calling it more often, or on every node, changes
// nothing.
func (r *Ring) Rotate(ctx context.Context) error {
	if err := r.rotate(ctx, ES256); err != nil {
		return err
	}
	known, err := r.reread(ctx)
	if err != nil {
		return err
	}
	for _, algorithm := range Algorithms()[1:] {
		if _, ok := active(known.rows, algorithm, r.now()); ok { // it was needed once
			if err := r.rotate(ctx, algorithm); err != nil {
				return err
			}
		}
	}
	// What cannot be opened is found at the start and not by the first person.
	_, err = r.reread(ctx)
	return err
}

// rotate rotates the keys of one algorithm.
func (r *Ring) rotate(ctx context.Context, algorithm string) error {
	var rows []iam.SigningKey
	if err := r.DB.View(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.SigningKeys()
		return err
	}); err != nil {
		return fmt.Errorf("rotate signing keys: %w", err)
	}
	do := r.next(rows, algorithm, r.DB.Now())
	if do.nothing() {
		return nil
	}
	// Made before the transaction: an RSA key takes longer than other writers
	// should wait.
	var made crypto.Signer
	if !do.make.IsZero() {
		var err error
		if made, err = generate(algorithm); err != nil {
			return fmt.Errorf("make signing key: %w", err)
		}
	}
	err := r.DB.Update(ctx, func(tx *store.Tx) error {
		rows, err := tx.SigningKeys()
		if err != nil {
			return err
		}
		// Decided again: another node may have been faster.
		return r.carryOut(tx, r.next(rows, algorithm, tx.Now()), algorithm, made)
	})
	if err != nil {
		return fmt.Errorf("rotate signing keys: %w", err)
	}
	return nil
}

// todo is what has to be done about the keys of one algorithm.
type todo struct {
	make   time.Time // when a key to be made begins to sign; zero: none is needed
	retire []string  // kids
	forget bool
}

func (t todo) nothing() bool { return t.make.IsZero() && len(t.retire) == 0 && !t.forget }

// next decides what has to be done. It only computes.
func (r *Ring) next(rows []iam.SigningKey, algorithm string, now time.Time) (do todo) {
	present, ok := active(rows, algorithm, now)
	if !ok {
		do.make = now
	}
	followed := false
	for _, row := range rows {
		if !row.ExpiresAt.IsZero() && row.ExpiresAt.Before(now.Add(-rememberFor)) {
			do.forget = true
		}
		if row.Algorithm != algorithm || !row.RetiredAt.IsZero() {
			continue
		}
		switch {
		case row.ActiveFrom.After(now):
			followed = true
		case row.ID != present.ID:
			do.retire = append(do.retire, row.ID)
		}
	}
	ends, ahead := present.ActiveFrom.Add(cmp.Or(r.Every, defaultEvery)), cmp.Or(r.Ahead, defaultAhead)
	if ok && !followed && !now.Before(ends.Add(-ahead)) {
		do.make = now.Add(ahead)
		if ends.After(do.make) {
			do.make = ends
		}
	}
	return do
}

func (r *Ring) carryOut(tx *store.Tx, do todo, algorithm string, made crypto.Signer) error {
	if !do.make.IsZero() && made != nil {
		row, err := sealed(r.Box, algorithm, made)
		if err != nil {
			return err
		}
		row.CreatedAt, row.ActiveFrom = tx.Now(), do.make
		if err := tx.InsertSigningKey(row); err != nil {
			return err
		}
		if err := r.tell(tx, row.ID, algorithm, "made"); err != nil {
			return err
		}
	}
	for _, id := range do.retire {
		if err := tx.RetireSigningKey(id, tx.Now().Add(cmp.Or(r.Keep, defaultKeep))); err != nil {
			return err
		}
		if err := r.tell(tx, id, algorithm, "retired"); err != nil {
			return err
		}
	}
	if do.forget {
		return tx.DeleteSigningKeys(tx.Now().Add(-rememberFor))
	}
	return nil
}

func (r *Ring) tell(tx *store.Tx, id, algorithm, change string) error {
	return r.Log.Write(tx, iam.Program("signing keys"), iam.Event{
		Kind: iam.EventSigningKeyRotated, Details: map[string]string{"key": id, "algorithm": algorithm, "change": change},
	})
}
