-- +goose Up
-- Pictures that administrators bring: logos and covers. They are named by the
-- SHA-256 of what is stored, so that an address never changes its content.
CREATE TABLE pictures (
  id         TEXT NOT NULL PRIMARY KEY,
  type       TEXT NOT NULL CHECK (type IN ('image/png', 'image/jpeg')),
  content    BLOB NOT NULL,
  created_at BIGINT NOT NULL
);
ALTER TABLE providers ADD COLUMN picture TEXT NOT NULL DEFAULT '';
-- Whether everybody must hold an identifier of the method to enter.
ALTER TABLE offers ADD COLUMN required BOOLEAN NOT NULL DEFAULT FALSE;
-- Whether an attempt only tries a method out.
ALTER TABLE attempts ADD COLUMN trial BOOLEAN NOT NULL DEFAULT FALSE;

-- How the sign-in form looks, at one level.
CREATE TABLE widgets (
  level         TEXT NOT NULL CHECK (level IN ('system', 'organization', 'application')),
  org_id        TEXT NOT NULL,
  app_id        TEXT NOT NULL,
  settings_json TEXT NOT NULL,
  version       BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL,
  PRIMARY KEY (level, org_id, app_id)
);

-- +goose Down
DROP TABLE widgets;
ALTER TABLE attempts DROP COLUMN trial;
ALTER TABLE offers DROP COLUMN required;
ALTER TABLE providers DROP COLUMN picture;
DROP TABLE pictures;
