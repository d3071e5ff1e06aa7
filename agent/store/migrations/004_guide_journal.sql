-- SPDX-License-Identifier: Apache-2.0
-- The guide journal, counted: where in a guide something happened, how often, how sure the engine was, how long it took.
-- No row belongs to a session, and none says when.
CREATE TABLE guide_journal (
  guide   TEXT NOT NULL,
  version BIGINT NOT NULL,
  page    TEXT NOT NULL,
  step    TEXT NOT NULL,
  level   TEXT NOT NULL CHECK (level IN ('with-me', 'guide-me', 'i-try')),
  outcome TEXT NOT NULL,
  n       BIGINT NOT NULL,
  score   DOUBLE PRECISION NOT NULL, -- sum
  ms      BIGINT NOT NULL,           -- sum
  PRIMARY KEY (guide, version, page, step, level, outcome)
);
