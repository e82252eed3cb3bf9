package signing

import (
	"cmp"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/seal"
	"signet/internal/store"
)

// Ring holds the keys of an installation. It is safe for concurrent use.
type Ring struct {
	DB  *store.DB
	Box *seal.Box
	Log *audit.Log
	// Now is the clock that decides when to look at the rows again; the store's
	// where nil.
	Now func() time.Time

	// Every is how long a key signs; 90 days by default.
	Every time.Duration
	// Ahead is how long a key is published before it signs; a day by default.
	Ahead time.Duration
	// Keep is how long a key is published after it signed last; two days by
	// default. It must be longer than any token lives.
	Keep time.Duration

	mu   sync.Mutex
	keys *keys // under mu; replaced, never changed
}

// rereadAfter is how long a node may go on with what it read of the rows.
const rereadAfter = 2 * time.Second

// rememberFor is how long a key that is no longer published still verifies the
// hints of people who sign out.
const rememberFor = 180 * 24 * time.Hour

// keys is what the rows said at one time.
type keys struct {
	read      time.Time
	rows      []iam.SigningKey
	parsed    map[string]*Key             // private halves by kid, of those that sign now or next
	public    map[string]*jose.JSONWebKey // public halves by kid, of all that are remembered
	published []byte                      // the JWK Set
	until     time.Time                   // when the set of keys that sign or are published changes by itself
}

func (r *Ring) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return r.DB.Now()
}

// Key returns the key that signs with the algorithm now. The first use of an
// algorithm makes its key, so that a first start waits for no RSA key that
// nobody may ever need.
func (r *Ring) Key(ctx context.Context, algorithm string) (*Key, error) {
	known, err := r.current(ctx)
	if err != nil {
		return nil, err
	}
	if row, ok := active(known.rows, algorithm, r.now()); ok {
		return known.parsed[row.ID], nil
	}
	if err := r.rotate(ctx, algorithm); err != nil {
		return nil, err
	}
	if known, err = r.reread(ctx); err != nil {
		return nil, err
	}
	row, ok := active(known.rows, algorithm, r.now())
	if !ok {
		return nil, fmt.Errorf("no key signs with %s", algorithm)
	}
	return known.parsed[row.ID], nil
}

// JWKS returns the keys that verify our tokens, as a JWK Set (RFC 7517, section
// 5). The caller must not change it.
func (r *Ring) JWKS(ctx context.Context) ([]byte, error) {
	known, err := r.current(ctx)
	if err != nil {
		return nil, err
	}
	return known.published, nil
}

// Verify returns the payload of a token that one of our keys signed, however
// long ago. It says nothing about dates and claims.
func (r *Ring) Verify(ctx context.Context, token string) ([]byte, error) {
	known, err := r.current(ctx)
	if err != nil {
		return nil, err
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{ES256, RS256})
	if err != nil {
		return nil, &iam.Error{Kind: iam.KindInvalid, Cause: "token_not_ours", Err: err}
	}
	header := parsed.Signatures[0].Protected
	key := known.public[header.KeyID]
	// The algorithm is the key's, not the token's: a token does not choose how it
	// is verified (RFC 8725, section 3.1).
	if key == nil || key.Algorithm != header.Algorithm {
		return nil, iam.Invalid("token", "token_not_ours")
	}
	payload, err := parsed.Verify(key.Key)
	if err != nil {
		return nil, &iam.Error{Kind: iam.KindInvalid, Cause: "token_not_ours", Err: err}
	}
	return payload, nil
}

// current returns the keys, read from the rows again when it is time.
func (r *Ring) current(ctx context.Context) (*keys, error) {
	r.mu.Lock()
	known := r.keys
	r.mu.Unlock()
	now := r.now()
	if known != nil && now.Sub(known.read) < rereadAfter && now.Before(known.until) && !now.Before(known.read) {
		return known, nil
	}
	return r.reread(ctx)
}

// reread reads the rows. Two requests may do it at once: the later of two equal
// answers stands.
func (r *Ring) reread(ctx context.Context) (*keys, error) {
	var rows []iam.SigningKey
	err := r.DB.View(ctx, func(tx *store.Tx) (err error) {
		rows, err = tx.SigningKeys()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read signing keys: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if r.keys != nil && now.Before(r.keys.until) && slices.EqualFunc(rows, r.keys.rows, sameRow) {
		same := *r.keys
		same.read = now
		r.keys = &same
		return r.keys, nil
	}
	known, err := r.parse(rows, now)
	if err != nil {
		return nil, err
	}
	r.keys = known
	return known, nil
}

func sameRow(a, b iam.SigningKey) bool {
	return a.ID == b.ID && a.ActiveFrom.Equal(b.ActiveFrom) && a.RetiredAt.Equal(b.RetiredAt) && a.ExpiresAt.Equal(b.ExpiresAt)
}

// parse makes of the rows what requests need. Under mu.
func (r *Ring) parse(rows []iam.SigningKey, now time.Time) (*keys, error) {
	known := &keys{read: now, rows: rows, parsed: map[string]*Key{}, public: map[string]*jose.JSONWebKey{}, until: now.Add(cmp.Or(r.Every, defaultEvery))}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, row := range rows {
		public, err := x509.ParsePKIXPublicKey(row.Public)
		if err != nil || !fits(public, row.Algorithm) {
			return nil, fmt.Errorf("parse signing key %s: not a key for %s", row.ID, row.Algorithm)
		}
		known.public[row.ID] = &jose.JSONWebKey{Key: crypto.PublicKey(public), KeyID: row.ID, Algorithm: row.Algorithm, Use: "sig"}
		if row.RetiredAt.IsZero() {
			if known.parsed[row.ID], err = r.private(row); err != nil {
				return nil, err
			}
		}
		if row.ExpiresAt.IsZero() || row.ExpiresAt.After(now) {
			set.Keys = append(set.Keys, *known.public[row.ID])
		}
		for _, change := range []time.Time{row.ActiveFrom, row.ExpiresAt} {
			if change.After(now) && change.Before(known.until) {
				known.until = change
			}
		}
	}
	var err error
	known.published, err = json.Marshal(set)
	return known, err
}

// private opens a private key, once in the life of the ring. Under mu.
func (r *Ring) private(row iam.SigningKey) (*Key, error) {
	if r.keys != nil && r.keys.parsed[row.ID] != nil {
		return r.keys.parsed[row.ID], nil
	}
	return open(r.Box, row)
}

// active returns the key of the algorithm that signs at the time: the newest
// that has begun. All nodes decide the same from the same rows.
func active(rows []iam.SigningKey, algorithm string, at time.Time) (found iam.SigningKey, ok bool) {
	for _, row := range rows { // in the order of ActiveFrom
		if row.Algorithm == algorithm && row.RetiredAt.IsZero() && !row.ActiveFrom.After(at) {
			found, ok = row, true
		}
	}
	return found, ok
}
