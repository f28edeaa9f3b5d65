-- How often did each journey work, week by week (Monday to Sunday, UTC)?
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at, :until_at    days that begin in this period; by default the last 12 weeks
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read availability-by-week.sql'
-- Columns:
--   week                 its Monday
--   counted, bad         runs that the rate counts, and how many of them failed
--   success_percent      good runs among the counted ones, after retries
--   coverage_percent     slots that the rate counts among all: a rate of few slots knows little
--   not_counted          slots with another verdict: broken, inconclusive, missed, skipped, cancelled
--   worst_day_p95_us     the p95 of the worst day; a week's own p95 does not follow from those of its days
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-84 days'))) * 1000 AS from_ms,
    unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) * 1000 AS until_ms
),
-- The journeys first: the rows of each are then a range of an index. A filter by time alone would read every journey's rows.
chosen AS MATERIALIZED (
  SELECT DISTINCT j.tenant, j.journey, given.from_ms, given.until_ms
  FROM given
  JOIN v1_journeys j
  WHERE j.tenant = coalesce(given.tenant, j.tenant) AND j.journey = coalesce(given.journey, j.journey)
)
SELECT
  d.tenant,
  d.journey,
  date(d.from_s, 'unixepoch', 'weekday 0', '-6 days') AS week,
  sum(d.counted) AS counted,
  sum(d.failed) AS bad,
  round(100.0 * sum(d.good) / sum(d.counted), 3) AS success_percent,
  round(100.0 * sum(d.counted) / sum(d.slots), 3) AS coverage_percent,
  sum(d.slots) - sum(d.counted) AS not_counted,
  max(d.p95_us) AS worst_day_p95_us
FROM chosen
JOIN v1_daily d ON d.tenant = chosen.tenant AND d.journey = chosen.journey
  AND d.from_ms >= chosen.from_ms AND d.from_ms < chosen.until_ms
GROUP BY d.tenant, d.journey, week
ORDER BY d.tenant, d.journey, week;
