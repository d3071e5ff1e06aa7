-- SPDX-License-Identifier: Apache-2.0
-- What must reach the hub (helpdesk.Outbox) and counts. Nothing of a person's.
CREATE TABLE outbox (
  id           TEXT PRIMARY KEY,
  body         BLOB NOT NULL,
  created_at   BIGINT NOT NULL,
  confirmed_at BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE counters (
  name TEXT PRIMARY KEY,
  n    BIGINT NOT NULL
);
