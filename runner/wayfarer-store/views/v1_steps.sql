CREATE VIEW v1_steps AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  s.key AS step,
  json_extract(s.value, '$[0]') AS name,
  json_extract(s.value, '$[4]') AS parent,
  json_extract(s.value, '$[1]') AS started_us,
  json_extract(s.value, '$[2]') AS duration_us,
  CASE coalesce(json_extract(s.value, '$[3]'), 0) WHEN 0 THEN 'passed' WHEN 1 THEN 'failed' ELSE 'open' END AS outcome,
  json_extract(s.value, '$[5].message') AS message
FROM named_attempt a
JOIN json_each(a.detail, '$.s') s;
