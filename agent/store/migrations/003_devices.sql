-- SPDX-License-Identifier: Apache-2.0
-- How each device was last, and what was last wrong with it: states of a closed list, and nothing of a person's.
CREATE TABLE devices (
  name     TEXT PRIMARY KEY,
  state    TEXT NOT NULL,
  since    BIGINT NOT NULL,
  fault    TEXT NOT NULL DEFAULT '',
  fault_at BIGINT NOT NULL DEFAULT 0
);
