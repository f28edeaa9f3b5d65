-- Why did runs fail, break, or end without a verdict on the target?
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at, :until_at    slots in this period; by default the last day
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read why-runs-failed.sql'
-- Columns, the most frequent first:
--   verdict                `failed`: the target's fault, counted; `broken`: the journey's; `inconclusive`: the runner's
--   reason, message        those of the last attempt
--   runs                   number of runs of the lane `scheduled`
--   first_at, last_at      the first and the last slot
--   last_run               for `wayfarer show`
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-1 day'))) * 1000 AS from_ms,
    unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) * 1000 AS until_ms
)
SELECT
  r.tenant,
  r.journey,
  r.verdict,
  r.reason,
  r.message,
  count(*) AS runs,
  min(r.slot_at) AS first_at,
  max(r.slot_at) AS last_at,
  max(r.run) AS last_run -- ids begin with the slot
FROM given
JOIN v1_runs r ON r.slot_ms >= given.from_ms AND r.slot_ms < given.until_ms
WHERE r.lane = 'scheduled' AND r.verdict IN ('failed', 'broken', 'inconclusive')
  AND r.tenant = coalesce(given.tenant, r.tenant) AND r.journey = coalesce(given.journey, r.journey)
GROUP BY r.tenant, r.journey, r.verdict, r.reason, r.message
ORDER BY runs DESC, r.tenant, r.journey, r.verdict, r.reason, r.message;
