-- SPDX-License-Identifier: Apache-2.0
-- Keys of volunteers and of the teams of a language. The private halves are here as ciphertext only.
CREATE TABLE member_key (
  key        BLOB PRIMARY KEY,           -- public, P-256
  person     TEXT NOT NULL,
  credential BLOB UNIQUE,                -- the passkey that keeps its other half; NULL: that is in one browser
  wrapped    BLOB,                       -- the other half, under a key that only that passkey gives
  made_at    BIGINT NOT NULL
);
CREATE INDEX member_key_person ON member_key (person);
CREATE TABLE team_key (
  language   TEXT PRIMARY KEY,
  key        BLOB NOT NULL,              -- public, P-256
  made_at    BIGINT NOT NULL
);
CREATE TABLE team_copy (
  language   TEXT NOT NULL,
  holder     BLOB NOT NULL,              -- member_key.key that it is sealed to
  data       BLOB NOT NULL,              -- the other half of team_key.key
  PRIMARY KEY (language, holder)
);
-- Where somebody who asked stands, sealed to the key of their language's team; gone when it is over.
ALTER TABLE help_request ADD COLUMN team TEXT NOT NULL DEFAULT '';
ALTER TABLE bell ADD COLUMN team TEXT NOT NULL DEFAULT '';
