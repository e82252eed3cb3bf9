-- +goose Up
-- The SHA-256 of the certificate that has to be shown with an access token; empty: none.
ALTER TABLE tokens ADD COLUMN thumbprint BYTEA NOT NULL DEFAULT '';

-- +goose Down
-- A token that is good only with a certificate must not become one that is good without.
DELETE FROM tokens WHERE thumbprint <> '';
ALTER TABLE tokens DROP COLUMN thumbprint;
