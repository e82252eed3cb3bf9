-- +goose Up
-- Mail that waits to be sent, was sent, or would have been. Written in the
-- transaction of what it tells.
CREATE TABLE messages (
  id           TEXT NOT NULL PRIMARY KEY, -- sorts by time
  kind         TEXT NOT NULL,
  user_id      TEXT REFERENCES users (id) ON DELETE CASCADE, -- null: somebody without an account
  recipient    TEXT NOT NULL CHECK (recipient <> ''),
  locale       TEXT NOT NULL,
  subject      TEXT NOT NULL,
  letter_json  TEXT NOT NULL,
  secret       BOOLEAN NOT NULL, -- its link is one
  sealed       BLOB NOT NULL, -- that link, as long as it may still be sent
  state        TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed', 'unsent')),
  tries        BIGINT NOT NULL,
  fault        TEXT NOT NULL,
  answer       TEXT NOT NULL,
  created_at   BIGINT NOT NULL,
  waits_since  BIGINT NOT NULL,
  next_try_at  BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  done_at      BIGINT NOT NULL,
  lease        TEXT NOT NULL, -- of the node that sends it now
  leased_until BIGINT NOT NULL
);
CREATE INDEX messages_by_due ON messages (next_try_at) WHERE state = 'waiting';
CREATE INDEX messages_by_state ON messages (state, id);
CREATE INDEX messages_by_user ON messages (user_id);

-- What was reminded of: each once, whatever restarts and however many nodes.
CREATE TABLE reminders (
  key        TEXT NOT NULL PRIMARY KEY,
  created_at BIGINT NOT NULL
);

CREATE INDEX identities_by_not_after ON identities (not_after);

-- +goose Down
DROP INDEX identities_by_not_after;
DROP TABLE reminders;
DROP TABLE messages;
