-- Which journeys are slower than at the same hour a week ago?
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at, :until_at    hours that begin in this period; by default the last day
--   :days_before           compare with the hour this many days before; 7 by default
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read hourly-p95-against-last-week.sql'
-- Columns:
--   hour_at                    the beginning of the hour (UTC)
--   counted, success_percent   runs that the rate counts, and the share of good ones
--   p95_us, p95_before_us      of the good runs of this hour and of the earlier one; NULL without good runs
--   change_percent             positive if slower
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-1 day'))) * 1000 AS from_ms,
    unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) * 1000 AS until_ms,
    coalesce(CAST(nullif(:days_before, '') AS INTEGER), 7) * 86400000 AS back_ms
),
-- The journeys first: the rows of each are then a range of an index. A filter by time alone would read every journey's rows.
chosen AS MATERIALIZED (
  SELECT DISTINCT j.tenant, j.journey, given.from_ms, given.until_ms, given.back_ms
  FROM given
  JOIN v1_journeys j
  WHERE j.tenant = coalesce(given.tenant, j.tenant) AND j.journey = coalesce(given.journey, j.journey)
),
hour AS MATERIALIZED (
  SELECT
    h.tenant, h.journey, h.location, h.from_ms, h.from_at, h.counted, h.good, h.p95_us,
    -- With a LEFT JOIN SQLite would materialise the whole view first.
    (
      SELECT b.p95_us FROM v1_hourly b
      WHERE b.from_ms = h.from_ms - chosen.back_ms
        AND b.tenant = h.tenant AND b.journey = h.journey AND b.location = h.location
    ) AS p95_before_us
  FROM chosen
  JOIN v1_hourly h ON h.tenant = chosen.tenant AND h.journey = chosen.journey
    AND h.from_ms >= chosen.from_ms AND h.from_ms < chosen.until_ms
)
SELECT
  tenant,
  journey,
  location,
  from_at AS hour_at,
  counted,
  round(100.0 * good / counted, 3) AS success_percent,
  p95_us,
  p95_before_us,
  round(100.0 * (p95_us - p95_before_us) / p95_before_us, 1) AS change_percent
FROM hour
ORDER BY tenant, journey, location, from_ms;
