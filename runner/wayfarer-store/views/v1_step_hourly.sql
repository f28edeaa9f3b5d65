CREATE VIEW v1_step_hourly AS
SELECT
  t.name AS tenant,
  j.name AS journey,
  s.name AS step,
  l.name AS location,
  h.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', h.from_ms / 1000.0, 'unixepoch') AS from_at,
  h.from_ms / 1000 AS from_s,
  h.slots AS slots, h.passed AS passed, h.failed AS failed, h.open AS open,
  h.sum_us AS sum_us, h.min_us AS min_us, h.max_us AS max_us,
  h.p50_us AS p50_us, h.p90_us AS p90_us, h.p95_us AS p95_us, h.p99_us AS p99_us
FROM step_hourly h
JOIN step s ON s.id = h.step
JOIN journey j ON j.id = s.journey
JOIN tenant t ON t.id = j.tenant
JOIN location l ON l.id = h.location;
