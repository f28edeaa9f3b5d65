-- Which slots had no run, and why? Did the runner miss them, or were they skipped on purpose?
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at, :until_at    slots of the hours that this period touches; by default the last day
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read slots-without-a-run.sql'
-- Columns:
--   verdict, reason        `missed`: runner-down, grace-exceeded; `skipped`: overlap, paused, quota, tenant-disabled
--   slots, percent         their number, and their share of the journey's slots
--   first_at, last_at      the first and the last of them
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-1 day'))) / 3600 * 3600000 AS from_ms,
    (unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) + 3599) / 3600 * 3600000 AS until_ms
),
-- The roll-up selects the journeys whose slots are read.
suspect AS (
  SELECT h.tenant, h.journey, sum(h.slots) AS slots, given.from_ms, given.until_ms
  FROM given
  JOIN v1_hourly h ON h.from_ms >= given.from_ms AND h.from_ms < given.until_ms
  WHERE h.tenant = coalesce(given.tenant, h.tenant) AND h.journey = coalesce(given.journey, h.journey)
  GROUP BY h.tenant, h.journey
  HAVING sum(h.missed + h.skipped) > 0
)
SELECT
  s.tenant,
  s.journey,
  r.verdict,
  r.reason,
  count(*) AS slots,
  round(100.0 * count(*) / s.slots, 3) AS percent,
  min(r.slot_at) AS first_at,
  max(r.slot_at) AS last_at
FROM suspect s
JOIN v1_runs r ON r.tenant = s.tenant AND r.journey = s.journey
  AND r.slot_ms >= s.from_ms AND r.slot_ms < s.until_ms
WHERE r.lane = 'scheduled' AND r.verdict IN ('missed', 'skipped')
GROUP BY s.tenant, s.journey, r.verdict, r.reason
ORDER BY s.tenant, s.journey, r.verdict, r.reason;
