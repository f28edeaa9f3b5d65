-- What did each tenant use, all lanes together?
--
-- Parameters (all optional):
--   :tenant                only this one
--   :from_at, :until_at    days (UTC) that begin in this period; by default the last 28 days
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read usage-by-tenant.sql'
-- Columns:
--   days                   days with a run
--   runs, attempts, requests   their numbers
--   cpu_us, cpu_percent    CPU time charged, and its share of the listed total; the largest comes first
--   wall_us                durations of all attempts together
--   sent_bytes, received_bytes   bytes of bodies
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-28 days'))) * 1000 AS from_ms,
    unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) * 1000 AS until_ms
)
SELECT
  u.tenant,
  count(*) AS days,
  sum(u.runs) AS runs,
  sum(u.attempts) AS attempts,
  sum(u.requests) AS requests,
  sum(u.cpu_us) AS cpu_us,
  round(100.0 * sum(u.cpu_us) / sum(sum(u.cpu_us)) OVER (), 1) AS cpu_percent,
  sum(u.wall_us) AS wall_us,
  sum(u.sent_bytes) AS sent_bytes,
  sum(u.received_bytes) AS received_bytes
FROM given
JOIN v1_usage u ON u.from_ms >= given.from_ms AND u.from_ms < given.until_ms
WHERE u.tenant = coalesce(given.tenant, u.tenant)
GROUP BY u.tenant
ORDER BY cpu_us DESC, u.tenant;
