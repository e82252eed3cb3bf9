-- +goose Up
-- What people showed to login methods lately, as it was sent: changed settings are
-- tried against it before they hold.
CREATE TABLE shown_certificates (
  provider_id TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
  sha256      TEXT NOT NULL, -- of the person's certificate
  chain       BLOB NOT NULL, -- DER, the person's certificate first
  refused     BOOLEAN NOT NULL,
  last_at     BIGINT NOT NULL,
  PRIMARY KEY (provider_id, sha256)
);
CREATE INDEX shown_certificates_by_time ON shown_certificates (last_at);

-- +goose Down
DROP TABLE shown_certificates;
