-- +goose Up
-- By what the organization, or the CA of a card, numbers people; no two share one.
ALTER TABLE users ADD COLUMN number TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN number_key TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX users_number ON users (number_key) WHERE number_key <> '';

-- +goose Down
DROP INDEX users_number;
ALTER TABLE users DROP COLUMN number_key;
ALTER TABLE users DROP COLUMN number;
