-- +goose Up
-- Which identifiers were taken off whom: no rule of the login method links them to
-- the same person again.
CREATE TABLE unlinked (
  provider_id TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
  key         TEXT NOT NULL,
  user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  PRIMARY KEY (provider_id, key, user_id)
);
CREATE INDEX unlinked_by_user ON unlinked (user_id);

-- +goose Down
DROP TABLE unlinked;
