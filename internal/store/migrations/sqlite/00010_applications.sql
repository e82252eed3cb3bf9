-- +goose Up
-- What applications can be searched by, compared by and narrowed to; who signed
-- in to them and who is kept out.
ALTER TABLE applications ADD COLUMN name_key TEXT NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN authorities_json TEXT NOT NULL DEFAULT 'null';
ALTER TABLE applications ADD COLUMN members_only BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE applications ADD COLUMN test BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE applications ADD COLUMN test_of TEXT NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
UPDATE applications SET name_key = lower(name);
CREATE INDEX applications_by_name ON applications (name_key, id);
CREATE INDEX grants_by_app ON grants (app_id, user_id);

CREATE TABLE application_people (
  app_id     TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  first_at   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  blocked_at BIGINT NOT NULL,
  PRIMARY KEY (app_id, user_id)
);
CREATE INDEX application_people_by_time ON application_people (app_id, last_at, user_id);
CREATE INDEX application_people_by_user ON application_people (user_id);

-- Who signed in before this table was there.
INSERT INTO application_people (app_id, user_id, first_at, last_at, blocked_at)
SELECT app_id, user_id, MIN(created_at), MAX(created_at), 0 FROM grants GROUP BY app_id, user_id;

-- +goose Down
DROP TABLE application_people;
DROP INDEX grants_by_app;
DROP INDEX applications_by_name;
ALTER TABLE applications DROP COLUMN version;
ALTER TABLE applications DROP COLUMN test_of;
ALTER TABLE applications DROP COLUMN test;
ALTER TABLE applications DROP COLUMN members_only;
ALTER TABLE applications DROP COLUMN authorities_json;
ALTER TABLE applications DROP COLUMN name_key;
