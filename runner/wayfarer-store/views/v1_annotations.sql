CREATE VIEW v1_annotations AS
SELECT
  lower(printf('%s-%s-%s-%s-%s', hex(substr(r.uid, 1, 4)), hex(substr(r.uid, 5, 2)), hex(substr(r.uid, 7, 2)),
    hex(substr(r.uid, 9, 2)), hex(substr(r.uid, 11)))) AS run,
  r.id AS run_number,
  t.name AS tenant,
  j.name AS journey,
  l.name AS location,
  lane.word AS lane,
  r.slot_ms AS slot_ms,
  strftime('%Y-%m-%dT%H:%M:%fZ', r.slot_ms / 1000.0, 'unixepoch') AS slot_at,
  r.slot_ms / 1000 AS slot_s,
  n.attempt AS attempt,
  n.number AS number,
  n.step AS step,
  n.at_us AS at_us,
  n.name AS name,
  n.value AS value
FROM annotation n
JOIN run r ON r.id = n.run
JOIN journey j ON j.id = r.journey
-- Twice, so that both a journey's period and a tenant's value are found by an index.
JOIN tenant t ON t.id = n.tenant AND t.id = j.tenant
JOIN location l ON l.id = r.location
JOIN dictionary lane ON lane.id = r.lane;
