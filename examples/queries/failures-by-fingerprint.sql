-- Which failures are the same, how often did each happen, and since when?
--
-- Runs with equal fingerprints failed at the same step, by the same check and reason, at the same place of the source, whatever numbers and
-- ids are in names and words.
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at, :until_at    slots in this period; by default the last 7 days
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read failures-by-fingerprint.sql'
-- Columns, the most frequent first:
--   fingerprint            the same for equal failures
--   reason, failed_step, failed_check, source_file, source_line
--                          what they have in common
--   runs                   number of runs of the lane `scheduled` that failed, broke or were inconclusive
--   first_at, last_at      the first and the last slot
--   message                of one of them
--   last_run               for `wayfarer show`
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-7 days'))) * 1000 AS from_ms,
    unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) * 1000 AS until_ms
)
SELECT
  r.tenant,
  r.journey,
  r.fingerprint,
  -- The same in every run of a group, but for the numbers and ids in them.
  max(r.reason) AS reason,
  max(r.failed_step) AS failed_step,
  max(r.failed_check) AS failed_check,
  max(r.source_file) AS source_file,
  max(r.source_line) AS source_line,
  count(*) AS runs,
  min(r.slot_at) AS first_at,
  max(r.slot_at) AS last_at,
  max(r.message) AS message,
  max(r.run) AS last_run -- ids begin with the slot
FROM given
JOIN v1_runs r ON r.slot_ms >= given.from_ms AND r.slot_ms < given.until_ms
WHERE r.lane = 'scheduled' AND r.verdict IN ('failed', 'broken', 'inconclusive') AND r.fingerprint IS NOT NULL
  AND r.tenant = coalesce(given.tenant, r.tenant) AND r.journey = coalesce(given.journey, r.journey)
GROUP BY r.tenant, r.journey, r.fingerprint
ORDER BY runs DESC, r.tenant, r.journey, r.fingerprint;
