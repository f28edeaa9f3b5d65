CREATE VIEW v1_kill_switches AS
SELECT
  k.id AS kill_switch,
  t.name AS tenant,
  k.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', k.from_ms / 1000.0, 'unixepoch') AS from_at,
  k.from_ms / 1000 AS from_s,
  k.until_ms AS until_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', k.until_ms / 1000.0, 'unixepoch') AS until_at,
  k.until_ms / 1000 AS until_s,
  k.stopped_by AS stopped_by,
  k.note AS note,
  k.started_by AS started_by
FROM kill_switch k
LEFT JOIN tenant t ON t.id = k.tenant;
