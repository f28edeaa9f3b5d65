CREATE VIEW v1_deliveries AS
SELECT
  d.id AS delivery,
  t.name AS tenant,
  d.incident AS incident,
  j.name AS journey,
  l.name AS location,
  d.incident_event AS incident_event,
  d.kind AS kind,
  nullif(d.ordinal, 0) AS ordinal,
  d.channel AS channel,
  d.fallback_of AS fallback_of,
  d.thread AS thread,
  d.state AS state,
  d.routed_ms AS routed_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', d.routed_ms / 1000.0, 'unixepoch') AS routed_at,
  d.routed_ms / 1000 AS routed_s,
  d.due_ms AS due_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', d.due_ms / 1000.0, 'unixepoch') AS due_at,
  d.due_ms / 1000 AS due_s,
  d.delivered_ms AS delivered_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', d.delivered_ms / 1000.0, 'unixepoch') AS delivered_at,
  d.delivered_ms / 1000 AS delivered_s,
  d.attempts AS attempts,
  d.last_error AS last_error,
  nullif(lower(hex(d.digest)), '') AS digest
FROM delivery d
JOIN incident i ON i.id = d.incident
LEFT JOIN journey j ON j.id = i.journey
JOIN location l ON l.id = i.location
LEFT JOIN tenant t ON t.id = d.tenant;
