-- +goose Up
-- Every index is a page that a sign-in writes. Attempts live for minutes, so
-- that those under way simply begin anew.
DROP TABLE attempts;
CREATE TABLE attempts (
  ticket_hash   BLOB NOT NULL PRIMARY KEY,
  id            TEXT NOT NULL,
  login_id      TEXT NOT NULL,
  step          BIGINT NOT NULL,
  provider_id   TEXT NOT NULL,
  browser       BLOB NOT NULL,
  host          TEXT NOT NULL,
  return_hash   BLOB,
  evidence_json TEXT NOT NULL,
  refusal_json  TEXT NOT NULL,
  trial         BOOLEAN NOT NULL,
  created_at    BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  judged_at     BIGINT NOT NULL,
  spent_at      BIGINT NOT NULL
);
CREATE UNIQUE INDEX attempts_by_return ON attempts (return_hash) WHERE return_hash IS NOT NULL;
CREATE INDEX attempts_by_host ON attempts (host);
-- The sweep reads these tables whole: they hold an hour and a day.
DROP INDEX logins_by_expiry;
DROP INDEX events_by_org;
CREATE INDEX events_by_org ON events (org_id, id) WHERE org_id <> '';

-- +goose Down
DROP INDEX events_by_org;
CREATE INDEX events_by_org ON events (org_id, id);
CREATE INDEX logins_by_expiry ON logins (expires_at);
DROP TABLE attempts;
CREATE TABLE attempts (
  id            TEXT NOT NULL PRIMARY KEY,
  login_id      TEXT NOT NULL,
  step          BIGINT NOT NULL,
  provider_id   TEXT NOT NULL,
  browser       BLOB NOT NULL,
  host          TEXT NOT NULL,
  ticket_hash   BLOB NOT NULL UNIQUE,
  return_hash   BLOB UNIQUE,
  evidence_json TEXT NOT NULL,
  refusal_json  TEXT NOT NULL,
  created_at    BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  judged_at     BIGINT NOT NULL,
  spent_at      BIGINT NOT NULL,
  trial         BOOLEAN NOT NULL DEFAULT FALSE
);
CREATE INDEX attempts_by_host ON attempts (host);
CREATE INDEX attempts_by_expiry ON attempts (expires_at);
