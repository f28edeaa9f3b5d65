-- Which journeys fail now, or give no data?
--
-- The query takes the newest slot of each deployed journey. It lists the journey if that slot is not good: failed, and also broken,
-- inconclusive, missed, or skipped by a kill switch, a quota, a pause or a window, since a journey without data is not green. Slots that a
-- person cancelled, and those that another run kept from running (`overlap`, `group`), are passed over.
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at               how far to look back; by default 30 days
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read failing-now.sql'
-- Columns:
--   verdict, reason, message   of the newest slot
--   since_at               the first slot after the last good one; the longest failure comes first
--   in_a_row               slots since then, without those that are passed over
--   last_good_at           NULL if none was good in this period
--   is_paused              1 if the journey is paused, so no new slot will run
--   run                    for `wayfarer show`
--   last_counted_at        the newest slot that gave a result which rates count; NULL if none ever did
--   coverage_percent       slots since `since_at` that gave such a result: 0 means that nothing is known of the target
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-30 days'))) * 1000 AS from_ms
),
newest AS MATERIALIZED (
  SELECT
    j.is_paused,
    j.last_counted_at,
    given.from_ms,
    (
      SELECT r.run_number FROM v1_runs r
      WHERE r.tenant = j.tenant AND r.journey = j.journey AND r.slot_ms >= given.from_ms
        AND r.lane = 'scheduled' AND r.verdict <> 'cancelled' AND r.reason NOT IN ('overlap', 'group')
      ORDER BY r.slot_ms DESC LIMIT 1
    ) AS run_number
  FROM given
  JOIN v1_journeys j ON j.is_newest AND NOT j.is_removed
  WHERE j.tenant = coalesce(given.tenant, j.tenant) AND j.journey = coalesce(given.journey, j.journey)
),
bad AS MATERIALIZED (
  SELECT
    r.*,
    newest.is_paused,
    newest.last_counted_at,
    newest.from_ms,
    (
      SELECT g.slot_ms FROM v1_runs g
      WHERE g.tenant = r.tenant AND g.journey = r.journey AND g.slot_ms >= newest.from_ms
        AND g.lane = 'scheduled' AND g.is_good
      ORDER BY g.slot_ms DESC LIMIT 1
    ) AS good_ms
  FROM newest
  JOIN v1_runs r ON r.run_number = newest.run_number
  WHERE NOT r.is_good
)
SELECT
  bad.tenant,
  bad.journey,
  bad.verdict,
  bad.reason,
  bad.message,
  min(r.slot_at) AS since_at,
  count(*) AS in_a_row,
  strftime('%Y-%m-%dT%H:%M:%fZ', bad.good_ms / 1000.0, 'unixepoch') AS last_good_at,
  bad.is_paused,
  bad.run,
  bad.last_counted_at,
  round(100.0 * sum(r.is_counted) / count(*), 3) AS coverage_percent
FROM bad
JOIN v1_runs r ON r.tenant = bad.tenant AND r.journey = bad.journey
  AND r.slot_ms >= coalesce(bad.good_ms + 1, bad.from_ms)
WHERE r.lane = 'scheduled' AND r.verdict <> 'cancelled' AND r.reason NOT IN ('overlap', 'group')
GROUP BY bad.tenant, bad.journey
ORDER BY since_at, bad.tenant, bad.journey;
