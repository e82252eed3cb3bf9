-- +goose Up
-- What a list holds: everything, a part, the certificates of several CAs, or what
-- changed since another (cert.Kind). Lists from before are complete or a part.
ALTER TABLE revocation_lists ADD COLUMN kind TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE revocation_lists DROP COLUMN kind;
