-- +goose Up
-- Which certificate and forwarding headers came to which listener of which node,
-- from which peer, and what was made of them: names and counts, never what they
-- said. Bounded by the program.
CREATE TABLE arrivals (
  node         TEXT NOT NULL,
  listener     TEXT NOT NULL CHECK (listener IN ('main', 'certificate', 'proxy')),
  address      TEXT NOT NULL,
  peer         TEXT NOT NULL,
  kind         TEXT NOT NULL CHECK (kind IN ('certificate', 'forwarding')),
  outcome      TEXT NOT NULL CHECK (outcome IN ('accepted', 'ignored', 'refused')),
  cause        TEXT NOT NULL,
  headers_json TEXT NOT NULL,
  count        INTEGER NOT NULL,
  first_at     INTEGER NOT NULL,
  last_at      INTEGER NOT NULL,
  PRIMARY KEY (node, listener, address, peer, kind, outcome, cause)
);

-- The OCSP responders that verified certificates named and a login method allows:
-- nobody but those certificates knows them.
CREATE TABLE learned_responders (
  provider_id  TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
  authority    TEXT NOT NULL, -- as in revocation_lists
  address      TEXT NOT NULL,
  certificate  BLOB NOT NULL, -- DER of the CA
  last_seen_at INTEGER NOT NULL,
  PRIMARY KEY (provider_id, authority, address)
);

-- +goose Down
DROP TABLE learned_responders;
DROP TABLE arrivals;
