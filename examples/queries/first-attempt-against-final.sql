-- What do retries hide: how often did it work at the first attempt, and how often in the end?
--
-- Parameters, each of which may be left out:
--   :tenant, :journey      only this one
--   :from_at, :until_at    days that begin in this period; by default the last 28 days
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read first-attempt-against-final.sql'
-- Columns:
--   counted                  runs that have a say in rates
--   at_first_percent         good at the first attempt: what a user without a second try saw
--   in_the_end_percent       good after retries
--   hidden_percent           the difference, in percentage points; the most comes first
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
  round(100.0 * sum(d.first_good) / sum(d.counted), 3) AS at_first_percent,
  round(100.0 * sum(d.good) / sum(d.counted), 3) AS in_the_end_percent,
  round(100.0 * (sum(d.good) - sum(d.first_good)) / sum(d.counted), 3) AS hidden_percent,
  sum(d.flaky) AS saved
FROM given
JOIN v1_daily d ON d.from_ms >= given.from_ms AND d.from_ms < given.until_ms
WHERE d.tenant = coalesce(given.tenant, d.tenant) AND d.journey = coalesce(given.journey, d.journey)
GROUP BY d.tenant, d.journey
HAVING sum(d.counted) > 0
ORDER BY hidden_percent DESC, d.tenant, d.journey;
