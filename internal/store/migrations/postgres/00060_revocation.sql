-- +goose Up
-- What certificate authorities say about revoked certificates, and what is
-- blocked here.

-- One row for each source of lists of each authority of a login method.
CREATE TABLE revocation_lists (
  provider_id  TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
  authority    TEXT NOT NULL, -- SHA-256 over the name and the key of the CA
  source       TEXT NOT NULL CHECK (source <> ''), -- an address, file:NAME, or upload
  learned      BOOLEAN NOT NULL, -- named by a certificate, not by an administrator
  certificate  BYTEA NOT NULL, -- of the CA that signs the list
  data_hash    BYTEA NOT NULL, -- of the last good list; empty: none yet
  number       TEXT NOT NULL,
  this_update  BIGINT NOT NULL,
  next_update  BIGINT NOT NULL,
  entries      BIGINT NOT NULL,
  fetched_at   BIGINT NOT NULL,
  tried_at     BIGINT NOT NULL,
  next_try_at  BIGINT NOT NULL,
  failures     BIGINT NOT NULL, -- since the last success
  fault        TEXT NOT NULL,
  fault_detail TEXT NOT NULL,
  PRIMARY KEY (provider_id, authority, source)
);
CREATE INDEX revocation_lists_by_next_try ON revocation_lists (next_try_at);

-- The lists themselves, once each, however many methods use them.
CREATE TABLE revocation_data (
  hash BYTEA NOT NULL PRIMARY KEY,
  data BYTEA NOT NULL
);

CREATE TABLE ocsp_answers (
  authority   TEXT NOT NULL,
  serial      TEXT NOT NULL,
  answer      BYTEA NOT NULL,
  next_update BIGINT NOT NULL,
  fetched_at  BIGINT NOT NULL,
  PRIMARY KEY (authority, serial)
);
CREATE INDEX ocsp_answers_by_next_update ON ocsp_answers (next_update);

-- Certificates and keys that are not accepted here, whatever their CA says.
CREATE TABLE certificate_blocks (
  id               TEXT NOT NULL PRIMARY KEY,
  kind             TEXT NOT NULL CHECK (kind IN ('certificate', 'key')),
  hash             TEXT NOT NULL CHECK (hash <> ''), -- SHA-256 of the certificate or of its public key, hexadecimal
  user_id          TEXT NOT NULL, -- whose it is, where that is known
  by_owner         BOOLEAN NOT NULL,
  actor_id         TEXT NOT NULL,
  certificate_json TEXT NOT NULL,
  reason           TEXT NOT NULL,
  created_at       BIGINT NOT NULL,
  UNIQUE (kind, hash)
);
CREATE INDEX certificate_blocks_by_user ON certificate_blocks (user_id);

-- Identifiers whose newest certificate its CA has withdrawn.
CREATE TABLE withdrawals (
  identity_id TEXT NOT NULL PRIMARY KEY REFERENCES identities (id) ON DELETE CASCADE,
  sha256      TEXT NOT NULL, -- of the certificate
  revoked_at  BIGINT NOT NULL,
  reason      TEXT NOT NULL,
  source      TEXT NOT NULL,
  noticed_at  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE withdrawals;
DROP TABLE certificate_blocks;
DROP TABLE ocsp_answers;
DROP TABLE revocation_data;
DROP TABLE revocation_lists;
