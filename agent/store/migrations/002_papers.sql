-- SPDX-License-Identifier: Apache-2.0
-- The print journal (agent/journal): papers that name nobody. The document goes when the paper is over.
CREATE TABLE papers (
  id          TEXT PRIMARY KEY,
  kind        TEXT NOT NULL CHECK (kind IN ('leaflet', 'ticket')),
  document    BLOB NOT NULL,
  state       TEXT NOT NULL CHECK (state IN ('accepted', 'sending', 'flushed', 'confirmed', 'uncertain', 'reprint', 'abandoned')),
  generation  BIGINT NOT NULL,
  sent        BIGINT NOT NULL DEFAULT 0,
  reason      TEXT NOT NULL DEFAULT '',
  accepted_at BIGINT NOT NULL,
  changed_at  BIGINT NOT NULL
);
