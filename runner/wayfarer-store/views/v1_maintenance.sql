CREATE VIEW v1_maintenance AS
SELECT
  m.id AS maintenance,
  t.name AS tenant,
  (SELECT group_concat(n.value, ',') FROM json_each(m.journeys) n) AS journeys,
  m.mode AS mode,
  m.weekly AS weekly,
  m.timezone AS timezone,
  m.from_ms AS from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.from_ms / 1000.0, 'unixepoch') AS from_at,
  m.from_ms / 1000 AS from_s,
  m.until_ms AS until_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.until_ms / 1000.0, 'unixepoch') AS until_at,
  m.until_ms / 1000 AS until_s,
  m.planned_ms AS planned_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.planned_ms / 1000.0, 'unixepoch') AS planned_at,
  m.planned_ms / 1000 AS planned_s,
  m.planned_by AS planned_by,
  m.note AS note,
  m.ended_ms AS ended_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', m.ended_ms / 1000.0, 'unixepoch') AS ended_at,
  m.ended_ms / 1000 AS ended_s,
  m.ended_by AS ended_by
FROM maintenance m
LEFT JOIN tenant t ON t.id = m.tenant;
