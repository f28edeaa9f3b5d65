-- Wilson's interval needs a square root, which not every SQLite has. So 30 steps of Newton's method find it, for those queries that name a
-- column of an interval. 1.96 is the 97.5 % quantile of the normal distribution, 3.84 its square.
CREATE VIEW v1_hourly AS
SELECT
  t.name AS tenant,
  j.name AS journey,
  l.name AS location,
  h.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.from_ms / 1000.0, 'unixepoch') AS from_at,
  h.from_ms / 1000 AS from_s,
  h.slots AS slots, h.passed AS passed, h.degraded AS degraded, h.failed AS failed, h.broken AS broken,
  h.inconclusive AS inconclusive, h.missed AS missed, h.skipped AS skipped, h.cancelled AS cancelled,
  h.good_first_attempt AS good_first_attempt, h.flaky AS flaky,
  h.good AS good,
  h.counted AS counted,
  h.sum_us AS sum_us, h.min_us AS min_us, h.max_us AS max_us,
  h.p50_us AS p50_us, h.p90_us AS p90_us, h.p95_us AS p95_us, h.p99_us AS p99_us,
  h.muted AS muted,
  h.voided AS voided,
  max(0.0, (2 * h.good + 3.841458820694124 - 1.959963984540054 * h.good_root) / (2 * (h.counted + 3.841458820694124))) AS good_low,
  min(1.0, (2 * h.good + 3.841458820694124 + 1.959963984540054 * h.good_root) / (2 * (h.counted + 3.841458820694124))) AS good_high,
  max(0.0, (2 * h.first_good + 3.841458820694124 - 1.959963984540054 * h.good_first_attempt_root) / (2 * (h.counted + 3.841458820694124))) AS good_first_attempt_low,
  min(1.0, (2 * h.first_good + 3.841458820694124 + 1.959963984540054 * h.good_first_attempt_root) / (2 * (h.counted + 3.841458820694124))) AS good_first_attempt_high,
  1.0 * h.counted / h.slots AS coverage
FROM (
  SELECT c.*,
    (WITH RECURSIVE root (step, of, x) AS (
       SELECT 0, q.of, q.of FROM (SELECT 3.841458820694124 + 4.0 * c.good * (c.counted - c.good) / c.counted AS of) q
       UNION ALL SELECT step + 1, of, (x + of / x) / 2 FROM root WHERE step < 30)
     SELECT x FROM root WHERE step = 30) AS good_root,
    (WITH RECURSIVE root (step, of, x) AS (
       SELECT 0, q.of, q.of FROM (SELECT 3.841458820694124 + 4.0 * c.first_good * (c.counted - c.first_good) / c.counted AS of) q
       UNION ALL SELECT step + 1, of, (x + of / x) / 2 FROM root WHERE step < 30)
     SELECT x FROM root WHERE step = 30) AS good_first_attempt_root
  FROM (SELECT f.*, f.passed + f.degraded AS good, f.passed + f.degraded + f.failed AS counted,
    min(f.good_first_attempt, f.passed + f.degraded + f.failed) AS first_good FROM hourly f) c
) h
JOIN journey j ON j.id = h.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = h.location;
