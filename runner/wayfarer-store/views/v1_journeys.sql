CREATE VIEW v1_journeys AS
SELECT
  t.name AS tenant,
  j.name AS journey,
  v.title AS title,
  v.number AS version,
  v.valid_from_ms AS valid_from_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', v.valid_from_ms / 1000.0, 'unixepoch') AS valid_from_at,
  v.valid_from_ms / 1000 AS valid_from_s,
  (SELECT min(n.valid_from_ms) FROM journey_version n WHERE n.journey = v.journey AND n.number > v.number) AS valid_until_ms,
  (SELECT strftime('%Y-%m-%dT%H:%M:%fZ', min(n.valid_from_ms) / 1000.0, 'unixepoch') FROM journey_version n WHERE n.journey = v.journey AND n.number > v.number) AS valid_until_at,
  (SELECT min(n.valid_from_ms) / 1000 FROM journey_version n WHERE n.journey = v.journey AND n.number > v.number) AS valid_until_s,
  v.number = (SELECT max(n.number) FROM journey_version n WHERE n.journey = v.journey) AS is_newest,
  v.is_removed AS is_removed,
  EXISTS (SELECT 1 FROM pause p WHERE p.journey = v.journey AND p.until_ms IS NULL) AS is_paused,
  v.schedule AS schedule,
  v.timezone AS timezone,
  v.tags AS tags,
  nullif(lower(hex(v.component)), '') AS component,
  v.deployed_ms AS deployed_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', v.deployed_ms / 1000.0, 'unixepoch') AS deployed_at,
  v.deployed_ms / 1000 AS deployed_s,
  v.deployed_by AS deployed_by,
  v.delay_ms AS delay_ms,
  v.grace_us AS grace_us,
  v.timeout_us AS timeout_us,
  v.overlap AS overlap,
  v.confirm_every AS confirm_every,
  v.journey_group AS journey_group,
  v.params AS params,
  EXISTS (SELECT 1 FROM kill_switch k WHERE k.until_ms IS NULL AND (k.tenant IS NULL OR k.tenant = j.tenant)) AS is_stopped,
  v.tzdata AS tzdata,
  nullif(v.owner, '') AS owner,
  nullif(v.runbook, '') AS runbook,
  v.locations AS locations,
  v.depends_on AS depends_on,
  v.alert_rule AS alert_rule,
  v.revision AS revision,
  v.labels AS labels,
  (SELECT r.slot_ms FROM run r WHERE r.journey = v.journey AND r.maintenance IS NULL AND r.void IS NULL
   AND r.lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled')
   AND r.verdict IN (SELECT id FROM dictionary WHERE kind = 'verdict' AND word IN ('passed', 'degraded', 'failed'))
   ORDER BY r.slot_ms DESC LIMIT 1) AS last_counted_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', (SELECT r.slot_ms / 1000.0 FROM run r WHERE r.journey = v.journey AND r.maintenance IS NULL AND r.void IS NULL
   AND r.lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled')
   AND r.verdict IN (SELECT id FROM dictionary WHERE kind = 'verdict' AND word IN ('passed', 'degraded', 'failed'))
   ORDER BY r.slot_ms DESC LIMIT 1), 'unixepoch') AS last_counted_at,
  (SELECT r.slot_ms / 1000 FROM run r WHERE r.journey = v.journey AND r.maintenance IS NULL AND r.void IS NULL
   AND r.lane = (SELECT id FROM dictionary WHERE kind = 'lane' AND word = 'scheduled')
   AND r.verdict IN (SELECT id FROM dictionary WHERE kind = 'verdict' AND word IN ('passed', 'degraded', 'failed'))
   ORDER BY r.slot_ms DESC LIMIT 1) AS last_counted_s
FROM journey_version v
JOIN journey j ON j.id = v.journey
JOIN tenant t ON t.id = j.tenant;
