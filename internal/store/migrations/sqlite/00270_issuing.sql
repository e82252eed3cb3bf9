-- +goose Up
-- Certificate authorities of Signet's own, one for a login method at the most.
CREATE TABLE issuing_authorities (
  provider_id  TEXT NOT NULL PRIMARY KEY REFERENCES providers (id) ON DELETE CASCADE,
  ca           TEXT NOT NULL,
  certificate  BLOB NOT NULL,
  private      BLOB NOT NULL, -- sealed
  former_json  TEXT NOT NULL, -- those that it has replaced
  self_service BOOLEAN NOT NULL,
  days         BIGINT NOT NULL,
  created_at   BIGINT NOT NULL
);
-- What they have issued, until it ends: also when the person or the method is gone,
-- so that the certificate can become nobody else's.
CREATE TABLE issued_certificates (
  sha256       TEXT NOT NULL PRIMARY KEY,
  provider_id  TEXT NOT NULL,
  user_id      TEXT NOT NULL,
  request_hash BLOB NOT NULL UNIQUE, -- a form that is sent twice issues once
  not_after    BIGINT NOT NULL,
  created_at   BIGINT NOT NULL
);
CREATE INDEX issued_certificates_by_user ON issued_certificates (user_id, provider_id);

-- +goose Down
DROP TABLE issued_certificates;
DROP TABLE issuing_authorities;
