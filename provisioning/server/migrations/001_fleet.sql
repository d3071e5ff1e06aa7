-- SPDX-License-Identifier: Apache-2.0
-- The office's terminals. Times are Unix milliseconds, 0 for never.
CREATE TABLE codes (
  id         TEXT PRIMARY KEY,
  secret     BLOB NOT NULL,             -- SHA-256; the code itself is shown once and kept nowhere
  name       TEXT NOT NULL,
  place      TEXT NOT NULL,
  trusted    INTEGER NOT NULL DEFAULT 0, -- 1: the words need not be compared
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL DEFAULT 0,
  terminal   TEXT NOT NULL DEFAULT ''
);
CREATE TABLE terminals (
  id           TEXT PRIMARY KEY,        -- hash of the public key
  code_id      TEXT NOT NULL,
  name         TEXT NOT NULL,
  place        TEXT NOT NULL,
  state        TEXT NOT NULL,           -- pending, trusted, refused, revoked
  words        TEXT NOT NULL,
  enrolled_at  BIGINT NOT NULL,
  decided_at   BIGINT NOT NULL DEFAULT 0,
  decided_by   TEXT NOT NULL DEFAULT '',
  certificate_until BIGINT NOT NULL,
  last_seen    BIGINT NOT NULL DEFAULT 0,
  health       TEXT NOT NULL DEFAULT '',
  changed_at   BIGINT NOT NULL DEFAULT 0 -- since when the health says what it says
);
CREATE TABLE log (
  seq  INTEGER PRIMARY KEY,
  at   BIGINT NOT NULL,
  who  TEXT NOT NULL,
  did  TEXT NOT NULL,
  what TEXT NOT NULL
);
