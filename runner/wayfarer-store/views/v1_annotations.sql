CREATE VIEW v1_annotations AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  n.key AS number,
  json_extract(n.value, '$[3]') AS step,
  json_extract(n.value, '$[2]') AS at_us,
  json_extract(n.value, '$[0]') AS name,
  json_extract(n.value, '$[1]') AS value
FROM named_attempt a
JOIN json_each(a.detail, '$.n') n;
