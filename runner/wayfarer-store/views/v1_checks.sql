CREATE VIEW v1_checks AS
SELECT
  a.run AS run, a.run_number AS run_number, a.tenant AS tenant, a.journey AS journey, a.location AS location,
  a.lane AS lane, a.slot_ms AS slot_ms, a.slot_at AS slot_at, a.slot_s AS slot_s, a.attempt AS attempt,
  c.key AS number,
  json_extract(c.value, '$[2]') AS step,
  json_extract(c.value, '$[1]') AS at_us,
  json_extract(c.value, '$[0]') AS name,
  coalesce(json_extract(c.value, '$[3]'), 0) & 1 AS is_soft,
  1 - (coalesce(json_extract(c.value, '$[3]'), 0) >> 1 & 1) AS is_passed,
  json_extract(c.value, '$[4]') AS actual,
  json_extract(c.value, '$[5]') AS expected,
  json_extract(c.value, '$[6][0]') AS source_file,
  nullif(json_extract(c.value, '$[6][1]'), 0) AS source_line
FROM named_attempt a
JOIN json_each(a.detail, '$.c') c;
