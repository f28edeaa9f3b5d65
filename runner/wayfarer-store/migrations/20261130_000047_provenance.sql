-- Where a version comes from, in the words of whoever deployed it.

-- A revision of the source, such as a commit's hash.
ALTER TABLE journey_version ADD COLUMN revision TEXT;
-- A JSON object of names and values; NULL without labels.
ALTER TABLE journey_version ADD COLUMN labels TEXT;
