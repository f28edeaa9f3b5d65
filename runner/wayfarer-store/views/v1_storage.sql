CREATE VIEW v1_storage AS
SELECT
  t.name AS tenant,
  s.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', s.from_ms / 1000.0, 'unixepoch') AS from_at,
  s.from_ms / 1000 AS from_s,
  s.bytes AS stored_bytes,
  (SELECT json_extract(p.policy, '$.stored_bytes') FROM tenant_version p
   WHERE p.tenant = s.tenant ORDER BY p.valid_from_ms DESC, p.id DESC LIMIT 1) AS stored_limit_bytes
FROM stored_daily s
JOIN tenant t ON t.id = s.tenant;
