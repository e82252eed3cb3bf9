-- +goose Up
-- What a sign-in to an application must count for at the least: iam.Strength.
ALTER TABLE applications ADD COLUMN min_strength BIGINT NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE applications DROP COLUMN min_strength;
