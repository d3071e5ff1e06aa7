-- SPDX-License-Identifier: Apache-2.0
-- Passkeys, codes for whoever has lost theirs, and the journal of what helpers did. No word of a citizen's is in here.
CREATE TABLE passkey (
  id         BLOB PRIMARY KEY,           -- the credential's, as the authenticator made it
  person     TEXT NOT NULL,
  credential TEXT NOT NULL,              -- JSON: public key, counter, flags
  created_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX passkey_person ON passkey (person);
CREATE TABLE ceremony (
  id         BLOB PRIMARY KEY,           -- SHA-256 of what the page was given
  person     TEXT NOT NULL,              -- who adds a passkey; empty: somebody signs in
  session    TEXT NOT NULL,              -- JSON: the challenge and what was asked for
  expires_at BIGINT NOT NULL
);
CREATE TABLE recovery (
  code       BLOB PRIMARY KEY,           -- SHA-256; shown once and kept nowhere
  person     TEXT NOT NULL
);
CREATE INDEX recovery_person ON recovery (person);
CREATE TABLE journal (
  seq        BIGINT PRIMARY KEY,         -- from 1, without a gap
  at         BIGINT NOT NULL,
  number     TEXT NOT NULL,              -- of the call, as it stands on the citizen's slip
  person     TEXT NOT NULL,              -- the volunteer
  terminal   TEXT NOT NULL,
  guide      TEXT NOT NULL,
  step       TEXT NOT NULL,
  verb       TEXT NOT NULL,
  hash       BLOB NOT NULL               -- SHA-256 over the entry before's and this one
);
CREATE INDEX journal_number ON journal (number, seq);
CREATE TABLE journal_base (
  seq        BIGINT PRIMARY KEY,         -- the last entry that was old enough to be forgotten
  hash       BLOB NOT NULL
);
