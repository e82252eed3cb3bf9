-- +goose Up
-- By what a certificate is known that Signet has issued, however it is shown: an ECDSA
-- signature has two forms, and a proxy in front may describe the certificate only. Of
-- what was issued before, the fingerprint is all that is known.
ALTER TABLE issued_certificates ADD COLUMN issuer_spki TEXT NOT NULL DEFAULT '';
ALTER TABLE issued_certificates ADD COLUMN serial TEXT NOT NULL DEFAULT '';
CREATE INDEX issued_certificates_by_serial ON issued_certificates (serial, issuer_spki);
-- By what a certificate is described whose ECDSA signature has the other form. Of what
-- was linked before it is written down at the next use.
ALTER TABLE identities ADD COLUMN mirror_sha1 TEXT NOT NULL DEFAULT '';
CREATE INDEX identities_by_mirror_sha1 ON identities (provider_id, mirror_sha1);

-- +goose Down
DROP INDEX identities_by_mirror_sha1;
ALTER TABLE identities DROP COLUMN mirror_sha1;
DROP INDEX issued_certificates_by_serial;
ALTER TABLE issued_certificates DROP COLUMN serial;
ALTER TABLE issued_certificates DROP COLUMN issuer_spki;
