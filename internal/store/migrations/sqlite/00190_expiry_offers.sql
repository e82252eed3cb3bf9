-- +goose Up
-- Of which certificate its holder was told that it soon ends, so that they are
-- asked once a week only.
CREATE TABLE expiry_offers (
  identity_id TEXT NOT NULL PRIMARY KEY REFERENCES identities (id) ON DELETE CASCADE,
  sha256      TEXT NOT NULL,
  offered_at  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE expiry_offers;
