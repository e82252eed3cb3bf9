-- +goose Up
-- Until when a deleted person can be recovered, as they were told when they were
-- deleted: a setting that is changed later breaks no promise. Zero, from programs
-- that do not know the column: the thirty days of old.
ALTER TABLE users ADD COLUMN recover_until BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE users DROP COLUMN recover_until;
