CREATE VIEW v1_incident_events AS
SELECT
  e.id AS event,
  e.incident AS incident,
  t.name AS tenant,
  j.name AS journey,
  l.name AS location,
  i.kind AS incident_kind,
  e.occurred_ms AS occurred_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.occurred_ms / 1000.0, 'unixepoch') AS occurred_at,
  e.occurred_ms / 1000 AS occurred_s,
  e.kind AS kind,
  e.run AS run_number,
  e.actor AS actor,
  e.note AS note,
  e.held_for AS held_for
FROM incident_event e
JOIN incident i ON i.id = e.incident
LEFT JOIN tenant t ON t.id = i.tenant
LEFT JOIN journey j ON j.id = i.journey
JOIN location l ON l.id = i.location;
