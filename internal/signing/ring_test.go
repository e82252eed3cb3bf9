package signing_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"signet/internal/audit"
	"signet/internal/iam"
	"signet/internal/seal"
	"signet/internal/signing"
	"signet/internal/store"
	"signet/internal/store/storetest"
)

const day = 24 * time.Hour

func box(t *testing.T) *seal.Box {
	t.Helper()
	key := make([]byte, seal.KeySize)
	_, _ = rand.Read(key)
	b, err := seal.NewBox(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// node is one of several programs over one database.
func node(db *store.DB, b *seal.Box) *signing.Ring {
	return &signing.Ring{DB: db, Box: b, Log: &audit.Log{DB: db}}
}

// sign signs and returns the token and its kid.
func sign(t *testing.T, r *signing.Ring, algorithm string) (token, kid string) {
	t.Helper()
	key, err := r.Key(t.Context(), algorithm)
	if err != nil {
		t.Fatal(err)
	}
	if token, err = key.Sign([]byte(`{"sub":"alice"}`)); err != nil {
		t.Fatal(err)
	}
	parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
	if err != nil {
		t.Fatal(err)
	}
	return token, parsed.Signatures[0].Header.KeyID
}

// published returns the kids of the JWK Set.
func published(t *testing.T, r *signing.Ring) []string {
	t.Helper()
	set := jwks(t, r)
	var kids []string
	for _, k := range set.Keys {
		if !k.IsPublic() || !k.Valid() || k.Use != "sig" {
			t.Errorf("published key %s: public %v, valid %v, use %q", k.KeyID, k.IsPublic(), k.Valid(), k.Use)
		}
		kids = append(kids, k.KeyID)
	}
	return kids
}

func jwks(t *testing.T, r *signing.Ring) (set jose.JSONWebKeySet) {
	t.Helper()
	text, err := r.JWKS(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	return set
}

func rotate(t *testing.T, r *signing.Ring) {
	t.Helper()
	if err := r.Rotate(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestTokensVerifyByThePublishedKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := node(db, box(t))
		rotate(t, r)
		if kids := published(t, r); len(kids) != 1 {
			t.Errorf("a first start makes %d keys, want the default one only", len(kids))
		}
		for _, algorithm := range signing.Algorithms() {
			token, kid := sign(t, r, algorithm)
			set := jwks(t, r)
			parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(algorithm)})
			if err != nil {
				t.Fatal(err)
			}
			payload, err := parsed.Verify(set.Key(kid)[0].Key)
			if err != nil || string(payload) != `{"sub":"alice"}` {
				t.Errorf("%s: %q, %v", algorithm, payload, err)
			}
			if payload, err := r.Verify(t.Context(), token); err != nil || string(payload) != `{"sub":"alice"}` {
				t.Errorf("Verify of %s: %q, %v", algorithm, payload, err)
			}
		}
	})
}

func TestForgedTokensAreRefused(t *testing.T) {
	db := storetest.New(t)
	r, stranger := node(db, box(t)), node(storetest.New(t), box(t))
	token, kid := sign(t, r, signing.ES256)
	foreign, _ := sign(t, stranger, signing.ES256)
	parts := strings.Split(token, ".")
	encode := base64.RawURLEncoding.EncodeToString
	changed := []byte(parts[2])
	changed[10] ^= 1
	for name, forged := range map[string]string{
		"of another installation": foreign,
		"without a signature":     encode([]byte(`{"alg":"none","kid":"`+kid+`"}`)) + "." + parts[1] + ".",
		"by the public key as a secret": encode([]byte(`{"alg":"HS256","kid":"`+kid+`"}`)) + "." + parts[1] + "." +
			parts[2],
		"with the algorithm of another key": encode([]byte(`{"alg":"RS256","kid":"`+kid+`"}`)) + "." + parts[1] + "." + parts[2],
		"with another payload":              parts[0] + "." + encode([]byte(`{"sub":"bob"}`)) + "." + parts[2],
		"with another signature":            parts[0] + "." + parts[1] + "." + string(changed),
		"with no kid":                       encode([]byte(`{"alg":"ES256"}`)) + "." + parts[1] + "." + parts[2],
		"with two dots too many":            token + "..",
		"empty":                             "",
	} {
		if payload, err := r.Verify(t.Context(), forged); iam.KindOf(err) != iam.KindInvalid {
			t.Errorf("a token %s: %q, %v; want invalid", name, payload, err)
		}
	}
}

func TestKeysRotate(t *testing.T) {
	var clock storetest.Clock
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		clock.Set(storetest.Start())
		r := node(db, box(t))
		rotate(t, r)
		oldToken, first := sign(t, r, signing.ES256)

		clock.Advance(89*day - time.Second)
		rotate(t, r)
		if kids := published(t, r); !slices.Equal(kids, []string{first}) {
			t.Fatalf("published a day and a second before the time: %v, want only %s", kids, first)
		}
		clock.Advance(time.Second)
		rotate(t, r)
		rotate(t, r) // twice is the same
		kids := published(t, r)
		if len(kids) != 2 {
			t.Fatalf("published a day ahead: %v, want two", kids)
		}
		second := kids[1]
		if _, kid := sign(t, r, signing.ES256); kid != first {
			t.Errorf("key %s signs a day too early", kid)
		}
		clock.Advance(day)
		if _, kid := sign(t, r, signing.ES256); kid != second {
			t.Errorf("key %s signs after 90 days, want the next one, whether or not Rotate has run", kid)
		}
		rotate(t, r)
		if kids := published(t, r); !slices.Equal(kids, []string{first, second}) {
			t.Errorf("published when the first has just retired: %v, want both", kids)
		}
		clock.Advance(2 * day)
		if kids := published(t, r); !slices.Equal(kids, []string{second}) {
			t.Errorf("published when the tokens of the first are over: %v, want only the second", kids)
		}
		if _, err := r.Verify(t.Context(), oldToken); err != nil {
			t.Errorf("the hint of somebody who signs out late is not known any more: %v", err)
		}
		clock.Advance(181 * day)
		rotate(t, r)
		if _, err := r.Verify(t.Context(), oldToken); iam.KindOf(err) != iam.KindInvalid {
			t.Errorf("a key of long ago still verifies: %v", err)
		}
	}, storetest.On(&clock))
}

func TestRotationIsRecorded(t *testing.T) {
	db := storetest.New(t)
	rotate(t, node(db, box(t)))
	err := db.View(t.Context(), func(tx *store.Tx) error {
		events, err := tx.Events(iam.EventFilter{Kind: iam.EventSigningKeyRotated, Limit: 10})
		if len(events) != 1 || events[0].Details["change"] != "made" || events[0].Details["algorithm"] != signing.ES256 {
			t.Errorf("events = %+v", events)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestNodesThatStartTogetherSignWithOneKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		b := box(t)
		var wait sync.WaitGroup
		nodes := make([]*signing.Ring, 5)
		for i := range nodes {
			nodes[i] = node(db, b)
			wait.Go(func() {
				if err := nodes[i].Rotate(t.Context()); err != nil {
					t.Errorf("Rotate: %v", err)
				}
			})
		}
		wait.Wait()
		_, want := sign(t, nodes[0], signing.ES256)
		for _, n := range nodes {
			if _, kid := sign(t, n, signing.ES256); kid != want {
				t.Errorf("a node signs with %s, another with %s", kid, want)
			}
			if kids := published(t, n); !slices.Equal(kids, []string{want}) {
				t.Errorf("published: %v, want only %s", kids, want)
			}
		}
	})
}

func TestNodesFollowTheRows(t *testing.T) {
	var clock storetest.Clock
	db := storetest.New(t, storetest.On(&clock))
	b := box(t)
	one, other := node(db, b), node(db, b)
	rotate(t, one)
	_, kid := sign(t, one, signing.ES256)
	published(t, other)
	err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.RetireSigningKey(kid, tx.Now()) })
	if err != nil {
		t.Fatal(err)
	}
	clock.Advance(3 * time.Second)
	if kids := published(t, other); slices.Contains(kids, kid) {
		t.Errorf("another node still publishes %s after three seconds", kid)
	}
	if _, now := sign(t, one, signing.ES256); now == kid {
		t.Error("a retired key signs")
	}
}

func TestSigningDoesNotReadTheRowsEachTime(t *testing.T) {
	var clock storetest.Clock
	db := storetest.New(t, storetest.On(&clock))
	r := node(db, box(t))
	rotate(t, r)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Key(t.Context(), signing.ES256); err != nil {
		t.Errorf("the database was asked: %v", err)
	}
}

func TestPrivateKeysAreSealed(t *testing.T) {
	db, b := storetest.New(t), box(t)
	r := node(db, b)
	rotate(t, r)
	sign(t, r, signing.RS256)
	var rows []iam.SigningKey
	if err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		rows, err = tx.SigningKeys()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if strings.Contains(string(row.Private), string(row.Public[len(row.Public)-32:])) {
			t.Errorf("key %s lies open", row.ID)
		}
	}
	if err := node(db, box(t)).Rotate(t.Context()); err == nil {
		t.Error("another master key opened the keys")
	}
	// A sealed key that is moved to another row is of no use there.
	es, rs := rows[0], rows[1]
	if es.Algorithm != signing.ES256 {
		es, rs = rs, es
	}
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		es.ID, es.Private, es.ActiveFrom = "swapped", rs.Private, tx.Now().Add(time.Hour) // the next key: an older one would retire unopened
		return tx.InsertSigningKey(es)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := node(db, b).Rotate(t.Context()); err == nil {
		t.Error("a sealed key of another row was opened")
	}
}

func TestUnknownAlgorithm(t *testing.T) {
	if _, err := node(storetest.New(t), box(t)).Key(t.Context(), "none"); err == nil {
		t.Error("a key for \"none\"")
	}
}
