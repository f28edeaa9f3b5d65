-- What do retries hide? How often was the first attempt good, and how often the run?
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at, :until_at    days that begin in this period; by default the last 28 days
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read first-attempt-against-final.sql'
-- Columns:
--   counted                  runs that rates count
--   at_first_percent         runs whose first attempt was good: the rate for a user who does not retry
--   in_the_end_percent       runs that were good after retries
--   hidden_percent           the difference, in percentage points; the largest comes first
--   coverage_percent         slots that the rates count among all
--   saved                    runs that were good only because of a retry
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-28 days'))) * 1000 AS from_ms,
    unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) * 1000 AS until_ms
)
SELECT
  d.tenant,
  d.journey,
  sum(d.counted) AS counted,
  round(100.0 * sum(d.good_first_attempt) / sum(d.counted), 3) AS at_first_percent,
  round(100.0 * sum(d.good) / sum(d.counted), 3) AS in_the_end_percent,
  round(100.0 * (sum(d.good) - sum(d.good_first_attempt)) / sum(d.counted), 3) AS hidden_percent,
  round(100.0 * sum(d.counted) / sum(d.slots), 3) AS coverage_percent,
  sum(d.flaky) AS saved
FROM given
JOIN v1_daily d ON d.from_ms >= given.from_ms AND d.from_ms < given.until_ms
WHERE d.tenant = coalesce(given.tenant, d.tenant) AND d.journey = coalesce(given.journey, d.journey)
GROUP BY d.tenant, d.journey
HAVING sum(d.counted) > 0
ORDER BY hidden_percent DESC, d.tenant, d.journey;
