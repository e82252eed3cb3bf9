-- +goose Up
-- How an application proves by a certificate who it is; null: by its secret.
ALTER TABLE applications ADD COLUMN client_certificate_json TEXT NOT NULL DEFAULT 'null';
-- There is a listener more. What was counted is of a week at the most.
DROP TABLE arrivals;
CREATE TABLE arrivals (
  node         TEXT NOT NULL,
  listener     TEXT NOT NULL CHECK (listener IN ('main', 'certificate', 'proxy', 'clients')),
  address      TEXT NOT NULL,
  peer         TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('certificate', 'forwarding')),
  outcome      TEXT NOT NULL CHECK (outcome IN ('accepted', 'ignored', 'refused')),
  cause        TEXT NOT NULL,
  headers_json TEXT NOT NULL,
  count        BIGINT NOT NULL,
  first_at     BIGINT NOT NULL,
  last_at      BIGINT NOT NULL,
  PRIMARY KEY (node, listener, address, peer, kind, outcome, cause)
);

-- +goose Down
DROP TABLE arrivals;
CREATE TABLE arrivals (
  node         TEXT NOT NULL,
  listener     TEXT NOT NULL CHECK (listener IN ('main', 'certificate', 'proxy')),
  address      TEXT NOT NULL,
  peer         TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('certificate', 'forwarding')),
  outcome      TEXT NOT NULL CHECK (outcome IN ('accepted', 'ignored', 'refused')),
  cause        TEXT NOT NULL,
  headers_json TEXT NOT NULL,
  count        BIGINT NOT NULL,
  first_at     BIGINT NOT NULL,
  last_at      BIGINT NOT NULL,
  PRIMARY KEY (node, listener, address, peer, kind, outcome, cause)
);
ALTER TABLE applications DROP COLUMN client_certificate_json;
