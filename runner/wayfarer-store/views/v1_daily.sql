CREATE VIEW v1_daily AS
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
  h.passed + h.degraded AS good,
  h.passed + h.degraded + h.failed AS counted,
  h.sum_us AS sum_us, h.min_us AS min_us, h.max_us AS max_us,
  h.p50_us AS p50_us, h.p90_us AS p90_us, h.p95_us AS p95_us, h.p99_us AS p99_us,
  h.muted AS muted,
  1.0 * (h.passed + h.degraded + h.failed) / h.slots AS coverage
FROM daily h
JOIN journey j ON j.id = h.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = h.location;
