CREATE VIEW v1_audit_events AS
SELECT
  e.id AS event,
  e.occurred_ms AS occurred_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', e.occurred_ms / 1000.0, 'unixepoch') AS occurred_at,
  e.occurred_ms / 1000 AS occurred_s,
  e.tenant AS tenant,
  e.actor_kind AS actor_kind,
  e.actor_token AS actor_token,
  e.actor_name AS actor_name,
  e.action AS action,
  e.object AS object,
  e.outcome AS outcome,
  e.count AS count,
  lower(hex(coalesce((SELECT p.hash FROM audit_event p WHERE p.id = e.id - 1), (SELECT c.removed_hash FROM audit_chain c)))) AS previous_hash,
  lower(hex(e.hash)) AS hash
FROM audit_event e;
