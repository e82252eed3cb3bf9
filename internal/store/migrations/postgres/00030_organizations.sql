-- +goose Up
-- Organizations get a handle for their addresses, and people are invited by links.
ALTER TABLE organizations ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN handle TEXT NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN description TEXT NOT NULL DEFAULT '';
ALTER TABLE organizations ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
ALTER TABLE organizations ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE organizations SET name_key = lower(name), handle = id, updated_at = created_at;
CREATE UNIQUE INDEX organizations_by_handle ON organizations (handle);
CREATE INDEX organizations_by_name ON organizations (name_key, id);
CREATE INDEX memberships_by_org ON memberships (org_id, user_id);

CREATE TABLE invitations (
  id         TEXT NOT NULL PRIMARY KEY,
  hash       BYTEA NOT NULL UNIQUE, -- of the link's secret
  level      TEXT NOT NULL CHECK (level IN ('organization', 'application')),
  org_id     TEXT NOT NULL,
  app_id     TEXT NOT NULL,
  role       TEXT NOT NULL CHECK (role <> ''),
  email      TEXT NOT NULL, -- the address that the person must have; empty: whoever has the link
  inviter_id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX invitations_by_scope ON invitations (level, org_id, app_id);
CREATE INDEX invitations_by_expiry ON invitations (expires_at);

-- +goose Down
DROP TABLE invitations;
DROP INDEX memberships_by_org;
DROP INDEX organizations_by_name;
DROP INDEX organizations_by_handle;
ALTER TABLE organizations DROP COLUMN updated_at;
ALTER TABLE organizations DROP COLUMN version;
ALTER TABLE organizations DROP COLUMN description;
ALTER TABLE organizations DROP COLUMN handle;
ALTER TABLE organizations DROP COLUMN name_key;
