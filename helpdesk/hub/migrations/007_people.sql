-- SPDX-License-Identifier: Apache-2.0
-- People name their passkeys. Whose access was taken away keeps their name, for the journal, and nothing to sign in with.
ALTER TABLE passkey ADD COLUMN name TEXT NOT NULL DEFAULT '';
ALTER TABLE people ADD COLUMN gone_at BIGINT NOT NULL DEFAULT 0;
