CREATE VIEW v1_usage AS
SELECT
  t.name AS tenant,
  u.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', u.from_ms / 1000.0, 'unixepoch') AS from_at,
  u.from_ms / 1000 AS from_s,
  u.runs AS runs, u.attempts AS attempts, u.cpu_us AS cpu_us, u.wall_us AS wall_us,
  u.requests AS requests, u.sent_bytes AS sent_bytes, u.received_bytes AS received_bytes
FROM usage_daily u
JOIN tenant t ON t.id = u.tenant;
