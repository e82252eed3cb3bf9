-- +goose Up
-- Times are microseconds since 1970 in UTC; 0 means "never" or "not yet".
-- Texts that end in _json hold one JSON value. Secrets are SHA-256 hashes.

CREATE TABLE organizations (
  id         TEXT NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL CHECK (name <> ''),
  created_at BIGINT NOT NULL
);

CREATE TABLE users (
  id             TEXT NOT NULL PRIMARY KEY,
  login          TEXT NOT NULL CHECK (login <> ''),
  login_key      TEXT NOT NULL UNIQUE, -- login, case folded: what is compared
  name           TEXT NOT NULL,
  name_key       TEXT NOT NULL,
  given_name     TEXT NOT NULL,
  family_name    TEXT NOT NULL,
  email          TEXT NOT NULL,
  email_key      TEXT NOT NULL,
  email_verified BOOLEAN NOT NULL,
  locale         TEXT NOT NULL,
  status         TEXT NOT NULL CHECK (status IN ('active', 'blocked', 'deleted')),
  status_at      BIGINT NOT NULL,
  created_at     BIGINT NOT NULL,
  updated_at     BIGINT NOT NULL
);
CREATE INDEX users_by_email ON users (email_key);

CREATE TABLE passwords (
  user_id    TEXT NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
  hash       TEXT NOT NULL, -- argon2id, PHC string
  changed_at BIGINT NOT NULL
);

CREATE TABLE memberships (
  user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  level    TEXT NOT NULL CHECK (level IN ('system', 'organization', 'application')),
  org_id   TEXT NOT NULL,
  app_id   TEXT NOT NULL,
  role     TEXT NOT NULL,
  PRIMARY KEY (user_id, level, org_id, app_id, role)
);
CREATE INDEX memberships_by_role ON memberships (role, level, org_id, app_id);

CREATE TABLE applications (
  id                  TEXT NOT NULL PRIMARY KEY,
  org_id              TEXT NOT NULL,
  name                TEXT NOT NULL CHECK (name <> ''),
  type                TEXT NOT NULL CHECK (type IN ('web', 'native', 'spa')),
  redirect_uris_json  TEXT NOT NULL,
  post_logout_json    TEXT NOT NULL,
  signing_algorithm   TEXT NOT NULL CHECK (signing_algorithm IN ('ES256', 'RS256')),
  skip_consent        BOOLEAN NOT NULL,
  certificate_only    BOOLEAN NOT NULL,
  access_token_ttl    BIGINT NOT NULL, -- microseconds
  refresh_token_ttl   BIGINT NOT NULL,
  created_at          BIGINT NOT NULL,
  updated_at          BIGINT NOT NULL
);
CREATE INDEX applications_by_org ON applications (org_id);

CREATE TABLE application_secrets (
  id         TEXT NOT NULL PRIMARY KEY,
  app_id     TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  hash       BLOB NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX application_secrets_by_app ON application_secrets (app_id);

CREATE TABLE providers (
  id            TEXT NOT NULL PRIMARY KEY,
  level         TEXT NOT NULL CHECK (level IN ('system', 'organization', 'application')),
  org_id        TEXT NOT NULL,
  app_id        TEXT NOT NULL,
  type          TEXT NOT NULL,
  name          TEXT NOT NULL CHECK (name <> ''),
  description   TEXT NOT NULL,
  public        BOOLEAN NOT NULL,
  publicity     TEXT NOT NULL CHECK (publicity IN ('only_me', 'on_request', 'everyone')),
  settings_json TEXT NOT NULL,
  version       BIGINT NOT NULL,
  created_at    BIGINT NOT NULL,
  updated_at    BIGINT NOT NULL
);
CREATE INDEX providers_by_scope ON providers (level, org_id, app_id);

-- Which login methods stand in the widget of one application.
CREATE TABLE offers (
  app_id      TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  provider_id TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
  position    BIGINT NOT NULL,
  main        BOOLEAN NOT NULL,
  PRIMARY KEY (app_id, provider_id)
);
CREATE INDEX offers_by_provider ON offers (provider_id);

CREATE TABLE identities (
  id               TEXT NOT NULL PRIMARY KEY,
  user_id          TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider_id      TEXT NOT NULL REFERENCES providers (id) ON DELETE CASCADE,
  type             TEXT NOT NULL,
  key              TEXT NOT NULL CHECK (key <> ''),
  certificate_json TEXT NOT NULL,
  sha1             TEXT NOT NULL, -- of the certificate: a proxy that forwards no certificate names it so
  not_after        BIGINT NOT NULL,
  publicity        TEXT NOT NULL CHECK (publicity IN ('only_me', 'on_request', 'everyone')),
  created_at       BIGINT NOT NULL,
  last_used_at     BIGINT NOT NULL,
  last_used_app    TEXT NOT NULL,
  -- One certificate belongs to one person, whatever the code does.
  UNIQUE (provider_id, key)
);
CREATE INDEX identities_by_user ON identities (user_id);
CREATE INDEX identities_by_sha1 ON identities (provider_id, sha1);

CREATE TABLE logins (
  id          TEXT NOT NULL PRIMARY KEY,
  purpose     TEXT NOT NULL,
  app_id      TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  user_id     TEXT NOT NULL,
  session_id  TEXT NOT NULL,
  browser     BLOB NOT NULL,
  step        BIGINT NOT NULL,
  ask_json    TEXT NOT NULL,
  return_text TEXT NOT NULL,
  state_json  TEXT NOT NULL,
  resume_hash BLOB, -- ticket for the room that began it, once done
  result_json TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL
);
CREATE INDEX logins_by_expiry ON logins (expires_at);

CREATE TABLE attempts (
  id            TEXT NOT NULL PRIMARY KEY,
  login_id      TEXT NOT NULL,
  step          BIGINT NOT NULL,
  provider_id   TEXT NOT NULL,
  browser       BLOB NOT NULL,
  host          TEXT NOT NULL,
  ticket_hash   BLOB NOT NULL UNIQUE,
  return_hash   BLOB UNIQUE,
  evidence_json TEXT NOT NULL,
  refusal_json  TEXT NOT NULL,
  created_at    BIGINT NOT NULL,
  expires_at    BIGINT NOT NULL,
  judged_at     BIGINT NOT NULL,
  spent_at      BIGINT NOT NULL
);
CREATE INDEX attempts_by_host ON attempts (host);
CREATE INDEX attempts_by_expiry ON attempts (expires_at);

CREATE TABLE sessions (
  id           TEXT NOT NULL PRIMARY KEY,
  token_hash   BLOB NOT NULL UNIQUE,
  user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  provider_id  TEXT NOT NULL,
  identity_id  TEXT NOT NULL,
  app_id       TEXT NOT NULL,
  acr          TEXT NOT NULL,
  amr_json     TEXT NOT NULL,
  auth_time    BIGINT NOT NULL,
  created_at   BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  ended_at     BIGINT NOT NULL,
  end_reason   TEXT NOT NULL,
  address      TEXT NOT NULL,
  user_agent   TEXT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id, ended_at);
CREATE INDEX sessions_by_identity ON sessions (identity_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE grants (
  id              TEXT NOT NULL PRIMARY KEY,
  session_id      TEXT NOT NULL,
  identity_id     TEXT NOT NULL, -- the certificate that opened the session
  user_id         TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  app_id          TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  scopes_json     TEXT NOT NULL,
  offline         BOOLEAN NOT NULL,
  acr             TEXT NOT NULL,
  amr_json        TEXT NOT NULL,
  auth_time       BIGINT NOT NULL,
  nonce           TEXT NOT NULL,
  claims_locales  TEXT NOT NULL,
  created_at      BIGINT NOT NULL,
  ended_at        BIGINT NOT NULL,
  end_reason      TEXT NOT NULL,
  code_hash       BLOB NOT NULL UNIQUE, -- kept when spent, so that a replay is seen
  redirect_uri    TEXT NOT NULL,
  challenge       TEXT NOT NULL,
  code_expires_at BIGINT NOT NULL,
  code_spent_at   BIGINT NOT NULL
);
CREATE INDEX grants_by_session ON grants (session_id);
CREATE INDEX grants_by_identity ON grants (identity_id);
CREATE INDEX grants_by_user ON grants (user_id, app_id);

CREATE TABLE tokens (
  hash       BLOB NOT NULL PRIMARY KEY,
  kind       TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
  grant_id   TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
  scopes_json TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  spent_at   BIGINT NOT NULL
);
CREATE INDEX tokens_by_grant ON tokens (grant_id);
CREATE INDEX tokens_by_expiry ON tokens (expires_at);

CREATE TABLE consents (
  user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  app_id      TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
  scopes_json TEXT NOT NULL,
  created_at  BIGINT NOT NULL,
  updated_at  BIGINT NOT NULL,
  PRIMARY KEY (user_id, app_id)
);

CREATE TABLE signing_keys (
  id          TEXT NOT NULL PRIMARY KEY,
  algorithm   TEXT NOT NULL,
  private     BLOB NOT NULL, -- sealed
  public      BLOB NOT NULL,
  created_at  BIGINT NOT NULL,
  active_from BIGINT NOT NULL,
  retired_at  BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL
);

CREATE TABLE events (
  id               TEXT NOT NULL PRIMARY KEY, -- sorts by time
  at               BIGINT NOT NULL,
  kind             TEXT NOT NULL,
  outcome          TEXT NOT NULL CHECK (outcome IN ('done', 'refused')),
  cause            TEXT NOT NULL,
  actor_id         TEXT NOT NULL,
  user_id          TEXT NOT NULL,
  user_login       TEXT NOT NULL,
  app_id           TEXT NOT NULL,
  org_id           TEXT NOT NULL,
  provider_id      TEXT NOT NULL,
  identity_id      TEXT NOT NULL,
  session_id       TEXT NOT NULL,
  attempt_id       TEXT NOT NULL,
  request_id       TEXT NOT NULL,
  address          TEXT NOT NULL,
  user_agent       TEXT NOT NULL,
  certificate_json TEXT NOT NULL,
  details_json     TEXT NOT NULL
);
CREATE INDEX events_by_user ON events (user_id, id);
CREATE INDEX events_by_attempt ON events (attempt_id) WHERE attempt_id <> '';

CREATE TABLE one_time_links (
  hash       BLOB NOT NULL PRIMARY KEY,
  purpose    TEXT NOT NULL,
  user_id    TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL
);

-- Counters of tries; the key is a hash, so that no typed text is kept.
CREATE TABLE throttles (
  key        TEXT NOT NULL PRIMARY KEY,
  tries      BIGINT NOT NULL,
  resets_at  BIGINT NOT NULL
);
CREATE INDEX throttles_by_reset ON throttles (resets_at);

CREATE TABLE settings (
  key        TEXT NOT NULL PRIMARY KEY,
  value_json TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE settings;
DROP TABLE throttles;
DROP TABLE one_time_links;
DROP TABLE events;
DROP TABLE signing_keys;
DROP TABLE consents;
DROP TABLE tokens;
DROP TABLE grants;
DROP TABLE sessions;
DROP TABLE attempts;
DROP TABLE logins;
DROP TABLE identities;
DROP TABLE offers;
DROP TABLE providers;
DROP TABLE application_secrets;
DROP TABLE applications;
DROP TABLE memberships;
DROP TABLE passwords;
DROP TABLE users;
DROP TABLE organizations;
