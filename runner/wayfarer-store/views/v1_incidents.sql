CREATE VIEW v1_incidents AS
SELECT
  i.id AS incident,
  t.name AS tenant,
  j.name AS journey,
  l.name AS location,
  i.kind AS kind,
  i.resolved_ms IS NULL AS is_open,
  i.began_ms AS began_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', i.began_ms / 1000.0, 'unixepoch') AS began_at,
  i.began_ms / 1000 AS began_s,
  i.opened_ms AS opened_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', i.opened_ms / 1000.0, 'unixepoch') AS opened_at,
  i.opened_ms / 1000 AS opened_s,
  i.resolved_ms AS resolved_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', i.resolved_ms / 1000.0, 'unixepoch') AS resolved_at,
  i.resolved_ms / 1000 AS resolved_s,
  (i.opened_ms - i.began_ms) * 1000 AS detect_us,
  (i.acknowledged_ms - i.opened_ms) * 1000 AS acknowledge_us,
  (i.resolved_ms - i.began_ms) * 1000 AS resolve_us,
  i.first_run AS first_run_number,
  i.opening_run AS opening_run_number,
  i.last_good_run AS last_good_run_number,
  i.looks AS looks,
  i.bad_looks AS bad_looks,
  i.statistic AS statistic,
  i.bound AS bound,
  i.acknowledged_ms AS acknowledged_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', i.acknowledged_ms / 1000.0, 'unixepoch') AS acknowledged_at,
  i.acknowledged_ms / 1000 AS acknowledged_s,
  i.acknowledged_by AS acknowledged_by,
  i.muted_until_ms AS muted_until_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', i.muted_until_ms / 1000.0, 'unixepoch') AS muted_until_at,
  i.muted_until_ms / 1000 AS muted_until_s,
  i.post_mortem AS post_mortem
FROM incident i
JOIN tenant t ON t.id = i.tenant
JOIN journey j ON j.id = i.journey
JOIN location l ON l.id = i.location;
