-- SPDX-License-Identifier: Apache-2.0
-- Whose terminals these are: the fingerprint of the office's CA, one row.
CREATE TABLE office (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  ca  TEXT NOT NULL
);
