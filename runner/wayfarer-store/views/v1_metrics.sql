CREATE VIEW v1_metrics AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  m.key AS number,
  json_extract(m.value, '$[1]') AS step,
  json_extract(m.value, '$[2]') AS at_us,
  json_extract(m.value, '$[0]') AS name,
  json_extract(m.value, '$[3]') AS value,
  coalesce(json_extract(m.value, '$[4]'), '') AS unit,
  json_extract(m.value, '$[5]') AS labels
FROM named_attempt a
JOIN json_each(a.detail, '$.m') m;
