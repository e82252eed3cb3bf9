-- +goose Up
-- What people are found by, edited against and deleted with.
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN status_before TEXT NOT NULL DEFAULT ''; -- of a deleted person: what recovery leads back to
CREATE INDEX users_by_status ON users (status, status_at);

-- The words of logins, names and addresses: a search is for their beginnings,
-- so that an index answers it.
CREATE TABLE user_words (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  word    TEXT NOT NULL,
  PRIMARY KEY (user_id, word)
);
CREATE INDEX user_words_by_word ON user_words (word, user_id);

-- Who was there before: split at spaces here, and fully when changed.
INSERT INTO user_words (user_id, word)
WITH RECURSIVE split (user_id, word, rest) AS (
  SELECT id, '', login_key || ' ' || name_key || ' ' || email_key || ' ' || replace(replace(email_key, '@', ' '), '.', ' ') || ' ' FROM users
  UNION ALL
  SELECT user_id, substr(rest, 1, instr(rest, ' ') - 1), substr(rest, instr(rest, ' ') + 1) FROM split WHERE rest <> ''
)
SELECT DISTINCT user_id, word FROM split WHERE word <> '';

CREATE INDEX events_by_actor ON events (actor_id, id);
CREATE INDEX events_by_app ON events (app_id, id);
CREATE INDEX events_by_org ON events (org_id, id);
CREATE INDEX events_by_kind ON events (kind, id);

-- +goose Down
DROP INDEX events_by_kind;
DROP INDEX events_by_org;
DROP INDEX events_by_app;
DROP INDEX events_by_actor;
DROP TABLE user_words;
DROP INDEX users_by_status;
ALTER TABLE users DROP COLUMN status_before;
ALTER TABLE users DROP COLUMN version;
