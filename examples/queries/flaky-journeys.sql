-- Which journeys need their retries, and what went wrong at the first attempt?
--
-- Parameters (all optional):
--   :tenant, :journey      only this one
--   :from_at, :until_at    slots of the hours that this period touches; by default the last 7 days
-- Run: sqlite3 -box 'file:wayfarer.db?mode=ro' '.read flaky-journeys.sql'
-- Columns, one row per failure of first attempts:
--   counted, flaky           runs that rates count, and how many of them only a retry made good
--   flaky_percent            their share; the largest comes first
--   flaky_low_percent, flaky_high_percent   between these lies the true share, with 95 % confidence (Wilson's interval): few runs say little
--   first_reason, first_message   reason and message of the first attempt
--   runs, last_at            how many runs had it, and the last one's slot
WITH given AS (
  SELECT
    nullif(:tenant, '') AS tenant,
    nullif(:journey, '') AS journey,
    unixepoch(coalesce(nullif(:from_at, ''), datetime('now', '-7 days'))) / 3600 * 3600000 AS from_ms,
    (unixepoch(coalesce(nullif(:until_at, ''), '9999-12-31')) + 3599) / 3600 * 3600000 AS until_ms
),
-- The roll-up selects the journeys whose runs are read.
suspect AS (
  SELECT h.tenant, h.journey, sum(h.counted) AS counted, sum(h.flaky) AS flaky, given.from_ms, given.until_ms
  FROM given
  JOIN v1_hourly h ON h.from_ms >= given.from_ms AND h.from_ms < given.until_ms
  WHERE h.tenant = coalesce(given.tenant, h.tenant) AND h.journey = coalesce(given.journey, h.journey)
  GROUP BY h.tenant, h.journey
  HAVING sum(h.flaky) > 0
),
-- The interval needs a square root, which not every SQLite has: 30 steps of Newton's method find it. 3.84 is the square of 1.96.
measured AS (
  SELECT s.*,
    (WITH RECURSIVE root (step, of, x) AS (
       SELECT 0, q.of, q.of FROM (SELECT 3.841458820694124 + 4.0 * s.flaky * (s.counted - s.flaky) / s.counted AS of) q
       UNION ALL SELECT step + 1, of, (x + of / x) / 2 FROM root WHERE step < 30)
     SELECT x FROM root WHERE step = 30) AS root
  FROM suspect s
)
SELECT
  s.tenant,
  s.journey,
  s.counted,
  s.flaky,
  round(100.0 * s.flaky / s.counted, 3) AS flaky_percent,
  round(50.0 * max(0.0, 2 * s.flaky + 3.841458820694124 - 1.959963984540054 * s.root) / (s.counted + 3.841458820694124), 3) AS flaky_low_percent,
  round(min(100.0, 50.0 * (2 * s.flaky + 3.841458820694124 + 1.959963984540054 * s.root) / (s.counted + 3.841458820694124)), 3) AS flaky_high_percent,
  a.reason AS first_reason,
  a.message AS first_message,
  count(*) AS runs,
  max(r.slot_at) AS last_at
FROM measured s
JOIN v1_runs r ON r.tenant = s.tenant AND r.journey = s.journey
  AND r.slot_ms >= s.from_ms AND r.slot_ms < s.until_ms
JOIN v1_attempts a ON a.run_number = r.run_number AND a.attempt = 1
WHERE r.is_counted AND r.is_good AND r.first_verdict NOT IN ('passed', 'degraded')
GROUP BY s.tenant, s.journey, a.reason, a.message
ORDER BY flaky_percent DESC, s.tenant, s.journey, runs DESC, first_reason, first_message;
