-- SPDX-License-Identifier: Apache-2.0
-- The help desk. Times are Unix milliseconds, 0 for never. No word of a citizen's is in here.
CREATE TABLE people (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,              -- volunteer, admin
  languages  TEXT NOT NULL,              -- JSON: [{code, speak, read, write}]
  available  INTEGER NOT NULL DEFAULT 1,
  until      BIGINT NOT NULL DEFAULT 0,  -- availability changes by itself then
  created_at BIGINT NOT NULL
);
CREATE TABLE invitations (
  token      BLOB PRIMARY KEY,           -- SHA-256; the link is shown once and kept nowhere
  person     TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE sign_ins (
  token      BLOB PRIMARY KEY,           -- SHA-256 of the cookie
  person     TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE TABLE help_request (
  id          TEXT PRIMARY KEY,          -- made by the terminal
  terminal    TEXT NOT NULL,             -- enrolled id
  language    TEXT NOT NULL,             -- asked for first; once rung, the one it was matched on
  body        TEXT NOT NULL,             -- JSON of the request
  state       TEXT NOT NULL,             -- open, ringing, accepted, ended
  rev         BIGINT NOT NULL,
  lease_owner TEXT NOT NULL DEFAULT '',
  lease_until BIGINT NOT NULL DEFAULT 0,
  tried       TEXT NOT NULL DEFAULT '{}', -- JSON: volunteer -> when their ring ended
  volunteer   TEXT NOT NULL DEFAULT '',  -- who accepted last
  public_key  BLOB,
  created_at  BIGINT NOT NULL,
  accepted_at BIGINT NOT NULL DEFAULT 0,
  ended_at    BIGINT NOT NULL DEFAULT 0,
  ended_why   TEXT NOT NULL DEFAULT '',
  codes       TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX help_request_live ON help_request (created_at) WHERE state <> 'ended';
CREATE INDEX help_request_mine ON help_request (volunteer, accepted_at);
-- A volunteer has one ring or call at a time, whatever any program thinks.
CREATE UNIQUE INDEX one_call_a_volunteer ON help_request (lease_owner) WHERE state IN ('ringing', 'accepted');
