-- SPDX-License-Identifier: Apache-2.0
-- Several hubs on one database. A hub that runs says so in node; what is connected to one that no longer does counts as gone.
CREATE TABLE node (
  id       TEXT PRIMARY KEY,             -- made anew whenever a hub starts
  seen_at  BIGINT NOT NULL               -- by the database's clock
);
CREATE TABLE seat (
  person   TEXT PRIMARY KEY,             -- a volunteer with the desk open
  node     TEXT NOT NULL,                -- where their connection is
  ready    INTEGER NOT NULL DEFAULT 0,   -- their page has said hello
  rung_at  BIGINT NOT NULL DEFAULT 0
);
ALTER TABLE help_request ADD COLUMN node TEXT NOT NULL DEFAULT ''; -- where the terminal's connection is
ALTER TABLE people ADD COLUMN guides TEXT NOT NULL DEFAULT '[]';   -- JSON: guides that a volunteer knows well
ALTER TABLE people ADD COLUMN places TEXT NOT NULL DEFAULT '[]';   -- JSON: places that they help first
CREATE INDEX help_request_terminal ON help_request (terminal, ended_at);
