CREATE VIEW v1_logs AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  g.key AS number,
  json_extract(g.value, '$[3]') AS step,
  json_extract(g.value, '$[0]') AS at_us,
  json_extract(g.value, '$[1]') AS level,
  json_extract(g.value, '$[2]') AS message,
  CASE WHEN json_type(g.value, '$[4]') = 'array' THEN
    (SELECT json_group_object(json_extract(f.value, '$[0]'), json_extract(f.value, '$[1]'))
     FROM json_each(g.value, '$[4]') f)
  END AS fields
FROM named_attempt a
JOIN json_each(a.detail, '$.l') g;
