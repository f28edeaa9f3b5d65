-- Which steps take the longest?
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at, :until_at    hours that begin in this period; by default the last day
--   :most                  number of steps; 20 by default
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read slowest-steps.sql'
-- Columns:
--   slots, failed, open    how often the step began, ended with a failure, never ended
--   mean_us                mean of the steps that passed
--   worst_hour_p95_us      the p95 of the worst hour; rows are ordered by it, since quantiles of hours have no mean
--   max_us                 the longest duration
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-1 day'))) * 1000 AS from_ms,
    unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) * 1000 AS until_ms
)
SELECT
  s.tenant,
  s.journey,
  s.step,
  sum(s.slots) AS slots,
  sum(s.failed) AS failed,
  sum(s.open) AS open,
  sum(s.sum_us) / sum(s.passed) AS mean_us,
  max(s.p95_us) AS worst_hour_p95_us,
  max(s.max_us) AS max_us
FROM given
JOIN v1_step_hourly s ON s.from_ms >= given.from_ms AND s.from_ms < given.until_ms
WHERE s.tenant = coalesce(given.tenant, s.tenant) AND s.journey = coalesce(given.journey, s.journey)
GROUP BY s.tenant, s.journey, s.step
ORDER BY worst_hour_p95_us DESC, s.tenant, s.journey, s.step
LIMIT coalesce(CAST(nullif(:most, '') AS INTEGER), 20);
