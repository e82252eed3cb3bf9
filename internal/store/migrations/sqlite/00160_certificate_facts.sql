-- +goose Up
-- Which certificate opened a session, for applications that may know it. JSON of
-- iam.CertificateFacts.
ALTER TABLE sessions ADD COLUMN certificate_json TEXT NOT NULL DEFAULT 'null';
ALTER TABLE grants ADD COLUMN certificate_json TEXT NOT NULL DEFAULT 'null';
ALTER TABLE applications ADD COLUMN certificate_claims BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE applications DROP COLUMN certificate_claims;
ALTER TABLE grants DROP COLUMN certificate_json;
ALTER TABLE sessions DROP COLUMN certificate_json;
