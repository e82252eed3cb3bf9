-- +goose Up
-- What people are found by, edited against and deleted with.
ALTER TABLE users ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE users ADD COLUMN status_before TEXT NOT NULL DEFAULT ''; -- of a deleted person: what recovery leads back to
CREATE INDEX users_by_status ON users (status, status_at);

-- The words of logins, names and addresses: a search is for their beginnings,
-- so that an index answers it. Compared by bytes, as beginnings must be.
CREATE TABLE user_words (
  user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  word    TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (user_id, word)
);
CREATE INDEX user_words_by_word ON user_words (word, user_id);

-- Who was there before: split at spaces here, and fully when changed.
INSERT INTO user_words (user_id, word)
SELECT DISTINCT id, word FROM users, LATERAL unnest(string_to_array(
  login_key || ' ' || name_key || ' ' || email_key || ' ' || replace(replace(email_key, '@', ' '), '.', ' '), ' ')) AS word
WHERE word <> '';

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
