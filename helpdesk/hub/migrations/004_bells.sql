-- SPDX-License-Identifier: Apache-2.0
-- Bells for the people of an office, and numbers on tickets that somebody took home. No word of a citizen's is in here.
CREATE TABLE bell (
  id         TEXT PRIMARY KEY,           -- made by the terminal
  terminal   TEXT NOT NULL,              -- enrolled id
  name       TEXT NOT NULL,              -- of the terminal, for people
  place      TEXT NOT NULL,
  language   TEXT NOT NULL,
  number     TEXT NOT NULL,              -- six digits; empty: somebody waits at the terminal
  by_name    TEXT NOT NULL DEFAULT '',   -- who comes
  created_at BIGINT NOT NULL,
  ended_at   BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX bell_live ON bell (created_at) WHERE ended_at = 0;
CREATE INDEX bell_terminal ON bell (terminal, ended_at);
