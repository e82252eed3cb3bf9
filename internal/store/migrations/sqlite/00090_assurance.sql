-- +goose Up
-- What a sign-in counts for: iam.Strength. 0 is that of its acr, for sessions
-- from before.
ALTER TABLE sessions ADD COLUMN strength BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE sessions DROP COLUMN strength;
