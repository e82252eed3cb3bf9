-- +goose Up
-- Certificates that administrators have announced for people by a value that they
-- know. A value leads to one person, and to one link: the row is deleted with it.
CREATE TABLE announced (
  id          TEXT NOT NULL PRIMARY KEY,
  provider_id TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
  user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  kind        TEXT NOT NULL,
  issuer      TEXT NOT NULL DEFAULT '',
  issuer_name TEXT NOT NULL DEFAULT '',
  value       TEXT NOT NULL,
  shown       TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  created_by  TEXT NOT NULL DEFAULT '',
  UNIQUE (provider_id, kind, issuer, value)
);
CREATE INDEX announced_by_user ON announced (user_id);
-- When an identifier was taken off somebody; 0 before this was kept. What was
-- announced later counts again.
ALTER TABLE unlinked ADD COLUMN at BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE unlinked DROP COLUMN at;
DROP TABLE announced;
