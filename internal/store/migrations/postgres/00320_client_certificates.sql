-- +goose Up
-- How an application proves by a certificate who it is; null: by its secret.
ALTER TABLE applications ADD COLUMN client_certificate_json TEXT NOT NULL DEFAULT 'null';

-- +goose Down
ALTER TABLE applications DROP COLUMN client_certificate_json;
