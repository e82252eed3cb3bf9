-- +goose Up
-- By what a certificate is known that Signet has issued, however it is shown: an ECDSA
-- signature has two forms, and a proxy in front may describe the certificate only. Of
-- what was issued before, the fingerprint is all that is known.
ALTER TABLE issued_certificates ADD COLUMN issuer_spki TEXT NOT NULL DEFAULT '';
ALTER TABLE issued_certificates ADD COLUMN serial TEXT NOT NULL DEFAULT '';
CREATE INDEX issued_certificates_by_serial ON issued_certificates (serial, issuer_spki);

-- +goose Down
DROP INDEX issued_certificates_by_serial;
ALTER TABLE issued_certificates DROP COLUMN serial;
ALTER TABLE issued_certificates DROP COLUMN issuer_spki;
