-- +goose Up
-- Names that the issuing CA gave the holder of an identifier's certificate, by
-- which a renewed certificate is recognised. SHA-256 hashes.
CREATE TABLE identity_names (
  identity_id TEXT NOT NULL REFERENCES identities (id) ON DELETE CASCADE,
  provider_id TEXT NOT NULL,
  name_hash   BLOB NOT NULL,
  PRIMARY KEY (identity_id, name_hash)
);
CREATE INDEX identity_names_by_name ON identity_names (provider_id, name_hash);

-- +goose Down
DROP TABLE identity_names;
