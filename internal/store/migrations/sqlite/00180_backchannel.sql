-- +goose Up
-- OpenID Connect Back-Channel Logout 1.0: where an application is told that a
-- session has ended, and what it is to be told.
ALTER TABLE applications ADD COLUMN backchannel_logout_uri TEXT NOT NULL DEFAULT '';

-- One row for each application that got tokens from a session, written in the
-- transaction that ends the session.
CREATE TABLE logout_deliveries (
  app_id      TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  session_id  TEXT NOT NULL,
  created_at  BIGINT NOT NULL, -- one ending is told once, however many rows it ends
  user_id     TEXT NOT NULL, -- no reference: it is told that somebody was deleted, too
  reason      TEXT NOT NULL,
  tries       BIGINT NOT NULL,
  next_try_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  outcome     TEXT NOT NULL CHECK (outcome IN ('', 'delivered', 'given_up')),
  fault       TEXT NOT NULL, -- of the last try
  PRIMARY KEY (app_id, session_id, created_at)
);
CREATE INDEX logout_deliveries_waiting ON logout_deliveries (next_try_at) WHERE finished_at = 0;
CREATE INDEX logout_deliveries_by_app ON logout_deliveries (app_id, created_at);

-- +goose Down
DROP TABLE logout_deliveries;
ALTER TABLE applications DROP COLUMN backchannel_logout_uri;
