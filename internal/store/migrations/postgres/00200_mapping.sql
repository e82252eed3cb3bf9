-- +goose Up
-- Which rule of its login method linked an identifier; empty where a person or an
-- administrator did.
ALTER TABLE identities ADD COLUMN rule TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE identities DROP COLUMN rule;
