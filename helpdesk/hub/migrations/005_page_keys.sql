-- SPDX-License-Identifier: Apache-2.0
-- To the key of a volunteer's page a terminal seals what nobody else is to read while it rings. The page alone has its other half.
ALTER TABLE seat ADD COLUMN page_key BLOB;
ALTER TABLE help_request ADD COLUMN page_key BLOB; -- of whoever holds the lease
